"""Buckets and objects for tests."""

from collections.abc import Callable
from typing import Any

import pytest

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
