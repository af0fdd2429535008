"""Object tags."""

from typing import Any

import pytest
from botocore.config import Config
from tests.services.s3.refused import refused

BAD_FIELD = (
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
    "without tag name duplicates."
)


def tags(aws: Any, bucket: str, key: str = "k") -> dict[str, str]:
    answer = aws.s3.get_object_tagging(Bucket=bucket, Key=key)
    return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}


def tag_set(given: dict[str, str]) -> dict[str, Any]:
    return {"TagSet": [{"Key": key, "Value": value} for key, value in given.items()]}


@pytest.fixture
def key(aws: Any, bucket: str) -> str:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    return "k"


@pytest.mark.row("S3-012")
def test_ten_tags_are_kept_replaced_and_removed(aws: Any, bucket: str, key: str) -> None:
    ten = {f"key{number}": f"value {number} +-=._:/@ ä" for number in range(10)}

    aws.s3.put_object_tagging(Bucket=bucket, Key=key, Tagging=tag_set(ten))
    kept = tags(aws, bucket)
    aws.s3.put_object_tagging(Bucket=bucket, Key=key, Tagging=tag_set({"tag1": "tag1", "tag2": ""}))
    replaced = tags(aws, bucket)
    aws.s3.delete_object_tagging(Bucket=bucket, Key=key)

    assert kept == ten
    assert replaced == {"tag1": "tag1", "tag2": ""}
    assert tags(aws, bucket) == {}


def test_tags_change_neither_etag_nor_time(aws: Any, bucket: str, key: str, clock: Any) -> None:
    before = aws.s3.head_object(Bucket=bucket, Key=key)
    clock.advance(60)

    aws.s3.put_object_tagging(Bucket=bucket, Key=key, Tagging=tag_set({"a": "b"}))

    after = aws.s3.head_object(Bucket=bucket, Key=key)
    assert (after["ETag"], after["LastModified"]) == (before["ETag"], before["LastModified"])
    assert after["TagCount"] == 1 and "TagCount" not in before


@pytest.mark.row("S3-012")
def test_an_eleventh_tag_is_a_bad_request(aws: Any, bucket: str, key: str) -> None:
    eleven = {f"key{number}": "" for number in range(11)}

    by_body = refused(aws.s3.put_object_tagging, Bucket=bucket, Key=key, Tagging=tag_set(eleven))
    by_field = refused(aws.s3.put_object, Bucket=bucket, Key=key, Tagging="&".join(eleven))

    assert by_body == by_field
    assert by_body == {"Code": "BadRequest", "Message": "Object tags cannot be greater than 10", "status": 400}


@pytest.mark.row("S3-012")
@pytest.mark.parametrize(
    ("pair", "message"),
    [
        (("k" * 129, ""), "The TagKey you have provided is invalid"),
        (("😀" * 65, ""), "The TagKey you have provided is invalid"),
        (("k?", ""), "The TagKey you have provided is invalid"),
        (("k", "v" * 257), "The TagValue you have provided is invalid"),
        (("k", "v|w"), "The TagValue you have provided is invalid"),
        (("aws:k", "v"), "System tags cannot be added/updated by requester"),
    ],
)
def test_what_can_be_no_tag_is_refused(aws: Any, bucket: str, key: str, pair: tuple[str, str], message: str) -> None:
    answer = refused(aws.s3.put_object_tagging, Bucket=bucket, Key=key, Tagging=tag_set(dict([pair])))

    assert (answer["Code"], answer["Message"]) == ("InvalidTag", message)
    assert tags(aws, bucket) == {}


def test_the_longest_tag_is_taken(aws: Any, bucket: str, key: str) -> None:
    longest = {"ä" * 128: "v" * 256}

    aws.s3.put_object_tagging(Bucket=bucket, Key=key, Tagging=tag_set(longest))

    assert tags(aws, bucket) == longest


@pytest.mark.row("S3-012")
def test_a_key_twice_is_refused(aws: Any, bucket: str, key: str) -> None:
    twice = {"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}

    answer = refused(aws.s3.put_object_tagging, Bucket=bucket, Key=key, Tagging=twice)

    assert answer["Code"] == "InvalidTag"
    assert answer["Message"] == "Cannot provide multiple Tags with the same key"


@pytest.mark.row("S3-012")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tag1=tag1&tag2=tag2&tag=", {"tag": "", "tag1": "tag1", "tag2": "tag2"}),
        ("wrongquery&wrongagain", {"wrongquery": "", "wrongagain": ""}),
        ("key1&&&key2", {"key1": "", "key2": ""}),
        ("a+b=c%20d&%C3%A4=%2B", {"a b": "c d", "ä": "+"}),
        ("", {}),
    ],
)
def test_tags_come_in_a_field_like_a_query(aws: Any, bucket: str, text: str, expected: dict[str, str]) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging=text)

    assert tags(aws, bucket) == expected


@pytest.mark.row("S3-012")
@pytest.mark.parametrize("text", ["key1=val1&key1=val2", "key1=val1,key2=val2", "a=%zz", "a=%FF"])
def test_a_field_that_is_no_query_is_an_invalid_argument(aws: Any, bucket: str, text: str) -> None:
    answer = refused(aws.s3.put_object, Bucket=bucket, Key="k", Body=b"x", Tagging=text)

    assert answer == {
        "Code": "InvalidArgument",
        "Message": BAD_FIELD,
        "ArgumentName": "x-amz-tagging",
        "ArgumentValue": text,
        "status": 400,
    }


@pytest.mark.row("S3-012")
def test_an_overwritten_object_has_no_tags(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="tag1=val1")

    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"y")

    assert tags(aws, bucket) == {}


def test_tags_of_a_missing_object(aws: Any, bucket: str) -> None:
    missing = {"Bucket": bucket, "Key": "fake-key"}

    got = refused(aws.s3.get_object_tagging, **missing)
    put = refused(aws.s3.put_object_tagging, **missing, Tagging=tag_set({"a": "b"}))
    deleted = refused(aws.s3.delete_object_tagging, **missing)

    assert {answer["Code"] for answer in (got, put, deleted)} == {"NoSuchKey"}
    assert got["Key"] == f"{bucket}/fake-key"
    assert put["Key"] == deleted["Key"] == "fake-key"


def test_tags_of_a_missing_bucket(aws: Any, bucket: str) -> None:
    answer = refused(aws.s3.get_object_tagging, Bucket="missing-bucket", Key="k")

    assert (answer["Code"], answer["BucketName"]) == ("NoSuchBucket", "missing-bucket")


def test_tags_of_the_null_version(aws: Any, bucket: str, key: str) -> None:
    aws.s3.put_object_tagging(Bucket=bucket, Key=key, VersionId="null", Tagging=tag_set({"a": "b"}))
    other = refused(aws.s3.get_object_tagging, Bucket=bucket, Key=key, VersionId="Zv7mYGcTyhvqPp6UZwMd9qVnGfHSqZ1k")

    assert tags(aws, bucket) == {"a": "b"}
    assert other["Code"] == "NoSuchVersion"


def test_a_document_without_a_tag_set_removes_the_tags(aws: Any, bucket: str, key: str) -> None:
    client = aws.client("s3", config=Config(parameter_validation=False))
    client.put_object_tagging(Bucket=bucket, Key=key, Tagging=tag_set({"a": "b"}))

    client.put_object_tagging(Bucket=bucket, Key=key, Tagging={"TagSet": None})

    assert tags(aws, bucket) == {}
