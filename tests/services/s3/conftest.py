"""Buckets and objects for tests."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.operating import set_limit
from tests.running import RunningCloud

MakeBucket = Callable[..., str]


@pytest.fixture
def make_bucket(aws: Any) -> MakeBucket:
    """A function that makes a bucket of a name, in a Region and for an account."""

    def make(name: str, region: str = "us-east-1", account: str = "test") -> str:
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        aws.at(region=region, account=account).s3.create_bucket(Bucket=name, **place)
        return name

    return make


@pytest.fixture
def bucket(make_bucket: MakeBucket) -> str:
    """The name of an empty bucket in us-east-1."""
    return make_bucket("bucket")


@pytest.fixture
def small_parts(aws: Any, cloud: RunningCloud) -> None:
    """Parts of any size make an object."""
    aws.s3.list_buckets()  # S3's limits are known once it is loaded
    set_limit(cloud, "s3.smallest-part", 0)
