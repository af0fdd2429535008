"""Batches: their rules, their sizes, their partial failures."""

from typing import Any

import pytest
from tests.conftest import Clients
from tests.operating import set_era
from tests.running import RunningCloud, TestClock
from tests.services.sqs.asking import Queue, fault_of

PREFIX = "AWS.SimpleQueueService."


@pytest.fixture
def jobs(aws: Clients) -> Queue:
    return Queue(aws, "jobs")


def batch(queue: Queue, *entries: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = queue.sqs.send_message_batch(QueueUrl=queue.url, Entries=list(entries))
    return answer


def entry(name: str, body: str, **more: Any) -> dict[str, Any]:
    return {"Id": name, "MessageBody": body, **more}


@pytest.mark.row("SQS-010")
def test_a_batch_answers_for_each_entry_and_names_no_failures_when_there_are_none(jobs: Queue) -> None:
    attributes = {"attr": {"DataType": "String", "StringValue": "value"}}

    answer = batch(jobs, entry("1", "a", MessageAttributes=attributes), entry("2", "b"))

    assert "Failed" not in answer
    first, second = answer["Successful"]
    assert set(first) == {"Id", "MessageId", "MD5OfMessageBody", "MD5OfMessageAttributes"}
    assert set(second) == {"Id", "MessageId", "MD5OfMessageBody"}
    assert (second["Id"], second["MD5OfMessageBody"]) == ("2", "92eb5ffee6ae2fec3ad71c777531578f")
    assert jobs.bodies(10) == ["a", "b"]


@pytest.mark.row("SQS-010")
@pytest.mark.parametrize(
    ("ids", "code", "message"),
    [
        ([], "EmptyBatchRequest", "There should be at least one {} in the request."),
        (
            [str(n) for n in range(20)],
            "TooManyEntriesInBatchRequest",
            "Maximum number of entries per request are 10. You have sent 20.",
        ),
        (["a", "a"], "BatchEntryIdsNotDistinct", "Id a repeated."),
        (
            ["a", "b c"],
            "InvalidBatchEntryId",
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
            "It can be at most 80 letters long.",
        ),
        (
            ["x" * 81],
            "InvalidBatchEntryId",
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
            "It can be at most 80 letters long.",
        ),
    ],
)
def test_every_kind_of_batch_has_the_same_rules(jobs: Queue, ids: list[str], code: str, message: str) -> None:
    sqs = jobs.sqs
    for call, kind, more in (
        (sqs.send_message_batch, "SendMessage", {"MessageBody": "a"}),
        (sqs.delete_message_batch, "DeleteMessage", {"ReceiptHandle": "a"}),
        (
            sqs.change_message_visibility_batch,
            "ChangeMessageVisibility",
            {"ReceiptHandle": "a", "VisibilityTimeout": 1},
        ),
    ):
        fault = fault_of(call, QueueUrl=jobs.url, Entries=[{"Id": name, **more} for name in ids])

        assert fault == (PREFIX + code, message.format(f"{kind}BatchRequestEntry"))
    assert jobs.counts() == (0, 0, 0)


@pytest.mark.row("SQS-010")
def test_a_batch_has_at_most_one_mebibyte_whatever_the_queues_own_limit(aws: Clients, jobs: Queue) -> None:
    small = Queue(aws, "small", MaximumMessageSize=1024)
    half = "x" * 524_288

    assert len(batch(jobs, entry("1", half), entry("2", half))["Successful"]) == 2
    for queue in (jobs, small):
        assert fault_of(batch, queue, entry("1", half), entry("2", half + "x")) == (
            PREFIX + "BatchRequestTooLong",
            "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.",
        )


@pytest.mark.row("SQS-010")
def test_attributes_count_to_a_batchs_size(jobs: Queue) -> None:
    half = "x" * 524_288
    attributes = {"a": {"DataType": "String", "StringValue": "b"}}

    code, message = fault_of(batch, jobs, entry("1", half), entry("2", half, MessageAttributes=attributes))

    assert code == PREFIX + "BatchRequestTooLong"
    assert message.endswith("You have sent 1048584 bytes.")


@pytest.mark.row("SQS-010")
def test_batches_of_2020_were_smaller(cloud: RunningCloud, jobs: Queue) -> None:
    set_era(cloud, "notes2020")

    code, message = fault_of(batch, jobs, entry("1", "x" * 131_072), entry("2", "x" * 131_073))

    assert code == PREFIX + "BatchRequestTooLong"
    assert message == "Batch requests cannot be longer than 262144 bytes. You have sent 262145 bytes."


@pytest.mark.row("SQS-010")
def test_an_entry_over_the_queues_limit_fails_alone(aws: Clients) -> None:
    queue = Queue(aws, "small", MaximumMessageSize=1024)

    answer = batch(queue, entry("long", "x" * 1025), entry("short", "x" * 1000), entry("fits", "x" * 1000))

    assert answer["Failed"] == [
        {
            "Id": "long",
            "SenderFault": True,
            "Code": "InvalidParameterValue",
            "Message": "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.",
        }
    ]
    assert [one["Id"] for one in answer["Successful"]] == ["short", "fits"]
    assert queue.counts() == (2, 0, 0)


@pytest.mark.row("SQS-010")
def test_a_batch_may_fail_as_a_whole_entry_by_entry(jobs: Queue) -> None:
    answer = batch(jobs, entry("a", "x", DelaySeconds=901), entry("b", "\x00"))

    assert "Successful" not in answer
    assert [(one["Id"], one["Code"]) for one in answer["Failed"]] == [
        ("a", "InvalidParameterValue"),
        ("b", "InvalidMessageContents"),
    ]


@pytest.mark.row("SQS-010", "SQS-034")
def test_a_fifo_batch_keeps_order_and_deduplicates_within_itself(aws: Clients) -> None:
    queue = Queue(aws, "jobs.fifo", ContentBasedDeduplication=True)

    answer = batch(queue, *(entry(str(n), body, MessageGroupId="g") for n, body in enumerate("abac")))

    ids = [one["MessageId"] for one in answer["Successful"]]
    assert ids[0] == ids[2]
    assert queue.bodies(10) == ["a", "b", "c"]


@pytest.mark.row("SQS-010", "SQS-015")
def test_deletions_and_changes_fail_and_succeed_for_themselves(jobs: Queue, clock: TestClock) -> None:
    batch(jobs, entry("1", "a"), entry("2", "b"))
    one, two = jobs.receive(10)
    sqs = jobs.sqs

    changed = sqs.change_message_visibility_batch(
        QueueUrl=jobs.url,
        Entries=[
            {"Id": "ok", "ReceiptHandle": one["ReceiptHandle"], "VisibilityTimeout": 100},
            {"Id": "long", "ReceiptHandle": one["ReceiptHandle"], "VisibilityTimeout": 43201},
            {"Id": "bad", "ReceiptHandle": "garbage", "VisibilityTimeout": 100},
        ],
    )
    clock.advance(50)
    deleted = sqs.delete_message_batch(
        QueueUrl=jobs.url,
        Entries=[
            {"Id": "ok", "ReceiptHandle": two["ReceiptHandle"]},
            {"Id": "bad", "ReceiptHandle": "garbage"},
        ],
    )

    assert changed["Successful"] == deleted["Successful"] == [{"Id": "ok"}]
    assert [(f["Id"], f["Code"]) for f in changed["Failed"]] == [
        ("long", "InvalidParameterValue"),
        ("bad", "ReceiptHandleIsInvalid"),
    ]
    assert [(f["Id"], f["Code"], f["SenderFault"]) for f in deleted["Failed"]] == [
        ("bad", "ReceiptHandleIsInvalid", True)
    ]
    assert jobs.counts() == (0, 1, 0)
