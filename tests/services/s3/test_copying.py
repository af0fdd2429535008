"""CopyObject."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.operating import set_limit
from tests.services.s3.refused import refused

BIG = bytes(range(256)) * 1024  # 256 KiB: a content file
NO_CHANGE = (
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's "
    "metadata, storage class, website redirect location or encryption attributes."
)


def read(aws: Any, bucket: str, key: str) -> bytes:
    body: bytes = aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return body


@pytest.mark.parametrize("body", [b"", b"small", BIG])
def test_a_copy_has_content_and_description_of_its_source(aws: Any, bucket: str, body: bytes) -> None:
    put = aws.s3.put_object(
        Bucket=bucket, Key="from", Body=body, ContentType="text/x", CacheControl="no-cache", Metadata={"colour": "red"}
    )

    copied = aws.s3.copy_object(Bucket=bucket, Key="to", CopySource={"Bucket": bucket, "Key": "from"})

    assert copied["CopyObjectResult"]["ETag"] == put["ETag"]
    assert copied["CopyObjectResult"]["ChecksumCRC32"] == put["ChecksumCRC32"]
    assert copied["CopyObjectResult"]["ChecksumType"] == "FULL_OBJECT"
    assert copied["ServerSideEncryption"] == "AES256"
    assert read(aws, bucket, "to") == body
    head = aws.s3.head_object(Bucket=bucket, Key="to")
    assert (head["ContentType"], head["CacheControl"], head["Metadata"]) == ("text/x", "no-cache", {"colour": "red"})


@pytest.mark.parametrize("body", [b"small", BIG])
def test_source_and_copy_live_on_without_each_other(aws: Any, bucket: str, body: bytes) -> None:
    for key in ("one", "two"):
        aws.s3.put_object(Bucket=bucket, Key=key, Body=body)
        aws.s3.copy_object(Bucket=bucket, Key=f"{key}-copy", CopySource=f"{bucket}/{key}")

    aws.s3.delete_object(Bucket=bucket, Key="one")
    aws.s3.delete_object(Bucket=bucket, Key="two-copy")

    assert read(aws, bucket, "one-copy") == read(aws, bucket, "two") == body


@pytest.mark.row("S3-011")
def test_metadata_are_changed_by_a_copy_that_replaces_them(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x", ContentType="text/x", Metadata={"colour": "red", "a": "b"})
    source = f"{bucket}/k"

    aws.s3.copy_object(Bucket=bucket, Key="kept", CopySource=source, Metadata={"colour": "blue"}, ContentType="a/b")
    aws.s3.copy_object(
        Bucket=bucket, Key="k", CopySource=source, MetadataDirective="REPLACE", Metadata={"colour": "blue"}
    )

    kept, replaced = (aws.s3.head_object(Bucket=bucket, Key=key) for key in ("kept", "k"))
    assert (kept["Metadata"], kept["ContentType"]) == ({"colour": "red", "a": "b"}, "text/x")
    assert (replaced["Metadata"], replaced["ContentType"]) == ({"colour": "blue"}, "binary/octet-stream")


@pytest.mark.row("S3-011")
@pytest.mark.parametrize(
    "more", [{}, {"MetadataDirective": "COPY"}, {"TaggingDirective": "REPLACE"}, {"ACL": "private"}]
)
def test_a_copy_onto_itself_that_changes_nothing_is_refused(aws: Any, bucket: str, more: dict[str, str]) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    answer = refused(aws.s3.copy_object, Bucket=bucket, Key="k", CopySource=f"{bucket}/k", **more)

    assert answer == {"Code": "InvalidRequest", "Message": NO_CHANGE, "status": 400}


@pytest.mark.parametrize(
    "change",
    [
        {"MetadataDirective": "REPLACE"},
        {"StorageClass": "STANDARD"},
        {"ServerSideEncryption": "AES256"},
        {"WebsiteRedirectLocation": "/there"},
    ],
)
@pytest.mark.parametrize("body", [b"small", BIG])
def test_a_copy_onto_itself_that_changes_something_keeps_the_content(
    aws: Any, bucket: str, change: dict[str, str], body: bytes
) -> None:
    put = aws.s3.put_object(Bucket=bucket, Key="k", Body=body)

    copied = aws.s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/k", **change)

    assert copied["CopyObjectResult"]["ETag"] == put["ETag"]
    assert read(aws, bucket, "k") == body


def test_storage_class_and_redirect_are_the_requests(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x", StorageClass="STANDARD_IA", WebsiteRedirectLocation="/a")

    aws.s3.copy_object(Bucket=bucket, Key="plain", CopySource=f"{bucket}/k")
    aws.s3.copy_object(
        Bucket=bucket, Key="given", CopySource=f"{bucket}/k", StorageClass="GLACIER_IR", WebsiteRedirectLocation="/b"
    )

    plain, given = (aws.s3.head_object(Bucket=bucket, Key=key) for key in ("plain", "given"))
    assert "StorageClass" not in plain and "WebsiteRedirectLocation" not in plain
    assert (given["StorageClass"], given["WebsiteRedirectLocation"]) == ("GLACIER_IR", "/b")


@pytest.mark.row("S3-012")
@pytest.mark.parametrize(
    ("more", "tags"),
    [
        ({}, {"key1": "value1"}),
        ({"Tagging": "key2=value2"}, {"key1": "value1"}),
        ({"Tagging": "key2=value2", "TaggingDirective": "COPY"}, {"key1": "value1"}),
        ({"Tagging": "key2=value2", "TaggingDirective": "REPLACE"}, {"key2": "value2"}),
        ({"TaggingDirective": "REPLACE"}, {}),
    ],
)
def test_tags_follow_their_directive(aws: Any, bucket: str, more: dict[str, str], tags: dict[str, str]) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="key1=value1")

    aws.s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/k", **more)

    answer = aws.s3.get_object_tagging(Bucket=bucket, Key="to")
    assert {tag["Key"]: tag["Value"] for tag in answer["TagSet"]} == tags


@pytest.mark.row("S3-118")
@pytest.mark.parametrize("body", [b"small", BIG])
def test_a_copy_keeps_the_algorithm_or_has_the_one_asked_for(aws: Any, bucket: str, body: bytes) -> None:
    put = aws.s3.put_object(Bucket=bucket, Key="k", Body=body, ChecksumAlgorithm="SHA1")
    direct = aws.s3.put_object(Bucket=bucket, Key="direct", Body=body, ChecksumAlgorithm="SHA256")

    kept = aws.s3.copy_object(Bucket=bucket, Key="kept", CopySource=f"{bucket}/k")["CopyObjectResult"]
    other = aws.s3.copy_object(Bucket=bucket, Key="other", CopySource=f"{bucket}/k", ChecksumAlgorithm="SHA256")
    again = aws.s3.copy_object(Bucket=bucket, Key="again", CopySource=f"{bucket}/other")

    assert kept["ChecksumSHA1"] == put["ChecksumSHA1"]
    assert "ChecksumSHA1" not in other["CopyObjectResult"]
    assert other["CopyObjectResult"]["ChecksumSHA256"] == direct["ChecksumSHA256"]
    assert again["CopyObjectResult"]["ChecksumSHA256"] == direct["ChecksumSHA256"]
    assert other["CopyObjectResult"]["ETag"] == put["ETag"]
    assert aws.s3.head_object(Bucket=bucket, Key="again", ChecksumMode="ENABLED")["ChecksumType"] == "FULL_OBJECT"
    assert read(aws, bucket, "other") == body


def test_a_copy_crosses_buckets_and_regions(aws: Any, make_bucket: Any) -> None:
    here, there = make_bucket("here"), make_bucket("there", region="eu-west-1")
    aws.s3.put_object(Bucket=here, Key="k", Body=BIG)

    aws.at(region="eu-west-1").s3.copy_object(Bucket=there, Key="k", CopySource=f"{here}/k")

    assert read(aws.at(region="eu-west-1"), there, "k") == BIG


PAST, FUTURE = (datetime.now(UTC) + timedelta(days=days) for days in (-1000, 1000))


@pytest.mark.row("S3-017")
@pytest.mark.parametrize(
    ("conditions", "failing"),
    [
        ({"IfMatch": "{etag}"}, None),
        ({"IfMatch": '"0123"'}, "x-amz-copy-source-If-Match"),
        ({"IfMatch": "{etag}", "IfUnmodifiedSince": PAST}, None),
        ({"IfUnmodifiedSince": FUTURE}, None),
        ({"IfUnmodifiedSince": PAST}, "x-amz-copy-source-If-Unmodified-Since"),
        ({"IfNoneMatch": '"0123"'}, None),
        ({"IfNoneMatch": "{etag}"}, "x-amz-copy-source-If-None-Match"),
        ({"IfNoneMatch": "{etag}", "IfModifiedSince": PAST}, "x-amz-copy-source-If-None-Match"),
        ({"IfModifiedSince": PAST}, None),
    ],
)
def test_conditions_on_the_source(aws: Any, bucket: str, conditions: dict[str, Any], failing: str | None) -> None:
    etag = aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    given = {
        f"CopySource{name}": value.format(etag=etag) if isinstance(value, str) else value
        for name, value in conditions.items()
    }
    call: dict[str, Any] = {"Bucket": bucket, "Key": "to", "CopySource": f"{bucket}/k", **given}

    if failing is None:
        aws.s3.copy_object(**call)
    else:
        answer = refused(aws.s3.copy_object, **call)
        assert answer["status"] == 412
        assert answer["Condition"] == failing


def test_a_source_that_was_not_modified_since_its_own_time_is_not_copied(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    modified = aws.s3.head_object(Bucket=bucket, Key="k")["LastModified"]

    answer = refused(
        aws.s3.copy_object, Bucket=bucket, Key="to", CopySource=f"{bucket}/k", CopySourceIfModifiedSince=modified
    )

    assert answer["Condition"] == "x-amz-copy-source-If-Modified-Since"


@pytest.mark.row("S3-115")
def test_conditions_on_the_destination(aws: Any, bucket: str) -> None:
    etag = aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    aws.s3.put_object(Bucket=bucket, Key="to", Body=b"y")
    call = {"Bucket": bucket, "Key": "to", "CopySource": f"{bucket}/k"}

    exists = refused(aws.s3.copy_object, **call, IfNoneMatch="*")
    other = refused(aws.s3.copy_object, **call, IfMatch=etag)
    missing = refused(aws.s3.copy_object, **{**call, "Key": "none"}, IfMatch=etag)
    aws.s3.copy_object(**{**call, "Key": "new"}, IfNoneMatch="*")
    aws.s3.copy_object(**{**call, "Key": "new"}, IfMatch=etag)

    assert (exists["Code"], exists["Condition"]) == ("PreconditionFailed", "If-None-Match")
    assert (other["Code"], other["Condition"]) == ("PreconditionFailed", "If-Match")
    assert (missing["Code"], missing["status"]) == ("NoSuchKey", 404)
    assert read(aws, bucket, "to") == b"y"


@pytest.mark.parametrize("storage", ["GLACIER", "DEEP_ARCHIVE"])
def test_an_archived_source_is_not_in_the_active_tier(aws: Any, bucket: str, storage: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x", StorageClass=storage)

    answer = refused(aws.s3.copy_object, Bucket=bucket, Key="to", CopySource=f"{bucket}/k")

    assert answer["status"] == 403
    assert answer["Code"] == "ObjectNotInActiveTierError"


def test_strangers_copy_nothing(aws: Any, make_bucket: Any) -> None:
    ours, theirs = make_bucket("ours"), make_bucket("theirs", account="111111111111")
    aws.s3.put_object(Bucket=ours, Key="k", Body=b"x")
    stranger = aws.at(account="111111111111").s3

    taken = refused(stranger.copy_object, Bucket=theirs, Key="k", CopySource=f"{ours}/k")
    given = refused(aws.s3.copy_object, Bucket=theirs, Key="k", CopySource=f"{ours}/k")
    unexpected = refused(
        aws.s3.copy_object, Bucket=ours, Key="to", CopySource=f"{ours}/k", ExpectedSourceBucketOwner="111111111111"
    )

    assert {answer["Code"] for answer in (taken, given, unexpected)} == {"AccessDenied"}


def test_the_copys_etag_is_the_md5_of_its_bytes(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=BIG)

    copied = aws.s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/k", ChecksumAlgorithm="CRC64NVME")

    assert copied["CopyObjectResult"]["ETag"] == f'"{hashlib.md5(BIG).hexdigest()}"'


@pytest.mark.parametrize(
    ("member", "header", "message"),
    [
        ("MetadataDirective", "x-amz-metadata-directive", "Unknown metadata directive."),
        ("TaggingDirective", "x-amz-tagging-directive", "Unknown tagging directive."),
    ],
)
def test_an_unknown_directive_is_an_invalid_argument(
    aws: Any, bucket: str, member: str, header: str, message: str
) -> None:
    answer = refused(aws.s3.copy_object, Bucket=bucket, Key="k", CopySource=f"{bucket}/k", **{member: "MOVE"})

    assert answer == {
        "Code": "InvalidArgument",
        "Message": message,
        "ArgumentName": header,
        "ArgumentValue": "MOVE",
        "status": 400,
    }


def test_more_than_five_gibibytes_are_not_copied_at_once(aws: Any, cloud: Any, bucket: str) -> None:
    set_limit(cloud, "s3.copy-size", 10)
    aws.s3.put_object(Bucket=bucket, Key="ten", Body=b"x" * 10)
    aws.s3.put_object(Bucket=bucket, Key="eleven", Body=b"x" * 11)

    answer = refused(aws.s3.copy_object, Bucket=bucket, Key="to", CopySource=f"{bucket}/eleven")

    assert answer == {
        "Code": "InvalidRequest",
        "Message": "The specified copy source is larger than the maximum allowable size for a copy source: 10",
        "status": 400,
    }
    assert aws.s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/ten")
