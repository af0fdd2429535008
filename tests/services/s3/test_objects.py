"""PutObject, GetObject, HeadObject."""

import hashlib
from typing import Any

import pytest
from botocore.exceptions import ClientError

BIG = bytes(range(256)) * 1024  # 256 KiB: a content file, streamed


@pytest.fixture
def bucket(aws: Any) -> str:
    aws.s3.create_bucket(Bucket="bucket")
    return "bucket"


@pytest.mark.parametrize("body", [b"", b"hello", BIG[: 32 << 10], BIG[: (64 << 10) + 1], BIG * 5])
def test_what_was_put_is_got(aws: Any, bucket: str, body: bytes) -> None:
    put = aws.s3.put_object(Bucket=bucket, Key="a/b", Body=body)

    got = aws.s3.get_object(Bucket=bucket, Key="a/b")

    assert got["Body"].read() == body
    assert got["ETag"] == put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    assert got["ContentLength"] == len(body)


def test_an_object_is_described_as_it_was_written(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x", Metadata={"Colour": "red"}, CacheControl="no-cache")

    head = aws.s3.head_object(Bucket=bucket, Key="k")

    assert head["Metadata"] == {"colour": "red"}
    assert head["CacheControl"] == "no-cache"
    assert head["ContentType"] == "binary/octet-stream"
    assert head["ContentLength"] == 1
    assert "StorageClass" not in head


@pytest.mark.row("S3-103")
@pytest.mark.parametrize(
    ("asked", "given", "told"),
    [
        ("bytes=0-8", slice(0, 9), "bytes 0-8/262144"),
        ("bytes=5-", slice(5, None), "bytes 5-262143/262144"),
        ("bytes=-2", slice(-2, None), "bytes 262142-262143/262144"),
        ("bytes=-999999", slice(None), "bytes 0-262143/262144"),
        ("bytes=1-999999", slice(1, None), "bytes 1-262143/262144"),
    ],
)
def test_a_range_gives_its_bytes(aws: Any, bucket: str, asked: str, given: slice, told: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=BIG)

    got = aws.s3.get_object(Bucket=bucket, Key="k", Range=asked)

    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert got["ContentRange"] == told
    assert got["Body"].read() == BIG[given]


def test_a_missing_key_is_no_such_key(aws: Any, bucket: str) -> None:
    with pytest.raises(ClientError) as refused:
        aws.s3.get_object(Bucket=bucket, Key="none")

    assert refused.value.response["Error"] == {
        "Code": "NoSuchKey",
        "Message": "The specified key does not exist.",
        "Key": "none",
    }


def test_every_answer_names_the_server_and_the_request(aws: Any, cloud: Any) -> None:
    aws.s3.create_bucket(Bucket="named")
    aws.s3.put_object(Bucket="named", Key="key", Body=b"x" * 100_000)
    with pytest.raises(ClientError) as missing:
        aws.s3.get_object(Bucket="named", Key="missing")

    for answer in (
        aws.s3.get_object(Bucket="named", Key="key"),
        aws.s3.head_object(Bucket="named", Key="key"),
        aws.s3.list_objects_v2(Bucket="named"),
        missing.value.response,
        aws.s3.delete_object(Bucket="named", Key="key"),
    ):
        metadata = answer["ResponseMetadata"]
        assert metadata["HTTPHeaders"]["server"] == "AmazonS3"
        assert metadata["RequestId"] and metadata["HostId"]
