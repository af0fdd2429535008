"""Operations on objects that general purpose buckets, or today's S3, refuse.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_RenameObject.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTorrent.html
"""

from __future__ import annotations

from typing import Any, Final, NoReturn

from orrery.kernel.context import Context
from orrery.services.s3.access import bucket_of
from orrery.services.s3.objects import find
from orrery.services.s3.service import s3
from orrery.services.s3.unbuilt import not_built
from orrery.wire.fault import Fault

_RENAMING: Final = (
    "ClientToken",
    "DestinationIfMatch",
    "DestinationIfModifiedSince",
    "DestinationIfNoneMatch",
    "DestinationIfUnmodifiedSince",
    "Key",
    "RenameSource",
    "SourceIfMatch",
    "SourceIfModifiedSince",
    "SourceIfNoneMatch",
    "SourceIfUnmodifiedSince",
)


@s3.operation(inert=_RENAMING)
def rename_object(ctx: Context, req: Any) -> NoReturn:
    """Raises NotImplemented (501): only directory buckets rename."""
    bucket_of(ctx, req)
    raise not_built("x-amz-rename-source")


@s3.operation(inert=("Key", "RequestPayer"))
def get_object_torrent(ctx: Context, req: Any) -> NoReturn:
    """Raises MethodNotAllowed: S3 ended BitTorrent in 2022."""
    bucket_of(ctx, req)
    text = "The specified method is not allowed against this resource."
    raise Fault("MethodNotAllowed", text, Method="GET", ResourceType="TORRENT")


@s3.operation(inert=("ChecksumAlgorithm", "RequestPayer", "RestoreRequest"))
def restore_object(ctx: Context, req: Any) -> NoReturn:
    """Raises InvalidObjectState for an object that is in no archive, and NotImplemented (501) for one that is."""
    found = find(ctx, bucket_of(ctx, req), req.Key, req.VersionId)
    if found.storage_class in ("GLACIER", "DEEP_ARCHIVE"):
        raise Fault("NotImplemented", "Orrery does not restore archived objects yet", status=501)
    text = "Restore is not allowed for the object's current storage class"
    raise Fault("InvalidObjectState", text, StorageClass=found.storage_class)
