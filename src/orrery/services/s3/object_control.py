"""Control of single objects where buckets have neither ACLs nor Object Lock.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
"""

from __future__ import annotations

from typing import Any

from orrery.kernel.context import Context
from orrery.services.s3.access import bucket_of
from orrery.services.s3.objects import find
from orrery.services.s3.ownership import owners_acl, set_acl
from orrery.services.s3.service import s3
from orrery.wire.fault import Fault


@s3.operation(inert=("RequestPayer",))
def get_object_acl(ctx: Context, req: Any) -> dict[str, Any]:
    """The ACL of an object, which gives the bucket's owner everything. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html"""
    bucket = bucket_of(ctx, req)
    find(ctx, bucket, req.Key, req.VersionId)
    return owners_acl(bucket)


@s3.operation(inert=("ContentMD5", "ChecksumAlgorithm", "RequestPayer"))
def put_object_acl(ctx: Context, req: Any) -> None:
    """Set the ACL to the owner's alone, where ACLs count. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html"""
    bucket = bucket_of(ctx, req)
    find(ctx, bucket, req.Key, req.VersionId)
    set_acl(bucket, req)


@s3.operation(inert=("Key", "VersionId", "RequestPayer"))
def get_object_retention(ctx: Context, req: Any) -> None:
    """Refused: no bucket has Object Lock. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html"""
    raise _unlocked(ctx, req)


@s3.operation(inert=("Key", "VersionId", "RequestPayer"))
def get_object_legal_hold(ctx: Context, req: Any) -> None:
    """Refused: no bucket has Object Lock. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLegalHold.html"""
    raise _unlocked(ctx, req)


@s3.operation(
    inert=(
        "Key",
        "VersionId",
        "Retention",
        "RequestPayer",
        "BypassGovernanceRetention",
        "ContentMD5",
        "ChecksumAlgorithm",
    )
)
def put_object_retention(ctx: Context, req: Any) -> None:
    """Refused: no bucket has Object Lock. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html"""
    raise _unlocked(ctx, req)


@s3.operation(inert=("Key", "VersionId", "LegalHold", "RequestPayer", "ContentMD5", "ChecksumAlgorithm"))
def put_object_legal_hold(ctx: Context, req: Any) -> None:
    """Refused: no bucket has Object Lock. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLegalHold.html"""
    raise _unlocked(ctx, req)


def _unlocked(ctx: Context, req: Any) -> Fault:
    bucket_of(ctx, req)
    return Fault("InvalidRequest", "Bucket is missing Object Lock Configuration")
