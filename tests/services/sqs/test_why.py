"""What operators see of a queue without touching it."""

from urllib.error import HTTPError

import pytest
from tests.conftest import Clients
from tests.operating import operate
from tests.running import RunningCloud, TestClock
from tests.services.sqs.asking import Queue


def test_why_tells_what_is_hidden_and_until_when(cloud: RunningCloud, aws: Clients, clock: TestClock) -> None:
    queue = Queue(aws, "jobs")
    for body in ("one", "two"):
        queue.send(body)
    queue.send("late", DelaySeconds=600)
    (held,) = queue.receive(VisibilityTimeout=60)

    shown = operate(cloud, "/_orrery/sqs/why?queue=jobs")

    assert (shown["visible"], shown["in_flight"], shown["delayed"], shown["receivable"]) == (1, 1, 1, 1)
    first, second = shown["messages"]
    assert (first["MessageId"], first["reason"]) == (held["MessageId"], "in flight: received and not deleted")
    assert second["reason"] == "delayed"
    assert shown["next_visible"] == first["until"] < second["until"]
    assert queue.counts() == (1, 1, 1)


def test_why_tells_of_groups_that_are_locked(cloud: RunningCloud, aws: Clients) -> None:
    queue = Queue(aws, "jobs.fifo", ContentBasedDeduplication=True)
    for body in "123":
        queue.send(body, group="a")
    queue.receive()

    shown = operate(cloud, f"/_orrery/sqs/why?queue={queue.arn}")

    (group,) = shown["blocked_groups"]
    assert (group["group"], group["in_flight"], group["waiting"]) == ("a", 1, 2)
    assert (shown["visible"], shown["receivable"], shown["behind_a_locked_group"]) == (2, 0, 2)


def test_messages_are_shown_without_being_received(cloud: RunningCloud, aws: Clients) -> None:
    queue = Queue(aws, "jobs")
    queue.send("one", MessageAttributes={"a": {"DataType": "String", "StringValue": "b"}})
    queue.send("late", DelaySeconds=60)

    shown = operate(cloud, f"/_aws/sqs/messages?QueueUrl={queue.url}")

    assert [(one["Body"], one["visible"]) for one in shown["messages"]] == [("one", True), ("late", False)]
    assert shown["messages"][0]["MessageAttributes"] == {"a": {"DataType": "String", "StringValue": "b"}}
    assert shown["messages"][0]["Attributes"]["ApproximateReceiveCount"] == "0"
    assert queue.receive(AttributeNames=["All"])[0]["Attributes"]["ApproximateReceiveCount"] == "1"


@pytest.mark.parametrize("path", ["/_orrery/sqs/why?queue=nowhere", "/_aws/sqs/messages?queue=nowhere"])
def test_a_queue_that_is_not_there_is_said_to_be_missing(cloud: RunningCloud, aws: Clients, path: str) -> None:
    Queue(aws, "jobs")

    with pytest.raises(HTTPError) as caught:
        operate(cloud, path)

    with caught.value as answer:
        assert answer.code == 404
