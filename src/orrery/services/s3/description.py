"""What a request says about the object it writes, beside its bytes: system and user metadata, tags, storage class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from operator import attrgetter
from typing import Any, Final, NamedTuple

from orrery.kernel.context import Context
from orrery.services.s3.encryption import blocked
from orrery.services.s3.ownership import check_acl
from orrery.services.s3.records import Bucket
from orrery.services.s3.service import KEY_LENGTH, METADATA_SIZE
from orrery.services.s3.tags import tags_in_header
from orrery.services.s3.unbuilt import not_built
from orrery.wire.fault import Fault

SYSTEM: Final = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "WebsiteRedirectLocation",
)
"""The members of system metadata, kept as they came.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html"""

DEFAULT_TYPE: Final = "binary/octet-stream"

_CLASSES: Final = frozenset(
    {
        "STANDARD",
        "STANDARD_IA",
        "ONEZONE_IA",
        "INTELLIGENT_TIERING",
        "GLACIER",
        "GLACIER_IR",
        "DEEP_ARCHIVE",
        "REDUCED_REDUNDANCY",
    }
)
_LOCKS: Final = ("ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus")
_CUSTOMERS_KEY: Final = ("SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5")
_UNBUILT: Final = {
    "SSECustomerAlgorithm": "x-amz-server-side-encryption-customer-algorithm",
    "SSECustomerKey": "x-amz-server-side-encryption-customer-key",
    "SSECustomerKeyMD5": "x-amz-server-side-encryption-customer-key-MD5",
    "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
    "SSEKMSEncryptionContext": "x-amz-server-side-encryption-context",
    "ObjectLockEventHold": "x-amz-object-lock-event-hold",
    "ObjectLockEventHoldDurationDays": "x-amz-object-lock-event-hold-duration-days",
    "ObjectLockEventHoldDurationYears": "x-amz-object-lock-event-hold-duration-years",
}


class Description(NamedTuple):
    """What an object is described by; see `Object` (records.py)."""

    headers: Mapping[str, str]
    metadata: Mapping[str, str]
    tags: Mapping[str, str]
    storage_class: str


def describe(ctx: Context, bucket: Bucket, req: Any) -> Description:
    """The description in a request's members.

    Raises KeyTooLongError, MetadataTooLarge, InvalidStorageClass, the faults of `check_promises`, and those of faulty
    tags.
    """
    check_key(ctx, req.Key)
    check_promises(ctx, bucket, req)
    return Description(
        system_metadata(req),
        user_metadata(ctx, req.Metadata),
        tags_in_header(ctx, req.Tagging),
        storage_class(req.StorageClass),
    )


def check_key(ctx: Context, key: str) -> None:
    """Raises KeyTooLongError for a key of more than 1,024 bytes in UTF-8."""
    longest = ctx.limit(KEY_LENGTH)
    if len(key) * 4 > longest and (size := len(key.encode("utf-8", "surrogateescape"))) > longest:
        raise Fault("KeyTooLongError", "Your key is too long", Size=str(size), MaxSizeAllowed=str(longest))


def check_promises(ctx: Context, bucket: Bucket, req: Any) -> None:
    """Refuse what a request asks for that is not to be had: the faults of `check_acl`, InvalidRequest for locks on a
    bucket without Object Lock, AccessDenied for customers' keys where the bucket blocks them, NotImplemented (501) for
    kinds of encryption that are not built."""
    check_acl(bucket, req)
    asked = _promised_by(req.__class__)(req)
    if asked.count(None) == len(asked):
        return
    if blocked(ctx, bucket) and any(getattr(req, name, None) is not None for name in _CUSTOMERS_KEY):
        raise Fault("AccessDenied", "Access Denied")
    for member, header in _UNBUILT.items():
        if getattr(req, member, None) is not None:
            raise not_built(header)
    if getattr(req, "ServerSideEncryption", None) not in (None, "AES256"):
        raise not_built("x-amz-server-side-encryption")
    if any(getattr(req, name, None) is not None for name in _LOCKS):
        raise Fault("InvalidRequest", "Bucket is missing Object Lock Configuration")


@cache
def _promised_by(kind: type) -> Callable[[Any], tuple[Any, ...]]:
    """Reads all at once what `check_promises` looks at; an operation's input has some of it."""
    there = [name for name in (*_UNBUILT, "ServerSideEncryption", *_LOCKS) if hasattr(kind, name)]
    return attrgetter(*there, *there[:1]) if there else lambda _: ()


def system_metadata(req: Any) -> dict[str, str]:
    """System metadata by member name, as they came; `aws-chunked` is of the transfer and not kept."""
    found = {name: value for name in SYSTEM if (value := getattr(req, name)) is not None and value != ""}
    encoding = found.get("ContentEncoding")
    if encoding is not None and "aws-chunked" in encoding:
        rest = ",".join(part for part in encoding.split(",") if part.strip() != "aws-chunked").strip()
        if rest:
            found["ContentEncoding"] = rest
        else:
            del found["ContentEncoding"]
    found.setdefault("ContentType", DEFAULT_TYPE)
    return found


def user_metadata(ctx: Context, given: Mapping[str, str]) -> dict[str, str]:
    """User metadata with names in lower case. Raises MetadataTooLarge."""
    if not given:
        return {}
    size = sum(len(name.encode()) + len(value.encode()) for name, value in given.items())
    most = ctx.limit(METADATA_SIZE)
    if size > most:
        text = "Your metadata headers exceed the maximum allowed metadata size"
        raise Fault("MetadataTooLarge", text, Size=str(size), MaxSizeAllowed=str(most))
    return {name.lower(): value for name, value in given.items()}


def storage_class(given: str | None) -> str:
    """The storage class asked for, or STANDARD. Raises InvalidStorageClass, also for those of other kinds of bucket."""
    if given is None:
        return "STANDARD"
    if given not in _CLASSES:
        text = "The storage class you specified is not valid"
        raise Fault("InvalidStorageClass", text, StorageClassRequested=given)
    return given
