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


WRITES: dict[str, Callable[[Any], Any]] = {
    "PutObject": lambda s3: s3.put_object(Bucket=BUCKET, Key="a/new"),
    "CopyObject": lambda s3: s3.copy_object(Bucket=BUCKET, Key="a/new", CopySource=f"{BUCKET}/b/there"),
    "DeleteObject": lambda s3: s3.delete_object(Bucket=BUCKET, Key="a/none"),
    "PutObjectTagging": lambda s3: s3.put_object_tagging(Bucket=BUCKET, Key="a/there", Tagging={"TagSet": []}),
    "CreateMultipartUpload": lambda s3: s3.create_multipart_upload(Bucket=BUCKET, Key="a/big"),
}
READS: dict[str, Callable[[Any], Any]] = {
    "GetObject": lambda s3: s3.get_object(Bucket=BUCKET, Key="a/there"),
    "GetObjectTagging": lambda s3: s3.get_object_tagging(Bucket=BUCKET, Key="a/there"),
    "GetObjectAttributes": lambda s3: s3.get_object_attributes(Bucket=BUCKET, Key="a/there", ObjectAttributes=["ETag"]),
    "CopyObject": lambda s3: s3.copy_object(Bucket=BUCKET, Key="c/new", CopySource=f"{BUCKET}/a/there"),
}


@pytest.mark.row("S3-099")
@pytest.mark.parametrize("name", WRITES)
def test_every_kind_of_write_counts(aws: Clients, clock: Any, name: str) -> None:
    put(aws, "a/there")
    put(aws, "b/there")
    clock.advance(1)
    within = [throttled(lambda: WRITES[name](aws.s3)), put(aws, "a/2"), put(aws, "a/3")]

    beyond = [throttled(lambda: WRITES[name](aws.s3)), put(aws, "a/4")]

    assert within == [False] * 3
    assert beyond == [True] * 2


@pytest.mark.row("S3-099")
@pytest.mark.parametrize("name", READS)
def test_every_kind_of_read_counts(aws: Clients, name: str) -> None:
    put(aws, "a/there")
    within = [throttled(lambda: READS[name](aws.s3)), *(get(aws, "a/there") for _ in range(4))]

    beyond = [throttled(lambda: READS[name](aws.s3)), get(aws, "a/there")]

    assert within == [False] * 5
    assert beyond == [True] * 2


@pytest.mark.row("S3-099")
def test_of_many_deletions_those_beyond_the_rate_are_told_to_slow_down(aws: Clients) -> None:
    keys = [{"Key": f"a/{number}"} for number in range(5)] + [{"Key": "b/0"}]

    answer = aws.s3.delete_objects(Bucket=BUCKET, Delete={"Objects": keys})

    assert [entry["Key"] for entry in answer["Deleted"]] == ["a/0", "a/1", "a/2", "b/0"]
    assert [(entry["Key"], entry["Code"]) for entry in answer["Errors"]] == [("a/3", "SlowDown"), ("a/4", "SlowDown")]


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
