"""Pages of listings: where they begin and end, how much they hold, how keys are written."""

from functools import partial
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.services.s3.stocked import BUCKET, NAMESPACE, Stock, bucket, fault_of, keys_of, prefixes_of, raw, stock

__all__ = ["bucket", "stock"]


# --- the second form's tokens ---


def test_a_token_goes_on_where_its_page_ended(aws: Any, stock: Stock) -> None:
    stock(f"test_{number}" for number in range(12))
    first = aws.s3.list_objects_v2(Bucket=BUCKET, MaxKeys=5)
    token = first["NextContinuationToken"]

    rest = aws.s3.list_objects_v2(Bucket=BUCKET, ContinuationToken=token, StartAfter="test_7")

    assert (first["KeyCount"], first["IsTruncated"], first["MaxKeys"]) == (5, True, 5)
    assert keys_of(rest) == [f"test_{number}" for number in range(3, 10)]
    assert rest["ContinuationToken"] == token
    assert "StartAfter" not in rest
    assert "NextContinuationToken" not in rest


def test_a_token_holds_where_keys_have_gone_and_come(aws: Any) -> None:
    for key in ("a", "b/1", "b/2", "c", "d"):
        aws.s3.put_object(Bucket=BUCKET, Key=key)
    first = aws.s3.list_objects_v2(Bucket=BUCKET, Delimiter="/", MaxKeys=2)
    for key in ("0", "b/3", "bb", "cc"):
        aws.s3.put_object(Bucket=BUCKET, Key=key)

    rest = aws.s3.list_objects_v2(Bucket=BUCKET, Delimiter="/", ContinuationToken=first["NextContinuationToken"])

    assert (keys_of(first), prefixes_of(first)) == (["a"], ["b/"])
    assert (keys_of(rest), prefixes_of(rest)) == (["bb", "c", "cc", "d"], [])


def test_a_token_that_was_not_given_for_this_bucket_is_refused(aws: Any, stock: Stock) -> None:
    aws.s3.create_bucket(Bucket="other")
    stock("abc")
    token = aws.s3.list_objects_v2(Bucket=BUCKET, MaxKeys=1)["NextContinuationToken"]

    wrong = [(BUCKET, ""), (BUCKET, "nonsense"), (BUCKET, token[:-2]), (BUCKET, "é=" + token), ("other", token)]
    for name, text in wrong:
        assert fault_of(partial(aws.s3.list_objects_v2, Bucket=name, ContinuationToken=text)) == {
            "Code": "InvalidArgument",
            "Message": "The continuation token provided is incorrect",
            "ArgumentName": "continuation-token",
        }


# --- the first form's markers ---


def test_the_next_marker_comes_with_a_delimiter_alone(aws: Any, stock: Stock) -> None:
    stock(["a", "b/1", "b/2", "c"])

    plain = aws.s3.list_objects(Bucket=BUCKET, MaxKeys=1)
    first = aws.s3.list_objects(Bucket=BUCKET, MaxKeys=1, Delimiter="/")
    second = aws.s3.list_objects(Bucket=BUCKET, MaxKeys=1, Delimiter="/", Marker=first["NextMarker"])
    third = aws.s3.list_objects(Bucket=BUCKET, MaxKeys=1, Delimiter="/", Marker=second["NextMarker"])

    assert plain["IsTruncated"] and "NextMarker" not in plain
    assert (first["NextMarker"], first["Marker"], keys_of(first)) == ("a", "", ["a"])
    assert (second["NextMarker"], second["Marker"], prefixes_of(second)) == ("b/", "a", ["b/"])
    assert (third.get("NextMarker"), third["Marker"], keys_of(third)) == (None, "b/", ["c"])


# --- versions ---


@pytest.mark.row("S3-014")
def test_versions_of_a_bucket_that_was_never_versioned_are_null(aws: Any, stock: Stock) -> None:
    stock(["a", "b", "c"])

    page = aws.s3.list_object_versions(Bucket=BUCKET, MaxKeys=2)
    rest = aws.s3.list_object_versions(
        Bucket=BUCKET, KeyMarker=page["NextKeyMarker"], VersionIdMarker=page["NextVersionIdMarker"]
    )

    assert [(entry["Key"], entry["VersionId"], entry["IsLatest"]) for entry in page["Versions"]] == [
        ("a", "null", True),
        ("b", "null", True),
    ]
    assert set(page["Versions"][0]) == {
        *("ChecksumAlgorithm", "ChecksumType", "ETag", "IsLatest", "Key", "LastModified"),
        *("Owner", "Size", "StorageClass", "VersionId"),
    }
    assert (page["NextKeyMarker"], page["NextVersionIdMarker"]) == ("b", "null")
    assert (keys_of(rest), rest["KeyMarker"], rest["VersionIdMarker"]) == (["c"], "b", "null")
    assert "NextKeyMarker" not in rest


def test_a_page_of_versions_that_ends_in_a_common_prefix_names_no_version(aws: Any, stock: Stock) -> None:
    stock(["a/1", "a/2", "b"])

    page = aws.s3.list_object_versions(Bucket=BUCKET, MaxKeys=1, Delimiter="/")

    assert (prefixes_of(page), page["NextKeyMarker"]) == (["a/"], "a/")
    assert "NextVersionIdMarker" not in page


@pytest.mark.parametrize(
    ("markers", "message"),
    [
        ({"VersionIdMarker": "null"}, "A version-id marker cannot be specified without a key marker."),
        ({"KeyMarker": "a", "VersionIdMarker": ""}, "A version-id marker cannot be empty."),
        ({"KeyMarker": "a", "VersionIdMarker": "v1"}, "Invalid version id specified"),
    ],
)
def test_a_version_marker_is_checked(aws: Any, markers: dict[str, str], message: str) -> None:
    fault = fault_of(lambda: aws.s3.list_object_versions(Bucket=BUCKET, **markers))

    assert (fault["Code"], fault["Message"]) == ("InvalidArgument", message)
    assert fault["ArgumentName"] == "version-id-marker"


