"""Move tasks: starting, listing, cancelling them, and what they do."""

import json
from base64 import b64decode, b64encode

import pytest
from tests.conftest import Clients
from tests.running import TestClock
from tests.services.sqs.asking import Queue, fault_of, status_of


def dead_letters(aws: Clients, clock: TestClock, *sources: str, count: int = 2) -> tuple[Queue, list[Queue]]:
    """A dead-letter queue with `count` messages of each source."""
    suffix = ".fifo" if sources[0].endswith(".fifo") else ""
    dead = Queue(aws, f"dead{suffix}")
    policy = {"deadLetterTargetArn": dead.arn, "maxReceiveCount": 1}
    queues = [Queue(aws, name, RedrivePolicy=policy) for name in sources]
    for queue in queues:
        for number in range(count):
            ids = {"group": "g", "id": f"{queue.name}{number}"} if suffix else {}
            queue.send(f"{queue.name} {number}", **ids)
        for _ in range(count):
            queue.receive(10)
    clock.advance(31)
    for queue in queues:
        while queue.receive(10):
            clock.advance(31)
    return dead, queues


def tasks(queue: Queue, most: int = 10) -> list[dict[str, object]]:
    found: list[dict[str, object]] = queue.sqs.list_message_move_tasks(SourceArn=queue.arn, MaxResults=most)["Results"]
    return found


@pytest.mark.row("SQS-023")
def test_messages_go_back_to_the_queues_they_came_from_as_new_ones(aws: Clients, clock: TestClock) -> None:
    dead, (one, two) = dead_letters(aws, clock, "one", "two")
    dead_ids = {message["MessageId"] for message in dead.receive(10, VisibilityTimeout=0)}
    clock.advance(100)

    handle = aws.sqs.start_message_move_task(SourceArn=dead.arn)["TaskHandle"]
    clock.advance(0.5)

    assert handle
    (task,) = tasks(dead)
    started = task.pop("StartedTimestamp")
    assert started == clock.now() - 500
    assert task == {
        "Status": "COMPLETED",
        "SourceArn": dead.arn,
        "ApproximateNumberOfMessagesMoved": 4,
        "ApproximateNumberOfMessagesToMove": 4,
    }
    assert (dead.counts(), one.counts(), two.counts()) == ((0, 0, 0), (2, 0, 0), (2, 0, 0))
    messages = one.receive(10, AttributeNames=["All"])
    assert sorted(message["Body"] for message in messages) == ["one 0", "one 1"]
    for message in messages:
        assert message["MessageId"] not in dead_ids
        assert message["Attributes"]["ApproximateReceiveCount"] == "1"
        assert message["Attributes"]["SentTimestamp"] == str(started)
        assert "DeadLetterQueueSourceArn" not in message["Attributes"]


@pytest.mark.row("SQS-023")
def test_a_destination_takes_everything(aws: Clients, clock: TestClock) -> None:
    dead, (one,) = dead_letters(aws, clock, "one")
    dead.send("straight into it")
    other = Queue(aws, "other")

    aws.sqs.start_message_move_task(SourceArn=dead.arn, DestinationArn=other.arn)
    clock.advance(0)

    assert (dead.counts(), one.counts(), other.counts()) == ((0, 0, 0), (0, 0, 0), (3, 0, 0))
    assert tasks(dead)[0]["DestinationArn"] == other.arn


@pytest.mark.row("SQS-023")
def test_a_throttled_task_moves_so_many_a_second_and_can_be_cancelled(aws: Clients, clock: TestClock) -> None:
    dead, (one,) = dead_letters(aws, clock, "one", count=10)

    start = aws.sqs.start_message_move_task(SourceArn=dead.arn, MaxNumberOfMessagesPerSecond=1)
    clock.advance(1.5)
    (running,) = tasks(dead)
    cancelled = aws.sqs.cancel_message_move_task(TaskHandle=start["TaskHandle"])
    clock.advance(60)

    assert running["Status"] == "RUNNING"
    assert running["TaskHandle"] == start["TaskHandle"]
    assert running["MaxNumberOfMessagesPerSecond"] == 1
    assert running["ApproximateNumberOfMessagesMoved"] == cancelled["ApproximateNumberOfMessagesMoved"] == 2
    assert running["ApproximateNumberOfMessagesToMove"] == 10
    (after,) = tasks(dead)
    assert after["Status"] == "CANCELLED"
    assert "TaskHandle" not in after
    assert (dead.counts(), one.counts()) == ((8, 0, 0), (2, 0, 0))
    assert fault_of(aws.sqs.cancel_message_move_task, TaskHandle=start["TaskHandle"]) == (
        "ResourceNotFoundException",
        "Task does not exist.",
    )


@pytest.mark.row("SQS-023")
def test_a_throttled_task_ends_in_its_time(aws: Clients, clock: TestClock) -> None:
    dead, (one,) = dead_letters(aws, clock, "one", count=6)

    aws.sqs.start_message_move_task(SourceArn=dead.arn, MaxNumberOfMessagesPerSecond=2)
    clock.advance(1.9)
    assert one.counts() == (4, 0, 0)
    clock.advance(0.1)

    assert one.counts() == (6, 0, 0)
    assert tasks(dead)[0]["Status"] == "COMPLETED"


@pytest.mark.row("SQS-023")
def test_a_task_wakes_those_who_wait_for_what_it_moves(aws: Clients, clock: TestClock) -> None:
    dead, (one,) = dead_letters(aws, clock, "one", count=1)

    aws.sqs.start_message_move_task(SourceArn=dead.arn)

    assert one.bodies(10, WaitTimeSeconds=5) == ["one 0"]


