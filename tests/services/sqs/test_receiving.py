"""What ReceiveMessage takes and gives: visibility, order, attributes, limits, long polls."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.conftest import Clients
from tests.operating import set_failure, set_limit
from tests.running import RunningCloud, TestClock
from tests.services.sqs.asking import Queue, fault_of, fill, status_of, waiting

SYSTEM = {"SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp"}


@pytest.fixture
def jobs(aws: Clients) -> Queue:
    return Queue(aws, "jobs")


@pytest.mark.row("SQS-014")
def test_a_receive_gives_ten_messages_at_most_and_one_unless_asked(jobs: Queue) -> None:
    fill(jobs, 15)

    assert len(jobs.sqs.receive_message(QueueUrl=jobs.url)["Messages"]) == 1
    assert jobs.bodies(10) == [str(n) for n in range(1, 11)]
    assert jobs.bodies(10) == [str(n) for n in range(11, 15)]
    assert "Messages" not in jobs.sqs.receive_message(QueueUrl=jobs.url)


@pytest.mark.row("SQS-014", "SQS-024")
@pytest.mark.parametrize(
    ("parameter", "value", "reason"),
    [
        ("MaxNumberOfMessages", 0, "Must be between 1 and 10, if provided."),
        ("MaxNumberOfMessages", 11, "Must be between 1 and 10, if provided."),
        ("WaitTimeSeconds", 21, "Must be >= 0 and <= 20, if provided."),
        ("WaitTimeSeconds", -1, "Must be >= 0 and <= 20, if provided."),
        ("VisibilityTimeout", 43201, "Must be >= 0 and <= 43200, if provided."),
        ("VisibilityTimeout", -1, "Must be >= 0 and <= 43200, if provided."),
    ],
)
def test_numbers_are_taken_within_their_bounds(jobs: Queue, parameter: str, value: int, reason: str) -> None:
    fault = fault_of(jobs.sqs.receive_message, QueueUrl=jobs.url, **{parameter: value})

    message = f"Value {value} for parameter {parameter} is invalid. Reason: {reason}"
    assert fault == ("InvalidParameterValue", message)


@pytest.mark.row("SQS-014")
def test_system_attributes_come_when_asked_for(jobs: Queue, clock: TestClock) -> None:
    sent = clock.now()
    jobs.send("msg")
    clock.advance(5)
    first = clock.now()

    (everything,) = jobs.receive(AttributeNames=["All"], VisibilityTimeout=0)
    (modern,) = jobs.receive(MessageSystemAttributeNames=["All"], VisibilityTimeout=0)
    (one,) = jobs.receive(AttributeNames=["SenderId", "SequenceNumber"], VisibilityTimeout=0)
    (none,) = jobs.receive(VisibilityTimeout=0)

    assert everything["Attributes"] == {
        "SenderId": "000000000000",
        "SentTimestamp": str(sent),
        "ApproximateReceiveCount": "1",
        "ApproximateFirstReceiveTimestamp": str(first),
    }
    assert modern["Attributes"].keys() == SYSTEM
    assert modern["Attributes"]["ApproximateReceiveCount"] == "2"
    assert one["Attributes"] == {"SenderId": "000000000000"}
    assert set(none) == {"MessageId", "ReceiptHandle", "MD5OfBody", "Body"}
    assert fault_of(jobs.receive, AttributeNames=["Colour"]) == ("InvalidAttributeName", "Unknown Attribute Colour.")


@pytest.mark.row("SQS-045")
@pytest.mark.parametrize(
    ("names", "expected", "digest"),
    [
        ([], [], None),
        (["All"], ["General", "Hello", "Help.Me"], "4c360f3fdafd970e05fae2f149d997f5"),
        ([".*"], ["General", "Hello", "Help.Me"], "4c360f3fdafd970e05fae2f149d997f5"),
        (["*"], ["General", "Hello", "Help.Me"], "4c360f3fdafd970e05fae2f149d997f5"),
        (["Foo", "Help"], [], None),
        (["Hello", "General"], ["General", "Hello"], "fca026605781cb4126a1e9044df24232"),
        (["Foo", "Hello"], ["Hello"], "a311262e065454b75da111d535b8dacd"),
        (["Hel.*"], ["Hello", "Help.Me"], "83fee93c1bcd8b9a5a923ffacdc636c7"),
        (["AWS."], [], None),
        (["..foo"], [], None),
    ],
)
def test_message_attributes_come_by_name_and_prefix_with_the_digest_of_those_that_come(
    jobs: Queue, names: list[str], expected: list[str], digest: str | None
) -> None:
    values = {"Help.Me": "Me", "Hello": "There", "General": "Kenobi"}
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in values.items()}
    jobs.send("msg", MessageAttributes=attributes)

    (message,) = jobs.receive(MessageAttributeNames=names)

    assert message.get("MessageAttributes", {}) == {name: attributes[name] for name in expected}
    assert message.get("MD5OfMessageAttributes") == digest
    assert ("MessageAttributes" in message) is bool(expected)


@pytest.mark.row("SQS-017")
def test_a_received_message_is_hidden_for_30_seconds_then_comes_again(jobs: Queue, clock: TestClock) -> None:
    jobs.send("once")
    (first,) = jobs.receive()

    assert jobs.counts() == (0, 1, 0)
    clock.advance(29)
    assert jobs.bodies() == []
    clock.advance(2)
    assert jobs.counts() == (1, 0, 0)
    (second,) = jobs.receive(AttributeNames=["All"])
    assert second["MessageId"] == first["MessageId"]
    assert second["ReceiptHandle"] != first["ReceiptHandle"]
    assert second["Attributes"]["ApproximateReceiveCount"] == "2"


@pytest.mark.row("SQS-018")
def test_a_long_timeout_hides_a_crashed_consumers_message_all_that_time(jobs: Queue, clock: TestClock) -> None:
    jobs.send("slow")
    jobs.receive(VisibilityTimeout=900)

    clock.advance(899)
    assert jobs.bodies() == []
    clock.advance(2)
    assert jobs.bodies() == ["slow"]


@pytest.mark.row("SQS-018")
def test_a_timeout_shorter_than_the_work_has_it_done_twice(jobs: Queue, clock: TestClock) -> None:
    jobs.send("two minutes of work")
    worked = jobs.bodies()
    clock.advance(31)
    worked += jobs.bodies()

    assert worked == ["two minutes of work"] * 2


@pytest.mark.row("SQS-006")
def test_consumers_side_by_side_get_different_messages(aws: Clients, jobs: Queue, beside: ThreadPoolExecutor) -> None:
    fill(jobs, 1000)

    def consume(_: int) -> list[str]:
        client = aws.client("sqs")
        got: list[str] = []
        while messages := client.receive_message(QueueUrl=jobs.url, MaxNumberOfMessages=10).get("Messages"):
            got += [message["Body"] for message in messages]
        return got

    shares = list(beside.map(consume, range(10)))

    everything = [body for share in shares for body in share]
    assert len(everything) == 1000
    assert set(everything) == {str(n) for n in range(1000)}


@pytest.mark.row("SQS-003", "SQS-004")
def test_a_burst_is_stored_and_counted_and_handed_out_in_order(jobs: Queue) -> None:
    fill(jobs, 2500)

    assert jobs.counts() == (2500, 0, 0)
    got = [body for _ in range(250) for body in jobs.bodies(10)]
    assert got == [str(n) for n in range(2500)]
    assert jobs.counts() == (0, 2500, 0)


@pytest.mark.slow
@pytest.mark.row("SQS-003", "SQS-004")
def test_two_hundred_thousand_messages_are_a_queue_like_any_other(jobs: Queue) -> None:
    fill(jobs, 200_000)

    assert jobs.counts() == (200_000, 0, 0)
    assert jobs.bodies(10) == [str(n) for n in range(10)]


@pytest.mark.row("SQS-004")
def test_too_many_in_flight_is_an_error_for_short_polls_and_nothing_for_long_ones(
    cloud: RunningCloud, jobs: Queue, clock: TestClock, beside: ThreadPoolExecutor
) -> None:
    set_limit(cloud, "sqs.inflight-standard", 5)
    fill(jobs, 8)

    assert len(jobs.bodies(10)) == 5
    assert fault_of(jobs.receive)[0] == "OverLimit"
    assert status_of(jobs.receive) == 403
    late = beside.submit(jobs.bodies, 1, WaitTimeSeconds=5)
    waiting(cloud, 1)
    clock.advance(5)
    assert late.result(5) == []
    clock.advance(30)
    assert len(jobs.bodies(10)) == 5


@pytest.mark.row("SQS-004")
def test_too_many_in_flight_of_a_fifo_queue_is_never_an_error(cloud: RunningCloud, aws: Clients) -> None:
    set_limit(cloud, "sqs.inflight-fifo", 2)
    queue = Queue(aws, "jobs.fifo", ContentBasedDeduplication=True)
    for group in "abc":
        queue.send(group, group=group)

    (first, _) = queue.receive(10)
    assert queue.bodies(10) == []
    queue.delete(first)
    assert queue.bodies(10) == ["c"]


@pytest.mark.row("SQS-027")
def test_counts_say_how_many_are_visible_in_flight_and_delayed_as_time_passes(jobs: Queue, clock: TestClock) -> None:
    fill(jobs, 10)
    jobs.send("later", DelaySeconds=45)
    taken = jobs.receive(4)

    assert jobs.counts() == (6, 4, 1)
    clock.advance(10.5)
    jobs.receive(2, VisibilityTimeout=100)
    assert jobs.counts() == (4, 6, 1)
    jobs.delete(taken[0])
    assert jobs.counts() == (4, 5, 1)
    clock.advance(20)
    assert jobs.counts() == (7, 2, 1)
    jobs.hide(jobs.receive()[0], 0)
    assert jobs.counts() == (7, 2, 1)
    clock.advance(15)
    assert jobs.counts() == (8, 2, 0)
    clock.advance(65)
    assert jobs.counts() == (10, 0, 0)
    assert sorted(jobs.bodies(10)) == sorted([*"456789", "later", *(m["Body"] for m in taken[1:])])


@pytest.mark.row("SQS-007")
def test_duplicates_come_at_the_rate_one_asks_for(cloud: RunningCloud, jobs: Queue) -> None:
    fill(jobs, 300)
    assert len({message["MessageId"] for message in drain(jobs, False)}) == 300
    set_failure(cloud, "sqs.duplicate", rate=0.1)
    fill(jobs, 300)

    messages = drain(jobs, False)

    ids = [message["MessageId"] for message in messages]
    handles = {message["ReceiptHandle"] for message in messages}
    assert len(set(ids)) == 300
    assert 305 < len(ids) < 400
    assert len(handles) == len(ids)


@pytest.mark.row("SQS-008")
def test_messages_come_out_of_order_when_one_asks_for_it(cloud: RunningCloud, jobs: Queue) -> None:
    set_failure(cloud, "sqs.shuffle", seed=7)
    fill(jobs, 100)

    bodies = [message["Body"] for message in drain(jobs, True)]

    assert bodies != [str(n) for n in range(100)]
    assert sorted(bodies, key=int) == [str(n) for n in range(100)]


@pytest.mark.row("SQS-030")
def test_what_was_consumed_is_gone_for_everybody(aws: Clients, jobs: Queue, clock: TestClock) -> None:
    jobs.send("one")
    jobs.delete(*jobs.receive())

    clock.advance(3600)

    assert "Messages" not in aws.client("sqs").receive_message(QueueUrl=jobs.url, MaxNumberOfMessages=10)
    assert jobs.counts() == (0, 0, 0)


def drain(queue: Queue, delete: bool) -> list[dict[str, Any]]:
    """Receive until nothing comes."""
    found: list[dict[str, Any]] = []
    while messages := queue.receive(10, VisibilityTimeout=3600):
        found += messages
        if delete:
            queue.delete(*messages)
    return found
