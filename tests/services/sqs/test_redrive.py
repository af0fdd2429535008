"""Dead letters: policies that name and allow a queue, and the move."""

import json
from typing import Any

import pytest
from tests.conftest import Clients
from tests.running import TestClock
from tests.services.sqs.asking import Queue, fault_of

DAY = 86_400


def pair(aws: Clients, receives: Any = 3, suffix: str = "", **attributes: object) -> tuple[Queue, Queue]:
    """A queue and its dead-letter queue."""
    dead = Queue(aws, f"dead{suffix}", **attributes)
    policy = {"deadLetterTargetArn": dead.arn, "maxReceiveCount": receives}
    return Queue(aws, f"jobs{suffix}", RedrivePolicy=policy, **attributes), dead


def fail(queue: Queue, clock: TestClock, times: int) -> None:
    """Receive and let the timeout run out, so often."""
    for _ in range(times):
        assert queue.receive(10)
        clock.advance(31)


@pytest.mark.row("SQS-020")
def test_a_message_received_too_often_moves_as_it_is(aws: Clients, clock: TestClock) -> None:
    jobs, dead = pair(aws)
    sent = clock.now()
    attributes = {"MyAttribute": {"DataType": "String", "StringValue": "foobar"}}
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1"}}
    answer = jobs.send("poison", MessageAttributes=attributes, MessageSystemAttributes=trace)
    first = clock.now()
    fail(jobs, clock, 3)
    assert jobs.counts() == (1, 0, 0)

    assert jobs.bodies(10) == []

    assert (jobs.counts(), dead.counts()) == ((0, 0, 0), (1, 0, 0))
    (message,) = dead.receive(AttributeNames=["All"], MessageAttributeNames=["All"])
    assert message["MessageId"] == answer["MessageId"]
    assert message["MessageAttributes"] == attributes
    assert message["Attributes"] == {
        "SenderId": "000000000000",
        "SentTimestamp": str(sent),
        "ApproximateReceiveCount": "4",
        "ApproximateFirstReceiveTimestamp": str(first),
        "AWSTraceHeader": "Root=1",
        "DeadLetterQueueSourceArn": jobs.arn,
    }
    dead.delete(message)
    assert dead.counts() == (0, 0, 0)


@pytest.mark.row("SQS-020")
def test_only_the_poison_moves_and_the_rest_is_handed_out(aws: Clients, clock: TestClock) -> None:
    jobs, dead = pair(aws, receives=1)
    for number in range(12):
        jobs.send(f"bad {number}")
    fail(jobs, clock, 1)
    jobs.receive(2, VisibilityTimeout=1000)
    jobs.send("good")

    assert jobs.bodies(10) == ["good"]
    assert dead.counts() == (10, 0, 0)
    assert len(dead.bodies(10)) == 10


@pytest.mark.row("SQS-020")
def test_a_dead_letter_queue_may_have_a_dead_letter_queue(aws: Clients, clock: TestClock) -> None:
    jobs, dead = pair(aws, receives=1)
    last = Queue(aws, "last")
    dead.set(RedrivePolicy={"deadLetterTargetArn": last.arn, "maxReceiveCount": 3})
    jobs.send("poison")
    fail(jobs, clock, 1)
    jobs.receive()
    fail(dead, clock, 2)

    dead.receive()

    (message,) = last.receive(AttributeNames=["All"])
    assert message["Attributes"]["ApproximateReceiveCount"] == "4"
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == dead.arn


@pytest.mark.row("SQS-020")
def test_a_message_stays_when_its_dead_letter_queue_is_gone(aws: Clients, clock: TestClock) -> None:
    jobs, dead = pair(aws, receives=1)
    jobs.send("poison")
    fail(jobs, clock, 1)
    aws.sqs.delete_queue(QueueUrl=dead.url)

    assert jobs.bodies() == ["poison"]


