"""Smithy RPC v2 CBOR: `POST /service/…/operation/…`, CBOR bodies both ways.

Page: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from orrery.wire import cbor
from orrery.wire.errors import resolve
from orrery.wire.events import MEDIA_TYPE, encode_initial, encode_stream
from orrery.wire.fault import Fault
from orrery.wire.http import Answer, Head, Header
from orrery.wire.inflate import gunzip
from orrery.wire.model import Model, Operation
from orrery.wire.protocols.cbor_values import structure_encoder
from orrery.wire.protocols.json import event_stream, full_name
from orrery.wire.structs import Input, convert, input_struct
from orrery.wire.validate import accept

_PROTOCOL: Header = (b"smithy-protocol", b"rpc-v2-cbor")
_CBOR: Header = (b"Content-Type", b"application/cbor")


def parser(operation: Operation) -> Callable[[Head, bytes, Mapping[str, str]], Input]:
    """Compile the parser of an operation's requests."""
    struct = input_struct(operation)
    if operation.input is None:
        return lambda _head, _body, _labels: struct()

    def parse(_head: Head, body: bytes, _labels: Mapping[str, str]) -> Input:
        if body[:2] == b"\x1f\x8b":
            body = gunzip(body)
        try:
            values = cbor.decode(body) if body else {}
        except cbor.CborError as problem:
            raise Fault("SerializationException", str(problem)) from None
        try:
            return convert(values, struct)
        except msgspec.ValidationError:
            return accept(operation, values, "smithy-rpc-v2-cbor")

    return parse


def serialiser(operation: Operation) -> Callable[[Mapping[str, Any], str], Answer]:
    """Compile the writer of an operation's answers."""
    shape, status = operation.output, operation.status
    if shape is None:
        return lambda _values, request_id: Answer(status, [(b"x-amzn-RequestId", request_id.encode()), _PROTOCOL])
    stream = event_stream(shape)
    if stream is not None:
        content: Header = (b"Content-Type", MEDIA_TYPE.encode())
        return lambda values, request_id: Answer(
            status,
            [(b"x-amzn-RequestId", request_id.encode()), _PROTOCOL, content],
            encode_initial(shape, "smithy-rpc-v2-cbor", values)
            + encode_stream(stream, "smithy-rpc-v2-cbor", values.get(stream.name)),
        )
    encode = structure_encoder(shape)
    return lambda values, request_id: Answer(
        status,
        [(b"x-amzn-RequestId", request_id.encode()), _PROTOCOL, _CBOR],
        cbor.encode(encode(values)),
    )


def fault_answer(model: Model, fault: Fault, request_id: str) -> Answer:
    """An error: `__type`, message and members, in CBOR."""
    error = resolve(model, fault, "smithy-rpc-v2-cbor")
    body: dict[str, Any] = {"__type": error.type or full_name(model, error)}
    body.update(structure_encoder(error.shape)(error.members) if error.shape is not None else error.members)
    if error.message:
        body[error.message_name or "message"] = error.message
    headers: list[Header] = [(b"x-amzn-RequestId", request_id.encode()), _PROTOCOL, _CBOR]
    if model.query_compatible:
        side = "Sender" if error.sender else "Receiver"
        headers.append((b"x-amzn-query-error", f"{error.code};{side}".encode()))
    return Answer(error.status, headers, cbor.encode(body))
