"""S3's errors: statuses, AWS's own messages, further elements, header fields."""

from typing import Any

import pytest

from orrery.wire.catalog import Models
from orrery.wire.codec import codec_for
from orrery.wire.fault import Fault
from orrery.wire.http import Answer


def refused(models: Models, operation: str, code: str, message: str = "", /, **facts: Any) -> Answer:
    return codec_for(models("s3").operation(operation), "rest-xml").fault(Fault(code, message, **facts), "REQUEST")


@pytest.mark.row("S3-017")
@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("AccessDenied", 403),
        ("BucketAlreadyExists", 409),
        ("BucketNotEmpty", 409),
        ("InvalidArgument", 400),
        ("InvalidBucketState", 409),
        ("InvalidObjectState", 403),
        ("InvalidPartNumber", 416),
        ("InvalidRange", 416),
        ("MethodNotAllowed", 405),
        ("MissingContentLength", 411),
        ("NoSuchBucket", 404),
        ("NoSuchCORSConfiguration", 404),
        ("NoSuchUpload", 404),
        ("NotImplemented", 501),
        ("OperationAborted", 409),
        ("PermanentRedirect", 301),
        ("PreconditionFailed", 412),
        ("SlowDown", 503),
        ("TemporaryRedirect", 307),
    ],
)
def test_a_code_has_its_status(models: Models, code: str, status: int) -> None:
    assert refused(models, "GetObject", code).status == status


def test_a_fault_without_words_says_what_aws_always_says(models: Models) -> None:
    body = refused(models, "GetObject", "NoSuchKey", Key="a<b").body.decode()

    assert "<Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>a&lt;b</Key>" in body
    assert "<RequestId>REQUEST</RequestId><HostId>" in body


def test_a_fault_s_own_words_win(models: Models) -> None:
    assert b"<Message>Forbidden here</Message>" in refused(models, "GetObject", "AccessDenied", "Forbidden here").body


def test_a_message_that_nobody_knows_is_an_empty_element(models: Models) -> None:
    assert b"<Code>InvalidArgument</Code><Message/>" in refused(models, "PutBucketAcl", "InvalidArgument").body


def test_a_fault_carries_header_fields(models: Models) -> None:
    marker = {"DeleteMarker": True, "VersionId": "v1", "Allow": ["DELETE"], "LastModified": 1_000_000}

    headers = refused(models, "GetObject", "MethodNotAllowed", Method="GET", headers=marker).headers

    assert {
        (b"x-amz-delete-marker", b"true"),
        (b"x-amz-version-id", b"v1"),
        (b"Allow", b"DELETE"),
        (b"Last-Modified", b"Thu, 01 Jan 1970 00:16:40 GMT"),
    } <= set(headers)


def test_a_header_field_that_errors_do_not_have_is_a_mistake(models: Models) -> None:
    with pytest.raises(KeyError):
        refused(models, "GetObject", "NoSuchKey", headers={"Colour": "red"})


def test_what_was_not_modified_has_no_body(models: Models) -> None:
    answer = refused(models, "GetObject", "NotModified", headers={"ETag": '"e"'})

    assert (answer.status, answer.body) == (304, b"")
    assert (b"ETag", b'"e"') in answer.headers
    assert b"Content-Type" not in dict(answer.headers)


@pytest.mark.row("S3-017")
def test_the_error_of_a_head_request_has_no_body(models: Models) -> None:
    answer = refused(models, "HeadObject", "NoSuchKey", Key="k")

    assert (answer.status, answer.body) == (404, b"")


def test_a_failure_of_ours_is_what_s3_calls_it(models: Models) -> None:
    answer = refused(models, "GetObject", "InternalFailure")

    assert answer.status == 500
    assert b"<Code>InternalError</Code>" in answer.body
