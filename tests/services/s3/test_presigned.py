"""URLs that are signed beforehand, in both versions: who may use them, for what and how long."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
import urllib3
from botocore.auth import HmacV1QueryAuth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from tests.conftest import Clients
from tests.running import RunningCloud

MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your key and signing method."
)
VERSIONS = pytest.mark.parametrize("version", ["s3", "s3v4"])


class Answer:
    """An answer: status, headers, body, and the elements of an XML error by name."""

    def __init__(self, response: Any) -> None:
        self.status: int = response.status
        self.headers = response.headers
        self.body: bytes = response.data
        error = self.status >= 400 and self.body
        self.members = {child.tag: child.text for child in ElementTree.fromstring(self.body)} if error else {}

    @property
    def code(self) -> str | None:
        """The error's code."""
        return self.members.get("Code")


@pytest.fixture
def http() -> Any:
    """A plain HTTP client."""
    with urllib3.PoolManager(retries=False) as pool:
        yield pool


@pytest.fixture
def use(http: Any) -> Callable[..., Answer]:
    """A function that sends a request to a URL as it is."""

    def used(method: str, url: str, body: bytes | None = None, **headers: str) -> Answer:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return Answer(http.request(method, url, body=body, headers=given))

    return used


def signing(aws: Clients, version: str, **options: Any) -> Any:
    """A client that signs URLs in a version."""
    config = Config(signature_version=version, s3={"addressing_style": "path"}, retries={"max_attempts": 0})
    return aws.client("s3", config=config, **options)


def url(client: Any, operation: str, key: str = "key", seconds: int = 3600, **params: Any) -> str:
    """A URL for an operation on a key of the bucket."""
    made: str = client.generate_presigned_url(operation, {"Bucket": "bucket", "Key": key, **params}, seconds)
    return made


# --- use ---


@pytest.mark.row("S3-056")
@VERSIONS
def test_what_can_be_done_with_an_object_can_be_done_by_url(aws: Clients, bucket: str, use: Any, version: str) -> None:
    client = signing(aws, version)

    put = use("PUT", url(client, "put_object", ServerSideEncryption="AES256"), b"content", **_signed(version))
    got = use("GET", url(client, "get_object"))
    head = use("HEAD", url(client, "head_object"))
    part = use("GET", url(client, "get_object"), range="bytes=1-3")
    listed = use("GET", client.generate_presigned_url("list_objects_v2", {"Bucket": bucket, "Prefix": "k"}))
    deleted = use("DELETE", url(client, "delete_object"))

    assert (put.status, put.headers["ETag"]) == (200, '"9a0364b9e99bb480dd25e1f0284c8555"')
    assert (got.status, got.body, got.headers["Content-Type"]) == (200, b"content", "binary/octet-stream")
    assert (head.status, head.headers["Content-Length"]) == (200, "7")
    assert (part.status, part.body) == (206, b"ont")
    assert b"<Key>key</Key>" in listed.body
    assert deleted.status == 204
    assert use("GET", url(client, "get_object")).code == "NoSuchKey"


def _signed(version: str) -> dict[str, str]:
    """The header that the signature covers: Version 4 has it signed, Version 2 counts it in the URL."""
    return {"x_amz_server_side_encryption": "AES256"} if version == "s3v4" else {}


@VERSIONS
def test_the_parts_of_an_upload_can_be_put_by_url(aws: Clients, bucket: str, use: Any, version: str) -> None:
    client = signing(aws, version)
    upload = aws.s3.create_multipart_upload(Bucket=bucket, Key="key")["UploadId"]

    put = use("PUT", url(client, "upload_part", UploadId=upload, PartNumber=1), b"content")

    parts = {"Parts": [{"PartNumber": 1, "ETag": put.headers["ETag"]}]}
    aws.s3.complete_multipart_upload(Bucket=bucket, Key="key", UploadId=upload, MultipartUpload=parts)
    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"content"


