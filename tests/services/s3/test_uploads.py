"""Multipart uploads: beginning, giving up, listing those under way."""

from itertools import pairwise
from typing import Any

import pytest
from tests.services.s3.uploading import Upload, bodies, error_of, told

from orrery.kernel.transaction import Transaction
from orrery.services.s3.records import Upload as Row

BIG = b"0123456789abcdef" * (4 << 10)  # 64 KiB: a content file


@pytest.mark.row("S3-010")
def test_an_upload_is_answered_with_its_id(aws: Any, bucket: str) -> None:
    begun = aws.s3.create_multipart_upload(Bucket=bucket, Key="a/b")

    assert told(begun) == {
        "Bucket": bucket,
        "Key": "a/b",
        "ServerSideEncryption": "AES256",
        "UploadId": begun["UploadId"],
    }
    assert len(begun["UploadId"]) > 40
    assert begun["UploadId"].isalnum()


@pytest.mark.row("S3-119")
@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME"])
def test_cyclic_checksums_may_be_of_the_whole_object(aws: Any, bucket: str, algorithm: str) -> None:
    begun = aws.s3.create_multipart_upload(
        Bucket=bucket, Key="k", ChecksumAlgorithm=algorithm, ChecksumType="FULL_OBJECT"
    )

    assert (begun["ChecksumAlgorithm"], begun["ChecksumType"]) == (algorithm, "FULL_OBJECT")


@pytest.mark.row("S3-119")
@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "SHA1", "SHA256", "SHA512", "MD5", "XXHASH64", "XXHASH3"])
def test_all_checksums_but_one_may_be_of_the_parts_and_are_by_default(aws: Any, bucket: str, algorithm: str) -> None:
    asked = aws.s3.create_multipart_upload(
        Bucket=bucket, Key="k", ChecksumAlgorithm=algorithm, ChecksumType="COMPOSITE"
    )
    unsaid = aws.s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm=algorithm)

    assert asked["ChecksumType"] == unsaid["ChecksumType"] == "COMPOSITE"


@pytest.mark.row("S3-119")
@pytest.mark.parametrize(
    ("algorithm", "kind"),
    [
        ("CRC64NVME", "COMPOSITE"),
        ("SHA1", "FULL_OBJECT"),
        ("SHA256", "FULL_OBJECT"),
        ("SHA512", "FULL_OBJECT"),
        ("MD5", "FULL_OBJECT"),
        ("XXHASH128", "FULL_OBJECT"),
    ],
)
def test_other_pairs_of_algorithm_and_type_are_refused(aws: Any, bucket: str, algorithm: str, kind: str) -> None:
    error = error_of(
        aws.s3.create_multipart_upload, Bucket=bucket, Key="k", ChecksumAlgorithm=algorithm, ChecksumType=kind
    )

    assert error == {
        "Code": "InvalidRequest",
        "Message": f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm.",
    }


def test_a_type_needs_an_algorithm(aws: Any, bucket: str) -> None:
    error = error_of(aws.s3.create_multipart_upload, Bucket=bucket, Key="k", ChecksumType="COMPOSITE")

    assert error["Code"] == "InvalidRequest"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"Key": "k" * 1025}, "KeyTooLongError"),
        ({"StorageClass": "OUTPOSTS"}, "InvalidStorageClass"),
        ({"Metadata": {"a": "b" * 2048}}, "MetadataTooLarge"),
        ({"ACL": "public-read"}, "AccessControlListNotSupported"),
        ({"ServerSideEncryption": "aws:kms"}, "NotImplemented"),
        ({"ObjectLockMode": "GOVERNANCE"}, "InvalidRequest"),
        ({"ExpectedBucketOwner": "111111111111"}, "AccessDenied"),
    ],
)
def test_what_an_object_may_not_be_is_refused_when_its_upload_begins(
    aws: Any, bucket: str, options: dict[str, Any], code: str
) -> None:
    error = error_of(aws.s3.create_multipart_upload, **{"Bucket": bucket, "Key": "k", **options})

    assert error["Code"] == code
    assert "Uploads" not in aws.s3.list_multipart_uploads(Bucket=bucket)


@pytest.mark.row("S3-010")
def test_an_aborted_upload_is_gone_with_its_parts(aws: Any, bucket: str, cloud: Any) -> None:
    upload = Upload(aws.s3, bucket)
    upload.part(1, BIG)
    upload.part(2, b"small")

    upload.abort()

    assert bodies(cloud) == 0
    assert "Uploads" not in aws.s3.list_multipart_uploads(Bucket=bucket)
    for call in (upload.parts, upload.abort, lambda: upload.part(1, b""), upload.complete):
        assert error_of(call) == {
            "Code": "NoSuchUpload",
            "Message": "The specified upload does not exist. "
            "The upload ID may be invalid, or the upload may have been aborted or completed.",
            "UploadId": upload.id,
        }


