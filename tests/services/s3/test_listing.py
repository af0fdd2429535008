"""ListObjects, ListObjectsV2, ListObjectVersions."""

import random
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.services.s3.stocked import BUCKET, Stock, bucket, keys_of, prefixes_of, stock, told

__all__ = ["bucket", "stock"]


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
