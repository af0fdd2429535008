"""Making, finding, listing, emptying and deleting queues."""

import time
from pathlib import Path

import pytest
from tests.conftest import Clients, CloudThread
from tests.operating import set_limit
from tests.running import RunningCloud, TestClock
from tests.services.sqs.asking import ACCOUNT, Queue, fault_of, status_of

from orrery.gateway.selection import Selection
from orrery.services.sqs.records import Due, Flight, Level, Message

NAME_RULE = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
FIFO_NAME_RULE = (
    "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
    "must end with .fifo suffix and be 1 to 80 in length."
)


@pytest.mark.row("SQS-001")
def test_the_url_is_made_of_the_requests_host_the_account_and_the_name(cloud: RunningCloud, aws: Clients) -> None:
    queue = Queue(aws, "jobs")

    assert queue.url == f"{cloud.url}/{ACCOUNT}/jobs"
    assert aws.sqs.get_queue_url(QueueName="jobs")["QueueUrl"] == queue.url


@pytest.mark.row("SQS-001")
def test_the_same_name_with_the_same_values_is_the_same_queue(aws: Clients) -> None:
    first = Queue(aws, "jobs", VisibilityTimeout=40)
    first.send("kept")

    assert Queue(aws, "jobs", VisibilityTimeout=40).url == first.url
    assert Queue(aws, "jobs").bodies() == ["kept"]


@pytest.mark.row("SQS-001")
@pytest.mark.parametrize(
    ("name", "first", "second", "named"),
    [
        ("jobs", {"DelaySeconds": "1"}, {"DelaySeconds": "2"}, "DelaySeconds"),
        ("jobs", {}, {"VisibilityTimeout": "31"}, "VisibilityTimeout"),
        ("jobs", {}, {"VisibilityTimeout": "30", "DelaySeconds": "5"}, "DelaySeconds"),
        (
            "jobs.fifo",
            {"FifoQueue": "true"},
            {"FifoQueue": "true", "ContentBasedDeduplication": "true"},
            "ContentBasedDeduplication",
        ),
    ],
)
def test_the_same_name_with_another_value_is_refused(
    aws: Clients, name: str, first: dict[str, str], second: dict[str, str], named: str
) -> None:
    aws.sqs.create_queue(QueueName=name, Attributes=first)

    fault = fault_of(aws.sqs.create_queue, QueueName=name, Attributes=second)

    message = f"A queue already exists with the same name and a different value for attribute {named}"
    assert fault == ("QueueAlreadyExists", message)


@pytest.mark.row("SQS-001")
@pytest.mark.parametrize("name", ["", "a" * 81, "sp ace", "dot.ted", "ü", "jobs.fifo"])
def test_a_standard_queues_name_is_1_to_80_letters_digits_hyphens_underscores(aws: Clients, name: str) -> None:
    assert fault_of(aws.sqs.create_queue, QueueName=name) == ("InvalidParameterValue", NAME_RULE)


@pytest.mark.row("SQS-001")
def test_the_longest_names_are_accepted(aws: Clients) -> None:
    aws.sqs.create_queue(QueueName="-_" * 40)
    aws.sqs.create_queue(QueueName="a" * 75 + ".fifo", Attributes={"FifoQueue": "true"})


