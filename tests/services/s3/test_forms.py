"""What is a form of a browser's, and what is none."""

from typing import Any

import pytest
import urllib3
from tests.conftest import Clients
from tests.services.s3.forms import Answer, Fields, bucket, form, http, send, signing

__all__ = ["bucket", "http", "send"]


# --- forms that are none ---


def test_a_bucket_must_be_there(aws: Clients, bucket: str, send: Any) -> None:
    client = signing(aws, "s3v4")
    made = client.generate_presigned_post("missing-bucket", "key")

    answer = send(made["url"], made["fields"])

    assert (answer.status, answer.members["Code"]) == (404, "NoSuchBucket")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_a_form_is_of_its_own_type(aws: Clients, bucket: str, http: Any, kind: str) -> None:
    made = form(aws.s3)
    body = "&".join(f"{name}={value}" for name, value in made["fields"].items())

    answer = Answer(http.request("POST", made["url"], body=body, headers={"Content-Type": kind}))

    assert (answer.status, answer.members["Code"]) == (412, "PreconditionFailed")
    assert answer.members["Condition"] == "Bucket POST must be of the enclosure-type multipart/form-data"


@pytest.mark.parametrize(
    ("fields", "argument"),
    [({"acl": "private"}, "key"), ({"key": ""}, "key"), ({"key": "a\rb", "Expires": "a\nb"}, "expires")],
)
def test_a_form_needs_a_key_and_values_of_one_line(
    aws: Clients, bucket: str, send: Any, fields: Fields, argument: str
) -> None:
    made = form(signing(aws, "s3v4"), "${filename}", conditions=[["starts-with", "$Expires", ""]])
    signed = {name: value for name, value in made["fields"].items() if name != "key"}

    answer = send(made["url"], {**signed, **fields})

    assert (answer.status, answer.members["Code"], answer.members["ArgumentName"]) == (400, "InvalidArgument", argument)


def test_a_form_needs_one_file(aws: Clients, bucket: str, send: Any) -> None:
    made = form(aws.s3)

    answer = send(made["url"], made["fields"], None)

    assert (answer.status, answer.members["Code"], answer.members["Message"]) == (
        400,
        "InvalidArgument",
        "POST requires exactly one file upload per request.",
    )
    assert (answer.members["ArgumentName"], answer.members["ArgumentValue"]) == ("file", "0")


def test_a_forms_fields_are_bounded(aws: Clients, bucket: str, send: Any) -> None:
    made = form(aws.s3)

    answer = send(made["url"], {**made["fields"], "x-ignore-much": "x" * 20_480})

    assert (answer.status, answer.members["Code"]) == (400, "MaxPostPreDataLengthExceeded")
    assert answer.members["MaxPostPreDataLengthBytes"] == "20480"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("x-amz-checksum-sha256", "", "InvalidRequest"),
        ("x-amz-checksum-crc32", "AAAAAA==", "BadDigest"),
        ("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==", "BadDigest"),
        ("Content-MD5", "nonsense", "InvalidDigest"),
        ("acl", "public-read", "AccessControlListNotSupported"),
        ("x-amz-storage-class", "NONE", "InvalidStorageClass"),
        ("tagging", "<Tagging>", "MalformedXML"),
        ("x-amz-server-side-encryption", "aws:kms", "NotImplemented"),
    ],
)
def test_fields_are_judged_like_the_headers_of_a_put(
    aws: Clients, bucket: str, send: Any, field: str, value: str, code: str
) -> None:
    made = form(aws.s3, fields={field: value})

    assert send(made["url"], made["fields"]).members["Code"] == code
    assert "Contents" not in aws.s3.list_objects_v2(Bucket=bucket)


def test_a_checksum_that_is_right_is_kept(aws: Clients, bucket: str, send: Any) -> None:
    value = "7XACtDnprIRfIjV9giusFERzD722AW0+yUMil7nsn3M="
    fields = {"x-amz-checksum-sha256": value, "x-amz-checksum-algorithm": "SHA256"}
    made = form(aws.s3, fields=fields)

    assert send(made["url"], made["fields"]).status == 204

    assert aws.s3.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")["ChecksumSHA256"] == value


# --- without signatures ---


def test_under_open_any_key_signs_but_the_policy_holds(harness: Any, send: Any) -> None:
    running = harness.start(auth="open")
    try:
        aws = Clients(running)
        aws.s3.create_bucket(Bucket="bucket")
        stranger = aws.client("s3", aws_access_key_id="AKIANOBODY", aws_secret_access_key="unknown")
        made = form(stranger, conditions=[["content-length-range", 0, 10]])

        assert send(made["url"], made["fields"]).status == 204
        assert send(made["url"], made["fields"], ("f", b"x" * 11)).members["Code"] == "EntityTooLarge"
        assert send(made["url"], {"key": "plain"}).status == 204
        assert [one["Key"] for one in aws.s3.list_objects_v2(Bucket="bucket")["Contents"]] == ["key", "plain"]
    finally:
        running.stop()


@pytest.mark.parametrize("name", ["x-amz-meta-a\n evil", "x-amz-meta-a:b", "x-amz-meta-a b", "x-amz-meta-ü"])
def test_a_field_whose_name_no_header_can_have_is_refused(harness: Any, http: Any, name: str) -> None:
    cloud = harness.start(auth="open")
    try:
        s3 = Clients(cloud).s3
        s3.create_bucket(Bucket="bucket")
        fields: list[Any] = [("key", "key"), ("AWSAccessKeyId", "test"), ("NAME", "value"), ("file", ("f", b"content"))]
        body, kind = urllib3.encode_multipart_formdata(fields)
        body = body.replace(b"NAME", name.encode())

        answer = Answer(http.request("POST", f"{cloud.url}/bucket", body=body, headers={"Content-Type": kind}))

        assert (answer.status, answer.members["Code"]) == (400, "InvalidArgument")
        assert "Contents" not in s3.list_objects_v2(Bucket="bucket")
    finally:
        cloud.stop()
