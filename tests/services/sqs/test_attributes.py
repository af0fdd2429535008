"""Attributes of queues: defaults, rules, what is shown and what is not."""

import json
from typing import Any

import pytest
from tests.conftest import Clients
from tests.operating import set_era
from tests.running import RunningCloud, TestClock
from tests.services.sqs.asking import ACCOUNT, Queue, fault_of

STANDARD = {
    "ApproximateNumberOfMessages": "0",
    "ApproximateNumberOfMessagesDelayed": "0",
    "ApproximateNumberOfMessagesNotVisible": "0",
    "DelaySeconds": "0",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "SqsManagedSseEnabled": "true",
    "VisibilityTimeout": "30",
}
FIFO = {
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoQueue": "true",
    "FifoThroughputLimit": "perQueue",
}


@pytest.mark.row("SQS-046")
@pytest.mark.parametrize(("name", "expected"), [("jobs", STANDARD), ("jobs.fifo", {**STANDARD, **FIFO})])
def test_a_new_queue_shows_its_defaults_and_nothing_else(
    aws: Clients, clock: TestClock, name: str, expected: dict[str, str]
) -> None:
    queue = Queue(aws, name)

    born = str(clock.now() // 1000)
    own = {
        "CreatedTimestamp": born,
        "LastModifiedTimestamp": born,
        "QueueArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}",
    }
    assert queue.attributes() == {**expected, **own}


def test_only_what_is_asked_for_is_shown(aws: Clients) -> None:
    queue = Queue(aws, "jobs")

    assert queue.attributes("QueueArn", "VisibilityTimeout") == {"QueueArn": queue.arn, "VisibilityTimeout": "30"}
    assert queue.attributes("Policy") == {}
    assert "Attributes" not in aws.sqs.get_queue_attributes(QueueUrl=queue.url)
    assert "Attributes" not in aws.sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=["Policy"])
    assert fault_of(queue.attributes, "Colour") == ("InvalidAttributeName", "Unknown Attribute Colour.")


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("DelaySeconds", ["0", "900"], ["-1", "901", "", "1.5", "x"]),
        ("MaximumMessageSize", ["1024", "1048576"], ["1023", "1048577"]),
        ("MessageRetentionPeriod", ["60", "1209600"], ["59", "1209601"]),
        ("ReceiveMessageWaitTimeSeconds", ["0", "20"], ["-1", "21"]),
        ("VisibilityTimeout", ["0", "43200"], ["-1", "43201"]),
        ("SqsManagedSseEnabled", ["true", "false"], ["yes", ""]),
        ("Policy", [""], ["{", "[]", "{}", '{"Version": "2012-10-17", "Statement": [{"Effect": "Maybe"}]}']),
    ],
)
@pytest.mark.row("SQS-002")
def test_values_are_taken_within_their_bounds(aws: Clients, name: str, good: list[str], bad: list[str]) -> None:
    queue = Queue(aws, "jobs")

    for value in good:
        queue.set(**{name: value})
        assert queue.attributes(name) == ({name: value} if value else {})
    for value in bad:
        fault = ("InvalidAttributeValue", f"Invalid value for the parameter {name}.")
        assert fault_of(queue.set, **{name: value}) == fault
        assert fault_of(aws.sqs.create_queue, QueueName="new", Attributes={name: value}) == fault


def test_policies_nested_without_end_are_refused_like_other_garbage(aws: Clients) -> None:
    queue = Queue(aws, "jobs")
    nested = "[" * 50_000

    assert fault_of(queue.set, Policy=nested)[0] == "InvalidAttributeValue"
    assert fault_of(queue.set, RedrivePolicy=nested)[0] == "InvalidParameterValue"


@pytest.mark.row("SQS-031")
@pytest.mark.parametrize(
    "name",
    [
        "QueueArn",
        "CreatedTimestamp",
        "ApproximateNumberOfMessages",
        "All",
        "Colour",
        "ContentBasedDeduplication",
        "DeduplicationScope",
        "FifoThroughputLimit",
    ],
)
def test_what_a_standard_queue_cannot_be_given_is_unknown(aws: Clients, name: str) -> None:
    queue = Queue(aws, "jobs")

    assert fault_of(queue.set, **{name: "true"}) == ("InvalidAttributeName", f"Unknown Attribute {name}.")