@pytest.mark.row("S3-010")
def test_an_upload_is_of_one_key(aws: Any, bucket: str) -> None:
    upload = Upload(aws.s3, bucket, "right")
    upload.part(1, b"x")
    upload.names["Key"] = "wrong"

    for call in (upload.parts, upload.abort, lambda: upload.part(1, b""), upload.complete):
        assert error_of(call)["Code"] == "NoSuchUpload"


def test_only_directory_buckets_look_at_the_time_an_upload_began(aws: Any, bucket: str) -> None:
    upload = Upload(aws.s3, bucket)

    error = error_of(aws.s3.abort_multipart_upload, **upload.names, IfMatchInitiatedTime=0)

    assert (error["Code"], error["Header"]) == ("NotImplemented", "x-amz-if-match-initiated-time")


# --- ListMultipartUploads ---


@pytest.mark.row("S3-010")
def test_an_upload_is_listed_with_who_began_it(aws: Any, bucket: str) -> None:
    upload = Upload(aws.s3, bucket, "k", ChecksumAlgorithm="SHA256", StorageClass="STANDARD_IA")

    listed = told(aws.s3.list_multipart_uploads(Bucket=bucket))

    [shown] = listed.pop("Uploads")
    assert listed == {
        "Bucket": bucket,
        "IsTruncated": False,
        "KeyMarker": "",
        "MaxUploads": 1000,
        "NextKeyMarker": "k",
        "NextUploadIdMarker": upload.id,
        "UploadIdMarker": "",
    }
    assert len(shown["Owner"]["ID"]) == 64
    assert shown["Initiator"] == shown["Owner"]
    assert shown["Initiated"]
    assert (shown["Key"], shown["UploadId"], shown["StorageClass"]) == ("k", upload.id, "STANDARD_IA")
    assert (shown["ChecksumAlgorithm"], shown["ChecksumType"]) == ("SHA256", "COMPOSITE")


def test_a_bucket_without_uploads_lists_none(aws: Any, bucket: str) -> None:
    assert told(aws.s3.list_multipart_uploads(Bucket=bucket)) == {
        "Bucket": bucket,
        "IsTruncated": False,
        "KeyMarker": "",
        "MaxUploads": 1000,
        "NextKeyMarker": "",
        "NextUploadIdMarker": "",
        "UploadIdMarker": "",
    }


@pytest.fixture
def five(aws: Any, bucket: str) -> dict[str, list[str]]:
    """Uploads by key: three of `a` that began in this order, one of `b`, one of `c`; begun in the order c b a a a."""
    found: dict[str, list[str]] = {"a": [], "b": [], "c": []}
    for key in "cbaaa":
        found[key].append(Upload(aws.s3, bucket, key).id)
    return found


def shown(listed: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["Key"], each["UploadId"]) for each in listed.get("Uploads", [])]


@pytest.mark.row("S3-010")
def test_uploads_are_listed_by_key_and_then_from_the_oldest_on(
    aws: Any, bucket: str, five: dict[str, list[str]]
) -> None:
    listed = aws.s3.list_multipart_uploads(Bucket=bucket)

    assert shown(listed) == [(key, each) for key in "abc" for each in five[key]]


def test_pages_of_uploads_follow_each_other(aws: Any, bucket: str, five: dict[str, list[str]]) -> None:
    pages = list(
        aws.s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2})
    )

    assert [len(page["Uploads"]) for page in pages] == [2, 2, 1]
    assert [each for page in pages for each in shown(page)] == [(key, each) for key in "abc" for each in five[key]]
    assert [page["IsTruncated"] for page in pages] == [True, True, False]
    assert all(one["NextKeyMarker"] == other["KeyMarker"] for one, other in pairwise(pages))


def test_a_key_marker_alone_passes_over_its_key(aws: Any, bucket: str, five: dict[str, list[str]]) -> None:
    listed = aws.s3.list_multipart_uploads(Bucket=bucket, KeyMarker="a", MaxUploads=1)

    assert shown(listed) == [("b", five["b"][0])]
    assert listed["IsTruncated"]
    assert (listed["NextKeyMarker"], listed["NextUploadIdMarker"]) == ("b", five["b"][0])


def test_after_the_last_key_nothing_follows(aws: Any, bucket: str, five: dict[str, list[str]]) -> None:
    listed = aws.s3.list_multipart_uploads(Bucket=bucket, KeyMarker="c", MaxUploads=1)

    assert shown(listed) == []
    assert (listed["NextKeyMarker"], listed["NextUploadIdMarker"]) == ("", "")


def test_an_upload_marker_without_a_key_says_nothing(aws: Any, bucket: str, five: dict[str, list[str]]) -> None:
    listed = aws.s3.list_multipart_uploads(Bucket=bucket, UploadIdMarker=five["a"][1], MaxUploads=1)

    assert shown(listed) == [("a", five["a"][0])]
    assert listed["UploadIdMarker"] == ""


def test_both_markers_go_on_within_a_key(aws: Any, bucket: str, five: dict[str, list[str]]) -> None:
    within = aws.s3.list_multipart_uploads(Bucket=bucket, KeyMarker="a", UploadIdMarker=five["a"][0], MaxUploads=1)
    beyond = aws.s3.list_multipart_uploads(Bucket=bucket, KeyMarker="a", UploadIdMarker=five["a"][2], MaxUploads=1)

    assert shown(within) == [("a", five["a"][1])]
    assert shown(beyond) == [("b", five["b"][0])]


