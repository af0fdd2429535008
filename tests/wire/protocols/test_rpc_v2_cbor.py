"""Smithy RPC v2 CBOR."""

import pytest
from tests.wire.small_model import head, model_of, operation_of, structure

from orrery.wire import cbor
from orrery.wire.catalog import Models
from orrery.wire.fault import Fault
from orrery.wire.instant import Instant
from orrery.wire.protocols.rpc_v2_cbor import fault_answer, parser, serialiser

PROTOCOL = "smithy-rpc-v2-cbor"
SHAPES = {
    "In": structure(At="Time", Data="Bytes", Ratio="Ratio"),
    "Out": structure(At="Time", Ratio="Ratio", Items="Items"),
    "Items": {"type": "list", "member": {"shape": "String"}},
    "Time": {"type": "timestamp"},
    "Bytes": {"type": "blob"},
    "Ratio": {"type": "double"},
}


def test_values_are_read_natively() -> None:
    body = cbor.encode({"At": Instant(1500), "Data": b"\xff", "Ratio": 1})

    value = parser(operation_of(PROTOCOL, SHAPES))(head(), body, {})

    assert (value.At, value.Data, value.Ratio) == (1500, b"\xff", 1.0)


def test_an_empty_body_is_an_empty_input() -> None:
    assert parser(operation_of(PROTOCOL, SHAPES))(head(), b"", {}).At is None


@pytest.mark.parametrize("body", [b"\xff", b"{}", cbor.encode([1]), cbor.encode({"Ratio": "x"})])
def test_what_cannot_be_read_is_a_serialization_exception(body: bytes) -> None:
    with pytest.raises(Fault) as caught:
        parser(operation_of(PROTOCOL, SHAPES))(head(), body, {})

    assert caught.value.code == "SerializationException"


def test_an_answer_is_cbor_with_tagged_timestamps() -> None:
    answer = serialiser(operation_of(PROTOCOL, SHAPES))({"At": 1500, "Ratio": 1, "Items": ["a"], "Gone": None}, "req-1")

    assert answer.headers == [
        (b"x-amzn-RequestId", b"req-1"),
        (b"smithy-protocol", b"rpc-v2-cbor"),
        (b"Content-Type", b"application/cbor"),
    ]
    read = cbor.decode(answer.body)
    assert read == {"At": 1500, "Ratio": 1.0, "Items": ["a"]}
    assert isinstance(read, dict)
    assert type(read["At"]) is Instant


def test_an_error_is_cbor_too() -> None:
    shapes = {"Bad": {"type": "structure", "exception": True, "members": {"Message": {"shape": "String"}}}}

    answer = fault_answer(model_of(PROTOCOL, shapes), Fault("Bad", "m"), "req-1")

    assert cbor.decode(answer.body) == {"__type": "Bad", "Message": "m"}


def test_services_that_spoke_query_add_its_code(models: Models) -> None:
    answer = fault_answer(models("cloudwatch"), Fault("ResourceNotFoundException", "m"), "req-1")

    assert (b"x-amzn-query-error", b"ResourceNotFoundException;Sender") in answer.headers