@pytest.mark.row("SQS-021")
def test_a_dead_letter_queue_exists_and_is_of_the_same_type_account_and_region(aws: Clients) -> None:
    standard, fifo = Queue(aws, "dead"), Queue(aws, "dead.fifo")
    abroad = Queue(aws.at(region="eu-west-1"), "dead")
    foreign = Queue(aws.at(account="123456789012"), "foreign")
    jobs, ordered = Queue(aws, "jobs"), Queue(aws, "jobs.fifo")

    for queue, target in (
        (jobs, standard.arn + "x"),
        (jobs, abroad.arn),
        (jobs, foreign.arn),
        (jobs, fifo.arn),
        (ordered, standard.arn),
        (jobs, "dead"),
    ):
        text = json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": 3})
        code, message = fault_of(queue.set, RedrivePolicy=text)
        assert code == "InvalidParameterValue"
        assert message.startswith(f"Value {text} for parameter RedrivePolicy is invalid. Reason: ")
        create = {"QueueName": "new", "Attributes": {"RedrivePolicy": text}}
        if queue is jobs:
            assert fault_of(aws.sqs.create_queue, **create) == (code, message)
    text = json.dumps({"deadLetterTargetArn": standard.arn + "x", "maxReceiveCount": 3})
    assert fault_of(jobs.set, RedrivePolicy=text)[1].endswith("Reason: Dead letter target does not exist.")
    ordered.set(RedrivePolicy={"deadLetterTargetArn": fifo.arn, "maxReceiveCount": 3})


@pytest.mark.row("SQS-021")
@pytest.mark.parametrize(
    "policy",
    [
        "text",
        "[]",
        {"maxReceiveCount": 3},
        {"deadLetterTargetArn": "{arn}"},
        {"deadLetterTargetArn": "{arn}", "maxReceiveCount": 0},
        {"deadLetterTargetArn": "{arn}", "maxReceiveCount": 1001},
        {"deadLetterTargetArn": "{arn}", "maxReceiveCount": "many"},
        {"deadLetterTargetArn": "{arn}", "maxReceiveCount": 3, "more": 1},
    ],
)
def test_a_redrive_policy_has_a_target_and_a_count_of_1_to_1000(aws: Clients, policy: Any) -> None:
    dead, jobs = Queue(aws, "dead"), Queue(aws, "jobs")
    text = policy if isinstance(policy, str) else json.dumps(policy).replace("{arn}", dead.arn)

    code, message = fault_of(jobs.set, RedrivePolicy=text)

    assert code == "InvalidParameterValue"
    assert message.startswith(f"Value {text} for parameter RedrivePolicy is invalid. Reason: ")


@pytest.mark.row("SQS-021")
def test_a_redrive_policy_is_shown_with_its_count_as_a_number_and_can_be_taken_away(aws: Clients) -> None:
    jobs, dead = pair(aws, receives="7")

    shown = json.loads(jobs.attributes("RedrivePolicy")["RedrivePolicy"])
    assert shown == {"deadLetterTargetArn": dead.arn, "maxReceiveCount": 7}
    assert aws.sqs.list_dead_letter_source_queues(QueueUrl=dead.url)["queueUrls"] == [jobs.url]
    jobs.set(VisibilityTimeout=31)
    assert "RedrivePolicy" in jobs.attributes()
    jobs.set(RedrivePolicy="")
    assert "RedrivePolicy" not in jobs.attributes()
    assert aws.sqs.list_dead_letter_source_queues(QueueUrl=dead.url)["queueUrls"] == []


@pytest.mark.row("SQS-023")
def test_source_queues_are_listed_in_pages(aws: Clients) -> None:
    dead = Queue(aws, "dead")
    policy = {"deadLetterTargetArn": dead.arn, "maxReceiveCount": 3}
    for number in range(5):
        Queue(aws, f"source{number}", RedrivePolicy=policy)

    pages = aws.sqs.get_paginator("list_dead_letter_source_queues").paginate(
        QueueUrl=dead.url, PaginationConfig={"PageSize": 2}
    )

    urls = [page["queueUrls"] for page in pages]
    assert [len(page) for page in urls] == [2, 2, 1]
    assert [url[-7:] for page in urls for url in page] == [f"source{n}" for n in range(5)]


