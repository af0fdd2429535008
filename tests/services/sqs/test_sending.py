"""What SendMessage takes and answers."""

from hashlib import md5
from typing import Any

import pytest
from tests.conftest import Clients
from tests.operating import set_limit
from tests.running import RunningCloud, TestClock
from tests.services.sqs.asking import Queue, fault_of

TRACE = {
    "AWSTraceHeader": {
        "DataType": "String",
        "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
    }
}


def text(value: str, kind: str = "String") -> dict[str, Any]:
    return {"DataType": kind, "StringValue": value}


@pytest.fixture
def jobs(aws: Clients) -> Queue:
    return Queue(aws, "jobs")


@pytest.mark.row("SQS-013")
def test_a_send_answers_the_id_and_the_digest_of_the_body(jobs: Queue) -> None:
    answer = jobs.send("grüße")

    del answer["ResponseMetadata"]
    assert answer == {"MessageId": answer["MessageId"], "MD5OfMessageBody": md5("grüße".encode()).hexdigest()}
    assert [message["MessageId"] for message in jobs.receive()] == [answer["MessageId"]]


@pytest.mark.row("SQS-013")
def test_attributes_are_digested_as_clients_do_it(jobs: Queue) -> None:
    answer = jobs.send(
        "msg",
        MessageAttributes={"Help.Me": text("Me"), "Hello": text("There"), "General": text("Kenobi")},
    )
    mixed = jobs.send(
        "msg",
        MessageAttributes={
            "blob": {"DataType": "Binary.png", "BinaryValue": b"\x00\xff"},
            "number": text("12.5e3", "Number.float"),
        },
    )

    assert answer["MD5OfMessageAttributes"] == "4c360f3fdafd970e05fae2f149d997f5"
    assert len(mixed["MD5OfMessageAttributes"]) == 32
    (_, second) = jobs.receive(10, MessageAttributeNames=["All"])
    assert second["MessageAttributes"]["blob"] == {"DataType": "Binary.png", "BinaryValue": b"\x00\xff"}
    assert second["MessageAttributes"]["number"] == text("12.5e3", "Number.float")
    assert second["MD5OfMessageAttributes"] == mixed["MD5OfMessageAttributes"]


@pytest.mark.row("SQS-013")
@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        (
            {"ErrorDetails": text("")},
            "Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'.",
        ),
        (
            {f"a{n}": text("x") for n in range(11)},
            "Number of message attributes [11] exceeds the allowed maximum [10].",
        ),
        ({"n": text("twelve", "Number")}, "Can't cast the value of message (user) attribute 'n' to a number."),
    ],
)
def test_bad_attributes_are_refused(jobs: Queue, attributes: dict[str, Any], message: str) -> None:
    assert fault_of(jobs.send, "body", MessageAttributes=attributes) == ("InvalidParameterValue", message)
    assert jobs.counts() == (0, 0, 0)


@pytest.mark.row("SQS-013")
@pytest.mark.parametrize("name", ["AWS.x", "amazon.x", ".x", "x.", "a..b", "a b", "x" * 257, "ü"])
def test_attribute_names_have_rules(jobs: Queue, name: str) -> None:
    code, message = fault_of(jobs.send, "body", MessageAttributes={name: text("x")})

    assert code == "InvalidParameterValue"
    assert name in message


@pytest.mark.row("SQS-013")
@pytest.mark.parametrize("kind", ["", "Text", "string", "StringX.y"])
def test_attribute_types_begin_with_string_number_or_binary(jobs: Queue, kind: str) -> None:
    code, _ = fault_of(jobs.send, "body", MessageAttributes={"a": text("x", kind)})

    assert code == "InvalidParameterValue"


@pytest.mark.row("SQS-013")
def test_ten_attributes_and_the_longest_name_are_accepted(jobs: Queue) -> None:
    attributes = {f"{'n' * 255}{n}": text("x") for n in range(10)}

    jobs.send("body", MessageAttributes=attributes)

    assert jobs.receive(MessageAttributeNames=["All"])[0]["MessageAttributes"] == attributes


@pytest.mark.row("SQS-013")
def test_an_empty_body_is_a_missing_one(jobs: Queue) -> None:
    assert fault_of(jobs.send, "") == (
        "MissingParameter",
        "The request must contain the parameter MessageBody.",
    )


@pytest.mark.row("SQS-009")
@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ufffe", "\uffff"])
def test_characters_outside_the_allowed_set_are_refused(jobs: Queue, character: str) -> None:
    assert fault_of(jobs.send, f"a{character}b")[0] == "InvalidMessageContents"
    assert fault_of(jobs.send, "a", MessageAttributes={"a": text(character)})[0] == "InvalidMessageContents"


@pytest.mark.row("SQS-009")
def test_every_allowed_character_comes_back(jobs: Queue) -> None:
    body = "\t\n\r ~\x7f\x80é\ud7ff\ue000\ufffd\U00010000\U0010ffff"

    jobs.send(body)

    assert jobs.bodies() == [body]


