"""How large parts and objects may be."""

import hashlib
from typing import Any

import pytest
from tests.conftest import Clients, CloudThread
from tests.operating import set_limit
from tests.running import RunningCloud
from tests.services.s3.uploading import ONE, TWO, WHOLE, Upload, error_of, etag_of, two_parts, with_rows


@pytest.mark.row("S3-010")
def test_all_parts_but_the_last_have_five_mib(aws: Any, bucket: str) -> None:
    upload = two_parts(aws, bucket)

    error = error_of(upload.complete)

    assert error == {
        "Code": "EntityTooSmall",
        "Message": "Your proposed upload is smaller than the minimum allowed size",
        "ETag": hashlib.md5(ONE).hexdigest(),
        "MinSizeAllowed": "5242880",
        "ProposedSize": "65536",
        "PartNumber": "1",
    }
    assert upload.complete(2)["ETag"] == etag_of(TWO)


@pytest.mark.row("S3-008")
def test_fifty_tib_is_an_objects_size_today(aws: Any, bucket: str, cloud: RunningCloud) -> None:
    upload = Upload(aws.s3, bucket)
    sizes = [(5 << 30)] * 9_999
    sizes += [(50 << 40) - sum(sizes)]
    listed = with_rows(cloud, upload, sizes)

    upload.complete(parts=listed)

    assert aws.s3.head_object(Bucket=bucket, Key="key")["ContentLength"] == 50 << 40


@pytest.mark.row("S3-008")
def test_more_than_fifty_tib_is_refused(aws: Any, bucket: str, cloud: RunningCloud) -> None:
    upload = Upload(aws.s3, bucket)
    listed = with_rows(cloud, upload, [1 << 45, (50 << 40) - (1 << 45), 1])

    error = error_of(upload.complete, parts=listed)

    assert (error["Code"], error["ProposedSize"]) == ("EntityTooLarge", str((50 << 40) + 1))


@pytest.mark.row("S3-010")
def test_ten_thousand_parts_make_an_object(aws: Any, bucket: str, cloud: RunningCloud) -> None:
    upload = Upload(aws.s3, bucket)
    listed = with_rows(cloud, upload, [5 << 20] * 10_000)

    answer = upload.complete(parts=listed)

    joined = hashlib.md5(b"x").digest() * 10_000
    assert answer["ETag"] == f'"{hashlib.md5(joined).hexdigest()}-10000"'
    head = aws.s3.head_object(Bucket=bucket, Key="key", PartNumber=10_000)
    assert head["ContentRange"] == f"bytes {9_999 * (5 << 20)}-{10_000 * (5 << 20) - 1}/{10_000 * (5 << 20)}"


@pytest.mark.row("S3-008")
@pytest.mark.usefixtures("small_parts")
def test_an_object_beyond_the_largest_size_is_refused(aws: Any, bucket: str, cloud: RunningCloud) -> None:
    set_limit(cloud, "s3.object-size", 50_000)
    upload = two_parts(aws, bucket)

    error = error_of(upload.complete)

    assert (error["Code"], error["ProposedSize"], error["MaxSizeAllowed"]) == (
        "EntityTooLarge",
        str(len(WHOLE)),
        "50000",
    )
    assert "Contents" not in aws.s3.list_objects_v2(Bucket=bucket)
    assert upload.complete(2)["ETag"] == etag_of(TWO)


def test_a_part_counts_once_as_a_write_to_its_prefix(harness: CloudThread) -> None:
    cloud = harness.start(limits="real")
    try:
        s3 = Clients(cloud).s3
        s3.create_bucket(Bucket="bucket")
        set_limit(cloud, "s3.writes-per-second", 3)
        upload = Upload(s3, "bucket")
        upload.part(1, ONE)
        upload.part(2, ONE)

        assert error_of(upload.part, 3, ONE)["Code"] == "SlowDown"
    finally:
        cloud.stop()
