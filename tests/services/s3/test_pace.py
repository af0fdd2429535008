"""Rates of requests on a prefix, where rates are enforced."""

from collections.abc import Callable, Iterator
from functools import partial
from operator import methodcaller
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import Clients

from orrery.kernel.limits import Override
from orrery.services.s3.records import Pace

BUCKET = "bucket"


@pytest.fixture
def cloud(harness: Any) -> Iterator[Any]:
    """A cloud that enforces rates, of which S3's are scaled down."""
    running = harness.start(limits="real")
    Clients(running).s3.create_bucket(Bucket=BUCKET)
    kernel = running.cloud.kernel
    for limit, value in (("s3.reads-per-second", 5), ("s3.writes-per-second", 3)):
        running.do(partial(kernel.change, methodcaller("put", Override(limit, "", "", value))))
    running.do(kernel.load_limits)
    yield running
    running.stop()


def throttled(call: Callable[[], Any]) -> bool:
    try:
        call()
    except ClientError as refused:
        assert refused.response["Error"]["Code"] == "SlowDown"
        assert refused.response["Error"]["Message"] == "Please reduce your request rate."
        assert refused.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        return True
    return False


def put(aws: Clients, key: str) -> bool:
    return throttled(lambda: aws.s3.put_object(Bucket=BUCKET, Key=key))


def get(aws: Clients, key: str) -> bool:
    return throttled(lambda: aws.s3.get_object(Bucket=BUCKET, Key=key))


@pytest.mark.row("S3-099")
def test_a_prefix_takes_so_many_writes_a_second(aws: Clients, clock: Any) -> None:
    first = [put(aws, f"a/{number}") for number in range(5)]
    clock.advance(1)
    second = [put(aws, f"a/{number}") for number in range(4)]

    assert first == [False] * 3 + [True] * 2
    assert second == [False] * 3 + [True]


@pytest.mark.row("S3-099")
def test_every_prefix_has_reads_of_its_own(aws: Clients) -> None:
    prefixes = ["", "a/", "a/b/", "c/"]
    for prefix in prefixes:
        put(aws, f"{prefix}key")

    within = [get(aws, f"{prefix}key") for prefix in prefixes for _ in range(5)]
    beyond = [get(aws, f"{prefix}key") for prefix in prefixes]

    assert within == [False] * 20
    assert beyond == [True] * 4


def test_what_was_counted_is_forgotten(aws: Clients, cloud: Any, clock: Any) -> None:
    for number in range(3):
        put(aws, f"{number}/key")
    clock.advance(2)

    kernel = cloud.cloud.kernel
    assert cloud.do(lambda: kernel.read(kernel.place(*kernel.home)).list(Pace)) == []


def test_nothing_is_counted_where_rates_are_not_enforced(harness: Any) -> None:
    running = harness.start()
    kernel = running.cloud.kernel
    Clients(running).s3.create_bucket(Bucket=BUCKET)
    put(Clients(running), "a/b")

    counted = running.do(lambda: kernel.read(kernel.place(*kernel.home)).list(Pace))

    running.stop()
    assert counted == []