@pytest.mark.row("SQS-001")
def test_a_queue_that_is_not_there_is_said_to_be_missing_by_every_operation(cloud: RunningCloud, aws: Clients) -> None:
    url = f"{cloud.url}/{ACCOUNT}/nowhere"
    missing = ("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
    entry = {"Id": "a", "ReceiptHandle": "x"}

    assert fault_of(aws.sqs.get_queue_url, QueueName="nowhere") == missing
    for call, more in (
        (aws.sqs.send_message, {"MessageBody": "a"}),
        (aws.sqs.send_message_batch, {"Entries": [{"Id": "a", "MessageBody": "a"}]}),
        (aws.sqs.receive_message, {}),
        (aws.sqs.delete_message, {"ReceiptHandle": "x"}),
        (aws.sqs.delete_message_batch, {"Entries": [entry]}),
        (aws.sqs.change_message_visibility, {"ReceiptHandle": "x", "VisibilityTimeout": 1}),
        (aws.sqs.change_message_visibility_batch, {"Entries": [{**entry, "VisibilityTimeout": 1}]}),
        (aws.sqs.get_queue_attributes, {"AttributeNames": ["All"]}),
        (aws.sqs.set_queue_attributes, {"Attributes": {"DelaySeconds": "1"}}),
        (aws.sqs.purge_queue, {}),
        (aws.sqs.delete_queue, {}),
        (aws.sqs.tag_queue, {"Tags": {"a": "b"}}),
        (aws.sqs.untag_queue, {"TagKeys": ["a"]}),
        (aws.sqs.list_queue_tags, {}),
        (aws.sqs.add_permission, {"Label": "a", "AWSAccountIds": [ACCOUNT], "Actions": ["*"]}),
        (aws.sqs.remove_permission, {"Label": "a"}),
        (aws.sqs.list_dead_letter_source_queues, {}),
    ):
        assert fault_of(call, QueueUrl=url, **more) == missing
        assert status_of(call, QueueUrl=url, **more) == 400


@pytest.mark.row("SQS-001")
def test_a_foreign_accounts_queue_is_not_ones_own(cloud: RunningCloud, aws: Clients) -> None:
    mine = Queue(aws, "jobs")
    other = aws.at(account="123456789012")

    assert fault_of(other.sqs.get_queue_url, QueueName="jobs")[0] == "AWS.SimpleQueueService.NonExistentQueue"
    assert other.sqs.create_queue(QueueName="jobs")["QueueUrl"] == f"{cloud.url}/123456789012/jobs"
    mine.send("for me")
    assert "Messages" not in other.sqs.receive_message(QueueUrl=f"{cloud.url}/123456789012/jobs")


@pytest.mark.row("SQS-001")
def test_regions_have_queues_of_their_own(aws: Clients) -> None:
    Queue(aws, "jobs").send("here")

    assert Queue(aws.at(region="eu-west-1"), "jobs").bodies() == []


@pytest.mark.row("SQS-031")
def test_fifo_queues_are_those_that_say_so_twice(aws: Clients) -> None:
    create = aws.sqs.create_queue

    assert fault_of(create, QueueName="x", Attributes={"FifoQueue": "true"}) == (
        "InvalidParameterValue",
        FIFO_NAME_RULE,
    )
    assert fault_of(create, QueueName="x.fifo") == ("InvalidParameterValue", NAME_RULE)
    unknown = ("InvalidAttributeName", "Unknown Attribute FifoQueue.")
    assert fault_of(create, QueueName="x", Attributes={"FifoQueue": "false"}) == unknown
    assert Queue(aws, "x.fifo").attributes("FifoQueue") == {"FifoQueue": "true"}


@pytest.mark.row("SQS-031")
def test_a_standard_queue_cannot_be_made_a_fifo_queue(aws: Clients) -> None:
    queue = Queue(aws, "x")

    assert fault_of(queue.set, FifoQueue=True) == ("InvalidAttributeName", "Unknown Attribute FifoQueue.")
    assert fault_of(queue.set, FifoQueue=False) == ("InvalidAttributeName", "Unknown Attribute FifoQueue.")


@pytest.mark.row("SQS-040")
def test_a_region_can_be_made_one_without_fifo_queues(cloud: RunningCloud, aws: Clients) -> None:
    set_limit(cloud, "sqs.fifo-queues", 0, region="eu-south-1")
    without = aws.at(region="eu-south-1")

    code, message = fault_of(without.sqs.create_queue, QueueName="x.fifo", Attributes={"FifoQueue": "true"})

    assert code == "AWS.SimpleQueueService.UnsupportedOperation"
    assert "sqs.fifo-queues" in message
    Queue(without, "x")
    Queue(aws, "x.fifo")


@pytest.mark.row("SQS-001", "SQS-043")
def test_a_name_rests_for_60_seconds_after_its_queue_was_deleted(aws: Clients, clock: TestClock) -> None:
    queue = Queue(aws, "jobs")
    queue.send("lost")
    aws.sqs.delete_queue(QueueUrl=queue.url)

    code, message = fault_of(aws.sqs.create_queue, QueueName="jobs")

    assert code == "AWS.SimpleQueueService.QueueDeletedRecently"
    assert message.startswith(
        "You must wait 60 seconds after deleting a queue before you can create another with the same name."
    )
    assert "sqs.delete-cooldown-seconds" in message
    Queue(aws.at(region="eu-west-1"), "jobs")
    clock.advance(61)
    assert Queue(aws, "jobs").counts() == (0, 0, 0)


@pytest.mark.row("SQS-043")
def test_the_rule_can_be_switched_off_and_the_new_queue_is_empty(cloud: RunningCloud, aws: Clients) -> None:
    set_limit(cloud, "sqs.delete-cooldown-seconds", 0)
    queue = Queue(aws, "jobs", DelaySeconds=7)
    queue.send("lost")
    aws.sqs.delete_queue(QueueUrl=queue.url)

    again = Queue(aws, "jobs")

    assert again.counts() == (0, 0, 0)
    assert again.attributes("DelaySeconds") == {"DelaySeconds": "0"}


@pytest.mark.row("SQS-029")
def test_purging_empties_a_queue_whatever_state_its_messages_are_in(aws: Clients, clock: TestClock) -> None:
    queue = Queue(aws, "jobs")
    for _ in range(3):
        queue.send("gone")
    queue.send("gone later", DelaySeconds=60)
    (held,) = queue.receive()

    aws.sqs.purge_queue(QueueUrl=queue.url)

    assert queue.counts() == (0, 0, 0)
    clock.advance(120)
    assert queue.bodies(10) == []
    queue.delete(held)
    queue.send("new")
    assert queue.bodies(10) == ["new"]


@pytest.mark.row("SQS-029")
def test_a_queue_is_purged_once_in_60_seconds(aws: Clients, clock: TestClock) -> None:
    queue = Queue(aws, "jobs")
    aws.sqs.purge_queue(QueueUrl=queue.url)

    code, message = fault_of(aws.sqs.purge_queue, QueueUrl=queue.url)

    assert code == "AWS.SimpleQueueService.PurgeQueueInProgress"
    assert message.startswith("Only one PurgeQueue operation on jobs is allowed every 60 seconds.")
    assert "sqs.purge-cooldown-seconds" in message
    assert status_of(aws.sqs.purge_queue, QueueUrl=queue.url) == 403
    clock.advance(61)
    aws.sqs.purge_queue(QueueUrl=queue.url)


@pytest.mark.row("SQS-029")
def test_a_purge_wakes_nobody_and_a_waiting_receive_gets_what_comes_after_it(aws: Clients) -> None:
    queue = Queue(aws, "jobs.fifo", ContentBasedDeduplication=True)
    queue.send("gone", group="a")
    queue.receive()
    aws.sqs.purge_queue(QueueUrl=queue.url)

    queue.send("here", group="a")

    assert queue.bodies(10, WaitTimeSeconds=1) == ["here"]


def test_a_purged_space_is_emptied_in_the_store(cloud: RunningCloud, aws: Clients, clock: TestClock) -> None:
    queue = Queue(aws, "jobs")
    for number in range(30):
        aws.sqs.send_message_batch(
            QueueUrl=queue.url, Entries=[{"Id": str(one), "MessageBody": "x" * 100} for one in range(10)]
        )
        queue.receive(number % 10 + 1)
    aws.sqs.delete_queue(QueueUrl=queue.url)

    clock.advance(61)

    kernel = cloud.cloud.kernel
    tx = cloud.do(lambda: kernel.read(kernel.place(ACCOUNT, "us-east-1")))
    for record in (Message, Flight, Due, Level):
        assert cloud.do(lambda record=record: tx.list(record)) == []  # type: ignore[misc]
    assert cloud.do(lambda: tx.any(Flight.by_due)) is False


@pytest.mark.row("SQS-001")
def test_queues_are_listed_by_prefix_in_the_order_of_names(aws: Clients) -> None:
    for name in ("b-2", "a", "b-1", "c"):
        Queue(aws, name)

    names = [url.rsplit("/", 1)[1] for url in aws.sqs.list_queues()["QueueUrls"]]
    with_prefix = [url.rsplit("/", 1)[1] for url in aws.sqs.list_queues(QueueNamePrefix="b-")["QueueUrls"]]

    assert names == ["a", "b-1", "b-2", "c"]
    assert with_prefix == ["b-1", "b-2"]
    assert "QueueUrls" not in aws.sqs.list_queues(QueueNamePrefix="z")


def test_lists_of_queues_come_in_pages_when_a_size_is_asked_for(aws: Clients) -> None:
    for number in range(5):
        Queue(aws, f"q{number}")

    first = aws.sqs.list_queues(MaxResults=2)
    second = aws.sqs.list_queues(MaxResults=2, NextToken=first["NextToken"])
    paged = aws.sqs.get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 2})

    assert [url[-2:] for url in first["QueueUrls"] + second["QueueUrls"]] == ["q0", "q1", "q2", "q3"]
    assert [url[-2:] for page in paged for url in page["QueueUrls"]] == ["q0", "q1", "q2", "q3", "q4"]
    assert "NextToken" not in aws.sqs.list_queues()
    assert fault_of(aws.sqs.list_queues, MaxResults=2, NextToken="made-up")[0] == "InvalidParameterValue"
    for size in (0, 1001):
        assert fault_of(aws.sqs.list_queues, MaxResults=size)[0] == "InvalidParameterValue"


