"""Events of a stream: members in headers and payload, exceptions, the first frame of the RPC protocols."""

import json
from typing import Any

import pytest
from msgspec.structs import asdict
from tests.wire.small_model import model_of, structure

from orrery.wire import cbor, eventstream
from orrery.wire.events import decode_event, encode_event, encode_fault, encode_initial, encode_stream
from orrery.wire.fault import Fault
from orrery.wire.shapes import Member

SHAPES = {
    "Out": structure(Stream="Events", Id="String"),
    "Events": {
        "type": "structure",
        "eventstream": True,
        "members": {name: {"shape": name} for name in ("Records", "Stats", "End", "Refused")},
    },
    "Records": {
        "type": "structure",
        "event": True,
        "members": {
            "Payload": {"shape": "Bytes", "eventpayload": True},
            "Kind": {"shape": "String", "eventheader": True},
        },
    },
    "Stats": {"type": "structure", "event": True, "members": {"Count": {"shape": "Integer"}}},
    "End": {"type": "structure", "event": True, "members": {}},
    "Refused": {"type": "structure", "exception": True, "members": {"message": {"shape": "String"}}},
    "Bytes": {"type": "blob"},
}


@pytest.fixture
def stream() -> Member:
    return model_of("rest-json", SHAPES).shape("Out").members["Stream"]


def test_a_payload_member_is_the_payload_and_header_members_are_headers(stream: Member) -> None:
    message = eventstream.decode(encode_event(stream, "rest-json", {"Records": {"Payload": b"abc", "Kind": "k"}}))

    assert message.payload == b"abc"
    assert message.headers == {
        ":message-type": "event",
        ":event-type": "Records",
        ":content-type": "application/octet-stream",
        "Kind": "k",
    }


@pytest.mark.parametrize(
    ("protocol", "payload"),
    [
        ("rest-json", b'{"Count":3}'),
        ("rest-xml", b"<Stats><Count>3</Count></Stats>"),
        ("smithy-rpc-v2-cbor", cbor.encode({"Count": 3})),
    ],
)
def test_other_members_are_the_payload_in_the_protocol_s_form(stream: Member, protocol: str, payload: bytes) -> None:
    assert eventstream.decode(encode_event(stream, protocol, {"Stats": {"Count": 3}})).payload == payload


def test_an_event_without_members_has_no_payload(stream: Member) -> None:
    assert eventstream.decode(encode_event(stream, "rest-json", {"End": {}})).payload == b""


def test_a_modelled_exception_ends_a_stream_by_its_name_any_other_error_by_its_code(stream: Member) -> None:
    modelled = eventstream.decode(encode_fault(stream, "rest-json", Fault("Refused", "no")))
    other = eventstream.decode(encode_fault(stream, "rest-json", Fault("InternalError", "oops")))

    assert modelled.headers[":exception-type"] == "Refused"
    assert json.loads(modelled.payload) == {"message": "no"}
    assert other.headers == {":message-type": "error", ":error-code": "InternalError", ":error-message": "oops"}


def test_a_list_of_events_is_one_body_and_a_stream_none(stream: Member) -> None:
    assert len(eventstream.Decoder().feed(encode_stream(stream, "rest-json", [{"End": {}}, {"End": {}}]))) == 2
    assert encode_stream(stream, "rest-json", iter(())) == b""


def test_the_first_frame_holds_what_is_not_the_stream(stream: Member) -> None:
    shape = model_of("json", SHAPES).shape("Out")

    message = eventstream.decode(encode_initial(shape, "json", {"Id": "i", "Stream": []}))

    assert message.headers[":event-type"] == "initial-response"
    assert json.loads(message.payload) == {"Id": "i"}


def test_a_request_s_event_is_read_back(stream: Member) -> None:
    events: list[dict[str, Any]] = [{"Records": {"Payload": b"abc", "Kind": "k"}}, {"Stats": {"Count": 3}}, {"End": {}}]
    for event in events:
        message = eventstream.decode(encode_event(stream, "rest-json", event))

        read = decode_event(stream, "rest-json", message)

        assert read is not None
        assert {read[0]: asdict(read[1])} == event


def test_an_event_that_the_union_does_not_have_is_ignored(stream: Member) -> None:
    assert decode_event(stream, "rest-json", eventstream.event("Novel", b"{}")) is None


def test_an_event_that_cannot_be_read_is_a_fault(stream: Member) -> None:
    with pytest.raises(Fault):
        decode_event(stream, "rest-json", eventstream.event("Stats", b"{"))