@pytest.mark.row("SQS-021")
def test_a_redrive_allow_policy_is_enforced(aws: Clients) -> None:
    dead, jobs = Queue(aws, "dead"), Queue(aws, "jobs")
    policy = {"deadLetterTargetArn": dead.arn, "maxReceiveCount": 3}

    dead.set(RedriveAllowPolicy={"redrivePermission": "denyAll"})
    assert fault_of(jobs.set, RedrivePolicy=policy)[0] == "InvalidParameterValue"
    dead.set(RedriveAllowPolicy={"redrivePermission": "byQueue", "sourceQueueArns": [jobs.arn + "2"]})
    assert fault_of(jobs.set, RedrivePolicy=policy)[0] == "InvalidParameterValue"
    dead.set(RedriveAllowPolicy={"redrivePermission": "byQueue", "sourceQueueArns": [jobs.arn]})
    jobs.set(RedrivePolicy=policy)
    dead.set(RedriveAllowPolicy={"redrivePermission": "allowAll"})
    Queue(aws, "any", RedrivePolicy=policy)
    assert json.loads(dead.attributes("RedriveAllowPolicy")["RedriveAllowPolicy"]) == {"redrivePermission": "allowAll"}
    dead.set(RedriveAllowPolicy="")
    assert "RedriveAllowPolicy" not in dead.attributes()


@pytest.mark.row("SQS-021")
@pytest.mark.parametrize(
    "policy",
    [
        "text",
        {},
        {"redrivePermission": "perhaps"},
        {"redrivePermission": "byQueue"},
        {"redrivePermission": "byQueue", "sourceQueueArns": []},
        {"redrivePermission": "byQueue", "sourceQueueArns": ["jobs"]},
        {"redrivePermission": "byQueue", "sourceQueueArns": ["arn:aws:sqs:us-east-1:000000000000:q"] * 11},
        {"redrivePermission": "allowAll", "sourceQueueArns": ["arn:aws:sqs:us-east-1:000000000000:q"]},
    ],
)
def test_a_redrive_allow_policy_has_rules(aws: Clients, policy: Any) -> None:
    assert fault_of(Queue(aws, "dead").set, RedriveAllowPolicy=policy)[0] == "InvalidParameterValue"


@pytest.mark.row("SQS-022")
def test_a_dead_letter_of_a_standard_queue_is_as_old_as_it_was(aws: Clients, clock: TestClock) -> None:
    jobs, dead = pair(aws, receives=1)
    jobs.send("poison")
    clock.advance(3 * DAY)
    fail(jobs, clock, 1)
    jobs.receive()
    assert dead.counts() == (1, 0, 0)

    clock.advance(DAY - 32)
    assert dead.counts() == (1, 0, 0)
    clock.advance(2)
    assert dead.counts() == (0, 0, 0)
    assert dead.bodies() == []


@pytest.mark.row("SQS-022")
def test_a_dead_letter_of_a_fifo_queue_is_young_again(aws: Clients, clock: TestClock) -> None:
    jobs, dead = pair(aws, receives=1, suffix=".fifo", ContentBasedDeduplication=True)
    jobs.send("poison", group="a")
    clock.advance(3 * DAY)
    fail(jobs, clock, 1)
    jobs.receive()
    assert dead.counts() == (1, 0, 0)

    clock.advance(2 * DAY)
    assert dead.counts() == (1, 0, 0)
    clock.advance(2 * DAY)
    assert dead.counts() == (0, 0, 0)


@pytest.mark.row("SQS-041")
def test_a_poisoned_group_goes_on_once_the_poison_is_dead(aws: Clients, clock: TestClock) -> None:
    jobs, dead = pair(aws, receives=2, suffix=".fifo", ContentBasedDeduplication=True)
    jobs.send("A1", group="A")
    jobs.send("A2", group="A")

    for _ in range(2):
        assert jobs.bodies() == ["A1"]
        assert jobs.bodies() == []
        clock.advance(31)
    assert jobs.bodies() == ["A2"]
    (message,) = dead.receive(AttributeNames=["All"])
    assert message["Body"] == "A1"
    assert message["Attributes"]["MessageGroupId"] == "A"
    assert message["Attributes"]["ApproximateReceiveCount"] == "3"
