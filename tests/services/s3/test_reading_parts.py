"""Reading an object that was uploaded in parts."""

import zlib
from typing import Any

import pytest
from tests.services.s3.uploading import ONE, TWO, WHOLE, Upload, error_of, etag_of, two_parts

pytestmark = pytest.mark.usefixtures("small_parts")


@pytest.mark.row("S3-103")
@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=65530-65541", slice(65530, 65542)),
        ("bytes=65536-65536", slice(65536, 65537)),
        ("bytes=-5", slice(-5, None)),
        ("bytes=100-", slice(100, None)),
    ],
)
def test_ranges_run_across_parts(aws: Any, bucket: str, asked: str, given: slice) -> None:
    two_parts(aws, bucket).complete()

    assert aws.s3.get_object(Bucket=bucket, Key="key", Range=asked)["Body"].read() == WHOLE[given]


@pytest.mark.row("S3-103")
def test_a_part_is_got_by_its_number(aws: Any, bucket: str) -> None:
    two_parts(aws, bucket).complete()

    got = aws.s3.get_object(Bucket=bucket, Key="key", PartNumber=2, ChecksumMode="ENABLED")
    head = aws.s3.head_object(Bucket=bucket, Key="key", PartNumber=2)

    assert got["Body"].read() == TWO
    for answer in (got, head):
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert answer["ContentRange"] == f"bytes {len(ONE)}-{len(WHOLE) - 1}/{len(WHOLE)}"
        assert (answer["ContentLength"], answer["PartsCount"]) == (len(TWO), 2)
        assert answer["ETag"] == etag_of(ONE, TWO)
        assert "ChecksumCRC64NVME" not in answer


@pytest.mark.parametrize("kind", ["COMPOSITE", "FULL_OBJECT"])
def test_a_part_is_got_with_the_checksum_that_was_chosen(aws: Any, bucket: str, kind: str) -> None:
    upload = Upload(aws.s3, bucket, ChecksumAlgorithm="CRC32C", ChecksumType=kind)
    sent = upload.part(1, TWO, ChecksumAlgorithm="CRC32C")["ChecksumCRC32C"]
    upload.complete(parts=[{**upload.list_of()[0], "ChecksumCRC32C": sent}])

    got = aws.s3.get_object(Bucket=bucket, Key="key", PartNumber=1, ChecksumMode="ENABLED")

    assert (got["ChecksumCRC32C"], got["ChecksumType"]) == (sent, kind)
    assert (got["ContentRange"], got["PartsCount"]) == ("bytes 0-15/16", 1)


def test_part_numbers_that_are_not_there(aws: Any, bucket: str) -> None:
    two_parts(aws, bucket).complete()
    aws.s3.put_object(Bucket=bucket, Key="plain", Body=b"test-123")

    beyond = error_of(aws.s3.get_object, Bucket=bucket, Key="key", PartNumber=10)
    plain = error_of(aws.s3.get_object, Bucket=bucket, Key="plain", PartNumber=2)
    both = error_of(aws.s3.get_object, Bucket=bucket, Key="key", PartNumber=2, Range="bytes=0-1")

    assert (beyond["Code"], beyond["PartNumberRequested"], beyond["ActualPartCount"]) == (
        "InvalidPartNumber",
        "10",
        "2",
    )
    assert (plain["Code"], plain["PartNumberRequested"], plain["ActualPartCount"]) == ("InvalidPartNumber", "2", "1")
    assert both["Message"] == "Cannot specify both Range header and partNumber query parameter"


def test_many_small_parts_are_read_in_order(aws: Any, bucket: str) -> None:
    upload = Upload(aws.s3, bucket)
    for number in range(1, 31):
        upload.part(number, bytes([number]) * number)

    upload.complete()

    whole = b"".join(bytes([number]) * number for number in range(1, 31))
    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == whole
    assert zlib.crc32(aws.s3.get_object(Bucket=bucket, Key="key", Range="bytes=3-400")["Body"].read()) == zlib.crc32(
        whole[3:401]
    )
