"""Fair queues: groups of a standard queue, and who comes first."""

import pytest
from tests.conftest import Clients
from tests.running import TestClock
from tests.services.sqs.asking import Queue

from orrery.services.sqs.fairness import noisy


@pytest.fixture
def jobs(aws: Clients) -> Queue:
    return Queue(aws, "jobs")


def fill(queue: Queue, group: str | None, count: int) -> None:
    """Send messages whose bodies name their group."""
    more = {} if group is None else {"MessageGroupId": group}
    for start in range(0, count, 10):
        entries = [{"Id": str(n), "MessageBody": str(group), **more} for n in range(start, min(start + 10, count))]
        queue.sqs.send_message_batch(QueueUrl=queue.url, Entries=entries)


@pytest.mark.row("SQS-042")
def test_a_group_id_comes_back_and_orders_nothing(jobs: Queue, clock: TestClock) -> None:
    answer = jobs.send("1", group="test")
    jobs.send("2", group="test")

    (message,) = jobs.receive(AttributeNames=["All"])

    assert "SequenceNumber" not in answer
    assert message["Attributes"]["MessageGroupId"] == "test"
    assert "SequenceNumber" not in message["Attributes"]
    assert jobs.bodies(10) == ["2"]
    jobs.hide(message, 0)
    assert jobs.bodies(10) == ["1"]


@pytest.mark.row("SQS-042")
def test_quiet_groups_come_before_a_noisy_one(jobs: Queue) -> None:
    fill(jobs, "A", 1000)
    for _ in range(4):
        assert jobs.bodies(10) == ["A"] * 10
    fill(jobs, "B", 5)

    assert jobs.bodies(10) == ["B"] * 5 + ["A"] * 5
    assert jobs.bodies(10) == ["A"] * 10
    fill(jobs, None, 3)
    fill(jobs, "C", 1)
    assert jobs.bodies(5) == ["None", "None", "None", "C", "A"]
    assert jobs.counts() == (1009 - 40 - 10 - 10 - 5, 65, 0)


@pytest.mark.row("SQS-042")
def test_messages_come_in_the_order_they_were_sent_while_nobody_is_noisy(jobs: Queue) -> None:
    for body, group in (("1", "a"), ("2", None), ("3", "b"), ("4", "a"), ("5", None)):
        jobs.send(body, group=group)

    assert jobs.bodies(10) == ["1", "2", "3", "4", "5"]


@pytest.mark.row("SQS-042")
def test_a_group_is_noisy_no_more_once_its_messages_are_deleted_or_back(jobs: Queue, clock: TestClock) -> None:
    fill(jobs, "A", 100)
    held = [message for _ in range(4) for message in jobs.receive(10)]
    fill(jobs, "B", 1)
    jobs.delete(*held[:20])

    assert jobs.bodies() == ["A"]
    clock.advance(31)
    assert jobs.counts() == (81, 0, 0)
    bodies = [body for _ in range(9) for body in jobs.bodies(10)]
    assert (bodies.count("A"), bodies.count("B")) == (80, 1)
    assert jobs.counts() == (0, 81, 0)


@pytest.mark.row("SQS-042")
def test_delayed_messages_of_groups_come_when_their_delay_is_over(jobs: Queue, clock: TestClock) -> None:
    jobs.send("late", group="a", DelaySeconds=10)
    jobs.send("now", group="a")

    assert jobs.counts() == (1, 0, 1)
    assert jobs.bodies(10) == ["now"]
    clock.advance(10)
    assert jobs.counts() == (1, 1, 0)
    (message,) = jobs.receive(10)
    assert message["Body"] == "late"
    jobs.delete(message)
    assert jobs.counts() == (0, 1, 0)


@pytest.mark.row("SQS-042", "SQS-020")
def test_dead_letters_keep_their_group(aws: Clients, clock: TestClock) -> None:
    dead = Queue(aws, "dead")
    jobs = Queue(aws, "jobs", RedrivePolicy={"deadLetterTargetArn": dead.arn, "maxReceiveCount": 1})
    fill(jobs, "A", 5)
    jobs.receive(10)
    clock.advance(31)

    assert jobs.bodies(10) == []
    messages = dead.receive(10, AttributeNames=["All"])
    assert [message["Attributes"]["MessageGroupId"] for message in messages] == ["A"] * 5


def test_a_noisy_group_has_more_than_a_tenth_of_what_is_in_flight_and_thirty_of_its_own() -> None:
    assert noisy([("a", 30), ("b", 29)], 100) == {"a"}
    assert noisy([("a", 30)], 300) == frozenset()
    assert noisy([("a", 31)], 300) == {"a"}
    assert noisy([], 0) == frozenset()
