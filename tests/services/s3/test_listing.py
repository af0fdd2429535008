"""ListObjects, ListObjectsV2, ListObjectVersions."""

import random
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPConnection
from typing import Any
from xml.etree import ElementTree

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from orrery.services.s3.records import Bucket, Checksum, Object

BUCKET = "bucket"
NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"
Stock = Callable[[Iterable[str]], None]


@pytest.fixture(autouse=True)
def bucket(aws: Any) -> None:
    aws.s3.create_bucket(Bucket=BUCKET)


@pytest.fixture
def stock(cloud: Any) -> Stock:
    """Writes records of empty objects, past the wire: what counts here are their keys."""

    def write(keys: Iterable[str]) -> None:
        made = list(keys)

        def insert(tx: Any) -> None:
            number = tx.get(Bucket, BUCKET).number
            for key in made:
                tx.insert(
                    Object(number, key, 0, "d41d8cd98f00b204e9800998ecf8427e", 1_500, None, Checksum("CRC32", ""))
                )

        cloud.do(lambda: cloud.cloud.kernel.change(insert))

    return write


def keys_of(page: Any) -> list[str]:
    return [entry["Key"] for entry in page.get("Contents", page.get("Versions", []))]


def prefixes_of(page: Any) -> list[str]:
    return [entry["Prefix"] for entry in page.get("CommonPrefixes", [])]


def told(page: Any) -> dict[str, Any]:
    return {name: value for name, value in page.items() if name != "ResponseMetadata"}


def fault_of(call: Callable[[], Any]) -> dict[str, Any]:
    with pytest.raises(ClientError) as raised:
        call()
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return {name: value for name, value in raised.value.response["Error"].items() if value is not None}


def raw(cloud: Any, query: str) -> tuple[int, str]:
    """Status and body of a GET on the bucket with a query as it stands, which boto3 would not send."""
    asked = AWSRequest("GET", f"{cloud.url}/{BUCKET}?{query}")
    S3SigV4Auth(Credentials("test", "test"), "s3", "us-east-1").add_auth(asked)
    connection = HTTPConnection("127.0.0.1", cloud.port)
    with closing(connection):
        connection.request("GET", f"/{BUCKET}?{query}", headers=dict(asked.headers))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


# --- one page ---