@pytest.mark.row("SQS-032")
def test_high_throughput_needs_deduplication_by_group(aws: Clients) -> None:
    queue = Queue(aws, "jobs.fifo")

    code, message = fault_of(queue.set, FifoThroughputLimit="perMessageGroupId")
    assert code == "InvalidAttributeValue"
    assert message.startswith("Invalid value for the parameter FifoThroughputLimit.")
    queue.set(FifoThroughputLimit="perMessageGroupId", DeduplicationScope="messageGroup")
    assert queue.attributes("FifoThroughputLimit", "DeduplicationScope") == {
        "FifoThroughputLimit": "perMessageGroupId",
        "DeduplicationScope": "messageGroup",
    }
    assert fault_of(queue.set, DeduplicationScope="queue")[0] == "InvalidAttributeValue"
    queue.set(FifoThroughputLimit="perQueue", DeduplicationScope="queue")
    for name in ("FifoThroughputLimit", "DeduplicationScope"):
        assert fault_of(queue.set, **{name: "perhaps"})[0] == "InvalidAttributeValue"


def test_the_strategy_of_content_based_deduplication_can_be_changed(aws: Clients) -> None:
    queue = Queue(aws, "jobs.fifo", ContentBasedDeduplication=True)

    assert queue.attributes("ContentBasedDeduplication") == {"ContentBasedDeduplication": "true"}
    queue.set(ContentBasedDeduplication=False)
    assert queue.attributes("ContentBasedDeduplication") == {"ContentBasedDeduplication": "false"}


def test_a_change_is_stamped_and_keeps_the_other_attributes(aws: Clients, clock: TestClock) -> None:
    queue = Queue(aws, "jobs", DelaySeconds=5)
    before = queue.attributes()
    clock.advance(100)

    queue.set(VisibilityTimeout=45)

    after = queue.attributes()
    assert after["CreatedTimestamp"] == before["CreatedTimestamp"]
    assert int(after["LastModifiedTimestamp"]) == int(before["LastModifiedTimestamp"]) + 100
    assert (after["DelaySeconds"], after["VisibilityTimeout"]) == ("5", "45")


@pytest.mark.row("SQS-028")
def test_one_kind_of_encryption_turns_the_other_off(aws: Clients) -> None:
    queue = Queue(aws, "jobs")
    encryption = ("KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled")

    assert queue.attributes(*encryption) == {"SqsManagedSseEnabled": "true"}
    queue.set(KmsMasterKeyId="testKeyId", KmsDataKeyReusePeriodSeconds=6000)
    assert queue.attributes(*encryption) == {
        "KmsDataKeyReusePeriodSeconds": "6000",
        "KmsMasterKeyId": "testKeyId",
        "SqsManagedSseEnabled": "false",
    }
    queue.set(SqsManagedSseEnabled=True)
    assert queue.attributes(*encryption) == {"SqsManagedSseEnabled": "true"}
    queue.set(KmsMasterKeyId="alias/aws/sqs")
    assert queue.attributes("KmsDataKeyReusePeriodSeconds") == {"KmsDataKeyReusePeriodSeconds": "300"}
    queue.set(KmsMasterKeyId="")
    assert queue.attributes(*encryption) == {"SqsManagedSseEnabled": "false"}


@pytest.mark.row("SQS-028")
def test_both_kinds_of_encryption_at_once_are_refused(aws: Clients) -> None:
    queue = Queue(aws, "jobs")

    fault = fault_of(queue.set, KmsMasterKeyId="testKeyId", SqsManagedSseEnabled=True)

    assert fault == (
        "InvalidAttributeName",
        "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
    )


@pytest.mark.row("SQS-028")
def test_a_policy_is_kept_and_taken_away_by_an_empty_one(aws: Clients) -> None:
    queue = Queue(aws, "jobs")
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["sqs:SendMessage", "sqs:GetQueueUrl"],
        "Resource": queue.arn,
    }
    policy: dict[str, Any] = {"Version": "2012-10-17", "Statement": [statement]}

    queue.set(Policy=policy)
    assert json.loads(queue.attributes("Policy")["Policy"]) == policy
    queue.set(Policy="")
    assert "Policy" not in queue.attributes()


@pytest.mark.row("SQS-009")
def test_messages_of_2020_were_smaller(cloud: RunningCloud, aws: Clients) -> None:
    set_era(cloud, "notes2020")

    queue = Queue(aws, "jobs")

    assert queue.attributes("MaximumMessageSize") == {"MaximumMessageSize": "262144"}
    assert fault_of(queue.set, MaximumMessageSize=262145)[0] == "InvalidAttributeValue"
    queue.send("x" * 262144)
    code, message = fault_of(queue.send, "x" * 262145)
    assert code == "InvalidParameterValue"
    assert message.endswith("must be shorter than 262144 bytes.")
    assert queue.counts() == (1, 0, 0)