@VERSIONS
@pytest.mark.parametrize("key", ["a b+c/ü", "~$&'()*!,;=:@", "//a//b/", "100%", "a?b#c"])
def test_a_key_of_any_bytes_can_be_signed(aws: Clients, bucket: str, use: Any, version: str, key: str) -> None:
    client = signing(aws, version)

    assert use("PUT", url(client, "put_object", key), b"x").status == 200

    assert [one["Key"] for one in aws.s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    assert use("GET", url(client, "get_object", key)).body == b"x"


@VERSIONS
def test_a_url_may_choose_fields_of_its_answer(aws: Clients, bucket: str, use: Any, version: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key", ContentType="text/plain")
    made = url(
        signing(aws, version),
        "get_object",
        ResponseContentType="text/html",
        ResponseContentDisposition='attachment; filename="a b.txt"',
        ResponseCacheControl="no-store",
    )

    got = use("GET", made)

    assert (got.headers["Content-Type"], got.headers["Content-Disposition"], got.headers["Cache-Control"]) == (
        "text/html",
        'attachment; filename="a b.txt"',
        "no-store",
    )
    assert use("GET", made.replace("no-store", "no-cache")).code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("name", ["response-content-type", "response-cache-control", "response-expires"])
def test_nobody_may_choose_fields_of_an_answer_unsigned(
    aws: Clients, cloud: RunningCloud, bucket: str, use: Any, name: str
) -> None:
    answer = use("GET", f"{cloud.url}/{bucket}/key?{name}=x")

    assert (answer.status, answer.code, answer.members["Message"]) == (
        400,
        "InvalidRequest",
        "Request specific response headers cannot be used for anonymous GET requests.",
    )


@pytest.mark.row("S3-058")
def test_without_a_url_that_is_signed_nobody_gets_in(
    aws: Clients, cloud: RunningCloud, bucket: str, use: Any, clock: Any
) -> None:
    aws.s3.put_object(Bucket=bucket, Key="video", Body=b"film")
    link = url(aws.s3, "get_object", "video", 60)

    direct = use("GET", f"{cloud.url}/{bucket}/video")
    played = use("GET", link)
    clock.advance(61)
    over = use("GET", link)

    assert (direct.status, direct.code, direct.members["Message"]) == (403, "AccessDenied", "Access Denied")
    assert (played.status, played.body) == (200, b"film")
    assert over.status == 403


def test_a_browser_may_open_a_url_that_another_page_links_to(aws: Clients, bucket: str, use: Any) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key", Body=b"content")
    link = url(aws.s3, "get_object")

    assert use("GET", link, sec_fetch_site="cross-site", sec_fetch_mode="navigate").body == b"content"
    assert use("GET", link, origin="http://evil.example").status == 403
    assert use("GET", link, origin="http://localhost:3000").status == 200


# --- how long ---


@pytest.mark.row("S3-054")
def test_a_stock_client_in_us_east_1_signs_urls_in_version_2(aws: Clients, bucket: str) -> None:
    made = url(aws.s3, "get_object")

    assert "X-Amz-Algorithm" not in made
    assert "AWSAccessKeyId=" in made


@pytest.mark.row("S3-054")
@VERSIONS
def test_a_url_lives_an_hour_unless_it_says_otherwise(
    aws: Clients, bucket: str, use: Any, clock: Any, version: str
) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key")
    made = signing(aws, version).generate_presigned_url("get_object", {"Bucket": bucket, "Key": "key"})
    use("GET", made)

    clock.advance(3599)
    last = use("GET", made)
    clock.advance(2)
    over = use("GET", made)

    assert last.status == 200
    assert (over.status, over.code, over.members["Message"]) == (403, "AccessDenied", "Request has expired")
    assert {"Expires", "ServerTime"} <= over.members.keys()
    assert over.members.get("X-Amz-Expires") == ("3600" if version == "s3v4" else None)


@pytest.mark.row("S3-054")
def test_a_url_of_version_4_lives_a_week_at_most(aws: Clients, bucket: str, use: Any, clock: Any) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key")
    client = signing(aws, "s3v4")
    week = url(client, "get_object", seconds=604_800)

    longer = use("GET", url(client, "get_object", seconds=604_801))
    use("GET", week)
    clock.advance(604_799)

    assert use("GET", week).status == 200
    assert (longer.status, longer.code, longer.members["Message"]) == (
        400,
        "AuthorizationQueryParametersError",
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
        "604800 seconds",
    )


@pytest.mark.row("S3-054")
def test_a_url_of_version_2_lives_as_long_as_it_says(aws: Clients, bucket: str, use: Any, clock: Any) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key")
    made = url(aws.s3, "get_object", seconds=604_801)
    use("GET", made)

    clock.advance(604_800)
    last = use("GET", made)
    clock.advance(2)

    assert last.status == 200
    assert use("GET", made).members["Message"] == "Request has expired"


@pytest.mark.row("S3-055")
@VERSIONS
def test_a_url_dies_with_the_session_that_signed_it(
    aws: Clients, bucket: str, use: Any, clock: Any, version: str
) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key")
    session = aws.sts.get_session_token(DurationSeconds=900)["Credentials"]
    keys = {
        "aws_access_key_id": session["AccessKeyId"],
        "aws_secret_access_key": session["SecretAccessKey"],
        "aws_session_token": session["SessionToken"],
    }
    made = url(signing(aws, version, **keys), "get_object", seconds=7200)

    alive = use("GET", made)
    forged = use("GET", made.replace(quote(session["SessionToken"], safe=""), "another"))
    clock.advance(901)
    over = use("GET", made)

    assert alive.status == 200
    assert forged.code == "InvalidToken"
    assert (over.status, over.code, over.members["Message"]) == (
        400,
        "ExpiredToken",
        "The provided token has expired.",
    )


@pytest.mark.row("S3-055")
@VERSIONS
def test_a_url_carries_no_more_than_its_signers_rights(aws: Clients, bucket: str, use: Any, version: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key")
    stranger = signing(aws.at(account="111122223333"), version)
    nobody = signing(aws, version, aws_access_key_id="AKIANOBODY")

    assert use("GET", url(stranger, "get_object")).code == "AccessDenied"
    assert use("GET", url(nobody, "get_object")).code == "InvalidAccessKeyId"


# --- what is signed ---


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


# --- Regions ---


@pytest.mark.row("S3-125")
def test_the_regions_of_old_take_version_2(aws: Clients, make_bucket: Any, use: Any) -> None:
    make_bucket("bucket", "eu-west-1")
    client = signing(aws.at(region="eu-west-1"), "s3")

    assert use("PUT", url(client, "put_object"), b"x").status == 200


@pytest.mark.row("S3-125")
def test_new_regions_do_not_take_version_2(aws: Clients, make_bucket: Any, use: Any) -> None:
    make_bucket("bucket", "eu-central-1")
    place = aws.at(region="eu-central-1")

    by_url = use("PUT", url(signing(place, "s3"), "put_object"), b"x")
    new = use("PUT", url(signing(place, "s3v4"), "put_object"), b"x")
    with pytest.raises(place.s3.exceptions.ClientError) as by_header:
        signing(place, "s3").head_bucket(Bucket="bucket")
    listed = signing(place, "s3")
    with pytest.raises(listed.exceptions.ClientError) as refused:
        listed.list_objects_v2(Bucket="bucket")

    text = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
    assert (by_url.status, by_url.code, by_url.members["Message"]) == (400, "InvalidRequest", text)
    assert new.status == 200
    assert by_header.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert refused.value.response["Error"]["Code"] == "InvalidRequest"


@pytest.mark.row("S3-002")
def test_a_url_signed_for_another_region_is_sent_there(aws: Clients, make_bucket: Any, use: Any) -> None:
    make_bucket("bucket", "eu-west-1")

    answer = use("GET", url(signing(aws, "s3v4"), "get_object"))

    assert answer.headers["x-amz-bucket-region"] == "eu-west-1"
    assert answer.status >= 300


def test_metadata_beyond_ascii_in_a_url_of_version_2_comes_back_as_encoded_words(
    aws: Clients, cloud: RunningCloud, bucket: str, use: Any
) -> None:
    made = AWSRequest("PUT", f"{cloud.url}/{bucket}/key", headers={"x-amz-meta-foo": "non-ascii-%E2%80%94_—_é_"})
    HmacV1QueryAuth(Credentials("test", "test")).add_auth(made)

    answer = use("PUT", made.url, b"")

    assert answer.status == 200, answer.body
    head = aws.s3.head_object(Bucket=bucket, Key="key")
    assert head["Metadata"] == {"foo": "=?UTF-8?Q?non-ascii-%E2%80%94=5F=E2=80=94=5F=C3=A9=5F?="}
