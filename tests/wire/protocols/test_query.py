"""AWS Query: forms in, XML out, errors with their type."""

import gzip

import pytest
from tests.wire.small_model import head, operation_of, structure

from orrery.wire.catalog import Models
from orrery.wire.fault import Fault
from orrery.wire.protocols.query import fault_answer, parser, serialiser

SHAPES = {
    "In": structure(Names="Names", Count="Integer", Tags="Tags"),
    "Out": structure(Names="Names", At="Time", Nested="Inner"),
    "Inner": structure(Text="String"),
    "Names": {"type": "list", "member": {"shape": "String"}},
    "Tags": {"type": "map", "key": {"shape": "String"}, "value": {"shape": "String"}},
    "Time": {"type": "timestamp"},
}


def test_parameters_of_query_string_and_form_are_read_together() -> None:
    parse = parser(operation_of("query", SHAPES))

    value = parse(head(target="/?Count=1"), b"Names.member.1=a&Names.member.2=b", {})

    assert (value.Count, value.Names) == (1, ["a", "b"])


def test_an_entry_numbered_beyond_all_measure_is_no_entry() -> None:
    parse = parser(operation_of("query", SHAPES))

    value = parse(head(), b"Names.member.1=a&Names.member." + b"9" * 5000 + b"=b", {})

    assert value.Names == ["a"]


def test_a_compressed_form_is_unpacked() -> None:
    value = parser(operation_of("query", SHAPES))(head(), gzip.compress(b"Count=1"), {})

    assert value.Count == 1


def test_a_text_that_is_no_number_is_malformed_input() -> None:
    with pytest.raises(Fault) as caught:
        parser(operation_of("query", SHAPES))(head(), b"Count=one", {})

    assert caught.value.code == "MalformedInput"


def test_an_answer_is_wrapped_in_response_and_result() -> None:
    operation = operation_of("query", SHAPES, xmlNamespace="https://small/doc")
    values = {"Names": ["a", "<b>"], "At": 1500, "Nested": {"Text": None}}

    answer = serialiser(operation)(values, "req-1")

    assert answer.headers == [(b"x-amzn-RequestId", b"req-1"), (b"Content-Type", b"text/xml")]
    assert answer.body.decode() == (
        '<?xml version="1.0"?><ActResponse xmlns="https://small/doc"><ActResult>'
        "<Names><member>a</member><member>&lt;b&gt;</member></Names><At>1970-01-01T00:00:01.500Z</At><Nested></Nested>"
        "</ActResult><ResponseMetadata><RequestId>req-1</RequestId></ResponseMetadata></ActResponse>"
    )


def test_an_operation_without_output_has_no_result() -> None:
    answer = serialiser(operation_of("query", {"In": structure()}))({}, "req-1")

    assert answer.body.decode() == (
        '<?xml version="1.0"?><ActResponse>'
        "<ResponseMetadata><RequestId>req-1</RequestId></ResponseMetadata></ActResponse>"
    )


def test_an_error_has_type_code_and_message(models: Models) -> None:
    answer = fault_answer(models("sts"), Fault("MalformedPolicyDocumentException", "a & b"), "req-1")

    assert answer.status == 400
    assert answer.body.decode() == (
        '<?xml version="1.0"?><ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>'
        "<Type>Sender</Type><Code>MalformedPolicyDocument</Code><Message>a &amp; b</Message></Error>"
        "<RequestId>req-1</RequestId></ErrorResponse>"
    )


@pytest.mark.row("SQS-046")
def test_sqs_s_errors_have_their_old_codes_and_an_empty_detail(models: Models) -> None:
    answer = fault_answer(models("sqs"), Fault("QueueDoesNotExist", "Gone."), "req-1")

    assert b"<Code>AWS.SimpleQueueService.NonExistentQueue</Code>" in answer.body
    assert b"<Message>Gone.</Message><Detail/></Error>" in answer.body


@pytest.mark.row("SQS-046")
def test_sqs_s_lists_and_maps_have_their_old_names(models: Models) -> None:
    send = models("sqs").operation("SendMessageBatch")
    entry = "SendMessageBatchRequestEntry.1."
    form = (
        f"Action=SendMessageBatch&QueueUrl=u&{entry}Id=1&{entry}MessageBody=b"
        f"&{entry}MessageAttribute.1.Name=n&{entry}MessageAttribute.1.Value.DataType=String"
        f"&{entry}MessageAttribute.1.Value.StringValue=v"
    )

    (read,) = parser(send)(head(), form.encode(), {}).Entries

    assert (read.Id, read.MessageBody) == ("1", "b")
    assert read.MessageAttributes["n"].StringValue == "v"


def test_sqs_answers_with_flattened_lists_and_maps(models: Models) -> None:
    receive = serialiser(models("sqs").operation("ReceiveMessage"))

    body = receive({"Messages": [{"MessageId": "1", "Attributes": {"SenderId": "s"}}, {"MessageId": "2"}]}, "r").body

    assert (
        b"<Message><MessageId>1</MessageId><Attribute><Name>SenderId</Name><Value>s</Value></Attribute></Message>"
        in body
    )
    assert b"<Message><MessageId>2</MessageId></Message></ReceiveMessageResult>" in body


def test_a_queue_may_be_named_by_the_path(models: Models) -> None:
    parse = parser(models("sqs").operation("DeleteQueue"))

    value = parse(head(target="/000000000000/q"), b"Action=DeleteQueue", {})

    assert value.QueueUrl == "http://localhost:4566/000000000000/q"
