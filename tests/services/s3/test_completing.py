"""CompleteMultipartUpload."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.running import RunningCloud
from tests.services.s3.uploading import (
    INVALID_PART,
    ONE,
    TWO,
    WHOLE,
    Upload,
    bodies,
    error_of,
    etag_of,
    of,
    told,
    two_parts,
)

from orrery.services.s3 import contents
from orrery.services.s3.records import Part

pytestmark = pytest.mark.usefixtures("small_parts")


@pytest.mark.row("S3-010")
def test_parts_become_an_object(aws: Any, bucket: str, cloud: RunningCloud) -> None:
    upload = two_parts(aws, bucket, key="a/b—c", ContentType="text/x", Metadata={"a": "b"}, Tagging="t=v")

    answer = told(upload.complete())

    assert answer == {
        "Bucket": bucket,
        "Key": "a/b—c",
        "Location": f"{cloud.url}/bucket/a%2Fb%E2%80%94c",
        "ETag": etag_of(ONE, TWO),
        "ServerSideEncryption": "AES256",
        "ChecksumCRC64NVME": of("CRC64NVME", WHOLE),
        "ChecksumType": "FULL_OBJECT",
    }
    got = aws.s3.get_object(Bucket=bucket, Key="a/b—c", ChecksumMode="ENABLED")
    assert got["Body"].read() == WHOLE
    assert got["ETag"] == etag_of(ONE, TWO)
    assert (got["ContentType"], got["Metadata"], got["TagCount"]) == ("text/x", {"a": "b"}, 1)
    assert (got["ChecksumCRC64NVME"], got["ChecksumType"]) == (of("CRC64NVME", WHOLE), "FULL_OBJECT")
    assert "Uploads" not in aws.s3.list_multipart_uploads(Bucket=bucket)


def test_the_location_is_in_the_style_of_the_request(aws: Any, bucket: str, cloud: RunningCloud) -> None:
    host = f"bucket.s3.localhost:{cloud.port}"
    client = aws.client("s3")

    def to_the_buckets_host(request: Any, **_: Any) -> None:
        request.url = request.url.replace("/bucket/", "/")
        request.headers["Host"] = host

    client.meta.events.register("before-sign.s3.CompleteMultipartUpload", to_the_buckets_host)
    upload = Upload(client, bucket, "a/b")
    upload.part(1, b"x")

    assert upload.complete()["Location"] == f"http://{host}/a%2Fb"


@pytest.mark.row("S3-010")
def test_parts_need_not_be_numbered_from_one_on(aws: Any, bucket: str) -> None:
    upload = Upload(aws.s3, bucket)
    for number, body in ((9000, b"c"), (7, b"a"), (12, b"b")):
        upload.part(number, body)

    upload.complete()

    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"abc"


@pytest.mark.row("S3-010")
def test_parts_that_are_not_listed_go(aws: Any, bucket: str, cloud: RunningCloud) -> None:
    upload = two_parts(aws, bucket)
    upload.part(3, ONE[::-1])
    upload.part(4, b"more")

    upload.complete(1, 2)

    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == WHOLE
    assert bodies(cloud) == 1


def test_an_object_in_parts_takes_the_place_of_another_and_goes_for_a_third(
    aws: Any, bucket: str, cloud: RunningCloud
) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key", Body=ONE)
    two_parts(aws, bucket).complete()
    between = bodies(cloud)

    two_parts(aws, bucket).complete()
    after = bodies(cloud)
    aws.s3.put_object(Bucket=bucket, Key="key", Body=b"small")

    assert (between, after, bodies(cloud)) == (1, 1, 0)


def test_an_object_in_parts_is_as_old_as_its_upload(aws: Any, bucket: str, clock: Any) -> None:
    upload = Upload(aws.s3, bucket)
    begun = aws.s3.list_multipart_uploads(Bucket=bucket)["Uploads"][0]["Initiated"]
    clock.advance(100)
    upload.part(1, b"x")

    upload.complete()

    assert aws.s3.head_object(Bucket=bucket, Key="key")["LastModified"] == begun


@pytest.mark.row("S3-010")
def test_a_part_that_was_not_uploaded_is_invalid(aws: Any, bucket: str) -> None:
    upload = two_parts(aws, bucket)

    error = error_of(upload.complete, parts=[*upload.list_of(1), {"PartNumber": 3, "ETag": '"abc"'}])

    assert error == {
        "Code": "InvalidPart",
        "Message": INVALID_PART,
        "ETag": "abc",
        "PartNumber": "3",
        "UploadId": upload.id,
    }


@pytest.mark.row("S3-010")
def test_a_part_with_another_etag_is_invalid(aws: Any, bucket: str) -> None:
    upload = two_parts(aws, bucket)
    other = hashlib.md5(b"").hexdigest()

    error = error_of(upload.complete, parts=[{"PartNumber": 1, "ETag": f'"{other}"'}])

    assert (error["Code"], error["ETag"], error["PartNumber"]) == ("InvalidPart", other, "1")


def test_etags_may_be_listed_without_quotes(aws: Any, bucket: str) -> None:
    upload = two_parts(aws, bucket)

    upload.complete(parts=[{**each, "ETag": each["ETag"].strip('"')} for each in upload.list_of()])

    assert aws.s3.head_object(Bucket=bucket, Key="key")["ETag"] == etag_of(ONE, TWO)


@pytest.mark.row("S3-010")
@pytest.mark.parametrize("numbers", [(2, 1), (1, 1), (1, 2, 2)])
def test_parts_are_listed_in_order_and_once(aws: Any, bucket: str, numbers: tuple[int, ...]) -> None:
    upload = two_parts(aws, bucket)

    error = error_of(upload.complete, *numbers)

    assert error == {
        "Code": "InvalidPartOrder",
        "Message": "The list of parts was not in ascending order. Parts must be ordered by part number.",
        "UploadId": upload.id,
    }


@pytest.mark.parametrize(
    "parts",
    [[], [{"PartNumber": 1}], [{"ETag": '"abc"'}], [{}]],
)
def test_a_list_without_parts_or_with_half_ones_is_malformed(aws: Any, bucket: str, parts: list[Any]) -> None:
    assert error_of(two_parts(aws, bucket).complete, parts=parts)["Code"] == "MalformedXML"


def test_no_list_at_all(aws: Any, bucket: str) -> None:
    upload = two_parts(aws, bucket)

    error = error_of(aws.s3.complete_multipart_upload, **upload.names)

    assert (error["Code"], error["Message"]) == ("InvalidRequest", "You must specify at least one part")


def test_a_listed_number_is_at_least_one(aws: Any, bucket: str) -> None:
    error = error_of(two_parts(aws, bucket).complete, parts=[{"PartNumber": 0, "ETag": '"abc"'}])

    assert (error["Code"], error["Message"]) == ("InvalidArgument", "PartNumber must be >= 1")


@pytest.mark.row("S3-119")
def test_the_size_that_was_announced_must_be_right(aws: Any, bucket: str) -> None:
    upload = two_parts(aws, bucket)

    error = error_of(upload.complete, MpuObjectSize=5)

    assert error == {
        "Code": "InvalidRequest",
        "Message": f"The provided 'x-amz-mp-object-size' header value 5 does not match what was computed: {len(WHOLE)}",
    }
    assert upload.complete(MpuObjectSize=len(WHOLE))["ETag"] == etag_of(ONE, TWO)


@pytest.mark.row("S3-115")
def test_a_completion_for_a_new_key_only(aws: Any, bucket: str) -> None:
    upload = two_parts(aws, bucket)
    aws.s3.put_object(Bucket=bucket, Key="key", Body=b"there")

    error = error_of(upload.complete, IfNoneMatch="*")
    aws.s3.delete_object(Bucket=bucket, Key="key")

    assert error == {
        "Code": "PreconditionFailed",
        "Message": "At least one of the pre-conditions you specified did not hold",
        "Condition": "If-None-Match",
    }
    assert upload.complete(IfNoneMatch="*")["ETag"] == etag_of(ONE, TWO)


@pytest.mark.row("S3-115")
def test_a_completion_over_one_object_only(aws: Any, bucket: str) -> None:
    upload = two_parts(aws, bucket)

    absent = error_of(upload.complete, IfMatch=etag_of(TWO))
    there = aws.s3.put_object(Bucket=bucket, Key="key", Body=b"there")["ETag"]
    other = error_of(upload.complete, IfMatch=etag_of(TWO))

    assert (absent["Code"], absent["Key"]) == ("NoSuchKey", "key")
    assert (other["Code"], other["Condition"]) == ("PreconditionFailed", "If-Match")
    assert upload.complete(IfMatch=there)["ETag"] == etag_of(ONE, TWO)


@pytest.mark.row("S3-115")
def test_of_two_uploads_for_a_new_key_one_is_completed(aws: Any, bucket: str) -> None:
    uploads = [two_parts(aws, bucket) for _ in range(2)]

    def complete(upload: Upload) -> str:
        try:
            upload.complete(IfNoneMatch="*")
        except aws.s3.exceptions.ClientError as error:
            code: str = error.response["Error"]["Code"]
            return code
        return "made"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(complete, uploads))

    assert outcomes == ["PreconditionFailed", "made"]


@pytest.mark.row("S3-010")
def test_two_completions_at_once_give_one_object_and_one_answer(aws: Any, bucket: str, cloud: RunningCloud) -> None:
    upload = two_parts(aws, bucket)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: told(upload.complete()), range(4)))

    assert all(answer == answers[0] for answer in answers)
    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == WHOLE
    assert bodies(cloud) == 1


@pytest.mark.row("S3-115")
def test_a_completion_for_a_new_key_may_be_asked_for_again(aws: Any, bucket: str) -> None:
    upload = two_parts(aws, bucket)

    first = upload.complete(IfNoneMatch="*")
    again = upload.complete(IfNoneMatch="*")

    assert told(again) == told(first)


@pytest.mark.row("S3-010")
def test_a_completion_is_not_repeated_with_other_parts_or_after_the_object_is_gone(aws: Any, bucket: str) -> None:
    upload = two_parts(aws, bucket)
    upload.complete()

    other = error_of(upload.complete, 1)
    strange = error_of(upload.complete, parts=[{"PartNumber": 1, "ETag": "no hex"}])
    aws.s3.put_object(Bucket=bucket, Key="key", Body=b"new")
    gone = error_of(upload.complete)

    assert [error["Code"] for error in (other, strange, gone)] == ["NoSuchUpload"] * 3
    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"new"


@pytest.fixture
def turns_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts are deleted two at a time."""
    monkeypatch.setattr(contents, "TURN", 2)


@pytest.mark.usefixtures("turns_of_two")
def test_many_parts_go_in_turns(aws: Any, bucket: str, cloud: RunningCloud, clock: Any) -> None:
    completed, aborted = Upload(aws.s3, bucket), Upload(aws.s3, bucket)
    for upload in (completed, aborted):
        for number in range(1, 8):
            upload.part(number, ONE)

    aborted.abort()
    completed.complete(2, 6)
    clock.advance(0)
    between = bodies(cloud)
    read = aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read()
    aws.s3.delete_object(Bucket=bucket, Key="key")
    clock.advance(0)

    assert read == ONE * 2
    assert (between, bodies(cloud)) == (2, 0)
    assert (
        cloud.do(lambda: cloud.cloud.kernel.read(cloud.cloud.kernel.place(*cloud.cloud.kernel.home)).list(Part)) == []
    )