@pytest.mark.row("SQS-005")
def test_half_of_all_sends_and_receives_take_less_than_ten_milliseconds_of_the_server(
    cloud: RunningCloud, aws: Clients
) -> None:
    queue = Queue(aws, "jobs")
    took: dict[str, list[float]] = {"send": [], "receive": []}

    for _ in range(200):
        started = time.thread_time()
        queue.send("body")
        took["send"].append(time.thread_time() - started)
        queue.receive()
    entries = cloud.do(lambda: cloud.cloud.keeper.requests(400, Selection()))

    for operation in ("SendMessage", "ReceiveMessage"):
        times = sorted(entry["milliseconds"] for entry in entries if operation in str(entry["operation"]))
        assert times[len(times) // 2] < 10


@pytest.mark.row("SQS-004")
def test_queues_and_messages_in_every_state_survive_a_restart(harness: CloudThread, tmp_path: Path) -> None:
    first = harness.start(data_dir=str(tmp_path / "data"))
    aws = Clients(first)
    queue, ordered = Queue(aws, "jobs"), Queue(aws, "jobs.fifo", ContentBasedDeduplication=True)
    for body in ("held", "waiting", "late"):
        queue.send(body, DelaySeconds=900 if body == "late" else 0)
        ordered.send(body, group="a")
    (held,) = queue.receive(VisibilityTimeout=900)
    ordered.receive(VisibilityTimeout=900)
    first.stop()

    second = harness.start(data_dir=str(tmp_path / "data"))
    again, ordered_again = Queue(Clients(second), "jobs"), Queue(Clients(second), "jobs.fifo")

    assert again.counts() == (1, 1, 1)
    assert ordered_again.counts() == (2, 1, 0)
    assert ordered_again.bodies(10) == []
    assert again.bodies(10) == ["waiting"]
    again.delete(held)
    assert again.counts() == (0, 1, 1)
    sent = ordered_again.send("held", group="a")
    assert ordered_again.counts() == (2, 1, 0)
    assert sent["SequenceNumber"]
    second.clock.advance(900)
    assert again.bodies(10)[-1] == "late"
    assert ordered_again.bodies(10) == ["held", "waiting", "late"]
    second.stop()
