"""GetObjectAttributes, and operations on objects that are refused."""

from typing import Any

import pytest

ALL = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]


def members(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


@pytest.mark.row("S3-117")
def test_an_object_put_whole_has_no_parts(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x" * 7, ChecksumAlgorithm="CRC32")
    head = aws.s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")

    answer = aws.s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=ALL)

    assert members(answer) == {
        "LastModified": head["LastModified"],
        "ETag": head["ETag"].strip('"'),
        "Checksum": {"ChecksumCRC32": head["ChecksumCRC32"], "ChecksumType": "FULL_OBJECT"},
        "StorageClass": "STANDARD",
        "ObjectSize": 7,
    }


@pytest.mark.row("S3-117")
@pytest.mark.parametrize("name", ALL)
def test_only_what_is_asked_for_is_told(aws: Any, bucket: str, name: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x", StorageClass="STANDARD_IA")

    answer = aws.s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=[name])

    assert set(members(answer)) == {"LastModified", name} - {"ObjectParts"}
    assert answer.get("StorageClass", "STANDARD_IA") == "STANDARD_IA"


@pytest.mark.row("S3-117")
def test_a_missing_object_has_no_attributes(aws: Any, bucket: str, refused: Any) -> None:
    answer = refused(aws.s3.get_object_attributes, Bucket=bucket, Key="none", ObjectAttributes=ALL)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert (answer["Error"]["Code"], answer["Error"]["Key"]) == ("NoSuchKey", "none")


def test_an_object_that_is_in_no_archive_is_not_restored(aws: Any, bucket: str, refused: Any) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    answer = refused(aws.s3.restore_object, Bucket=bucket, Key="k", RestoreRequest={"Days": 1})

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert answer["Error"] == {
        "Code": "InvalidObjectState",
        "Message": "Restore is not allowed for the object's current storage class",
        "StorageClass": "STANDARD",
    }


def test_an_archived_object_is_not_restored_yet(aws: Any, bucket: str, refused: Any) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x", StorageClass="DEEP_ARCHIVE")

    answer = refused(aws.s3.restore_object, Bucket=bucket, Key="k", RestoreRequest={"Days": 1})

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert answer["Error"]["Code"] == "NotImplemented"


@pytest.mark.row("S3-122")
def test_general_purpose_buckets_do_not_rename(aws: Any, bucket: str, refused: Any) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    answer = refused(aws.s3.rename_object, Bucket=bucket, Key="new", RenameSource=f"/{bucket}/k")

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert aws.s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == 1


@pytest.mark.row("S3-122")
def test_general_purpose_buckets_do_not_append(aws: Any, bucket: str, refused: Any) -> None:
    answer = refused(aws.s3.put_object, Bucket=bucket, Key="k", Body=b"x", WriteOffsetBytes=0)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert answer["Error"]["Header"] == "x-amz-write-offset-bytes"


def test_there_are_no_torrents(aws: Any, bucket: str, refused: Any) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    answer = refused(aws.s3.get_object_torrent, Bucket=bucket, Key="k")

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 405
    assert answer["Error"]["Code"] == "MethodNotAllowed"
