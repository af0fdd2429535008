"""FIFO queues: order, groups, deduplication, what they refuse."""

import pytest
from tests.conftest import Clients, CloudThread
from tests.operating import set_limit
from tests.running import RunningCloud, TestClock
from tests.services.sqs.asking import Queue, fault_of

from orrery.services.sqs.fifo import deduplication_scopes, is_identifier, sequence_number

NO_ID = "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"


@pytest.fixture
def fifo(aws: Clients) -> Queue:
    return Queue(aws, "jobs.fifo", ContentBasedDeduplication=True)


@pytest.mark.row("SQS-033")
def test_messages_of_a_group_come_in_the_order_they_were_sent(fifo: Queue) -> None:
    for start in range(0, 100, 10):
        entries = [{"Id": str(n), "MessageBody": f"{start + n:02}", "MessageGroupId": "a"} for n in range(10)]
        fifo.sqs.send_message_batch(QueueUrl=fifo.url, Entries=entries)
    bodies, numbers = [], []

    for _ in range(100):
        (message,) = fifo.receive(AttributeNames=["All"])
        bodies.append(message["Body"])
        numbers.append(message["Attributes"]["SequenceNumber"])
        fifo.delete(message)

    assert bodies == [f"{n:02}" for n in range(100)]
    assert numbers == sorted(set(numbers))
    assert {len(number) for number in numbers} == {20}


@pytest.mark.row("SQS-013", "SQS-033")
def test_a_send_answers_the_sequence_number_and_a_receive_shows_it(fifo: Queue) -> None:
    answer = fifo.send("message-body-1", group="group-1", id="dedup-1")

    (message,) = fifo.receive(AttributeNames=["All"])

    shown = message["Attributes"]
    assert shown["SequenceNumber"] == answer["SequenceNumber"]
    assert (shown["MessageGroupId"], shown["MessageDeduplicationId"]) == ("group-1", "dedup-1")
    assert "MD5OfMessageAttributes" not in message


