"""AWS JSON: bodies in and out, error names with and without namespaces, checksums, event streams."""

import gzip
import json
import zlib

import pytest
from tests.wire.small_model import head, model_of, operation_of, structure

from orrery.wire.catalog import Models
from orrery.wire.fault import Fault
from orrery.wire.protocols.json import fault_answer, parser, serialiser

SHAPES = {
    "In": structure(Name={"shape": "String", "locationName": "name"}, required=["Name"]),
    "Out": structure(At="Time", Data="Bytes", Items="Items"),
    "Items": {"type": "list", "member": {"shape": "Item"}},
    "Item": structure(A="String", B="String"),
    "Time": {"type": "timestamp"},
    "Bytes": {"type": "blob"},
}


def test_members_are_read_by_their_json_names() -> None:
    parse = parser(operation_of("json", SHAPES))

    assert parse(head(), b'{"name": "x"}', {}).Name == "x"


def test_a_compressed_body_is_unpacked() -> None:
    parse = parser(operation_of("json", SHAPES))

    assert parse(head(), gzip.compress(b'{"name": "x"}'), {}).Name == "x"


def test_an_empty_body_is_an_empty_object() -> None:
    with pytest.raises(Fault) as caught:
        parser(operation_of("json", SHAPES))(head(), b"", {})

    assert caught.value.code == "ValidationException"


@pytest.mark.parametrize(
    "body", [b"{", b"\xff", b'{"name": "x"} y', b'{"name": "\xff"}', pytest.param(b"[" * 100_000, id="deep")]
)
def test_what_is_no_json_is_a_serialization_exception(body: bytes) -> None:
    with pytest.raises(Fault) as caught:
        parser(operation_of("json", SHAPES))(head(), body, {})

    assert caught.value.code == "SerializationException"


def test_an_answer_has_its_values_in_json_s_form() -> None:
    values = {"At": 1500, "Data": b"abc", "Items": [{"A": "x", "B": None}]}

    answer = serialiser(operation_of("json", SHAPES, jsonVersion="1.1"))(values, "req-1")

    assert answer.status == 200
    assert answer.headers == [(b"x-amzn-RequestId", b"req-1"), (b"Content-Type", b"application/x-amz-json-1.1")]
    assert json.loads(answer.body) == {"At": 1.5, "Data": "YWJj", "Items": [{"A": "x"}]}


def test_an_operation_without_output_answers_with_an_empty_body() -> None:
    assert serialiser(operation_of("json", {"In": structure()}))({}, "req-1").body == b""


@pytest.mark.row("SQS-046")
def test_sqs_names_errors_in_full_and_adds_the_query_code(models: Models) -> None:
    answer = fault_answer(models("sqs"), Fault("QueueDoesNotExist", "The specified queue does not exist."), "req-1")

    assert answer.status == 400
    assert (b"x-amzn-query-error", b"AWS.SimpleQueueService.NonExistentQueue;Sender") in answer.headers
    assert json.loads(answer.body) == {
        "__type": "com.amazonaws.sqs#QueueDoesNotExist",
        "message": "The specified queue does not exist.",
    }


def test_the_framework_s_own_errors_have_its_namespace(models: Models) -> None:
    answer = fault_answer(models("sqs"), Fault("UnknownOperationException"), "req-1")

    assert json.loads(answer.body) == {"__type": "com.amazon.coral.service#UnknownOperationException"}


def test_a_service_without_a_namespace_gives_the_bare_name(models: Models) -> None:
    answer = fault_answer(models("kms"), Fault("NotFoundException", "no"), "req-1")

    assert json.loads(answer.body) == {"__type": "NotFoundException", "message": "no"}


def test_members_of_an_error_are_written_in_json_s_form() -> None:
    shapes = {
        "Bad": {
            "type": "structure",
            "exception": True,
            "members": {"Message": {"shape": "String"}, "When": {"shape": "Time"}},
        },
        "Time": {"type": "timestamp", "timestampFormat": "iso8601"},
    }

    answer = fault_answer(model_of("json", shapes), Fault("Bad", "m", When=0), "req-1")

    assert json.loads(answer.body) == {"__type": "Bad", "Message": "m", "When": "1970-01-01T00:00:00Z"}


def test_dynamodb_s_answers_and_errors_carry_their_checksum(models: Models) -> None:
    operation = models("dynamodb").operation("ListTables")
    answer = serialiser(operation)({"TableNames": ["t"]}, "req-1")
    refused = fault_answer(operation.model, Fault("ResourceNotFoundException", "no"), "req-1")

    for given in (answer, refused):
        assert (b"x-amz-crc32", str(zlib.crc32(given.body)).encode()) in given.headers


def test_an_event_stream_begins_with_the_other_members(models: Models) -> None:
    answer = serialiser(models("kinesis").operation("SubscribeToShard"))({"EventStream": []}, "req-1")

    assert (b"Content-Type", b"application/vnd.amazon.eventstream") in answer.headers
    assert b"initial-response" in answer.body
