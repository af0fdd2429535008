"""The field x-amz-copy-source, in every form."""

from typing import Any

import pytest
from tests.services.s3.refused import refused


def read(aws: Any, bucket: str, key: str) -> bytes:
    body: bytes = aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return body


@pytest.mark.parametrize(
    "key", ["plain", "a b", "a+b", "a%2Fb", "ä/😀", "?versionId=x", "//double", "a&b=c#d", "trailing/"]
)
def test_every_key_can_be_a_source(aws: Any, bucket: str, key: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key=key, Body=key.encode())

    aws.s3.copy_object(Bucket=bucket, Key="to", CopySource={"Bucket": bucket, "Key": key})

    assert read(aws, bucket, "to") == key.encode()


def test_the_slash_after_the_bucket_may_be_encoded(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="a/b", Body=b"x")

    def encode(params: Any, **_: Any) -> None:
        params["headers"]["x-amz-copy-source"] = f"{bucket}%2Fa%2Fb"

    aws.s3.meta.events.register("before-call.s3.CopyObject", encode)
    aws.s3.copy_object(Bucket=bucket, Key="to", CopySource="replaced/later")

    assert read(aws, bucket, "to") == b"x"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("missing-bucket/k", "NoSuchBucket"),
        ("bucket/none", "NoSuchKey"),
        ("bucket/k?versionId=bad", "InvalidArgument"),
        ("bucket/k?versionId=Zv7mYGcTyhvqPp6UZwMd9qVnGfHSqZ1k", "NoSuchVersion"),
    ],
)
def test_a_source_that_is_not_there_is_told(aws: Any, bucket: str, source: str, code: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    answer = refused(aws.s3.copy_object, Bucket=bucket, Key="to", CopySource=source)

    assert answer["Code"] == code


def test_an_access_point_as_source_is_not_implemented(aws: Any, bucket: str) -> None:
    arn = "arn:aws:s3:us-east-1:000000000000:accesspoint/point/object/k"

    answer = refused(aws.s3.copy_object, Bucket=bucket, Key="to", CopySource=arn)

    assert answer["Code"] == "NotImplemented"


def test_the_null_version_is_the_source(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    aws.s3.copy_object(Bucket=bucket, Key="to", CopySource={"Bucket": bucket, "Key": "k", "VersionId": "null"})

    assert read(aws, bucket, "to") == b"x"


@pytest.mark.parametrize("form", ["/{bucket}/a%20b", "{bucket}/a b", "{bucket}/a+b", "{bucket}%2Fa%20b"])
def test_a_source_is_written_in_many_ways(aws: Any, bucket: str, form: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="a b", Body=b"x")
    client = aws.client("s3")
    client.meta.events.register(
        "before-sign.s3.CopyObject",
        lambda request, **_: request.headers.replace_header("x-amz-copy-source", form.format(bucket=bucket)),
    )

    client.copy_object(Bucket=bucket, Key="to", CopySource="stands/for-it")

    assert read(aws, bucket, "to") == b"x"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("no-slash", "Invalid copy source object key"),
        ("bucket/", "Invalid copy source object key"),
        ("//key", "Invalid copy source bucket name"),
        ("bucket/%FF", "Invalid copy source encoding."),
    ],
)
def test_what_is_no_source_is_refused(aws: Any, bucket: str, source: str, message: str) -> None:
    client = aws.client("s3")
    client.meta.events.register(
        "before-sign.s3.CopyObject",
        lambda request, **_: request.headers.replace_header("x-amz-copy-source", source),
    )

    answer = refused(client.copy_object, Bucket=bucket, Key="to", CopySource="stands/for-it")

    assert answer == {
        "Code": "InvalidArgument",
        "Message": message,
        "ArgumentName": "x-amz-copy-source",
        "ArgumentValue": "x-amz-copy-source",
        "status": 400,
    }
