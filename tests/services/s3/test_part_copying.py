"""UploadPartCopy."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.operating import set_limit
from tests.running import RunningCloud
from tests.services.s3.uploading import Upload, bodies, crc32, error_of, md5, told

from orrery.services.s3 import digesting

BIG = bytes(range(256)) * 512  # 128 KiB: a content file


@pytest.fixture
def source(aws: Any, bucket: str) -> str:
    aws.s3.put_object(Bucket=bucket, Key="source", Body=BIG)
    return f"{bucket}/source"


@pytest.mark.row("S3-010")
def test_an_object_is_copied_into_a_part_and_shares_its_content(
    aws: Any, bucket: str, source: str, cloud: RunningCloud
) -> None:
    upload = Upload(aws.s3, bucket)

    answer = told(upload.copy(1, source))

    result = answer["CopyPartResult"]
    assert result.pop("LastModified")
    assert answer == {"CopyPartResult": {"ETag": md5(BIG)}, "ServerSideEncryption": "AES256"}
    assert bodies(cloud) == 1
    upload.complete()
    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == BIG


@pytest.mark.row("S3-010")
def test_a_range_is_copied_into_a_part_and_outlives_its_source(
    aws: Any, bucket: str, source: str, cloud: RunningCloud
) -> None:
    upload = Upload(aws.s3, bucket, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")

    copied = upload.copy(1, source, CopySourceRange="bytes=10-100009")
    aws.s3.delete_object(Bucket=bucket, Key="source")
    upload.complete()

    assert copied["CopyPartResult"]["ETag"] == md5(BIG[10:100_010])
    assert copied["CopyPartResult"]["ChecksumCRC32"] == crc32(BIG[10:100_010])
    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == BIG[10:100_010]
    aws.s3.delete_object(Bucket=bucket, Key="key")
    assert bodies(cloud) == 0


def test_a_range_of_a_small_object_is_copied(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="small", Body=b"0123456789")
    upload = Upload(aws.s3, bucket)

    upload.copy(1, f"{bucket}/small", CopySourceRange="bytes=2-4")
    upload.complete()

    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"234"


@pytest.mark.parametrize("asked", ["bytes=0-4", "bytes=3-130999", "bytes=131065-131079", None])
def test_an_object_in_parts_is_copied_into_a_part(
    aws: Any, bucket: str, cloud: RunningCloud, asked: str | None
) -> None:
    set_limit(cloud, "s3.smallest-part", 1)
    first = Upload(aws.s3, bucket, "source")
    for number, body in enumerate((b"12345", BIG, b"67890"), 1):
        first.part(number, body)
    first.complete()
    whole = b"12345" + BIG + b"67890"
    start, stop = (0, len(whole)) if asked is None else map(int, asked.removeprefix("bytes=").split("-"))
    upload = Upload(aws.s3, bucket)

    upload.copy(1, f"{bucket}/source", **({} if asked is None else {"CopySourceRange": asked}))
    upload.complete()

    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == whole[start : stop + 1]


@pytest.mark.parametrize("asked", ["0-1", "bytes=0", "bytes=0-", "bytes=-1", "bytes=5-4", "bytes=0-1,3-4", "bytes=a-b"])
def test_a_range_to_copy_has_a_first_and_a_last_byte(aws: Any, bucket: str, source: str, asked: str) -> None:
    error = error_of(Upload(aws.s3, bucket).copy, 1, source, CopySourceRange=asked)

    assert error == {
        "Code": "InvalidArgument",
        "Message": "The x-amz-copy-source-range value must be of the form bytes=first-last "
        "where first and last are the zero-based offsets of the first and last bytes to copy",
        "ArgumentName": "x-amz-copy-source-range",
        "ArgumentValue": asked,
    }


def test_a_range_to_copy_lies_within_its_source(aws: Any, bucket: str, source: str) -> None:
    error = error_of(Upload(aws.s3, bucket).copy, 1, source, CopySourceRange=f"bytes=0-{len(BIG)}")

    assert (error["Code"], error["Message"]) == (
        "InvalidArgument",
        f"Range specified is not valid for source object of size: {len(BIG)}",
    )


def test_a_source_larger_than_a_copy_takes_is_refused(aws: Any, bucket: str, source: str, cloud: RunningCloud) -> None:
    set_limit(cloud, "s3.copy-size", 100)
    upload = Upload(aws.s3, bucket)

    error = error_of(upload.copy, 1, source)

    assert (error["Code"], error["Message"]) == (
        "InvalidRequest",
        "The specified copy source is larger than the maximum allowable size for a copy source: 100",
    )
    assert upload.copy(1, source, CopySourceRange="bytes=100-199")["CopyPartResult"]["ETag"] == md5(BIG[100:200])


NOW = datetime(2100, 1, 1, tzinfo=UTC)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("condition", "name"),
    [
        ({"CopySourceIfMatch": "other"}, "If-Match"),
        ({"CopySourceIfNoneMatch": md5(BIG)}, "If-None-Match"),
        ({"CopySourceIfUnmodifiedSince": LONG_AGO}, "If-Unmodified-Since"),
        ({"CopySourceIfNoneMatch": md5(BIG), "CopySourceIfModifiedSince": LONG_AGO}, "If-None-Match"),
    ],
)
def test_a_condition_on_the_source_that_does_not_hold(
    aws: Any, bucket: str, source: str, condition: dict[str, Any], name: str
) -> None:
    error = error_of(Upload(aws.s3, bucket).copy, 1, source, **condition)

    assert error == {
        "Code": "PreconditionFailed",
        "Message": "At least one of the pre-conditions you specified did not hold",
        "Condition": f"x-amz-copy-source-{name}",
    }


def test_a_source_not_modified_since(aws: Any, bucket: str, source: str) -> None:
    modified = aws.s3.head_object(Bucket=bucket, Key="source")["LastModified"]

    error = error_of(Upload(aws.s3, bucket).copy, 1, source, CopySourceIfModifiedSince=modified)

    assert error["Condition"] == "x-amz-copy-source-If-Modified-Since"


@pytest.mark.parametrize(
    "condition",
    [
        {"CopySourceIfMatch": md5(BIG)},
        {"CopySourceIfNoneMatch": "other"},
        {"CopySourceIfModifiedSince": LONG_AGO},
        {"CopySourceIfModifiedSince": NOW},
        {"CopySourceIfUnmodifiedSince": NOW},
        {"CopySourceIfMatch": md5(BIG), "CopySourceIfUnmodifiedSince": LONG_AGO},
    ],
)
def test_a_condition_on_the_source_that_holds(aws: Any, bucket: str, source: str, condition: dict[str, Any]) -> None:
    assert Upload(aws.s3, bucket).copy(1, source, **condition)["CopyPartResult"]["ETag"] == md5(BIG)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("bucket/none", "NoSuchKey"),
        ("nobodys-bucket/key", "NoSuchBucket"),
        ("source", "InvalidArgument"),
        ("bucket/source?versionId=" + "v" * 32, "NoSuchVersion"),
        ("arn:aws:s3:us-east-1:000000000000:accesspoint/a/object/k", "NotImplemented"),
    ],
)
def test_a_source_that_is_not_to_be_had(aws: Any, bucket: str, source: str, code: str) -> None:
    assert error_of(Upload(aws.s3, bucket).copy, 1, source)["Code"] == code


def test_a_source_in_anothers_bucket_is_not_to_be_had(aws: Any, bucket: str) -> None:
    other = aws.at(account="111111111111").s3
    other.create_bucket(Bucket="others")
    other.put_object(Bucket="others", Key="k", Body=b"x")

    assert error_of(Upload(aws.s3, bucket).copy, 1, "others/k")["Code"] == "AccessDenied"


@pytest.mark.parametrize("key", ["a b+c", "ümlaut/—", "what?versionId=1", "per%2Fcent"])
def test_any_key_can_be_the_source(aws: Any, bucket: str, key: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key=key, Body=b"there")

    answer = Upload(aws.s3, bucket).copy(1, {"Bucket": bucket, "Key": key})  # type: ignore[arg-type]

    assert answer["CopyPartResult"]["ETag"] == md5(b"there")


def test_a_source_in_another_region(aws: Any, bucket: str) -> None:
    far = aws.at(region="eu-west-1").s3
    far.create_bucket(Bucket="far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    far.put_object(Bucket="far", Key="k", Body=b"x")

    assert Upload(aws.s3, bucket).copy(1, "far/k")["CopyPartResult"]["ETag"] == md5(b"x")


def test_a_source_written_over_while_it_is_read_is_copied_as_it_was(
    aws: Any, bucket: str, source: str, cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = Upload(aws.s3, bucket)
    begun, go_on = threading.Event(), threading.Event()

    plain = digesting._read_stretch

    def slow(*args: Any) -> None:
        begun.set()
        assert go_on.wait(10)
        plain(*args)

    monkeypatch.setattr(digesting, "_read_stretch", slow)
    answers: list[Any] = []
    copying = threading.Thread(target=lambda: answers.append(upload.copy(1, source)))
    copying.start()
    assert begun.wait(10)
    aws.s3.put_object(Bucket=bucket, Key="source", Body=BIG[::-1])
    go_on.set()
    copying.join()
    upload.complete()

    assert answers[0]["CopyPartResult"]["ETag"] == md5(BIG[::-1])
    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == BIG[::-1]
