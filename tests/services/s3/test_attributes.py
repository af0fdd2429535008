"""GetObjectAttributes, and operations on objects that are refused."""

import hashlib
from base64 import b64encode
from typing import Any, NamedTuple

import pytest
from botocore.config import Config
from tests.operating import set_limit
from tests.services.s3.refused import refused

MISSING = "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty"
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


def upload(aws: Any, bucket: str, bodies: list[bytes], **chosen: str) -> dict[str, Any]:
    """Upload an object `k` in parts; the completion's answer."""
    begun = aws.s3.create_multipart_upload(Bucket=bucket, Key="k", **chosen)
    call = {"Bucket": bucket, "Key": "k", "UploadId": begun["UploadId"]}
    parts = []
    for number, body in enumerate(bodies, 1):
        part = aws.s3.upload_part(**call, PartNumber=number, Body=body, **chosen)
        sums = {name: value for name, value in part.items() if name.startswith("Checksum") and chosen}
        parts.append({"PartNumber": number, "ETag": part["ETag"], **sums})
    completed: dict[str, Any] = aws.s3.complete_multipart_upload(**call, MultipartUpload={"Parts": parts})
    return completed


@pytest.fixture
def unsummed(aws: Any) -> Any:
    """Clients that send a checksum only where they must."""
    return Plain(aws.client("s3", config=Config(request_checksum_calculation="when_required")))


class Plain(NamedTuple):
    """Clients of which only S3's is there."""

    s3: Any


@pytest.mark.row("S3-117")
@pytest.mark.parametrize("count", [1, 2])
def test_parts_without_checksums_of_their_own_are_only_counted(
    unsummed: Plain, cloud: Any, bucket: str, count: int
) -> None:
    set_limit(cloud, "s3.smallest-part", 1)
    completed = upload(unsummed, bucket, [b"x" * 10] * count)

    answer = unsummed.s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=ALL)

    assert answer["ObjectParts"] == {"TotalPartsCount": count}
    assert answer["ETag"] == completed["ETag"].strip('"')
    assert answer["ObjectSize"] == 10 * count
    assert answer["Checksum"] == {
        "ChecksumCRC64NVME": completed["ChecksumCRC64NVME"],
        "ChecksumType": "FULL_OBJECT",
    }


@pytest.mark.row("S3-117")
def test_parts_with_checksums_are_told_in_pages(aws: Any, cloud: Any, bucket: str) -> None:
    set_limit(cloud, "s3.smallest-part", 1)
    completed = upload(aws, bucket, [b"one", b"three"], ChecksumAlgorithm="SHA256")
    sums = [b64encode(hashlib.sha256(body).digest()).decode() for body in (b"one", b"three")]
    parts = [
        {"PartNumber": 1, "Size": 3, "ChecksumSHA256": sums[0]},
        {"PartNumber": 2, "Size": 5, "ChecksumSHA256": sums[1]},
    ]
    ask: dict[str, Any] = {"Bucket": bucket, "Key": "k", "ObjectAttributes": ["ObjectParts"]}

    whole = aws.s3.get_object_attributes(**ask)["ObjectParts"]
    first = aws.s3.get_object_attributes(**ask, MaxParts=1)["ObjectParts"]
    second = aws.s3.get_object_attributes(**ask, MaxParts=1, PartNumberMarker=1)["ObjectParts"]
    beyond = aws.s3.get_object_attributes(**ask, MaxParts=1, PartNumberMarker=10)["ObjectParts"]

    def page(parts: list[dict[str, Any]], most: int, marker: int, following: int, more: bool) -> dict[str, Any]:
        listed = {"Parts": parts} if parts else {}
        paging = {"MaxParts": most, "PartNumberMarker": marker, "NextPartNumberMarker": following, "IsTruncated": more}
        return {"TotalPartsCount": 2, **paging, **listed}

    assert completed["ChecksumType"] == "COMPOSITE"
    assert whole == page(parts, 1000, 0, 2, False)
    assert first == page(parts[:1], 1, 0, 1, True)
    assert second == page(parts[1:], 1, 1, 2, False)
    assert beyond == page([], 1, 10, 0, False)


