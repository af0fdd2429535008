"""Deleting messages and changing how long they are hidden, by receipt handles good, stale and bad."""

import pytest
from tests.conftest import Clients
from tests.running import TestClock
from tests.services.sqs.asking import Queue, fault_of


@pytest.fixture
def jobs(aws: Clients) -> Queue:
    return Queue(aws, "jobs")


@pytest.fixture
def fifo(aws: Clients) -> Queue:
    return Queue(aws, "jobs.fifo", ContentBasedDeduplication=True)


GONE = "Message does not exist or is not available for visibility timeout change."


@pytest.mark.row("SQS-015")
def test_a_deleted_message_never_comes_again(jobs: Queue, clock: TestClock) -> None:
    jobs.send("once")
    (message,) = jobs.receive()

    jobs.delete(message)

    assert jobs.counts() == (0, 0, 0)
    clock.advance(3600)
    assert jobs.bodies() == []
    jobs.delete(message)


@pytest.mark.row("SQS-015")
@pytest.mark.parametrize("handle", ["garbage", "AQEB", "YWJj", "ü", " "])
def test_what_is_no_receipt_handle_is_invalid(jobs: Queue, handle: str) -> None:
    fault = ("ReceiptHandleIsInvalid", f'The input receipt handle "{handle}" is not a valid receipt handle.')

    assert fault_of(jobs.sqs.delete_message, QueueUrl=jobs.url, ReceiptHandle=handle) == fault
    change = jobs.sqs.change_message_visibility
    assert fault_of(change, QueueUrl=jobs.url, ReceiptHandle=handle, VisibilityTimeout=1) == fault


@pytest.mark.row("SQS-015")
def test_a_handle_that_was_tampered_with_is_invalid(jobs: Queue) -> None:
    jobs.send("once")
    handle = jobs.receive()[0]["ReceiptHandle"]
    other = ("B" if handle[10] == "A" else "A").join((handle[:10], handle[11:]))

    assert fault_of(jobs.sqs.delete_message, QueueUrl=jobs.url, ReceiptHandle=other)[0] == "ReceiptHandleIsInvalid"


@pytest.mark.row("SQS-015")
def test_another_queues_handle_deletes_nothing(aws: Clients, jobs: Queue) -> None:
    other = Queue(aws, "other")
    for queue in (jobs, other):
        queue.send("once")
    (message,) = jobs.receive()
    other.receive()

    other.delete(message)

    assert jobs.counts() == other.counts() == (0, 1, 0)


@pytest.mark.row("SQS-016")
def test_a_message_that_is_visible_again_can_still_be_deleted_by_its_handle(jobs: Queue, clock: TestClock) -> None:
    jobs.send("once")
    (message,) = jobs.receive(VisibilityTimeout=1)
    clock.advance(2)

    jobs.delete(message)

    assert jobs.counts() == (0, 0, 0)
    assert jobs.bodies() == []


@pytest.mark.row("SQS-016")
def test_a_handle_that_a_later_receive_replaced_deletes_nothing_and_says_nothing(jobs: Queue, clock: TestClock) -> None:
    jobs.send("once")
    (first,) = jobs.receive()
    clock.advance(31)
    (second,) = jobs.receive()

    jobs.delete(first)
    clock.advance(31)
    (third,) = jobs.receive()
    assert third["MessageId"] == second["MessageId"]
    jobs.delete(third)
    clock.advance(31)
    assert jobs.bodies() == []


@pytest.mark.row("SQS-016")
def test_a_fifo_queue_refuses_a_handle_whose_time_is_over(fifo: Queue, clock: TestClock) -> None:
    fifo.send("once", group="a")
    (first,) = fifo.receive()
    clock.advance(30)
    reason = "The receipt handle has expired."
    expired = f"Value {first['ReceiptHandle']} for parameter ReceiptHandle is invalid. Reason: {reason}"

    assert fault_of(fifo.delete, first) == ("InvalidParameterValue", expired)
    assert fault_of(fifo.hide, first, 10) == ("InvalidParameterValue", expired)
    (second,) = fifo.receive()
    assert fault_of(fifo.delete, first) == ("InvalidParameterValue", expired)
    fifo.delete(second)
    fifo.delete(second)
    assert fifo.counts() == (0, 0, 0)


@pytest.mark.row("SQS-019")
def test_a_timeout_is_extended_and_shortened(jobs: Queue, clock: TestClock) -> None:
    jobs.send("once")
    (message,) = jobs.receive()
    clock.advance(20)

    jobs.hide(message, 60)
    clock.advance(59)
    assert jobs.counts() == (0, 1, 0)
    assert jobs.bodies() == []
    jobs.hide(message, 5)
    clock.advance(5)
    assert jobs.counts() == (1, 0, 0)
    assert jobs.bodies() == ["once"]


@pytest.mark.row("SQS-019")
def test_a_timeout_of_0_gives_a_message_back_at_once(jobs: Queue) -> None:
    jobs.send("once")
    (message,) = jobs.receive()

    jobs.hide(message, 0)

    assert jobs.counts() == (1, 0, 0)
    assert jobs.bodies() == ["once"]


@pytest.mark.row("SQS-019")
def test_a_message_that_is_visible_again_can_be_hidden_until_another_receive(jobs: Queue, clock: TestClock) -> None:
    jobs.send("once")
    (first,) = jobs.receive(VisibilityTimeout=2)
    clock.advance(3)

    jobs.hide(first, 30)
    assert jobs.bodies() == []
    clock.advance(30)
    (second,) = jobs.receive()
    assert fault_of(jobs.hide, first, 10)[0] == "AWS.SimpleQueueService.MessageNotInflight"
    jobs.hide(second, 10)


@pytest.mark.row("SQS-019")
def test_a_deleted_message_cannot_be_hidden(jobs: Queue) -> None:
    jobs.send("once")
    (message,) = jobs.receive()
    jobs.delete(message)

    fault = fault_of(jobs.hide, message, 10)

    handle = message["ReceiptHandle"]
    assert fault == ("InvalidParameterValue", f"Value {handle} for parameter ReceiptHandle is invalid. Reason: {GONE}")


@pytest.mark.row("SQS-019")
def test_a_message_is_hidden_12_hours_in_all(jobs: Queue, clock: TestClock) -> None:
    jobs.send("once")
    (message,) = jobs.receive(VisibilityTimeout=3600)
    jobs.hide(message, 43200)
    clock.advance(60)

    fault = fault_of(jobs.hide, message, 43200)

    assert fault == (
        "InvalidParameterValue",
        "Value 43200 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is "
        "beyond the limit [43200 seconds].",
    )
    jobs.hide(message, 43140)


@pytest.mark.row("SQS-017", "SQS-019")
@pytest.mark.parametrize("seconds", [-1, 43201])
def test_a_timeout_is_0_to_12_hours(jobs: Queue, seconds: int) -> None:
    jobs.send("once")
    (message,) = jobs.receive()

    code, text = fault_of(jobs.hide, message, seconds)

    assert code == "InvalidParameterValue"
    assert text.startswith(f"Value {seconds} for parameter VisibilityTimeout is invalid.")


@pytest.mark.row("SQS-017")
def test_a_timeout_of_0_on_receive_hides_nothing_and_gives_a_message_once_a_call(jobs: Queue) -> None:
    jobs.send("again")

    assert jobs.bodies(10, VisibilityTimeout=0) == ["again"]
    assert jobs.counts() == (1, 0, 0)
    assert jobs.bodies(10, VisibilityTimeout=0) == ["again"]
    assert jobs.receive(AttributeNames=["All"])[0]["Attributes"]["ApproximateReceiveCount"] == "3"