@pytest.mark.row("S3-005")
def test_an_object_is_listed_under_its_full_key(aws: Any, clock: Any) -> None:
    put = aws.s3.put_object(Bucket=BUCKET, Key="my_folder1/another_folder/my_file.txt", Body=b"hello world")

    page = told(aws.s3.list_objects_v2(Bucket=BUCKET))

    now = datetime.fromtimestamp(clock.now() // 1000, UTC)
    content = {
        "Key": "my_folder1/another_folder/my_file.txt",
        "LastModified": now,
        "ETag": put["ETag"],
        "ChecksumAlgorithm": ["CRC32"],
        "ChecksumType": "FULL_OBJECT",
        "Size": 11,
        "StorageClass": "STANDARD",
    }
    assert page == {
        "IsTruncated": False,
        "Contents": [content],
        "Name": BUCKET,
        "Prefix": "",
        "MaxKeys": 1000,
        "EncodingType": "url",
        "KeyCount": 1,
    }


def test_an_empty_bucket_is_told_with_its_empty_members(aws: Any) -> None:
    common = {"IsTruncated": False, "Name": BUCKET, "Prefix": "", "MaxKeys": 1000, "EncodingType": "url"}

    assert told(aws.s3.list_objects(Bucket=BUCKET, Marker="")) == {**common, "Marker": ""}
    assert told(aws.s3.list_objects_v2(Bucket=BUCKET)) == {**common, "KeyCount": 0}
    assert told(aws.s3.list_object_versions(Bucket=BUCKET)) == {**common, "KeyMarker": "", "VersionIdMarker": ""}


def test_a_bucket_that_is_not_there_is_not_listed(aws: Any) -> None:
    for name in ("list_objects", "list_objects_v2", "list_object_versions"):
        with pytest.raises(ClientError, match="The specified bucket does not exist"):
            getattr(aws.s3, name)(Bucket="another")


def test_strangers_and_wrong_expectations_are_denied(aws: Any) -> None:
    with pytest.raises(ClientError, match="Access Denied"):
        aws.at(account="111111111111").s3.list_objects_v2(Bucket=BUCKET)
    with pytest.raises(ClientError, match="Access Denied"):
        aws.s3.list_objects_v2(Bucket=BUCKET, ExpectedBucketOwner="111111111111")


def test_the_owner_is_told_always_by_the_first_form_and_when_asked_by_the_second(aws: Any, stock: Stock) -> None:
    stock(["k"])

    first = aws.s3.list_objects(Bucket=BUCKET)["Contents"][0]["Owner"]
    asked = aws.s3.list_objects_v2(Bucket=BUCKET, FetchOwner=True)["Contents"][0]["Owner"]
    declined = aws.s3.list_objects_v2(Bucket=BUCKET, FetchOwner=False)["Contents"][0]

    assert first == asked
    assert set(first) == {"ID"}
    assert len(first["ID"]) == 64
    assert "Owner" not in declined


@pytest.mark.row("S3-006")
def test_there_are_no_directories_but_common_prefixes(aws: Any) -> None:
    for key in ("a/b/c.txt", "a//d", "/e", "f"):
        aws.s3.put_object(Bucket=BUCKET, Key=key)

    top = aws.s3.list_objects_v2(Bucket=BUCKET, Delimiter="/")
    inner = aws.s3.list_objects_v2(Bucket=BUCKET, Delimiter="/", Prefix="a/")
    cut = aws.s3.list_objects_v2(Bucket=BUCKET, Delimiter="/", Prefix="a")

    assert (keys_of(top), prefixes_of(top), top["KeyCount"]) == (["f"], ["/", "a/"], 3)
    assert (keys_of(inner), prefixes_of(inner), inner["Prefix"]) == ([], ["a//", "a/b/"], "a/")
    assert (keys_of(cut), prefixes_of(cut)) == ([], ["a/"])


@pytest.mark.row("S3-006")
def test_a_directory_that_was_made_as_an_object_is_listed_inside_itself(aws: Any, stock: Stock) -> None:
    stock(["dir/", "dir/x", "dir/sub/y"])

    inside = aws.s3.list_objects_v2(Bucket=BUCKET, Delimiter="/", Prefix="dir/")
    outside = aws.s3.list_objects_v2(Bucket=BUCKET, Delimiter="/")

    assert (keys_of(inside), prefixes_of(inside)) == (["dir/", "dir/x"], ["dir/sub/"])
    assert (keys_of(outside), prefixes_of(outside)) == ([], ["dir/"])


@pytest.mark.parametrize(
    ("prefix", "delimiter", "keys", "prefixes"),
    [
        ("", "ää", ["aä", "b"], ["aää"]),
        ("aä", "ä", ["aä"], ["aää"]),
        ("a", "ää", ["aä"], ["aää"]),
        ("b", "b", ["b"], []),
        ("", "a", ["b"], ["a"]),
        ("", "", ["aä", "aää1", "aää2", "b"], []),
    ],
)
def test_a_delimiter_is_any_text(
    aws: Any, stock: Stock, prefix: str, delimiter: str, keys: list[str], prefixes: list[str]
) -> None:
    stock(["aää1", "aää2", "aä", "b"])

    page = aws.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix, Delimiter=delimiter)

    assert (keys_of(page), prefixes_of(page)) == (keys, prefixes)
    assert page.get("Delimiter", "") == delimiter


# --- order ---