@pytest.mark.row("SQS-023")
def test_one_task_at_a_time_runs_on_a_queue(aws: Clients, clock: TestClock) -> None:
    dead, _ = dead_letters(aws, clock, "one")
    aws.sqs.start_message_move_task(SourceArn=dead.arn, MaxNumberOfMessagesPerSecond=1)

    assert fault_of(aws.sqs.start_message_move_task, SourceArn=dead.arn) == (
        "InvalidParameterValue",
        "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
    )


@pytest.mark.row("SQS-023")
def test_the_ten_latest_tasks_are_listed_newest_first_and_one_unless_asked(aws: Clients, clock: TestClock) -> None:
    dead, _ = dead_letters(aws, clock, "one")
    started = []
    for _ in range(12):
        started.append(clock.now())
        aws.sqs.start_message_move_task(SourceArn=dead.arn)
        clock.advance(1)

    assert [task["StartedTimestamp"] for task in tasks(dead)] == started[:1:-1]
    bare = aws.sqs.list_message_move_tasks(SourceArn=dead.arn)["Results"]
    assert [task["StartedTimestamp"] for task in bare] == started[-1:]
    for most in (0, 11):
        assert fault_of(tasks, dead, most)[0] == "InvalidParameterValue"


@pytest.mark.row("SQS-023")
def test_a_message_without_a_source_fails_the_task_and_stays(aws: Clients, clock: TestClock) -> None:
    dead, (one,) = dead_letters(aws, clock, "one")
    dead.send("straight into it")

    aws.sqs.start_message_move_task(SourceArn=dead.arn)
    clock.advance(1)

    (task,) = tasks(dead)
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")
    assert (dead.counts(), one.counts()) == ((1, 0, 0), (2, 0, 0))
    assert dead.receive(AttributeNames=["All"])[0]["Attributes"]["ApproximateReceiveCount"] == "1"


@pytest.mark.row("SQS-023")
def test_a_source_that_is_gone_fails_the_task(aws: Clients, clock: TestClock) -> None:
    dead, (one,) = dead_letters(aws, clock, "one")
    Queue(aws, "two", RedrivePolicy={"deadLetterTargetArn": dead.arn, "maxReceiveCount": 1})
    aws.sqs.delete_queue(QueueUrl=one.url)

    aws.sqs.start_message_move_task(SourceArn=dead.arn)
    clock.advance(1)

    assert tasks(dead)[0]["Status"] == "FAILED"
    assert dead.counts() == (2, 0, 0)


@pytest.mark.row("SQS-023", "SQS-041")
def test_a_fifo_queues_dead_letters_go_back_in_their_order(aws: Clients, clock: TestClock) -> None:
    dead, (one,) = dead_letters(aws, clock, "one.fifo", count=3)
    assert dead.counts() == (3, 0, 0)

    aws.sqs.start_message_move_task(SourceArn=dead.arn)
    clock.advance(1)

    assert one.bodies(10) == ["one.fifo 0", "one.fifo 1", "one.fifo 2"]
    assert dead.counts() == (0, 0, 0)


@pytest.mark.row("SQS-023")
def test_what_cannot_be_started_is_refused(aws: Clients, clock: TestClock) -> None:
    dead, (one,) = dead_letters(aws, clock, "one")
    ordered = Queue(aws, "ordered.fifo")
    start = aws.sqs.start_message_move_task

    assert fault_of(start, SourceArn=one.arn) == (
        "InvalidParameterValue",
        "Source queue must be configured as a Dead Letter Queue.",
    )
    assert fault_of(start, SourceArn="dead")[0] == "InvalidParameterValue"
    for arguments, parameter in (
        ({"SourceArn": dead.arn + "x"}, "SourceArn"),
        ({"SourceArn": dead.arn, "DestinationArn": dead.arn + "x"}, "DestinationArn"),
    ):
        message = f"The resource that you specified for the {parameter} parameter doesn't exist."
        assert fault_of(start, **arguments) == ("ResourceNotFoundException", message)
        assert status_of(start, **arguments) == 404
    for destination in (dead.arn, ordered.arn):
        assert fault_of(start, SourceArn=dead.arn, DestinationArn=destination)[0] == "InvalidParameterValue"
    for rate in (0, 501):
        fault = fault_of(start, SourceArn=dead.arn, MaxNumberOfMessagesPerSecond=rate)
        assert fault[0] == "InvalidParameterValue"
    assert tasks(dead) == []


@pytest.mark.row("SQS-023")
def test_task_handles_are_checked(aws: Clients, clock: TestClock) -> None:
    dead, _ = dead_letters(aws, clock, "one")
    cancel = aws.sqs.cancel_message_move_task
    known = json.loads(
        b64decode(aws.sqs.start_message_move_task(SourceArn=dead.arn, MaxNumberOfMessagesPerSecond=1)["TaskHandle"])
    )

    for handle in ("foobared", "e30=", b64encode(b'{"taskId": "a", "sourceArn": "b"}').decode()):
        fault = ("InvalidParameterValue", "Value for parameter TaskHandle is invalid.")
        assert fault_of(cancel, TaskHandle=handle) == fault
    unknown = b64encode(json.dumps({**known, "taskId": "10f57157-fc43-4011-9217-0c6fd6b78fb9"}).encode()).decode()
    assert fault_of(cancel, TaskHandle=unknown) == ("ResourceNotFoundException", "Task does not exist.")
    assert status_of(cancel, TaskHandle=unknown) == 404
    nowhere = b64encode(json.dumps({**known, "sourceArn": dead.arn + "x"}).encode()).decode()
    assert fault_of(cancel, TaskHandle=nowhere)[0] == "ResourceNotFoundException"