@pytest.mark.row("SQS-034")
def test_a_deduplication_id_counts_for_five_minutes(fifo: Queue, clock: TestClock) -> None:
    first = fifo.send("one", group="a", id="x")
    second = fifo.send("two", group="a", id="x")

    assert (second["MessageId"], second["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    assert second["MD5OfMessageBody"] != first["MD5OfMessageBody"]
    (message,) = fifo.receive(10)
    assert message["Body"] == "one"
    fifo.delete(message)
    clock.advance(299)
    assert fifo.send("three", group="a", id="x")["MessageId"] == first["MessageId"]
    assert fifo.bodies() == []
    clock.advance(2)
    assert fifo.send("four", group="a", id="x")["MessageId"] != first["MessageId"]
    assert fifo.bodies() == ["four"]


@pytest.mark.row("SQS-034")
def test_an_id_counts_for_all_groups_while_the_scope_is_the_queue(fifo: Queue) -> None:
    fifo.send("Test", group="1", id="x")
    fifo.send("Test", group="2", id="x")

    assert fifo.bodies(10) == ["Test"]


@pytest.mark.row("SQS-034", "SQS-032")
def test_an_id_counts_for_its_group_when_the_scope_is_the_group(aws: Clients) -> None:
    queue = Queue(aws, "jobs.fifo", DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId")
    queue.send("one", group="1", id="x")
    queue.send("two", group="2", id="x")
    queue.send("three", group="2", id="x")

    assert queue.bodies(10) == ["one", "two"]


@pytest.mark.row("SQS-034")
def test_ids_remembered_before_a_change_of_scope_still_count(fifo: Queue) -> None:
    fifo.send("Test1", group="1", id="x")
    fifo.send("Test2", group="2", id="x")
    fifo.delete(*fifo.receive(10))
    fifo.set(DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId")

    fifo.send("Test3", group="1", id="x")
    fifo.send("Test3", group="2", id="x")
    assert fifo.bodies(10) == []
    fifo.send("Test4", group="1", id="y")
    fifo.send("Test5", group="1", id="y")
    assert fifo.bodies(10) == ["Test4"]


@pytest.mark.row("SQS-035")
def test_content_decides_where_the_queue_says_so(fifo: Queue) -> None:
    first = fifo.send("same", group="a")
    second = fifo.send("same", group="b")
    fifo.send("same", group="a", id="explicit")
    fifo.send("other", group="a")

    assert first["MessageId"] == second["MessageId"]
    assert fifo.bodies(10) == ["same", "same", "other"]


@pytest.mark.row("SQS-035", "SQS-037")
def test_without_an_id_or_a_group_a_message_is_refused(aws: Clients) -> None:
    queue = Queue(aws, "jobs.fifo")

    assert fault_of(queue.send, "a", group="a") == ("InvalidParameterValue", NO_ID)
    assert fault_of(queue.send, "a", id="x") == (
        "MissingParameter",
        "The request must contain the parameter MessageGroupId.",
    )
    entries = [
        {"Id": "1", "MessageBody": "a", "MessageGroupId": "a", "MessageDeduplicationId": "x"},
        {"Id": "2", "MessageBody": "a", "MessageGroupId": "a"},
    ]
    batch = fault_of(queue.sqs.send_message_batch, QueueUrl=queue.url, Entries=entries)
    assert batch == ("InvalidParameterValue", NO_ID)
    assert queue.counts() == (0, 0, 0)


@pytest.mark.row("SQS-037")
def test_one_group_is_one_order_for_one_consumer(fifo: Queue) -> None:
    for number in range(5):
        fifo.send(str(number), group="everything")

    assert fifo.bodies(3) == ["0", "1", "2"]
    assert fifo.bodies(3) == []


@pytest.mark.row("SQS-036")
def test_a_message_has_no_delay_of_its_own(fifo: Queue) -> None:
    assert fault_of(fifo.send, "a", group="a", DelaySeconds=2) == (
        "InvalidParameterValue",
        "Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for "
        "this queue type.",
    )


@pytest.mark.row("SQS-036", "SQS-011")
def test_the_queues_delay_holds_for_every_message(aws: Clients, clock: TestClock) -> None:
    queue = Queue(aws, "jobs.fifo", ContentBasedDeduplication=True, DelaySeconds=10)
    queue.send("one", group="a", DelaySeconds=0)
    clock.advance(4)
    queue.send("two", group="a")
    queue.send("three", group="b")

    assert (queue.counts(), queue.bodies(10)) == ((0, 0, 3), [])
    clock.advance(6)
    assert queue.counts() == (1, 0, 2)
    assert queue.bodies(10) == ["one"]
    clock.advance(4)
    assert queue.counts() == (2, 1, 0)
    assert queue.bodies(10) == ["three"]


@pytest.mark.row("SQS-036")
def test_a_changed_delay_counts_for_messages_that_are_there(aws: Clients) -> None:
    queue = Queue(aws, "jobs.fifo", ContentBasedDeduplication=True, DelaySeconds=900)
    queue.send("one", group="a")
    queue.set(DelaySeconds=0)

    assert queue.bodies(10) == ["one"]


@pytest.mark.row("SQS-038")
def test_a_group_with_a_message_in_flight_is_locked_and_others_flow(fifo: Queue) -> None:
    fifo.send("A1", group="A")
    fifo.send("A2", group="A")
    fifo.send("B1", group="B")

    (first,) = fifo.receive()
    assert first["Body"] == "A1"
    assert fifo.bodies(10) == ["B1"]
    assert fifo.bodies(10) == []
    fifo.delete(first)
    assert fifo.bodies(10) == ["A2"]


@pytest.mark.row("SQS-038")
def test_one_receive_gives_several_of_a_group_in_order_and_other_groups(fifo: Queue) -> None:
    for body in ("A1", "B1", "A2"):
        fifo.send(body, group=body[0])

    assert fifo.bodies(10) == ["A1", "A2", "B1"]


@pytest.mark.row("SQS-038")
def test_a_group_is_locked_until_the_last_of_its_messages_is_back_or_gone(fifo: Queue, clock: TestClock) -> None:
    for number in "1234":
        fifo.send(number, group="A")
    one, two, three = fifo.receive(3)

    fifo.delete(one)
    fifo.hide(two, 0)
    assert fifo.counts() == (2, 1, 0)
    assert fifo.bodies(10) == []
    clock.advance(30)
    assert fifo.bodies(10) == ["2", "3", "4"]
    assert three["Body"] == "3"


@pytest.mark.row("SQS-033", "SQS-041")
def test_a_message_that_comes_back_comes_before_those_behind_it(fifo: Queue, clock: TestClock) -> None:
    fifo.send("1", group="A")
    fifo.receive()
    fifo.send("2", group="A")
    clock.advance(30)

    assert fifo.bodies(10) == ["1", "2"]


@pytest.mark.row("SQS-039")
def test_a_hundred_groups_serve_a_hundred_consumers(fifo: Queue) -> None:
    for number in range(3):
        for truck in range(100):
            fifo.send(f"{truck}:{number}", group=f"truck-{truck}")

    for number in range(3):
        held = [fifo.receive()[0] for _ in range(100)]
        assert sorted(message["Body"] for message in held) == sorted(f"{truck}:{number}" for truck in range(100))
        assert fifo.bodies(10) == []
        fifo.delete(*held)
    assert fifo.counts() == (0, 0, 0)


@pytest.mark.row("SQS-038")
def test_locked_groups_are_passed_over_whatever_waits_in_them(fifo: Queue) -> None:
    for start in range(0, 300, 10):
        entries = [{"Id": str(n), "MessageBody": str(start + n), "MessageGroupId": "long"} for n in range(10)]
        fifo.sqs.send_message_batch(QueueUrl=fifo.url, Entries=entries)
    fifo.receive()
    fifo.send("short", group="short")

    assert fifo.bodies() == ["short"]


@pytest.mark.row("SQS-038")
def test_a_receive_that_is_asked_for_again_gives_the_same_deliveries(fifo: Queue, clock: TestClock) -> None:
    for number in "123":
        fifo.send(number, group="A")
    first = fifo.receive(2, ReceiveRequestAttemptId="try")
    clock.advance(20)

    again = fifo.receive(2, ReceiveRequestAttemptId="try", AttributeNames=["All"])

    assert [m["ReceiptHandle"] for m in again] == [m["ReceiptHandle"] for m in first]
    assert {m["Attributes"]["ApproximateReceiveCount"] for m in again} == {"1"}
    clock.advance(20)
    assert fifo.bodies(10) == []
    fifo.delete(first[0])
    assert fifo.bodies(2, ReceiveRequestAttemptId="try") == []


def test_an_attempt_is_forgotten_once_its_messages_are_visible_again(fifo: Queue, clock: TestClock) -> None:
    fifo.send("1", group="A")
    (first,) = fifo.receive(ReceiveRequestAttemptId="try")
    clock.advance(30)

    (second,) = fifo.receive(ReceiveRequestAttemptId="try")

    assert second["ReceiptHandle"] != first["ReceiptHandle"]


def test_a_standard_queue_knows_no_receive_attempts(aws: Clients) -> None:
    queue = Queue(aws, "jobs")

    assert fault_of(queue.receive, ReceiveRequestAttemptId="try") == (
        "InvalidParameterValue",
        "Value try for parameter ReceiveRequestAttemptId is invalid. Reason: The request include parameter that is "
        "not valid for this queue type.",
    )


@pytest.mark.row("SQS-034")
@pytest.mark.parametrize("name", ["", "x" * 129, "a b", "ü"])
def test_ids_of_groups_and_of_deduplication_have_one_rule(fifo: Queue, name: str) -> None:
    reason = "can only include alphanumeric and punctuation characters. 1 to 128 in length."

    assert fault_of(fifo.send, "a", group="a", id=name) == (
        "InvalidParameterValue",
        f"Value {name} for parameter MessageDeduplicationId is invalid. Reason: MessageDeduplicationId {reason}",
    )
    assert fault_of(fifo.send, "a", group=name, id="x") == (
        "InvalidParameterValue",
        f"Value {name} for parameter MessageGroupId is invalid. Reason: MessageGroupId {reason}",
    )


@pytest.mark.row("SQS-032")
def test_rates_are_limited_only_where_limits_are_real(harness: CloudThread) -> None:
    cloud = harness.start(limits="real")
    queue = Queue(Clients(cloud), "jobs.fifo", ContentBasedDeduplication=True)

    entries = [{"Id": str(n), "MessageBody": str(n), "MessageGroupId": "a"} for n in range(10)]
    for _ in range(300):
        queue.sqs.send_message_batch(QueueUrl=queue.url, Entries=entries)
    code, _ = fault_of(queue.send, "one too many", group="a")
    queue.receive()
    cloud.clock.advance(1)
    queue.send("in time", group="a")

    assert code == "RequestThrottled"
    cloud.stop()


@pytest.mark.row("SQS-032")
def test_nobody_is_throttled_otherwise(fifo: Queue) -> None:
    for number in range(310):
        fifo.send(str(number), group="a")

    assert fifo.counts() == (310, 0, 0)


@pytest.mark.row("SQS-032")
def test_a_rate_set_by_hand_holds(cloud: RunningCloud, fifo: Queue) -> None:
    set_limit(cloud, "sqs.fifo-calls-per-second", 1)

    fifo.send("a", group="a")

    assert fault_of(fifo.send, "b", group="a")[0] == "RequestThrottled"


def test_sequence_numbers_have_20_digits_and_rise() -> None:
    numbers = [sequence_number(seq) for seq in (1, 2, 3, 10**12)]

    assert {len(number) for number in numbers} == {20}
    assert numbers == sorted(numbers)


def test_identifiers_are_letters_digits_and_punctuation() -> None:
    assert is_identifier("".join(chr(code) for code in range(33, 127)))
    assert not any(is_identifier(text) for text in ("", " ", "a\n", "é", "a" * 129))


def test_where_earlier_ids_are_looked_for_follows_the_scope() -> None:
    assert deduplication_scopes("g", by_group=False, rescoped=False) == ("",)
    assert deduplication_scopes("g", by_group=True, rescoped=False) == ("g",)
    assert deduplication_scopes("g", by_group=True, rescoped=True) == ("g", "")
    assert deduplication_scopes("g", by_group=False, rescoped=True) == ("", "g")