@pytest.mark.row("SQS-009")
def test_a_message_has_at_most_the_queues_maximum_of_bytes(aws: Clients, jobs: Queue) -> None:
    reason = "One or more parameters cannot be validated. Reason: Message must be shorter than {} bytes."
    small = Queue(aws, "small", MaximumMessageSize=1024)

    jobs.send("x" * 1_048_576)
    assert fault_of(jobs.send, "x" * 1_048_577) == ("InvalidParameterValue", reason.format(1_048_576))
    small.send("ü" * 512)
    assert fault_of(small.send, "ü" * 512 + "x") == ("InvalidParameterValue", reason.format(1024))
    jobs.set(MaximumMessageSize=262_144)
    assert fault_of(jobs.send, "x" * 262_145) == ("InvalidParameterValue", reason.format(262_144))


@pytest.mark.row("SQS-009")
def test_attributes_count_with_name_type_and_value(aws: Clients) -> None:
    small = Queue(aws, "small", MaximumMessageSize=1024)
    attributes = {"four": text("12345"), "blob": {"DataType": "Binary", "BinaryValue": b"123"}}
    counted = len("fourString12345") + len("blobBinary123")

    small.send("x" * (1024 - counted), MessageAttributes=attributes)

    assert fault_of(small.send, "x" * (1025 - counted), MessageAttributes=attributes)[0] == "InvalidParameterValue"


@pytest.mark.row("SQS-044")
def test_a_trace_header_is_digested_kept_and_not_counted(aws: Clients) -> None:
    small = Queue(aws, "small", MaximumMessageSize=1024)

    answer = small.send("x" * 1024, MessageSystemAttributes=TRACE)

    assert len(answer["MD5OfMessageSystemAttributes"]) == 32
    assert "MD5OfMessageAttributes" not in answer
    (bare,) = small.receive(VisibilityTimeout=0)
    assert "Attributes" not in bare
    (message,) = small.receive(AttributeNames=["All"])
    assert message["Attributes"]["AWSTraceHeader"] == TRACE["AWSTraceHeader"]["StringValue"]


@pytest.mark.row("SQS-044")
@pytest.mark.parametrize(
    "attributes",
    [
        {"Other": text("x")},
        {"AWSTraceHeader": text("x", "Number")},
        {"AWSTraceHeader": text("")},
    ],
)
def test_no_other_system_attribute_can_be_sent(jobs: Queue, attributes: dict[str, Any]) -> None:
    assert fault_of(jobs.send, "a", MessageSystemAttributes=attributes)[0] == "InvalidParameterValue"


@pytest.mark.row("SQS-011")
def test_a_delayed_message_comes_when_its_delay_is_over(aws: Clients, clock: TestClock) -> None:
    queue = Queue(aws, "later", DelaySeconds=60)
    queue.send("late")

    assert queue.counts() == (0, 0, 1)
    clock.advance(59.999)
    assert queue.bodies() == []
    clock.advance(0.001)
    assert queue.counts() == (1, 0, 0)
    assert queue.bodies() == ["late"]


@pytest.mark.row("SQS-012")
def test_a_messages_own_delay_wins_over_the_queues(aws: Clients, clock: TestClock) -> None:
    queue = Queue(aws, "later", DelaySeconds=30)

    queue.send("at once", DelaySeconds=0)
    queue.send("much later", DelaySeconds=900)
    queue.send("as the queue says")

    assert queue.bodies(10) == ["at once"]
    clock.advance(30)
    assert queue.bodies(10)[-1:] == ["as the queue says"]
    assert queue.counts()[2] == 1
    clock.advance(870)
    assert "much later" in queue.bodies(10)


@pytest.mark.row("SQS-011")
def test_a_changed_delay_does_not_touch_what_a_standard_queue_holds(aws: Clients, clock: TestClock) -> None:
    queue = Queue(aws, "later", DelaySeconds=60)
    queue.send("as before")
    queue.set(DelaySeconds=0)

    assert queue.counts() == (0, 0, 1)
    clock.advance(60)
    assert queue.bodies() == ["as before"]


@pytest.mark.row("SQS-012")
@pytest.mark.parametrize("delay", [-1, 901])
def test_a_delay_is_at_most_15_minutes(jobs: Queue, delay: int) -> None:
    assert fault_of(jobs.send, "a", DelaySeconds=delay) == (
        "InvalidParameterValue",
        f"Value {delay} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
    )


@pytest.mark.row("SQS-042")
@pytest.mark.parametrize("group", ["", "a" * 129, "group 123", "grüppe"])
def test_a_group_id_is_1_to_128_letters_digits_and_punctuation(jobs: Queue, group: str) -> None:
    assert fault_of(jobs.send, "a", group=group) == (
        "InvalidParameterValue",
        f"Value {group} for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include "
        "alphanumeric and punctuation characters. 1 to 128 in length.",
    )


def test_a_standard_queue_knows_no_deduplication_id(jobs: Queue) -> None:
    assert fault_of(jobs.send, "a", id="x") == (
        "InvalidParameterValue",
        "Value x for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is not "
        "valid for this queue type.",
    )


@pytest.mark.row("SQS-013")
def test_the_number_of_attributes_is_a_limit_of_the_cloud(cloud: RunningCloud, jobs: Queue) -> None:
    set_limit(cloud, "sqs.message-attributes", 1)

    jobs.send("a", MessageAttributes={"a": text("1")})

    assert fault_of(jobs.send, "a", MessageAttributes={"a": text("1"), "b": text("2")})[0] == "InvalidParameterValue"