@pytest.mark.row("S3-007")
def test_keys_sort_as_their_bytes_do(aws: Any, stock: Stock) -> None:
    keys = ["a", "a\0", "a\0b", "a\x01", "a\n", "A", "ab", "~", "é", "\ud7ff", "\ue000", "\uffff", "😀", "\U0010ffff"]
    random.Random(7).shuffle(keys)
    stock(keys)

    page = aws.s3.list_objects_v2(Bucket=BUCKET)

    assert keys_of(page) == sorted(keys, key=lambda key: key.encode())


@pytest.mark.row("S3-007")
def test_2500_keys_come_in_pages_of_a_thousand(aws: Any, stock: Stock) -> None:
    keys = [f"key-{number:05}" for number in range(2_500)]
    stock(random.Random(7).sample(keys, len(keys)))

    pages = list(aws.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET))

    assert [len(page["Contents"]) for page in pages] == [1000, 1000, 500]
    assert [key for page in pages for key in keys_of(page)] == keys


@pytest.mark.row("S3-007")
def test_start_after_skips_what_does_not_sort_after_it(aws: Any, stock: Stock) -> None:
    stock(f"test_{number}" for number in range(12))

    page = aws.s3.list_objects_v2(Bucket=BUCKET, StartAfter="test_7", MaxKeys=2)
    between = aws.s3.list_objects_v2(Bucket=BUCKET, StartAfter="test_1a")

    assert (keys_of(page), page["StartAfter"], page["IsTruncated"]) == (["test_8", "test_9"], "test_7", False)
    assert keys_of(between)[0] == "test_2"


def test_every_way_to_list_pages_the_same(aws: Any, stock: Stock) -> None:
    keys = [f"{folder}/{name}" for folder in "abcdef" for name in ("1", "2/x", "2/y", "3")] + ["c", "z"]
    stock(keys)
    asked = {"Bucket": BUCKET, "Delimiter": "/", "PaginationConfig": {"PageSize": 2}}

    for name in ("list_objects", "list_objects_v2", "list_object_versions"):
        for prefix, expected in (("", [*"abc", "c", *"defz"]), ("c/", ["c/1", "c/2/", "c/3"])):
            pages = list(aws.s3.get_paginator(name).paginate(Prefix=prefix, **asked))
            found = [entry for page in pages for entry in sorted(keys_of(page) + prefixes_of(page))]
            assert [entry.rstrip("/") if not prefix else entry for entry in found] == sorted(expected)
            assert len(pages) == len(expected) // 2 + len(expected) % 2


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


# --- always right ---


@pytest.mark.row("S3-065")
def test_a_listing_shows_at_once_what_was_written_and_overwritten(aws: Any) -> None:
    for round_ in range(20):
        key = f"k{round_ % 5}"
        put = aws.s3.put_object(Bucket=BUCKET, Key=key, Body=b"x" * round_)
        listed = {entry["Key"]: entry for entry in aws.s3.list_objects_v2(Bucket=BUCKET)["Contents"]}
        assert (listed[key]["ETag"], listed[key]["Size"]) == (put["ETag"], round_)
        assert aws.s3.head_object(Bucket=BUCKET, Key=key)["ETag"] == put["ETag"]


@pytest.mark.row("S3-015")
def test_a_hundred_thousand_objects_are_taken_and_counted_exactly(aws: Any, stock: Stock) -> None:
    for first in range(0, 100, 10):
        stock(f"prefix-{folder:02}/{number:04}" for folder in range(first, first + 10) for number in range(1_000))

    folders = prefixes_of(aws.s3.list_objects_v2(Bucket=BUCKET, Delimiter="/"))
    middle = aws.s3.list_objects_v2(Bucket=BUCKET, Prefix="prefix-50/")
    pages = aws.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, StartAfter="prefix-89/9999")

    assert folders == [f"prefix-{folder:02}/" for folder in range(100)]
    assert (middle["KeyCount"], middle["IsTruncated"]) == (1000, False)
    assert sum(page["KeyCount"] for page in pages) == 10_000
