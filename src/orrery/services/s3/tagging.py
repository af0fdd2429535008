"""The tags of objects: read, written, removed.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from orrery.kernel.context import Context
from orrery.services.s3.objects import find
from orrery.services.s3.pace import counted_bucket
from orrery.services.s3.records import Bucket
from orrery.services.s3.service import s3
from orrery.services.s3.tags import check_object_tags
from orrery.wire.fault import Fault


@s3.operation(inert=("RequestPayer",))
def get_object_tagging(ctx: Context, req: Any) -> dict[str, Any]:
    """An object's tags, in the order of their keys."""
    bucket = counted_bucket(ctx, req)
    try:
        found = find(ctx, bucket, req.Key, req.VersionId)
    except Fault as fault:
        if fault.code == "NoSuchKey":  # only this operation names the bucket with the key
            raise Fault(fault.code, fault.message, Key=f"{bucket.name}/{req.Key}") from None
        raise
    return {"TagSet": [{"Key": key, "Value": value} for key, value in sorted(found.tags.items())]}


@s3.operation(inert=("RequestPayer", "ChecksumAlgorithm", "ContentMD5"))
def put_object_tagging(ctx: Context, req: Any) -> dict[str, Any]:
    """Replace an object's tags. Its ETag and time of change stay."""
    bucket = counted_bucket(ctx, req)
    return _replace(ctx, req, bucket, check_object_tags(ctx, [(tag.Key, tag.Value) for tag in req.Tagging.TagSet]))


@s3.operation
def delete_object_tagging(ctx: Context, req: Any) -> dict[str, Any]:
    """Remove an object's tags."""
    return _replace(ctx, req, counted_bucket(ctx, req), {})


def _replace(ctx: Context, req: Any, bucket: Bucket, tags: Mapping[str, str]) -> dict[str, Any]:
    found = find(ctx, bucket, req.Key, req.VersionId)
    ctx.tx.replace(found, replace(found, tags=dict(tags)))
    return {}
