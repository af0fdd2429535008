"""boto3's transfer manager: whole files up, down and across in parts and threads."""

import io
from pathlib import Path
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from tests.conftest import Clients, CloudThread
from tests.operating import set_failure

from orrery.settings_forms import ClockMode

MIB = 1 << 20
CONTENT = b"".join(number.to_bytes(4, "big") for number in range(5 * MIB))  # 20 MiB, no two MiB of them alike
CONFIG = TransferConfig(multipart_threshold=6 * MIB, multipart_chunksize=6 * MIB, max_concurrency=4)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "up"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.row("S3-010")
@pytest.mark.row("S3-101")
def test_a_file_goes_up_and_down_in_parts(aws: Any, bucket: str, file: Path, tmp_path: Path) -> None:
    told: list[int] = []

    aws.s3.upload_file(str(file), bucket, "k", Config=CONFIG, Callback=told.append, ExtraArgs={"ContentType": "a/b"})
    aws.s3.download_file(bucket, "k", str(tmp_path / "down"), Config=CONFIG)

    assert (tmp_path / "down").read_bytes() == CONTENT
    assert sum(told) == len(CONTENT)
    head = aws.s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert head["ETag"].endswith('-4"')
    assert (head["ContentLength"], head["ContentType"]) == (len(CONTENT), "a/b")
    assert head["ChecksumType"] == "COMPOSITE"
    assert "Uploads" not in aws.s3.list_multipart_uploads(Bucket=bucket)


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
def test_a_file_goes_up_with_any_checksum(aws: Any, bucket: str, file: Path, algorithm: str) -> None:
    aws.s3.upload_file(str(file), bucket, "k", Config=CONFIG, ExtraArgs={"ChecksumAlgorithm": algorithm})

    head = aws.s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert head[f"Checksum{algorithm}"]
    assert head["ChecksumType"] == ("FULL_OBJECT" if algorithm == "CRC64NVME" else "COMPOSITE")
    assert aws.s3.get_object(Bucket=bucket, Key="k")["Body"].read() == CONTENT


def test_a_stream_goes_up_and_down_in_parts(aws: Any, bucket: str) -> None:
    class Unsized(io.RawIOBase):
        """What can only be read on."""

        def __init__(self) -> None:
            self._rest = io.BytesIO(CONTENT)

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            return self._rest.read(size)

    aws.s3.upload_fileobj(Unsized(), bucket, "k", Config=CONFIG)
    down = io.BytesIO()
    aws.s3.download_fileobj(bucket, "k", down, Config=CONFIG)

    assert down.getvalue() == CONTENT


@pytest.mark.row("S3-010")
def test_an_object_is_copied_in_parts(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="from", Body=CONTENT)

    aws.s3.copy({"Bucket": bucket, "Key": "from"}, bucket, "to/ä", Config=CONFIG)

    head = aws.s3.head_object(Bucket=bucket, Key="to/ä")
    assert head["ETag"].endswith('-4"')
    assert aws.s3.get_object(Bucket=bucket, Key="to/ä")["Body"].read() == CONTENT


def test_an_object_in_parts_is_copied_in_other_parts(aws: Any, bucket: str, file: Path) -> None:
    aws.s3.upload_file(str(file), bucket, "from", Config=CONFIG)

    other = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=7 * MIB)
    aws.s3.copy({"Bucket": bucket, "Key": "from"}, bucket, "to", Config=other)

    assert aws.s3.head_object(Bucket=bucket, Key="to")["ETag"].endswith('-3"')
    assert aws.s3.get_object(Bucket=bucket, Key="to")["Body"].read() == CONTENT


@pytest.mark.row("S3-101")
def test_parts_side_by_side_are_faster_where_each_connection_is_slow(harness: CloudThread, file: Path) -> None:
    cloud = harness.start(clock=ClockMode("autojump"))
    try:
        s3 = Clients(cloud).s3
        s3.create_bucket(Bucket="bucket")
        set_failure(cloud, "s3.upload-bandwidth", bytes=MIB)
        begun = cloud.clock.now()

        s3.put_object(Bucket="bucket", Key="one", Body=CONTENT)
        halfway = cloud.clock.now()
        config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=8)
        s3.upload_file(str(file), "bucket", "many", Config=config)
        done = cloud.clock.now()

        assert halfway - begun >= 20_000
        assert 5_000 <= done - halfway <= (halfway - begun) / 3
        assert s3.get_object(Bucket="bucket", Key="many")["Body"].read() == CONTENT
    finally:
        cloud.stop()


def test_an_upload_that_fails_is_given_up(aws: Any, bucket: str) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() >= 12 * MIB:
                raise OSError("the disk is gone")
            return super().read(size)

    with pytest.raises(OSError, match="gone"):
        aws.s3.upload_fileobj(Broken(CONTENT), bucket, "k", Config=CONFIG)

    assert "Uploads" not in aws.s3.list_multipart_uploads(Bucket=bucket)
    assert "Contents" not in aws.s3.list_objects_v2(Bucket=bucket)
