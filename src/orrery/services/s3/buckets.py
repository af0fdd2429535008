"""Buckets: making, finding, listing and deleting them. A name is taken in every account and Region of the partition.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingBucket.html
"""

from __future__ import annotations

from typing import Any, Final

from orrery.kernel.context import Context
from orrery.kernel.jobs import Again
from orrery.kernel.page import Page
from orrery.services.s3.access import bucket_of, canonical_id, check_owner, find_bucket, no_such_bucket
from orrery.services.s3.bucket_tags import check_bucket_tags
from orrery.services.s3.contents import release_parts
from orrery.services.s3.locations import EU, FIRST, is_region, region_of
from orrery.services.s3.names import ACCOUNT_REGIONAL, check_name, check_namespace
from orrery.services.s3.ownership import ownership_of
from orrery.services.s3.records import Bucket, Object, Upload
from orrery.services.s3.service import BUCKETS, s3
from orrery.services.s3.unbuilt import not_built
from orrery.wire.fault import Fault

NUMBERS: Final = s3.counter("bucket-number")
OWNED: Final = s3.counter("buckets")
_LARGEST_PAGE: Final = 10_000


@s3.operation
def create_bucket(ctx: Context, req: Any) -> dict[str, Any]:
    """Make a bucket in the Region asked.

    One's own again is an error, but in us-east-1, unless tags are given. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
    """
    _check_caller(ctx)
    name, asked = req.Bucket, req.CreateBucketConfiguration
    constraint = asked.LocationConstraint if asked is not None else None
    if asked is not None and (asked.Location is not None or asked.Bucket is not None):
        raise Fault("NotImplemented", "Directory buckets are not implemented", BucketName=name)
    check_name(name)
    region = region_of(constraint, ctx.region)
    check_namespace(name, req.BucketNamespace, ctx.account, region)
    ownership = ownership_of(req)
    if req.ObjectLockEnabledForBucket:
        raise not_built("x-amz-bucket-object-lock-enabled")
    tags = check_bucket_tags(ctx, asked.Tags) if asked is not None else {}
    found = ctx.tx.get(Bucket, name)
    if found is None:
        _make(ctx, name, region, req.BucketNamespace, constraint, tags, ownership)
    elif found.account != ctx.account:
        raise Fault("BucketAlreadyExists", BucketName=name)
    elif tags or not region == found.region == FIRST:
        raise Fault("BucketAlreadyOwnedByYou", BucketName=name)
    location = f"/{name}" if region == FIRST else f"http://{name}.s3.amazonaws.com/"
    return {"Location": location, "BucketArn": bucket_arn(ctx, name)}


def _make(
    ctx: Context,
    name: str,
    region: str,
    namespace: str | None,
    constraint: str | None,
    tags: dict[str, str],
    ownership: str,
) -> None:
    if _owned(ctx) >= ctx.limit(BUCKETS):
        raise Fault("TooManyBuckets", "You have attempted to create more buckets than allowed")
    bucket = Bucket(
        name=name,
        number=ctx.at("", FIRST).next(NUMBERS),  # one sequence for all accounts and Regions
        account=ctx.account,
        region=region,
        created=ctx.now,
        namespace=namespace if namespace == ACCOUNT_REGIONAL else "",
        tags=tags,
        location=EU if constraint == EU else "",
        ownership=ownership,
    )
    ctx.tx.insert(bucket)
    _count(ctx, bucket, 1)


def _owned(ctx: Context) -> int:
    """How many buckets the caller's account has, in all Regions of the partition."""
    return ctx.at(ctx.account, FIRST).count(OWNED, ctx.partition)


def _count(ctx: Context, bucket: Bucket, n: int) -> None:
    ctx.at(bucket.account, FIRST).add(OWNED, ctx.partition, n=n)


def _check_caller(ctx: Context) -> None:
    """What no bucket can ask: who calls, and that the signature's Region is one.

    Raises AccessDenied to nobody in particular, AuthorizationHeaderMalformed.
    """
    if ctx.principal.kind == "anonymous":
        raise Fault("AccessDenied", "Access Denied")
    signed = ctx.call.signed_region
    if signed and signed != ctx.region:
        text = f"The authorization header is malformed; the region '{signed}' is wrong; expecting '{ctx.region}'"
        raise Fault("AuthorizationHeaderMalformed", text, Region=ctx.region)


