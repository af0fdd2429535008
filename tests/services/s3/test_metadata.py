"""System metadata, user metadata, and what a write asks for beside them."""

from typing import Any

import pytest
from tests.operating import set_era
from tests.running import RunningCloud
from tests.services.s3.refused import refused

BEYOND_ASCII = 'attachment; filename="test_—_file%E2%80%94_é_2.pdf"'
PRINTABLE = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
NOT_BUILT = "A header you provided implies functionality that is not implemented"


@pytest.mark.row("S3-011")
def test_metadata_are_told_as_they_were_given(aws: Any, bucket: str) -> None:
    given: dict[str, Any] = {
        "CacheControl": "max-age=5, public",
        "ContentDisposition": 'inline; filename="a b.txt"',
        "ContentEncoding": "gzip",
        "ContentLanguage": "de, en",
        "ContentType": "text/plain; charset=utf-8",
        "Metadata": {"colour": "red", "a-b.c_d": PRINTABLE, "empty": ""},
        "WebsiteRedirectLocation": "/there",
    }

    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x", **given)

    got = aws.s3.get_object(Bucket=bucket, Key="k")
    head = aws.s3.head_object(Bucket=bucket, Key="k")
    assert {name: got[name] for name in given} == {name: head[name] for name in given} == given


@pytest.mark.row("S3-011")
def test_expires_is_kept_as_it_came(aws: Any, bucket: str) -> None:
    client = aws.client("s3")
    client.meta.events.register(
        "before-sign.s3.PutObject", lambda request, **_: request.headers.replace_header("Expires", "whenever")
    )

    client.put_object(Bucket=bucket, Key="k", Body=b"x", Expires="2030-01-01T00:00:00Z")

    assert aws.s3.head_object(Bucket=bucket, Key="k")["ExpiresString"] == "whenever"


def test_names_of_metadata_are_told_in_lower_case(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x", Metadata={"CamelCase": "Value"})

    assert aws.s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"camelcase": "Value"}


@pytest.mark.row("S3-011")
def test_two_kilobytes_of_user_metadata_are_taken_and_no_more(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x", Metadata={"key": "v" * 2045})

    error = refused(aws.s3.put_object, Bucket=bucket, Key="k", Body=b"x", Metadata={"key": "v" * 2046})

    assert error == {
        "Code": "MetadataTooLarge",
        "Message": "Your metadata headers exceed the maximum allowed metadata size",
        "Size": "2049",
        "MaxSizeAllowed": "2048",
        "status": 400,
    }
    assert len(aws.s3.head_object(Bucket=bucket, Key="k")["Metadata"]["key"]) == 2045


@pytest.mark.row("S3-011")
@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("=?UTF-8?B?YWJj?=", "abc"),
        ("=?UTF-8?Q?actually-ascii?=", "actually-ascii"),
        ("=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?=", "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?="),
        ("=?UTF-8?B?w4RNw4Raw5XDkSBTMw==?=", "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?="),
        ("=?UTF-8?B?AAECAw==?=", "=?UTF-8?B?AAECAw==?="),
        ("=?UTF-8?B?4WH/?=", "=?UTF-8?B?77+9Ye+/vQ==?="),
        (PRINTABLE, PRINTABLE),
    ],
)
def test_user_metadata_beyond_ascii_are_told_as_encoded_words(aws: Any, bucket: str, given: str, told: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x", Metadata={"name": given})

    assert aws.s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"name": told}


@pytest.mark.row("S3-011")
def test_encoded_words_stay_the_same_in_copies(aws: Any, bucket: str) -> None:
    word = "=?UTF-8?Q?test=5F=E2=80=94=5Ffile%E2%80%94=5F=C3=A9=5F2=3F.pdf?="
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x", Metadata={"name": word})

    aws.s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/k")

    assert aws.s3.head_object(Bucket=bucket, Key="to")["Metadata"] == {"name": word}


