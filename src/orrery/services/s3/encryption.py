"""How the objects of buckets are encrypted: what a new bucket says of it, and what it refuses.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html
"""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from orrery.kernel.context import Context
from orrery.services.s3.access import absent, bucket_of
from orrery.services.s3.names import WITHOUT_NAMESPACES
from orrery.services.s3.records import Bucket
from orrery.services.s3.service import DEFAULT_ENCRYPTION, s3
from orrery.wire.fault import Fault

_BLOCKED: Final = ("SSE-C",)
"""Kinds of encryption that new buckets refuse since April 2026, but in the Regions that have no namespaces either.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-s3-c-encryption-setting-faq.html"""


def blocked(ctx: Context, bucket: Bucket) -> bool:
    """Whether a bucket refuses to have objects encrypted with keys of customers.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html"""
    return bool(ctx.limit(DEFAULT_ENCRYPTION) and bucket.encryption) and bucket.region not in WITHOUT_NAMESPACES


def check_no_key(req: Any) -> None:
    """Raises InvalidRequest for a key to decrypt with, as nothing is encrypted with one."""
    if req.SSECustomerAlgorithm is not None or req.SSECustomerKey is not None:
        raise Fault("InvalidRequest", "The encryption parameters are not applicable to this object.")


@s3.operation
def get_bucket_encryption(ctx: Context, req: Any) -> dict[str, Any]:
    """How objects are encrypted unless they say otherwise; once deleted, an empty configuration.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html
    """
    bucket = bucket_of(ctx, req)
    if not ctx.limit(DEFAULT_ENCRYPTION):
        raise absent(bucket, "ServerSideEncryptionConfigurationNotFoundError")
    if not bucket.encryption:
        return {"ServerSideEncryptionConfiguration": {}}
    rule: dict[str, Any] = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": bucket.encryption},
        "BucketKeyEnabled": False,
    }
    if blocked(ctx, bucket):
        rule["BlockedEncryptionTypes"] = {"EncryptionType": list(_BLOCKED)}
    return {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}


@s3.operation
def delete_bucket_encryption(ctx: Context, req: Any) -> None:
    """Forget the default; new objects are encrypted with AES256 all the same.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html
    """
    bucket = bucket_of(ctx, req)
    if bucket.encryption:
        ctx.tx.replace(bucket, replace(bucket, encryption=""))
