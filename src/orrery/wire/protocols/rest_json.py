"""REST-JSON: path, parameters and header fields carry some members, a JSON body the others.

Page: https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from orrery.wire.errors import resolve
from orrery.wire.events import MEDIA_TYPE, encode_stream
from orrery.wire.fault import Fault
from orrery.wire.http import Answer, Head, Header
from orrery.wire.inflate import gunzip
from orrery.wire.model import Model, Operation
from orrery.wire.protocols.json_body import NOT_JSON, read_json
from orrery.wire.protocols.json_values import structure_encoder, value_encoder
from orrery.wire.protocols.rest_answers import field_writer, status_member
from orrery.wire.protocols.rest_requests import binder
from orrery.wire.shapes import Member, Shape
from orrery.wire.structs import Input, convert, input_struct, json_decoder
from orrery.wire.validate import accept

_JSON: Header = (b"Content-Type", b"application/json")
_dumps = msgspec.json.Encoder().encode


def parser(operation: Operation) -> Callable[[Head, Any, Mapping[str, str]], Input]:
    """Compile the parser of an operation's requests."""
    struct, shape = input_struct(operation), operation.input
    if shape is None:
        return lambda _head, _body, _labels: struct()
    bind, read = binder(shape, operation.uri), _body_reader(shape)
    if bind is None and shape.payload is None:
        return _body_only(operation)

    def parse(head: Head, body: Any, labels: Mapping[str, str]) -> Input:
        values: dict[str, Any] = {}
        read(body, values)
        if bind is not None:
            bind(head, labels, values)
        try:
            return convert(values, struct)
        except msgspec.ValidationError:
            return accept(operation, values, "rest-json")

    return parse


def _body_only(operation: Operation) -> Callable[[Head, Any, Mapping[str, str]], Input]:
    decode = json_decoder(operation)

    def parse(_head: Head, body: bytes, _labels: Mapping[str, str]) -> Input:
        try:
            return decode(body or b"{}")
        except msgspec.ValidationError:
            return accept(operation, read_json(body), "rest-json")
        except NOT_JSON:
            if body[:2] == b"\x1f\x8b":
                return parse(_head, gunzip(body), _labels)
            raise Fault("SerializationException", "") from None

    return parse


def _body_reader(shape: Shape) -> Callable[[Any, dict[str, Any]], None]:
    payload = shape.members[shape.payload] if shape.payload else None
    if payload is not None:
        return _payload_reader(payload)
    in_body = [member.key for member in shape.members.values() if member.location is None]
    if not in_body:
        return lambda _body, _values: None

    def read(body: Any, values: dict[str, Any]) -> None:
        if body:
            given = read_json(body)
            if not isinstance(given, dict):
                raise Fault("SerializationException", "Expected structure or null")
            values.update((key, given[key]) for key in in_body if given.get(key) is not None)

    return read


def _payload_reader(member: Member) -> Callable[[Any, dict[str, Any]], None]:
    key = member.key
    if member.shape.type in ("blob", "string") or member.shape.eventstream:
        text = member.shape.type == "string" and not member.streaming

        def read_raw(body: Any, values: dict[str, Any]) -> None:
            if body is not None and body != b"":
                values[key] = body.decode("utf-8", "replace") if text else body

        return read_raw

    def read(body: Any, values: dict[str, Any]) -> None:
        if body:
            values[key] = read_json(body)

    return read


def serialiser(operation: Operation) -> Callable[[Mapping[str, Any], str], Answer]:
    """Compile the writer of an operation's answers."""
    status, shape = operation.status, operation.output
    if shape is None:
        return lambda _values, request_id: Answer(status, [(b"x-amzn-RequestId", request_id.encode())])
    fields, body_of = field_writer(shape), _body_writer(shape)
    status_from = status_member(shape)

    def serialise(values: Mapping[str, Any], request_id: str) -> Answer:
        headers: list[Header] = [(b"x-amzn-RequestId", request_id.encode())]
        if fields is not None:
            fields(values, headers)
        body, content_type = body_of(values)
        if content_type is not None and not any(name.lower() == b"content-type" for name, _ in headers):
            headers.append(content_type)
        code = values.get(status_from) if status_from is not None else None
        return Answer(code or status, headers, body)

    return serialise


BodyWriter = Callable[[Mapping[str, Any]], tuple[bytes, Header | None]]


def _body_writer(shape: Shape) -> BodyWriter:
    if shape.payload is not None:
        return _payload_writer(shape.members[shape.payload])
    in_body = {member.name for member in shape.members.values() if member.in_answer_body}
    if not in_body:
        return lambda _values: (b"", _JSON)
    encode = structure_encoder(shape)
    if len(in_body) == len(shape.members):
        return lambda values: (_dumps(encode(values)), _JSON)
    return lambda values: (_dumps(encode({name: values[name] for name in values if name in in_body})), _JSON)


def _payload_writer(member: Member) -> BodyWriter:
    name = member.name
    if member.shape.eventstream:
        return lambda values: (
            encode_stream(member, "rest-json", values.get(name)),
            (b"Content-Type", MEDIA_TYPE.encode()),
        )
    if member.shape.type in ("blob", "string"):
        return lambda values: raw_payload(values.get(name))
    step = value_encoder(member)

    def write(values: Mapping[str, Any]) -> tuple[bytes, Header | None]:
        value = values.get(name)
        if value is None:
            return b"", _JSON
        return _dumps(value if step is None else step(value)), _JSON

    return write


def raw_payload(value: Any) -> tuple[bytes, Header | None]:
    """A blob's or string's body and type; a value that is a stream is the caller's to send."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape"), (b"Content-Type", b"text/plain")
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value), (b"Content-Type", b"application/octet-stream")
    return b"", (b"Content-Type", b"application/octet-stream") if value is not None else None


def fault_answer(model: Model, fault: Fault, request_id: str) -> Answer:
    """An error: its name in `x-amzn-ErrorType`, its message and further members in the body or in fields."""
    error = resolve(model, fault, "rest-json")
    headers: list[Header] = [
        (b"x-amzn-RequestId", request_id.encode()),
        (b"x-amzn-ErrorType", error.name.encode("utf-8", "replace")),
        _JSON,
    ]
    body: dict[str, Any] = {}
    if error.shape is not None:
        fields = field_writer(error.shape)
        if fields is not None:
            fields(error.members, headers)
        bound = {member.name for member in error.shape.members.values() if not member.in_answer_body}
        body.update(structure_encoder(error.shape)({k: v for k, v in error.members.items() if k not in bound}))
    else:
        body.update(error.members)
    if error.message or not error.shape:
        body[error.message_name or "message"] = error.message
    return Answer(error.status, headers, _dumps(body))
