"""Which bucket a request means, and whether its caller may come near it.

Until policies exist, a bucket is open to the root of its account alone.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from orrery.kernel.context import Context
from orrery.services.s3.records import Bucket
from orrery.wire.fault import Fault

_V2: Final = ("v2-header", "v2-query")
_V2_REGIONS: Final = frozenset(
    {
        "us-east-1",
        "us-west-1",
        "us-west-2",
        "eu-west-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-northeast-1",
        "sa-east-1",
        "us-gov-west-1",
    }
)
"""Regions that opened before 2014 and take Signature Version 2.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingAWSSDK.html"""


def bucket_of(ctx: Context, req: Any) -> Bucket:
    """The bucket that a request names, after all that is asked of every request on a bucket.

    Raises NoSuchBucket, PermanentRedirect when it was signed for another Region, InvalidRequest for a Signature
    Version 2 where that is not taken, AccessDenied to strangers and when ExpectedBucketOwner is another.
    """
    bucket = find_bucket(ctx, req.Bucket)
    check_owner(ctx, bucket, getattr(req, "ExpectedBucketOwner", None))
    return bucket


def find_bucket(ctx: Context, name: str) -> Bucket:
    """The bucket of a name, where the request was signed for its Region; owner not yet asked."""
    bucket = ctx.tx.get(Bucket, name)
    if bucket is None:
        raise no_such_bucket(name)
    signed = ctx.call.signed_region
    if signed and signed != bucket.region:
        raise redirect(ctx, bucket)
    old = ctx.call.form in _V2 or (ctx.call.form == "post" and not signed)
    if old and bucket.region not in _V2_REGIONS:
        text = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
        raise Fault("InvalidRequest", text)
    return bucket


def check_owner(ctx: Context, bucket: Bucket, expected: str | None) -> None:
    """Raises AccessDenied to everybody but the owner, and to the owner who expected somebody else."""
    if ctx.account != bucket.account or (expected is not None and expected != bucket.account):
        raise Fault("AccessDenied", "Access Denied")


def no_such_bucket(name: str) -> Fault:
    """The bucket is not there."""
    return Fault("NoSuchBucket", "The specified bucket does not exist", BucketName=name)


def absent(bucket: Bucket, code: str) -> Fault:
    """The fault of a configuration that the bucket does not have, in the words that go with its code."""
    return Fault(code, BucketName=bucket.name)


def redirect(ctx: Context, bucket: Bucket) -> Fault:
    """The bucket lives in another Region than the one the request was signed for."""
    text = (
        "The bucket you are attempting to access must be addressed using the specified endpoint. "
        "Please send all future requests to this endpoint."
    )
    endpoint = f"{bucket.name}.s3-{bucket.region}.amazonaws.com"
    headers = {"BucketRegion": bucket.region}
    return Fault("PermanentRedirect", text, headers=headers, Endpoint=endpoint, Bucket=bucket.name)


def canonical_id(account: str) -> str:
    """An account's canonical user id: 64 hexadecimal digits that say nothing of the account.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/finding-canonical-user-id.html"""
    return hashlib.sha256(b"canonical user id of " + account.encode()).hexdigest()
