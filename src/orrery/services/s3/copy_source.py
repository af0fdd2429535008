"""What a copy is made of: the x-amz-copy-source field, the object it names, and the conditions on that.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html#API_CopyObject_RequestSyntax
https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from urllib.parse import unquote_to_bytes

from orrery.kernel.context import Context
from orrery.services.s3.access import check_owner, no_such_bucket
from orrery.services.s3.conditions import failed, matches
from orrery.services.s3.objects import find
from orrery.services.s3.pace import count_read
from orrery.services.s3.records import Bucket, Object
from orrery.services.s3.unbuilt import not_built
from orrery.wire.fault import Fault
from orrery.wire.instant import SECOND

_ARCHIVED: Final = ("GLACIER", "DEEP_ARCHIVE")
_FIELD: Final = "x-amz-copy-source"


class CopySource(NamedTuple):
    """What the field names: bucket, key, and the version id where there is one."""

    bucket: str
    key: str
    version: str | None = None


def read_source(text: str) -> CopySource:
    """Read `[/]BUCKET/KEY[?versionId=ID]`, percent-encoded, a plus being a space.

    Raises InvalidArgument for what is no such thing, NotImplemented (501) for an access point.
    """
    path, mark, query = text.partition("?")
    if mark and not query.startswith("versionId="):
        path, query = text, ""
    name, slash, key = _decoded(path).removeprefix("/").partition("/")
    if name.startswith("arn:"):
        raise not_built(_FIELD)
    if not slash or not key:
        raise _invalid("Invalid copy source object key")
    if not name:
        raise _invalid("Invalid copy source bucket name")
    return CopySource(name, key, _decoded(query.removeprefix("versionId=")) or None)


def source_of(ctx: Context, req: Any, archived: str = "InvalidObjectState") -> tuple[CopySource, Object]:
    """The object that a copy is to be made of, in the open transaction.

    Its bucket may be in another Region than the request's. Raises the faults of `read_source`, NoSuchBucket,
    AccessDenied, NoSuchKey, NoSuchVersion, PreconditionFailed, InvalidRequest for a key to what is not encrypted with
    one, and `archived` (InvalidObjectState or ObjectNotInActiveTierError) for what lies in an archive.
    """
    source = read_source(req.CopySource)
    bucket = ctx.tx.get(Bucket, source.bucket)
    if bucket is None:
        raise no_such_bucket(source.bucket)
    check_owner(ctx, bucket, req.ExpectedSourceBucketOwner)
    count_read(ctx, bucket.number, source.key)
    found = find(ctx, bucket, source.key, source.version)
    if req.CopySourceSSECustomerAlgorithm is not None or req.CopySourceSSECustomerKey is not None:
        raise Fault("InvalidRequest", "The encryption parameters are not applicable to this object.")
    check_source(req, found, ctx.now)
    if found.storage_class in _ARCHIVED and archived != "InvalidObjectState":
        raise Fault(archived)
    if found.storage_class in _ARCHIVED:
        text = "Operation is not valid for the source object's storage class"
        raise Fault("InvalidObjectState", text, StorageClass=found.storage_class)
    return source, found


def check_source(req: Any, found: Object, now: int) -> None:
    """Raises PreconditionFailed when a condition on the source does not hold.

    An ETag counts more than a date: with If-Match, If-Unmodified-Since says nothing, nor If-Modified-Since with
    If-None-Match. Dates count in whole seconds.
    """
    modified = found.modified // SECOND
    if req.CopySourceIfMatch is not None:
        if not matches(req.CopySourceIfMatch, found.etag):
            raise failed(f"{_FIELD}-If-Match")
    elif (since := req.CopySourceIfUnmodifiedSince) is not None and modified > since // SECOND:
        raise failed(f"{_FIELD}-If-Unmodified-Since")
    if req.CopySourceIfNoneMatch is not None:
        if matches(req.CopySourceIfNoneMatch, found.etag):
            raise failed(f"{_FIELD}-If-None-Match")
    elif (since := req.CopySourceIfModifiedSince) is not None and modified <= since // SECOND and since <= now:
        raise failed(f"{_FIELD}-If-Modified-Since")


def _decoded(text: str) -> str:
    try:
        return unquote_to_bytes(text.replace("+", " ")).decode()
    except UnicodeDecodeError:
        raise _invalid("Invalid copy source encoding.") from None


def _invalid(text: str) -> Fault:
    return Fault("InvalidArgument", text, ArgumentName=_FIELD, ArgumentValue=_FIELD)
