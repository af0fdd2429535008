"""Tags of buckets.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/CostAllocTagging.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from unicodedata import category

from msgspec.structs import replace

from orrery.kernel.context import Context
from orrery.services.s3.access import bucket_of
from orrery.services.s3.service import BUCKET_TAGS, s3
from orrery.wire.fault import Fault

_LONGEST_KEY: Final = 128
_LONGEST_VALUE: Final = 256
_SIGNS: Final = frozenset("_.:/=+-@")
_RESERVED: Final = "aws:"


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


def check_bucket_tags(ctx: Context, given: Iterable[Any]) -> dict[str, str]:
    """Tags of a request as a map. Raises InvalidTag for what can be no tag, BadRequest for too many."""
    tags: dict[str, str] = {}
    for tag in given:
        if not (1 <= len(tag.Key) <= _LONGEST_KEY and _legal(tag.Key)):
            raise Fault("InvalidTag", "The TagKey you have provided is invalid", TagKey=tag.Key)
        if not (len(tag.Value) <= _LONGEST_VALUE and _legal(tag.Value)):
            text = "The TagValue you have provided is invalid"
            raise Fault("InvalidTag", text, TagKey=tag.Key, TagValue=tag.Value)
        if tag.Key.lower().startswith(_RESERVED):
            raise Fault("InvalidTag", "System tags cannot be added/updated by requester", TagKey=tag.Key)
        if tag.Key in tags:
            raise Fault("InvalidTag", "Cannot provide multiple Tags with the same key", TagKey=tag.Key)
        tags[tag.Key] = tag.Value
    most = ctx.limit(BUCKET_TAGS)
    if len(tags) > most:
        raise Fault("BadRequest", f"Bucket tag count cannot be greater than {most}")
    return tags


def _legal(text: str) -> bool:
    """Whether it holds letters, digits, separators and `_.:/=+-@` alone."""
    return all(sign in _SIGNS or category(sign)[0] in "LNZ" for sign in text)
