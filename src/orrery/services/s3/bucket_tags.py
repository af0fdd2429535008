"""Tags of buckets.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/CostAllocTagging.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from orrery.kernel.context import Context
from orrery.services.s3.access import bucket_of
from orrery.services.s3.service import BUCKET_TAGS, s3
from orrery.services.s3.tags import check_tags
from orrery.wire.fault import Fault


@s3.operation(inert=("ContentMD5", "ChecksumAlgorithm"))
def put_bucket_tagging(ctx: Context, req: Any) -> None:
    """Set the tags of a bucket, in place of all it had."""
    bucket = bucket_of(ctx, req)
    ctx.tx.replace(bucket, replace(bucket, tags=check_bucket_tags(ctx, req.Tagging.TagSet)))


@s3.operation
def get_bucket_tagging(ctx: Context, req: Any) -> dict[str, Any]:
    """The tags of a bucket; without any there is no tag set. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html"""
    bucket = bucket_of(ctx, req)
    if not bucket.tags:
        raise Fault("NoSuchTagSet", "The TagSet does not exist", BucketName=bucket.name)
    return {"TagSet": [{"Key": key, "Value": value} for key, value in bucket.tags.items()]}


@s3.operation
def delete_bucket_tagging(ctx: Context, req: Any) -> None:
    """Take all tags off a bucket. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketTagging.html"""
    bucket = bucket_of(ctx, req)
    if bucket.tags:
        ctx.tx.replace(bucket, replace(bucket, tags={}))


def check_bucket_tags(ctx: Context, given: Sequence[Any]) -> dict[str, str]:
    """The tags of a request as a map. Raises BadRequest for too many, and what `check_tags` raises."""
    most = ctx.limit(BUCKET_TAGS)
    if len(given) > most:
        raise Fault("BadRequest", f"Bucket tag count cannot be greater than {most}")
    return check_tags((tag.Key, tag.Value) for tag in given)
