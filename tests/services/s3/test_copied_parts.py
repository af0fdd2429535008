"""Copies of what was uploaded in parts, and of what changes meanwhile."""

import asyncio
import hashlib
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from tests.operating import set_limit
from tests.services.s3.refused import refused

from orrery.services.s3 import copying
from orrery.services.s3.digesting import digest
from orrery.services.s3.service import BODIES

BIG = bytes(range(256)) * 1024  # 256 KiB: a content file


def read(aws: Any, bucket: str, key: str) -> bytes:
    body: bytes = aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return body


@pytest.fixture
def in_parts(aws: Any, cloud: Any, bucket: str) -> bytes:
    """The content of the object `whole`, which was uploaded in three parts."""
    set_limit(cloud, "s3.smallest-part", 1)
    begun = aws.s3.create_multipart_upload(
        Bucket=bucket, Key="whole", ContentType="text/x", ChecksumAlgorithm="SHA256", Tagging="a=b"
    )
    upload = {"Bucket": bucket, "Key": "whole", "UploadId": begun["UploadId"]}
    parts = []
    for number, body in enumerate((BIG, b"small", BIG), 1):
        part = aws.s3.upload_part(**upload, PartNumber=number, Body=body, ChecksumAlgorithm="SHA256")
        parts.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]})
    aws.s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    return BIG + b"small" + BIG


def sha256(body: bytes) -> str:
    return b64encode(hashlib.sha256(body).digest()).decode()


@pytest.mark.row("S3-118")
def test_a_copy_of_an_object_in_parts_is_whole(aws: Any, bucket: str, in_parts: bytes) -> None:
    copied = aws.s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/whole")
    again = aws.s3.copy_object(Bucket=bucket, Key="again", CopySource=f"{bucket}/to")

    result = copied["CopyObjectResult"]
    assert result["ETag"] == f'"{hashlib.md5(in_parts).hexdigest()}"'
    assert (result["ChecksumSHA256"], result["ChecksumType"]) == (sha256(in_parts), "FULL_OBJECT")
    assert again["CopyObjectResult"]["ETag"] == result["ETag"]
    assert read(aws, bucket, "to") == read(aws, bucket, "again") == in_parts
    head = aws.s3.head_object(Bucket=bucket, Key="to", PartNumber=1)
    assert "PartsCount" not in head
    assert (head["ContentLength"], head["ContentType"], head["TagCount"]) == (len(in_parts), "text/x", 1)


def test_an_object_in_parts_is_made_whole_by_a_copy_onto_itself(
    aws: Any, cloud: Any, bucket: str, in_parts: bytes
) -> None:
    call: dict[str, Any] = {"Bucket": bucket, "Key": "whole", "CopySource": f"{bucket}/whole"}

    once = aws.s3.copy_object(**call, MetadataDirective="REPLACE")
    twice = aws.s3.copy_object(**call, MetadataDirective="REPLACE")

    assert once["CopyObjectResult"]["ETag"] == twice["CopyObjectResult"]["ETag"]
    assert once["CopyObjectResult"]["ETag"] == f'"{hashlib.md5(in_parts).hexdigest()}"'
    assert read(aws, bucket, "whole") == in_parts
    aws.s3.delete_object(Bucket=bucket, Key="whole")
    assert held(cloud) == []


def test_objects_that_share_their_parts_live_on_without_each_other(
    aws: Any, cloud: Any, bucket: str, in_parts: bytes
) -> None:
    for key in ("one", "two", "three"):
        aws.s3.copy_object(Bucket=bucket, Key=key, CopySource=f"{bucket}/whole")

    aws.s3.delete_object(Bucket=bucket, Key="whole")
    aws.s3.put_object(Bucket=bucket, Key="one", Body=b"other")
    aws.s3.copy_object(Bucket=bucket, Key="two", CopySource=f"{bucket}/two", MetadataDirective="REPLACE")
    kept = [read(aws, bucket, key) for key in ("two", "three")]
    aws.s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in ("one", "two", "three")]})

    assert kept == [in_parts, in_parts]
    assert held(cloud) == []


def held(cloud: Any) -> list[Any]:
    """The content files that records refer to."""
    found: list[Any] = cloud.do(lambda: cloud.cloud.kernel.contents.held(BODIES))
    return found


@pytest.mark.parametrize("times", [1, 2])
def test_a_source_that_is_overwritten_meanwhile_is_copied_as_it_was_at_some_time(
    aws: Any, bucket: str, in_parts: bytes, meddle: Any, times: int
) -> None:
    news = [b"new" * 100_000, b"newer" * 100_000]
    wrote = meddle(times, lambda number: aws.s3.put_object(Bucket=bucket, Key="whole", Body=news[number]))

    copied = aws.s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/whole", ChecksumAlgorithm="SHA1")

    assert wrote == list(range(times))
    assert read(aws, bucket, "to") == news[0]
    assert copied["CopyObjectResult"]["ETag"] == f'"{hashlib.md5(news[0]).hexdigest()}"'
    assert read(aws, bucket, "whole") == news[times - 1]


def test_a_source_that_is_deleted_meanwhile_is_no_more(
    aws: Any, cloud: Any, bucket: str, in_parts: bytes, meddle: Any
) -> None:
    meddle(1, lambda _: aws.s3.delete_object(Bucket=bucket, Key="whole"))

    answer = refused(aws.s3.copy_object, Bucket=bucket, Key="to", CopySource=f"{bucket}/whole")

    assert answer["Code"] == "NoSuchKey"
    assert held(cloud) == []


@pytest.mark.row("S3-115")
def test_a_destination_that_is_written_meanwhile_is_held_against_its_condition(
    aws: Any, bucket: str, in_parts: bytes, meddle: Any
) -> None:
    meddle(1, lambda _: aws.s3.put_object(Bucket=bucket, Key="to", Body=b"other"))

    answer = refused(aws.s3.copy_object, Bucket=bucket, Key="to", CopySource=f"{bucket}/whole", IfNoneMatch="*")

    assert answer["Condition"] == "If-None-Match"
    assert read(aws, bucket, "to") == b"other"


@pytest.fixture
def meddle(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[int]]:
    """A function that has calls made while copies read their sources: so many times, each once a source was read.
    It gives the list of the calls that were made."""

    def prepare(times: int, call: Callable[[int], object]) -> list[int]:
        made: list[int] = []

        async def read_and_wait(*arguments: Any) -> Any:
            sums = await digest(*arguments)
            if len(made) < times:
                made.append(len(made))
                await asyncio.get_running_loop().run_in_executor(None, call, made[-1])
            return sums

        monkeypatch.setattr(copying, "digest", read_and_wait)
        return made

    return prepare
