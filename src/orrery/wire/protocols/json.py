"""AWS JSON 1.0 and 1.1: `X-Amz-Target` names the operation, the body is one JSON object each way."""

import zlib
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from orrery.wire.errors import Resolved, resolve
from orrery.wire.events import MEDIA_TYPE, encode_initial, encode_stream
from orrery.wire.fault import Fault
from orrery.wire.http import Answer, Head, Header
from orrery.wire.inflate import gunzip
from orrery.wire.model import Model, Operation
from orrery.wire.protocols.json_body import NOT_JSON, read_json
from orrery.wire.protocols.json_values import structure_encoder
from orrery.wire.shapes import Member, Shape
from orrery.wire.structs import Input, json_decoder
from orrery.wire.validate import accept

_CRC32 = frozenset({"dynamodb", "dynamodbstreams"})
"""Services whose clients check `x-amz-crc32`."""

_CORAL = {
    "SerializationException": "com.amazon.coral.service",
    "UnknownOperationException": "com.amazon.coral.service",
    "InternalFailure": "com.amazon.coral.service",
    "AccessDeniedException": "com.amazon.coral.service",
    "ExpiredTokenException": "com.amazon.coral.service",
    "InvalidSignatureException": "com.amazon.coral.service",
    "MissingAuthenticationTokenException": "com.amazon.coral.service",
    "UnrecognizedClientException": "com.amazon.coral.service",
    "IncompleteSignatureException": "com.amazon.coral.service",
    "ThrottlingException": "com.amazon.coral.availability",
    "ValidationException": "com.amazon.coral.validate",
}
"""Where the errors of AWS's service framework live, for services that name errors in full."""

_dumps = msgspec.json.Encoder().encode


def parser(operation: Operation) -> Callable[[Head, bytes, Mapping[str, str]], Input]:
    """Compile the parser of an operation's requests."""
    decode = json_decoder(operation)

    def parse(_head: Head, body: bytes, _labels: Mapping[str, str]) -> Input:
        try:
            return decode(body)
        except msgspec.ValidationError:
            return accept(operation, read_json(body), "json")
        except NOT_JSON:
            if body[:2] == b"\x1f\x8b":
                return parse(_head, gunzip(body), _labels)
            if not body:
                return accept(operation, {}, "json")
            raise Fault("SerializationException", "") from None

    return parse


def serialiser(operation: Operation) -> Callable[[Mapping[str, Any], str], Answer]:
    """Compile the writer of an operation's answers."""
    content_type: Header = (
        b"Content-Type",
        b"application/x-amz-json-" + operation.model.json_version.encode(),
    )
    status = operation.status
    if operation.output is None:
        return lambda _values, request_id: Answer(status, [(b"x-amzn-RequestId", request_id.encode()), content_type])
    convert = structure_encoder(operation.output)
    dumps = _dumps
    stream = event_stream(operation.output)
    if stream is not None:
        return _stream_serialiser(operation, operation.output, stream)
    if operation.model.name in _CRC32:

        def serialise_checked(values: Mapping[str, Any], request_id: str) -> Answer:
            body = dumps(convert(values))
            return Answer(status, [(b"x-amzn-RequestId", request_id.encode()), _crc32(body), content_type], body)

        return serialise_checked

    def serialise(values: Mapping[str, Any], request_id: str) -> Answer:
        return Answer(status, [(b"x-amzn-RequestId", request_id.encode()), content_type], dumps(convert(values)))

    return serialise


def event_stream(shape: Shape) -> Member | None:
    """The member of an output that is an event stream, where there is one."""
    return next((member for member in shape.members.values() if member.shape.eventstream), None)


def _stream_serialiser(
    operation: Operation, shape: Shape, stream: Member
) -> Callable[[Mapping[str, Any], str], Answer]:
    """The first frame holds the members that are not the stream; events given as a list follow it."""

    def serialise(values: Mapping[str, Any], request_id: str) -> Answer:
        body = encode_initial(shape, "json", values) + encode_stream(stream, "json", values.get(stream.name))
        content_type: Header = (b"Content-Type", MEDIA_TYPE.encode())
        return Answer(operation.status, [(b"x-amzn-RequestId", request_id.encode()), content_type], body)

    return serialise


def fault_answer(model: Model, fault: Fault, request_id: str) -> Answer:
    """An error: `__type` and message in the body, `x-amzn-query-error` for services that once spoke Query."""
    error = resolve(model, fault, "json")
    body = _dumps(fault_body(model, error))
    headers: list[Header] = [(b"x-amzn-RequestId", request_id.encode())]
    if model.query_compatible:
        side = "Sender" if error.sender else "Receiver"
        headers.append((b"x-amzn-query-error", f"{error.code};{side}".encode()))
    if model.name in _CRC32:
        headers.append(_crc32(body))
    headers.append((b"Content-Type", b"application/x-amz-json-" + model.json_version.encode()))
    return Answer(error.status, headers, body)


def fault_body(model: Model, error: Resolved) -> dict[str, Any]:
    """`__type`, the message under the name the error's shape gives it, and the error's further members."""
    body: dict[str, Any] = {"__type": error.type or full_name(model, error)}
    if error.shape is not None:
        body.update(structure_encoder(error.shape)(error.members))
    else:
        body.update(error.members)
    if error.message:
        body[error.message_name or "message"] = error.message
    return body


def full_name(model: Model, error: Resolved) -> str:
    """The error's name, with a namespace where the service writes one."""
    namespace = model.metadata.get("errorNamespace")
    if namespace is None:
        return error.name
    if error.shape is None or error.shape.raw.get("undeclared"):
        namespace = _CORAL.get(error.name, namespace)
    return f"{namespace}#{error.name}"


def _crc32(body: bytes) -> Header:
    return b"x-amz-crc32", str(zlib.crc32(body)).encode()