# --- how many ---


def test_a_page_of_no_keys_is_whole(aws: Any, stock: Stock) -> None:
    stock(["a"])

    for name in ("list_objects", "list_objects_v2", "list_object_versions"):
        page = getattr(aws.s3, name)(Bucket=BUCKET, MaxKeys=0)
        assert (keys_of(page), page["IsTruncated"], page["MaxKeys"]) == ([], False, 0)


def test_more_than_a_thousand_are_a_thousand(aws: Any, stock: Stock) -> None:
    stock(f"{number:04}" for number in range(1_001))

    for name in ("list_objects", "list_objects_v2", "list_object_versions"):
        page = getattr(aws.s3, name)(Bucket=BUCKET, MaxKeys=2_000)
        assert (len(keys_of(page)), page["IsTruncated"], page["MaxKeys"]) == (1000, True, 1000)


@pytest.mark.parametrize("form", ["", "list-type=2&", "versions&"])
@pytest.mark.parametrize(
    ("most", "argument", "message"),
    [
        ("-1", "maxKeys", "Argument maxKeys must be an integer between 0 and 2147483647"),
        ("many", "max-keys", "Provided max-keys not an integer or within integer range"),
        ("2147483648", "max-keys", "Provided max-keys not an integer or within integer range"),
    ],
)
def test_max_keys_is_a_number_from_0(cloud: Any, form: str, most: str, argument: str, message: str) -> None:
    status, body = raw(cloud, f"{form}max-keys={most}")

    assert status == 400
    assert body.startswith(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>InvalidArgument</Code><Message>{message}</Message>"
        f"<ArgumentName>{argument}</ArgumentName><ArgumentValue>{most}</ArgumentValue>"
    )


# --- encoding ---


@pytest.mark.row("S3-007")
@pytest.mark.parametrize("name", ["list_objects", "list_objects_v2", "list_object_versions"])
@pytest.mark.parametrize("value", ["value", ""])
def test_another_encoding_than_url_is_refused(aws: Any, name: str, value: str) -> None:
    fault = fault_of(lambda: getattr(aws.s3, name)(Bucket=BUCKET, EncodingType=value))

    assert fault == {
        "Code": "InvalidArgument",
        "Message": "Invalid Encoding Method specified in Request",
        "ArgumentName": "encoding-type",
        **({"ArgumentValue": value} if value else {}),
    }


def test_what_is_asked_for_encoded_is_percent_encoded_but_for_slashes(aws: Any, stock: Stock) -> None:
    stock(["p=/test_file(3) ~*.png", "p=/é\x01=/1", "p=/é\x01=/2"])

    page = aws.s3.list_objects(
        Bucket=BUCKET, EncodingType="url", Prefix="p=/", Delimiter="=/", Marker="p=/a b", MaxKeys=2
    )
    cut = aws.s3.list_objects_v2(
        Bucket=BUCKET, EncodingType="url", Prefix="p=", Delimiter="1=/", StartAfter="p=", MaxKeys=2
    )

    assert (page["Prefix"], page["Delimiter"], page["Marker"]) == ("p%3D/", "%3D/", "p%3D/a+b")
    assert keys_of(page) == ["p%3D/test_file%283%29+%7E*.png"]
    assert prefixes_of(page) == ["p%3D/%C3%A9%01%3D/"]
    assert cut["StartAfter"] == "p%3D"


def test_without_an_encoding_keys_come_as_they_are(cloud: Any, stock: Stock) -> None:
    stock(["a b/<&>\"'é%20+", "a b/c/d"])

    _, body = raw(cloud, "prefix=a%20b%2F&delimiter=%2F")

    tree = ElementTree.fromstring(body)
    assert tree.findtext(f"{NAMESPACE}Contents/{NAMESPACE}Key") == "a b/<&>\"'é%20+"
    assert tree.findtext(f"{NAMESPACE}CommonPrefixes/{NAMESPACE}Prefix") == "a b/c/"
    assert tree.findtext(f"{NAMESPACE}Marker") == ""
    assert tree.find(f"{NAMESPACE}EncodingType") is None
    assert "<LastModified>1970-01-01T00:00:01.000Z</LastModified>" in body


@pytest.mark.parametrize(
    ("query", "head"),
    [
        ("marker=%20", ["Name", "Prefix", "Marker", "NextMarker", "MaxKeys", "Delimiter", "IsTruncated"]),
        ("versions", ["Name", "Prefix", "KeyMarker", "VersionIdMarker", "NextKeyMarker", "NextVersionIdMarker"]),
        ("list-type=2&start-after=%20", ["Name", "Prefix", "StartAfter", "NextContinuationToken", "KeyCount"]),
    ],
)
def test_what_is_said_of_a_page_comes_before_its_entries(cloud: Any, stock: Stock, query: str, head: list[str]) -> None:
    stock(["a", "b/c", "d"])

    _, body = raw(cloud, f"{query}&delimiter=%2F&max-keys=1")

    names = [element.tag.removeprefix(NAMESPACE) for element in ElementTree.fromstring(body)]
    assert names[: len(head)] == head
    assert names[-2:] in (["IsTruncated", "Contents"], ["IsTruncated", "Version"])


def test_a_listing_of_objects_says_where_the_bucket_is(aws: Any) -> None:
    far = aws.at(region="eu-west-1").s3
    far.create_bucket(Bucket="far", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    for list_page in (far.list_objects, far.list_objects_v2):
        assert list_page(Bucket="far")["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"] == "eu-west-1"
