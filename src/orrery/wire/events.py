"""Events of an operation's stream as values: which member of the union, what goes into headers and payload.

An event is `{"Records": {"Payload": b"…"}}`: one member of the stream's union. Its framing is
`orrery.wire.eventstream`'s.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from orrery.wire import cbor, eventstream
from orrery.wire.eventstream import MEDIA_TYPE, Message
from orrery.wire.fault import Fault
from orrery.wire.instant import Instant
from orrery.wire.protocols.cbor_values import structure_encoder as cbor_encoder
from orrery.wire.protocols.json_body import NOT_JSON
from orrery.wire.protocols.json_values import structure_encoder as json_encoder
from orrery.wire.protocols.xml_values import REST, structure_writer
from orrery.wire.shapes import Member, Shape
from orrery.wire.structs import convert, struct_for

__all__ = ["MEDIA_TYPE", "decode_event", "encode_event", "encode_fault", "encode_initial", "encode_stream"]

_CONTENT_TYPES = {
    "json": "application/x-amz-json-1.1",
    "rest-json": "application/json",
    "rest-xml": "text/xml",
    "smithy-rpc-v2-cbor": "application/cbor",
}


def encode_event(stream: Member, protocol: str, event: Mapping[str, Any]) -> bytes:
    """One event in its frame; KeyError for a member that the stream's union does not have."""
    ((name, values),) = event.items()
    member = stream.shape.members[name]
    payload, content_type, headers = _parts(member.shape, protocol, values or {})
    message = eventstream.exception if member.shape.exception else eventstream.event
    return eventstream.encode(message(name, payload, content_type, headers))


def encode_stream(stream: Member, protocol: str, events: Any) -> bytes:
    """All events of a list one after the other; b"" for a stream that the caller sends itself (or for None)."""
    if isinstance(events, list | tuple):
        return b"".join(encode_event(stream, protocol, event) for event in events)
    return b""


def encode_initial(shape: Shape, protocol: str, values: Mapping[str, Any]) -> bytes:
    """The RPC protocols' first frame of an answer: the output's members that are not the stream."""
    plain = {name: value for name, value in values.items() if not shape.members[name].shape.eventstream}
    payload = _structure(shape, protocol, plain)
    return eventstream.encode(eventstream.initial_response(payload, _CONTENT_TYPES[protocol]))


def encode_fault(stream: Member, protocol: str, fault: Fault) -> bytes:
    """The frame that ends a stream with an error: an exception of the union, or else an unmodelled error."""
    for name, member in stream.shape.members.items():
        if member.shape.exception and fault.code in (name, member.shape.name):
            message_name = next((key for key in member.shape.members if key.lower() == "message"), None)
            values = dict(fault.members)
            if message_name is not None:
                values[message_name] = fault.message
            return encode_event(stream, protocol, {name: values})
    return eventstream.encode(eventstream.error(fault.code, fault.message))


def decode_event(stream: Member, protocol: str, message: Message) -> tuple[str, msgspec.Struct] | None:
    """A request's event: its name in the union and its Struct; None for one that the union does not have.

    Such an event is to be ignored. Faults: SerializationException for a payload that cannot be read,
    ValidationException for one that breaks a constraint.
    """
    name = str(message.headers.get(":event-type", ""))
    member = stream.shape.members.get(name)
    if member is None:
        return None
    values: dict[str, Any] = {}
    payload: Member | None = None
    for inner in member.shape.members.values():
        if inner.event_header and inner.name in message.headers:
            values[inner.key] = message.headers[inner.name]
        elif inner.event_payload:
            payload = inner
    if payload is not None and payload.shape.type == "blob":
        values[payload.key] = message.payload
    elif payload is not None and payload.shape.type == "string":
        values[payload.key] = message.payload.decode("utf-8", "replace")
    elif message.payload:
        given = _loads(protocol, message.payload)
        values = values | ({payload.key: given} if payload is not None else given)
    try:
        return name, convert(values, struct_for(member.shape))
    except msgspec.ValidationError as problem:
        raise Fault("ValidationException", str(problem)) from None


def _loads(protocol: str, payload: bytes) -> dict[str, Any]:
    try:
        given = cbor.decode(payload) if protocol == "smithy-rpc-v2-cbor" else msgspec.json.decode(payload)
    except (*NOT_JSON, cbor.CborError):
        raise Fault("SerializationException", "An event's payload could not be read.") from None
    if not isinstance(given, dict):
        raise Fault("SerializationException", "An event's payload is no structure.")
    return given


def _parts(shape: Shape, protocol: str, values: Mapping[str, Any]) -> tuple[bytes, str | None, dict[str, Any]]:
    """An event's payload, its type, and its header members."""
    headers: dict[str, Any] = {}
    body: dict[str, Any] = {}
    for name, value in values.items():
        if value is not None:
            member = shape.members[name]
            if member.event_header:
                headers[name] = _header_value(member, value)
            else:
                body[name] = value
    payload = next((member for member in shape.members.values() if member.event_payload), None)
    if payload is not None:
        content, content_type = _payload(payload, protocol, body.get(payload.name))
        return content, content_type, headers
    if all(member.event_header for member in shape.members.values()):
        return b"", None, headers
    return _structure(shape, protocol, body), _CONTENT_TYPES[protocol], headers


def _payload(member: Member, protocol: str, value: Any) -> tuple[bytes, str | None]:
    if value is None:
        return b"", None
    if member.shape.type == "blob":
        return bytes(value), "application/octet-stream"
    if member.shape.type == "string":
        return value.encode(), "text/plain"
    return _structure(member.shape, protocol, value), _CONTENT_TYPES[protocol]


def _header_value(member: Member, value: Any) -> Any:
    kinds: dict[str, Callable[[Any], Any]] = {"timestamp": Instant, "long": eventstream.Long}
    make = kinds.get(member.shape.type)
    return value if make is None else make(value)


def _structure(shape: Shape, protocol: str, values: Mapping[str, Any]) -> bytes:
    if protocol == "smithy-rpc-v2-cbor":
        return cbor.encode(cbor_encoder(shape)(values))
    if protocol == "rest-xml":
        out: list[str] = [f"<{shape.name}>"]
        structure_writer(shape, REST)(values, out)
        out.append(f"</{shape.name}>")
        return "".join(out).encode()
    return msgspec.json.encode(json_encoder(shape)(values))
