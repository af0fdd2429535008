"""Configurations of a bucket that have names, none of which a new bucket has: analytics, inventories, metrics, tiers.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketInventoryConfigurations.html
"""

from __future__ import annotations

from typing import Any

from orrery.kernel.context import Context
from orrery.services.s3.access import bucket_of
from orrery.services.s3.service import s3
from orrery.wire.fault import Fault


def _none(ctx: Context, req: Any) -> dict[str, Any]:
    bucket_of(ctx, req)
    return {"IsTruncated": False}


def _missing(ctx: Context, req: Any) -> Fault:
    bucket_of(ctx, req)
    return Fault("NoSuchConfiguration", "The specified configuration does not exist.")


@s3.operation(inert=("ContinuationToken",))
def list_bucket_analytics_configurations(ctx: Context, req: Any) -> dict[str, Any]:
    """None. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketAnalyticsConfigurations.html"""
    return _none(ctx, req)


@s3.operation(inert=("ContinuationToken",))
def list_bucket_intelligent_tiering_configurations(ctx: Context, req: Any) -> dict[str, Any]:
    """None. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketIntelligentTieringConfigurations.html"""
    return _none(ctx, req)


@s3.operation(inert=("ContinuationToken",))
def list_bucket_inventory_configurations(ctx: Context, req: Any) -> dict[str, Any]:
    """None. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketInventoryConfigurations.html"""
    return _none(ctx, req)


@s3.operation(inert=("ContinuationToken",))
def list_bucket_metrics_configurations(ctx: Context, req: Any) -> dict[str, Any]:
    """None. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketMetricsConfigurations.html"""
    return _none(ctx, req)


@s3.operation(inert=("Id",))
def get_bucket_analytics_configuration(ctx: Context, req: Any) -> None:
    """Not there. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAnalyticsConfiguration.html"""
    raise _missing(ctx, req)


@s3.operation(inert=("Id",))
def get_bucket_intelligent_tiering_configuration(ctx: Context, req: Any) -> None:
    """Not there. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketIntelligentTieringConfiguration.html"""
    raise _missing(ctx, req)


@s3.operation(inert=("Id",))
def get_bucket_inventory_configuration(ctx: Context, req: Any) -> None:
    """Not there. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketInventoryConfiguration.html"""
    raise _missing(ctx, req)


@s3.operation(inert=("Id",))
def get_bucket_metrics_configuration(ctx: Context, req: Any) -> None:
    """Not there. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketMetricsConfiguration.html"""
    raise _missing(ctx, req)


@s3.operation(inert=("Id",))
def delete_bucket_analytics_configuration(ctx: Context, req: Any) -> None:
    """Not there. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketAnalyticsConfiguration.html"""
    raise _missing(ctx, req)


@s3.operation(inert=("Id",))
def delete_bucket_intelligent_tiering_configuration(ctx: Context, req: Any) -> None:
    """Not there. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketIntelligentTieringConfiguration.html"""
    raise _missing(ctx, req)


@s3.operation(inert=("Id",))
def delete_bucket_inventory_configuration(ctx: Context, req: Any) -> None:
    """Not there. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketInventoryConfiguration.html"""
    raise _missing(ctx, req)


@s3.operation(inert=("Id",))
def delete_bucket_metrics_configuration(ctx: Context, req: Any) -> None:
    """Not there. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketMetricsConfiguration.html"""
    raise _missing(ctx, req)
