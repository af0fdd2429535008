"""Buckets and objects for tests."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError
from orrery.services.s3.records import Bucket

MakeBucket = Callable[..., str]


@pytest.fixture
def make_bucket(cloud: Any) -> MakeBucket:
    """A function that makes a bucket of a name, in a Region and an account."""
    cloud.do(lambda: cloud.cloud.load("s3"))
    numbers = count(1)

    def make(name: str, region: str = "us-east-1", account: str = "000000000000") -> str:
        bucket = Bucket(name, next(numbers), account, region, 0)
        cloud.do(lambda: cloud.cloud.kernel.change(lambda tx: tx.insert(bucket)))
        return name

    return make


@pytest.fixture
def bucket(make_bucket: MakeBucket) -> str:
    """The name of an empty bucket in us-east-1."""
    return make_bucket("bucket")


@pytest.fixture
def refused() -> Callable[..., dict[str, Any]]:
    """A function that makes a call which must fail, and gives its whole error answer."""

    def call(function: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
        with pytest.raises(ClientError) as problem:
            function(**arguments)
        response: dict[str, Any] = problem.value.response
        return response

    return call
