"""Configuration of buckets as it is when they are new: what clients read of it, and what there is to delete.

What sets these things is not offered: a configuration is as AWS makes it today with the bucket.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/creating-buckets-s3.html
"""

from __future__ import annotations

from typing import Any

from orrery.kernel.context import Context
from orrery.services.s3.access import absent, bucket_of
from orrery.services.s3.ownership import owners_acl, set_acl
from orrery.services.s3.service import s3

# --- access ---


@s3.operation
def get_bucket_acl(ctx: Context, req: Any) -> dict[str, Any]:
    """The ACL, which gives the owner everything. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html"""
    return owners_acl(bucket_of(ctx, req))


@s3.operation(inert=("ContentMD5", "ChecksumAlgorithm"))
def put_bucket_acl(ctx: Context, req: Any) -> None:
    """Set the ACL to the owner's alone, where ACLs count. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html"""
    set_acl(bucket_of(ctx, req), req)


@s3.operation
def get_public_access_block(ctx: Context, req: Any) -> dict[str, Any]:
    """What keeps the public out: everything. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html"""
    bucket_of(ctx, req)
    closed = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    return {"PublicAccessBlockConfiguration": closed}


@s3.operation
def get_bucket_policy(ctx: Context, req: Any) -> dict[str, Any]:
    """None. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html"""
    raise absent(bucket_of(ctx, req), "NoSuchBucketPolicy")


@s3.operation
def get_bucket_policy_status(ctx: Context, req: Any) -> dict[str, Any]:
    """None without a policy. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html"""
    raise absent(bucket_of(ctx, req), "NoSuchBucketPolicy")


@s3.operation
def delete_bucket_policy(ctx: Context, req: Any) -> None:
    """Nothing to delete. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html"""
    bucket_of(ctx, req)


@s3.operation
def get_bucket_abac(ctx: Context, req: Any) -> dict[str, Any]:
    """Whether tags of the bucket decide on access: no. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAbac.html"""
    bucket_of(ctx, req)
    return {"AbacStatus": {"Status": "Disabled"}}


# --- versions, locks ---


@s3.operation
def get_bucket_versioning(ctx: Context, req: Any) -> dict[str, Any]:
    """Never set: no member at all. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html"""
    bucket_of(ctx, req)
    return {}


@s3.operation
def get_object_lock_configuration(ctx: Context, req: Any) -> dict[str, Any]:
    """None. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html"""
    raise absent(bucket_of(ctx, req), "ObjectLockConfigurationNotFoundError")


# --- what is done with objects ---


@s3.operation
def get_bucket_lifecycle_configuration(ctx: Context, req: Any) -> dict[str, Any]:
    """None. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html"""
    raise absent(bucket_of(ctx, req), "NoSuchLifecycleConfiguration")


@s3.operation
def delete_bucket_lifecycle(ctx: Context, req: Any) -> None:
    """Nothing to delete. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketLifecycle.html"""
    bucket_of(ctx, req)


@s3.operation
def get_bucket_replication(ctx: Context, req: Any) -> dict[str, Any]:
    """None. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html"""
    raise absent(bucket_of(ctx, req), "ReplicationConfigurationNotFoundError")


@s3.operation
def delete_bucket_replication(ctx: Context, req: Any) -> None:
    """Nothing to delete. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketReplication.html"""
    bucket_of(ctx, req)


@s3.operation
def get_bucket_notification_configuration(ctx: Context, req: Any) -> dict[str, Any]:
    """Nobody is told of anything. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html"""
    bucket_of(ctx, req)
    return {}


# --- how it is reached and paid for ---


@s3.operation
def get_bucket_website(ctx: Context, req: Any) -> dict[str, Any]:
    """None. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketWebsite.html"""
    raise absent(bucket_of(ctx, req), "NoSuchWebsiteConfiguration")


@s3.operation
def delete_bucket_website(ctx: Context, req: Any) -> None:
    """Nothing to delete. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketWebsite.html"""
    bucket_of(ctx, req)


@s3.operation
def get_bucket_logging(ctx: Context, req: Any) -> dict[str, Any]:
    """Off: no member at all. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLogging.html"""
    bucket_of(ctx, req)
    return {}


@s3.operation
def get_bucket_request_payment(ctx: Context, req: Any) -> dict[str, Any]:
    """Who pays: the owner. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketRequestPayment.html"""
    bucket_of(ctx, req)
    return {"Payer": "BucketOwner"}


@s3.operation(inert=("RequestPayer",))
def get_bucket_accelerate_configuration(ctx: Context, req: Any) -> dict[str, Any]:
    """Never set: no member at all. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAccelerateConfiguration.html"""
    bucket_of(ctx, req)
    return {}