@pytest.mark.row("S3-117")
@pytest.mark.parametrize(
    ("given", "message", "value"),
    [
        ("ETag, Colour", "Invalid attribute name specified.", "Colour"),
        ("", MISSING, None),
    ],
)
def test_what_is_no_attribute_is_an_invalid_argument(
    aws: Any, bucket: str, given: str, message: str, value: str | None
) -> None:
    client = aws.client("s3")
    client.meta.events.register(
        "before-sign.s3.GetObjectAttributes",
        lambda request, **_: request.headers.replace_header("x-amz-object-attributes", given),
    )

    error = refused(client.get_object_attributes, Bucket=bucket, Key="k", ObjectAttributes=["ETag"])

    assert (error["Code"], error["Message"], error["status"]) == ("InvalidArgument", message, 400)
    assert (error["ArgumentName"], error.get("ArgumentValue")) == ("x-amz-object-attributes", value)


@pytest.mark.row("S3-117")
@pytest.mark.parametrize("given", ["ETag, ObjectSize", "ETag,ObjectSize", " ETag ,ObjectSize "])
def test_attributes_are_a_list_with_and_without_spaces(aws: Any, bucket: str, given: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    client = aws.client("s3")
    client.meta.events.register(
        "before-sign.s3.GetObjectAttributes",
        lambda request, **_: request.headers.replace_header("x-amz-object-attributes", given),
    )

    answer = client.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["Checksum"])

    assert set(members(answer)) == {"LastModified", "ETag", "ObjectSize"}


@pytest.mark.row("S3-117")
def test_a_missing_object_has_no_attributes(aws: Any, bucket: str) -> None:
    answer = refused(aws.s3.get_object_attributes, Bucket=bucket, Key="none", ObjectAttributes=ALL)

    assert answer["status"] == 404
    assert (answer["Code"], answer["Key"]) == ("NoSuchKey", "none")


def test_an_object_that_is_in_no_archive_is_not_restored(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    answer = refused(aws.s3.restore_object, Bucket=bucket, Key="k", RestoreRequest={"Days": 1})

    assert answer == {
        "Code": "InvalidObjectState",
        "Message": "Restore is not allowed for the object's current storage class",
        "StorageClass": "STANDARD",
        "status": 403,
    }


def test_an_archived_object_is_not_restored_yet(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x", StorageClass="DEEP_ARCHIVE")

    answer = refused(aws.s3.restore_object, Bucket=bucket, Key="k", RestoreRequest={"Days": 1})

    assert answer["status"] == 501
    assert answer["Code"] == "NotImplemented"


@pytest.mark.row("S3-122")
def test_general_purpose_buckets_do_not_rename(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    answer = refused(aws.s3.rename_object, Bucket=bucket, Key="new", RenameSource=f"/{bucket}/k")

    assert answer["status"] == 501
    assert aws.s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == 1


@pytest.mark.row("S3-122")
def test_general_purpose_buckets_do_not_append(aws: Any, bucket: str) -> None:
    answer = refused(aws.s3.put_object, Bucket=bucket, Key="k", Body=b"x", WriteOffsetBytes=0)

    assert answer["status"] == 501
    assert answer["Header"] == "x-amz-write-offset-bytes"


def test_encryption_is_not_changed_yet(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    asked = {"SSEKMS": {"KMSKeyArn": "arn:aws:kms:us-east-1:000000000000:key/k"}}

    answer = refused(aws.s3.update_object_encryption, Bucket=bucket, Key="k", ObjectEncryption=asked)

    assert (answer["Code"], answer["status"]) == ("NotImplemented", 501)


def test_there_are_no_torrents(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    answer = refused(aws.s3.get_object_torrent, Bucket=bucket, Key="k")

    assert answer["status"] == 405
    assert answer["Code"] == "MethodNotAllowed"