@pytest.mark.row("S3-011")
def test_system_metadata_beyond_ascii_go_as_their_bytes(aws: Any, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x", ContentDisposition=BEYOND_ASCII, CacheControl="ÄMÄZÕÑ S3")

    head = aws.s3.head_object(Bucket=bucket, Key="k")

    assert head["ContentDisposition"].encode("latin-1").decode() == BEYOND_ASCII
    assert head["CacheControl"].encode("latin-1").decode() == "ÄMÄZÕÑ S3"


@pytest.mark.parametrize(("given", "kept"), [("aws-chunked", None), ("gzip,aws-chunked", "gzip"), ("gzip", "gzip")])
def test_chunks_are_no_encoding_of_the_object(aws: Any, bucket: str, given: str, kept: str | None) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x", ContentEncoding=given)

    assert aws.s3.head_object(Bucket=bucket, Key="k").get("ContentEncoding") == kept


WRITES: dict[str, dict[str, Any]] = {
    "put_object": {"Body": b"x"},
    "create_multipart_upload": {},
    "copy_object": {"CopySource": "bucket/k"},
}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    ("member", "value", "header"),
    [
        ("ServerSideEncryption", "aws:kms", "x-amz-server-side-encryption"),
        ("ServerSideEncryption", "aws:kms:dsse", "x-amz-server-side-encryption"),
        ("SSEKMSKeyId", "alias/k", "x-amz-server-side-encryption-aws-kms-key-id"),
        ("SSEKMSEncryptionContext", "e30=", "x-amz-server-side-encryption-context"),
    ],
)
def test_encryption_that_nobody_built_is_not_promised(
    aws: Any, bucket: str, write: str, member: str, value: str, header: str
) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    error = refused(getattr(aws.s3, write), Bucket=bucket, Key="to", **WRITES[write], **{member: value})

    assert error == {"Code": "NotImplemented", "Message": NOT_BUILT, "Header": header, "status": 501}


CUSTOMERS_KEY = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}


@pytest.mark.parametrize("write", WRITES)
def test_a_new_bucket_blocks_the_keys_of_customers(aws: Any, bucket: str, write: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    error = refused(getattr(aws.s3, write), Bucket=bucket, Key="to", **WRITES[write], **CUSTOMERS_KEY)

    assert error == {"Code": "AccessDenied", "Message": "Access Denied", "status": 403}


@pytest.mark.parametrize("write", WRITES)
def test_of_old_no_bucket_blocks_the_keys_of_customers(aws: Any, cloud: RunningCloud, bucket: str, write: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    set_era(cloud, "notes2020")

    error = refused(getattr(aws.s3, write), Bucket=bucket, Key="to", **WRITES[write], **CUSTOMERS_KEY)

    assert (error["Code"], error["status"]) == ("NotImplemented", 501)


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("given", [{"ACL": "public-read"}, {"ACL": "private"}, {"GrantRead": 'id="abc"'}])
def test_a_new_bucket_takes_no_acls(aws: Any, bucket: str, write: str, given: dict[str, str]) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    error = refused(getattr(aws.s3, write), Bucket=bucket, Key="to", **WRITES[write], **given)

    assert error == {
        "Code": "AccessControlListNotSupported",
        "Message": "The bucket does not allow ACLs",
        "status": 400,
    }


@pytest.mark.parametrize("write", WRITES)
def test_the_owners_full_control_changes_nothing(aws: Any, bucket: str, write: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    answer = getattr(aws.s3, write)(Bucket=bucket, Key="to", **WRITES[write], ACL="bucket-owner-full-control")

    assert answer["ServerSideEncryption"] == "AES256"


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    "lock",
    [
        {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": "2050-01-01T00:00:00Z"},
        {"ObjectLockLegalHoldStatus": "ON"},
        {"ObjectLockLegalHoldStatus": "OFF"},
    ],
)
def test_a_bucket_without_object_lock_locks_nothing(aws: Any, bucket: str, write: str, lock: dict[str, str]) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    error = refused(getattr(aws.s3, write), Bucket=bucket, Key="to", **WRITES[write], **lock)

    assert error == {
        "Code": "InvalidRequest",
        "Message": "Bucket is missing Object Lock Configuration",
        "status": 400,
    }


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("storage", ["EXPRESS_ONEZONE", "OUTPOSTS", "WARM"])
def test_a_storage_class_must_be_one_of_these_buckets(aws: Any, bucket: str, write: str, storage: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key="k", Body=b"x")

    error = refused(getattr(aws.s3, write), Bucket=bucket, Key="to", **WRITES[write], StorageClass=storage)

    assert error == {
        "Code": "InvalidStorageClass",
        "Message": "The storage class you specified is not valid",
        "StorageClassRequested": storage,
        "status": 400,
    }