def bucket_arn(ctx: Context, name: str) -> str:
    """The ARN of a bucket, which names neither account nor Region."""
    return f"arn:{ctx.partition}:s3:::{name}"


@s3.operation
def head_bucket(ctx: Context, req: Any) -> dict[str, Any]:
    """Whether a bucket is there and open to the caller, and where. Its Region is told to those who may not enter, too.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
    """
    bucket = find_bucket(ctx, req.Bucket)
    try:
        check_owner(ctx, bucket, req.ExpectedBucketOwner)
    except Fault as fault:
        raise Fault(fault.code, fault.message, headers={"BucketRegion": bucket.region}) from None
    return {"BucketArn": bucket_arn(ctx, bucket.name), "BucketRegion": bucket.region, "AccessPointAlias": False}


@s3.operation
def list_buckets(ctx: Context, req: Any) -> dict[str, Any]:
    """The caller's buckets in the order of their names. What asks for no page gets all, without their Regions.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
    """
    _check_caller(ctx)
    prefix, region = req.Prefix or "", req.BucketRegion
    if region is not None and not is_region(region):
        text = f"Argument value {region} is not a valid AWS Region"
        raise Fault("InvalidArgument", text, ArgumentName="bucket-region")
    paged = any(given is not None for given in (req.MaxBuckets, req.ContinuationToken, req.Prefix, region))
    most = _LARGEST_PAGE if paged else max(_owned(ctx), 1)

    def rows(after: tuple[Any, ...] | None, limit: int) -> list[Bucket]:
        """Buckets after a name; those of other Regions are passed over in further reads."""
        found: list[Bucket] = []
        start: tuple[Any, ...] | None = None if after is not None else (prefix,)
        while len(found) < limit:
            some = ctx.tx.find(Bucket.by_account, ctx.account, after=after, start=start, limit=limit)
            same = [bucket for bucket in some if bucket.name.startswith(prefix)]
            found += [bucket for bucket in same if region is None or bucket.region == region]
            if len(some) < limit or len(same) < len(some):
                break
            after, start = (some[-1].name,), None
        return found[:limit]

    def view(bucket: Bucket) -> dict[str, Any]:
        shown = {
            "Name": bucket.name,
            "CreationDate": bucket.created,
            "BucketArn": bucket_arn(ctx, bucket.name),
        }
        return {**shown, "BucketRegion": bucket.region} if paged else shown

    page = Page(rows, view, default=most, most=most, invalid=INVALID_TOKEN)
    return {"Owner": {"ID": canonical_id(ctx.account)}, "Buckets": page, "Prefix": req.Prefix}


INVALID_TOKEN: Final = Fault(
    "InvalidArgument", "The continuation token provided is incorrect", ArgumentName="continuation-token"
)


@s3.operation
def get_bucket_location(ctx: Context, req: Any) -> dict[str, Any]:
    """The Region of a bucket, asked in whichever Region; null is us-east-1.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
    """
    bucket = ctx.tx.get(Bucket, req.Bucket)
    if bucket is None:
        raise no_such_bucket(req.Bucket)
    check_owner(ctx, bucket, req.ExpectedBucketOwner)
    return {"LocationConstraint": bucket.location or (None if bucket.region == FIRST else bucket.region)}


@s3.operation
def delete_bucket(ctx: Context, req: Any) -> None:
    """Delete a bucket that holds no object. Uploads under way go with it, their parts soon after.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html
    """
    bucket = bucket_of(ctx, req)
    if ctx.tx.list(Object, bucket.number, limit=1):
        raise Fault("BucketNotEmpty", "The bucket you tried to delete is not empty", BucketName=bucket.name)
    ctx.tx.delete(bucket)
    _count(ctx, bucket, -1)
    if ctx.tx.list(Upload, bucket.number, limit=1):
        ctx.schedule(drop_uploads, at=ctx.now, bucket=bucket.number)


@s3.job(foreground=False)
def drop_uploads(ctx: Context, bucket: int) -> Again | None:
    """Delete the uploads of a bucket that is no more with their parts, one upload a turn."""
    uploads = ctx.tx.list(Upload, bucket, limit=1)
    if not uploads:
        return None
    release_parts(ctx, uploads[0].id)
    ctx.tx.delete(uploads[0])
    return Again({"bucket": bucket})
