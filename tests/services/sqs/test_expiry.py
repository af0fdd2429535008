"""Retention: what is too old goes, by the clock."""

import pytest
from tests.conftest import Clients
from tests.running import TestClock
from tests.services.sqs.asking import Queue, fault_of

DAY = 86_400


@pytest.mark.row("SQS-002")
def test_a_message_is_kept_four_days(aws: Clients, clock: TestClock) -> None:
    queue = Queue(aws, "jobs")
    queue.send("old")
    clock.advance(2 * DAY)
    queue.send("younger")

    clock.advance(2 * DAY - 1)
    assert queue.counts() == (2, 0, 0)
    clock.advance(1)
    assert queue.counts() == (1, 0, 0)
    assert queue.bodies(10) == ["younger"]
    clock.advance(2 * DAY)
    assert queue.counts() == (0, 0, 0)


@pytest.mark.row("SQS-002")
def test_expiry_takes_messages_whatever_state_they_are_in(aws: Clients, clock: TestClock) -> None:
    queue = Queue(aws, "jobs", MessageRetentionPeriod=60)
    for number in range(500):
        queue.send(str(number), DelaySeconds=900 if number % 3 == 0 else 0)
    held = queue.receive(10, VisibilityTimeout=3600)
    assert queue.counts() == (323, 10, 167)

    clock.advance(60)

    assert queue.counts() == (0, 0, 0)
    assert queue.bodies(10) == []
    queue.delete(*held)
    queue.send("new")
    assert queue.counts() == (1, 0, 0)


@pytest.mark.row("SQS-002")
def test_expiry_frees_groups(aws: Clients, clock: TestClock) -> None:
    queue = Queue(aws, "jobs.fifo", ContentBasedDeduplication=True, MessageRetentionPeriod=60)
    queue.send("old", group="a")
    queue.receive(VisibilityTimeout=3600)
    clock.advance(30)
    queue.send("young", group="a")
    assert queue.bodies(10) == []

    clock.advance(30)

    assert queue.bodies(10) == ["young"]
    assert queue.counts() == (0, 1, 0)


@pytest.mark.row("SQS-002")
def test_a_shorter_retention_counts_for_messages_that_are_there(aws: Clients, clock: TestClock) -> None:
    queue = Queue(aws, "jobs")
    queue.send("one")
    clock.advance(100)
    queue.send("two")
    queue.set(MessageRetentionPeriod=60)
    clock.advance(0)

    assert queue.counts() == (1, 0, 0)
    clock.advance(60)
    assert queue.counts() == (0, 0, 0)


@pytest.mark.row("SQS-002")
def test_a_longer_retention_counts_for_messages_that_are_there(aws: Clients, clock: TestClock) -> None:
    queue = Queue(aws, "jobs", MessageRetentionPeriod=60)
    queue.send("one")
    queue.set(MessageRetentionPeriod=120)

    clock.advance(100)
    assert queue.counts() == (1, 0, 0)
    clock.advance(20)
    assert queue.counts() == (0, 0, 0)


@pytest.mark.row("SQS-002")
def test_fourteen_days_are_the_longest(aws: Clients, clock: TestClock) -> None:
    queue = Queue(aws, "jobs", MessageRetentionPeriod=14 * DAY)
    queue.send("one")

    assert fault_of(queue.set, MessageRetentionPeriod=14 * DAY + 1)[0] == "InvalidAttributeValue"
    clock.advance(14 * DAY - 1)
    assert queue.counts() == (1, 0, 0)
    clock.advance(1)
    assert queue.counts() == (0, 0, 0)
