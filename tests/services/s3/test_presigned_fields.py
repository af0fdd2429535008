"""What the signature of a URL covers, in both versions."""

from typing import Any

import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.conftest import Clients
from tests.running import RunningCloud
from tests.services.s3.presigned import MISMATCH, VERSIONS, http, signing, url, use

__all__ = ["http", "use"]


@pytest.mark.row("S3-057")
@pytest.mark.row("S3-056")
@VERSIONS
def test_a_url_is_good_for_one_method_and_one_key(aws: Clients, bucket: str, use: Any, version: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key", Body=b"before")
    client = signing(aws, version)
    made = url(client, "get_object")

    answers = [
        use("PUT", made, b"x"),
        use("DELETE", made),
        use("GET", made.replace("/key", "/other")),
        use("GET", made.replace("Signature=", "Signature=0")),
        use("PUT", url(client, "put_object").replace("/key", "/other"), b"x"),
    ]

    assert {(answer.status, answer.code, answer.members["Message"]) for answer in answers} == {
        (403, "SignatureDoesNotMatch", MISMATCH)
    }
    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"before"


@pytest.mark.row("S3-057")
@VERSIONS
def test_the_mismatch_shows_what_should_have_been_signed(aws: Clients, bucket: str, use: Any, version: str) -> None:
    answer = use("GET", url(signing(aws, version), "get_object").replace("/key", "/other"))

    shown = {"AWSAccessKeyId", "SignatureProvided", "StringToSign", "StringToSignBytes"}
    canonical = {"CanonicalRequest", "CanonicalRequestBytes"}
    assert answer.members.keys() - {"Code", "Message", "RequestId", "HostId"} == (
        shown | canonical if version == "s3v4" else shown
    )


@pytest.mark.row("S3-057")
def test_a_field_of_amazons_that_was_not_signed_is_refused(aws: Clients, bucket: str, use: Any) -> None:
    made = url(signing(aws, "s3v4"), "put_object")

    answer = use("PUT", made, b"x", x_amz_meta_a="1", x_amz_expires="1")

    assert (answer.status, answer.code, answer.members["Message"]) == (
        403,
        "AccessDenied",
        "There were headers present in the request which were not signed",
    )
    assert answer.members["HeadersNotSigned"] == "x-amz-expires, x-amz-meta-a"
    assert use("PUT", url(aws.s3, "put_object"), b"x", x_amz_meta_a="1").code == "SignatureDoesNotMatch"


def test_a_parameter_that_was_added_breaks_the_signature_of_version_4(aws: Clients, bucket: str, use: Any) -> None:
    made = url(signing(aws, "s3v4"), "put_object")

    assert use("PUT", f"{made}&X-Amz-Expires=5000", b"x").code == "SignatureDoesNotMatch"
    assert use("PUT", f"{made}&x-amz-acl=public-read", b"x").code == "SignatureDoesNotMatch"


@pytest.mark.row("S3-057")
@pytest.mark.parametrize(("version", "unasked"), [("s3", 403), ("s3v4", 200)])
def test_the_type_that_was_signed_must_be_sent(aws: Clients, bucket: str, use: Any, version: str, unasked: int) -> None:
    client = signing(aws, version)
    typed = url(client, "put_object", ContentType="text/plain")

    right = use("PUT", typed, b"x", content_type="text/plain")
    wrong = use("PUT", typed, b"x", content_type="text/html")
    missing = use("PUT", typed, b"x")
    added = use("PUT", url(client, "put_object"), b"x", content_type="text/plain")

    assert [answer.status for answer in (right, wrong, missing)] == [200, 403, 403]
    assert added.status == unasked


@pytest.mark.parametrize(("version", "status"), [("s3", 200), ("s3v4", 403)])
def test_version_4_also_covers_the_encoding(aws: Clients, bucket: str, use: Any, version: str, status: int) -> None:
    made = url(signing(aws, version), "put_object", ContentEncoding="gzip")

    assert use("PUT", made, b"x", content_encoding="identity").status == status


@VERSIONS
def test_the_digest_that_was_signed_is_held_against_the_body(aws: Clients, bucket: str, use: Any, version: str) -> None:
    made = url(signing(aws, version), "put_object", ContentMD5="mgNkuembtIDdJeHwKEyFVQ==")

    right = use("PUT", made, b"content", content_md5="mgNkuembtIDdJeHwKEyFVQ==")
    other_body = use("PUT", made, b"CONTENT", content_md5="mgNkuembtIDdJeHwKEyFVQ==")
    other_digest = use("PUT", made, b"content", content_md5="1B2M2Y8AsgTpgAmY7PhCfg==")

    assert (right.status, other_body.code, other_digest.code) == (200, "BadDigest", "SignatureDoesNotMatch")


@VERSIONS
def test_metadata_may_be_part_of_a_url(aws: Clients, bucket: str, use: Any, version: str) -> None:
    made = url(signing(aws, version), "put_object", Metadata={"foo": "bar"})

    headers = {"x_amz_meta_foo": "bar"} if version == "s3v4" else {}
    assert use("PUT", made, b"x", **headers).status == 200

    assert aws.s3.head_object(Bucket=bucket, Key="key")["Metadata"] == {"foo": "bar"}


def test_a_checksum_in_a_url_is_not_held_against_the_body(
    aws: Clients, cloud: RunningCloud, bucket: str, use: Any
) -> None:
    """Today's SDKs put that of an empty body there, for what is yet to be uploaded."""
    query = "x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32"
    made = AWSRequest("PUT", f"{cloud.url}/{bucket}/key?{query}")
    S3SigV4QueryAuth(Credentials("test", "test"), "s3", "us-east-1").add_auth(made)

    assert use("PUT", made.url, b"content").status == 200

    head = aws.s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert "ChecksumCRC32" not in head


def test_one_request_has_one_signature(aws: Clients, bucket: str, use: Any) -> None:
    answer = use("GET", url(signing(aws, "s3v4"), "get_object"), authorization="AWS test:signature")

    assert (answer.status, answer.code) == (400, "InvalidArgument")


def test_a_copy_can_be_asked_for_by_url(aws: Clients, bucket: str, use: Any) -> None:
    aws.s3.put_object(Bucket=bucket, Key="source", Body=b"content")
    made = url(signing(aws, "s3v4"), "copy_object", CopySource={"Bucket": bucket, "Key": "source"})

    assert use("PUT", made, x_amz_copy_source="bucket/source").status == 200

    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"content"