def test_an_upload_marker_of_another_key_is_refused(aws: Any, bucket: str, five: dict[str, list[str]]) -> None:
    error = error_of(aws.s3.list_multipart_uploads, Bucket=bucket, KeyMarker="a", UploadIdMarker=five["b"][0])

    assert error == {
        "Code": "InvalidArgument",
        "Message": "Invalid uploadId marker",
        "ArgumentName": "upload-id-marker",
        "ArgumentValue": five["b"][0],
    }


def test_a_listing_goes_on_after_an_upload_that_was_given_up(aws: Any, bucket: str, five: dict[str, list[str]]) -> None:
    aws.s3.abort_multipart_upload(Bucket=bucket, Key="a", UploadId=five["a"][0])

    listed = aws.s3.list_multipart_uploads(Bucket=bucket, KeyMarker="a", UploadIdMarker=five["a"][0], MaxUploads=1)

    assert shown(listed) == [("a", five["a"][1])]


@pytest.fixture
def tree(aws: Any, bucket: str) -> None:
    for key in ("test/foo/bar/1", "test/foo/bar/2", "test/bar/1", "test/file", "test/zoo/1", "other"):
        Upload(aws.s3, bucket, key)


@pytest.mark.usefixtures("tree")
def test_a_delimiter_folds_uploads_into_common_prefixes(aws: Any, bucket: str) -> None:
    listed = aws.s3.list_multipart_uploads(Bucket=bucket, Prefix="test/", Delimiter="/")

    assert [each["Prefix"] for each in listed["CommonPrefixes"]] == ["test/bar/", "test/foo/", "test/zoo/"]
    assert [each["Key"] for each in listed["Uploads"]] == ["test/file"]
    assert (listed["Prefix"], listed["Delimiter"]) == ("test/", "/")


@pytest.mark.usefixtures("tree")
def test_pages_of_common_prefixes_follow_each_other(aws: Any, bucket: str) -> None:
    pages = list(
        aws.s3.get_paginator("list_multipart_uploads").paginate(
            Bucket=bucket, Prefix="test/", Delimiter="/", PaginationConfig={"PageSize": 1}
        )
    )

    found = [
        name
        for page in pages
        for name in (
            [each["Prefix"] for each in page.get("CommonPrefixes", [])]
            + [each["Key"] for each in page.get("Uploads", [])]
        )
    ]
    assert found == ["test/bar/", "test/file", "test/foo/", "test/zoo/"]
    assert pages[0]["NextKeyMarker"] == "test/bar/"
    assert pages[0]["NextUploadIdMarker"] == ""


def test_a_page_costs_what_it_shows(aws: Any, bucket: str, cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill() -> None:
        rows = [
            Row(1, f"{prefix:02}/{each:04}", f"{each:052}", 0, "arn:aws:iam::000000000000:root", "CRC32", "COMPOSITE")
            for prefix in range(20)
            for each in range(300)
        ]
        cloud.cloud.kernel.change(lambda tx: [tx.insert(row) for row in rows])

    cloud.do(fill)
    read: list[int] = []
    plain = Transaction.list

    def counted(self: Any, *args: Any, **options: Any) -> Any:
        found = plain(self, *args, **options)
        read.append(len(found))
        return found

    monkeypatch.setattr(Transaction, "list", counted)
    listed = aws.s3.list_multipart_uploads(Bucket=bucket, Delimiter="/", MaxUploads=10)

    assert [each["Prefix"] for each in listed["CommonPrefixes"]] == [f"{each:02}/" for each in range(10)]
    assert sum(read) < 60


def test_keys_are_encoded_when_asked_for(aws: Any, bucket: str) -> None:
    Upload(aws.s3, bucket, "a b/ü+")

    listed = aws.s3.list_multipart_uploads(Bucket=bucket, EncodingType="url", Prefix="a b/")

    assert listed["Uploads"][0]["Key"] == "a+b/%C3%BC%2B"
    assert listed["NextKeyMarker"] == "a+b/%C3%BC%2B"
    assert listed["Prefix"] == "a+b/"
    assert listed["EncodingType"] == "url"


def test_another_encoding_is_refused(aws: Any, bucket: str) -> None:
    error = error_of(aws.s3.list_multipart_uploads, Bucket=bucket, EncodingType="value")

    assert error == {
        "Code": "InvalidArgument",
        "Message": "Invalid Encoding Method specified in Request",
        "ArgumentName": "encoding-type",
        "ArgumentValue": "value",
    }


def test_uploads_of_other_accounts_are_none_of_yours(aws: Any, bucket: str) -> None:
    stranger = aws.at(account="111111111111").s3

    assert error_of(stranger.list_multipart_uploads, Bucket=bucket)["Code"] == "AccessDenied"
    assert error_of(stranger.create_multipart_upload, Bucket=bucket, Key="k")["Code"] == "AccessDenied"
