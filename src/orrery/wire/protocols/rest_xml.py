"""REST-XML: path, parameters and header fields carry some members, an XML body the others. S3, Route 53, CloudFront.

Page: https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from orrery.wire.dialect_s3 import malformed
from orrery.wire.errors import Resolved, resolve
from orrery.wire.events import MEDIA_TYPE, encode_stream
from orrery.wire.fault import Fault
from orrery.wire.http import Answer, Head, Header
from orrery.wire.inflate import unpacked
from orrery.wire.model import Model, Operation
from orrery.wire.protocols.rest_answers import FieldWriter, field_writer, status_member
from orrery.wire.protocols.rest_json import raw_payload
from orrery.wire.protocols.rest_requests import binder
from orrery.wire.protocols.xml_requests import structure_reader, value_reader
from orrery.wire.protocols.xml_values import REST, S3, Form, element_writer, escape, member_writer, structure_writer
from orrery.wire.requests_s3 import check_length, with_hoisted_fields
from orrery.wire.shapes import Member, Shape
from orrery.wire.structs import Input, convert, input_struct
from orrery.wire.validate import accept
from orrery.wire.xmltree import Element, XmlError, parse_xml

_BODILESS = frozenset({204, 304})
_XML: Header = (b"Content-Type", b"application/xml")
_SERVER: Header = (b"Server", b"AmazonS3")
"""Who answers, on every answer of S3. https://docs.aws.amazon.com/AmazonS3/latest/API/RESTCommonResponseHeaders.html"""
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def parser(operation: Operation) -> Callable[[Head, Any, Mapping[str, str]], Input]:
    """Compile the parser of an operation's requests."""
    struct, shape = input_struct(operation), operation.input
    if shape is None:
        return lambda _head, _body, _labels: struct()
    bind, read = binder(shape, operation.uri), _body_reader(operation, shape)
    limits: Mapping[str, int] = operation.model.metadata.get("labelBytes") or {}
    hoisted = operation.model.name == "s3"

    def parse(head: Head, body: Any, labels: Mapping[str, str]) -> Input:
        values: dict[str, Any] = {}
        for name, most in limits.items():
            if len(labels.get(name, "")) * 4 > most:
                check_length(labels[name], most)
        if hoisted:
            head = with_hoisted_fields(head)
        read(body, values)
        if bind is not None:
            bind(head, labels, values)
        try:
            return convert(values, struct)
        except msgspec.ValidationError:
            return accept(operation, values, "rest-xml")

    return parse


def _body_reader(operation: Operation, shape: Shape) -> Callable[[Any, dict[str, Any]], None]:
    payload = shape.members[shape.payload] if shape.payload else None
    if payload is not None and (payload.shape.type in ("blob", "string") or payload.shape.eventstream):
        return _raw_reader(payload, required=payload.name in shape.required)
    strict = bool(operation.model.metadata.get("strictXml"))
    if payload is None:
        if not any(member.location is None for member in shape.members.values()):
            return lambda _body, _values: None
        root = operation.input_raw.get("locationName") or shape.name
        whole = structure_reader(shape, strict=strict)

        def read_whole(body: Any, values: dict[str, Any]) -> None:
            if body:
                values.update(_read(operation, whole, body, root if strict else None))

        return read_whole
    key, name = payload.key, payload.location_name or payload.name
    inner = value_reader(payload, strict=strict)

    def read(body: Any, values: dict[str, Any]) -> None:
        if body:
            values[key] = _read(operation, inner, body, name if strict else None)

    return read


def _raw_reader(payload: Member, *, required: bool) -> Callable[[Any, dict[str, Any]], None]:
    """A payload that is no XML. A stream is handed through as it is; an empty text counts where one is asked for."""
    key = payload.key
    if payload.streaming:

        def read_stream(body: Any, values: dict[str, Any]) -> None:
            values[key] = body

        return read_stream
    text = payload.shape.type == "string"

    def read_raw(body: Any, values: dict[str, Any]) -> None:
        if body is not None and (body != b"" or (text and required)):
            values[key] = body.decode("utf-8", "replace") if text else body

    return read_raw


def _read(operation: Operation, reader: Callable[[Element], Any], body: bytes, root: str | None) -> Any:
    """The values in an XML body whose root element is `root` (None: any). Raises MalformedXML."""
    try:
        element = parse_xml(unpacked(body))
        if root is not None and element.name != root:
            raise XmlError("the root element is another")
        return reader(element)
    except XmlError:
        raise malformed(operation) from None


def serialiser(operation: Operation) -> Callable[[Mapping[str, Any], str], Answer]:
    """Compile the writer of an operation's answers."""
    model, status, shape = operation.model, operation.status, operation.output
    if shape is None:
        return lambda _values, request_id: Answer(status, _id_headers(model, request_id))
    fields, body_of = field_writer(shape), _body_writer(operation, shape)
    status_from, type_from = status_member(shape), _type_member(shape)
    special: Mapping[str, int] = operation.raw.get("http", {}).get("statusWhen") or {}

    def serialise(values: Mapping[str, Any], request_id: str) -> Answer:
        headers = _id_headers(model, request_id)
        if fields is not None:
            fields(values, headers)
        body, content_type = body_of(values)
        if content_type is not None and (type_from is None or values.get(type_from) is None):
            headers.append(content_type)
        code = values.get(status_from) if status_from is not None else None
        for name, other in special.items():
            if values.get(name) is not None:
                code = other
        return Answer(code or status, headers, body)

    return serialise


def _type_member(shape: Shape) -> str | None:
    """The member whose value is the answer's Content-Type, where there is one."""
    headers = [member for member in shape.members.values() if member.location == "header"]
    return next((member.name for member in headers if (member.location_name or "").lower() == "content-type"), None)


BodyWriter = Callable[[Mapping[str, Any]], tuple[bytes, Header | None]]


def _body_writer(operation: Operation, shape: Shape) -> BodyWriter:
    form, namespace = _form(operation.model), xml_namespace(operation)
    if shape.payload is not None:
        return _payload_writer(operation, shape.members[shape.payload], form, namespace)
    in_body = [member for member in shape.members.values() if member.in_answer_body]
    if not in_body:
        given = operation.raw.get("http", {}).get("contentType")
        content: Header | None = None if given is None else (b"Content-Type", given.encode())
        return lambda _values: (b"", content)
    root = operation.output_raw.get("locationName") or shape.raw.get("locationName") or shape.name
    if operation.raw.get("unwrappedOutput"):
        return _unwrapped(in_body[0], namespace)
    element = element_writer(shape, root, namespace, form)

    def write(values: Mapping[str, Any]) -> tuple[bytes, Header | None]:
        out = [_DECLARATION]
        element(values, out)
        return "".join(out).encode("utf-8", "surrogateescape"), _XML

    return write


def _unwrapped(member: Member, namespace: str) -> BodyWriter:
    """GetBucketLocation: the only member is the root element."""
    name = member.location_name or member.name

    def write(values: Mapping[str, Any]) -> tuple[bytes, Header | None]:
        text = escape(values.get(member.name) or "")
        return f"{_DECLARATION}<{name}{namespace}>{text}</{name}>".encode(), _XML

    return write


def _payload_writer(operation: Operation, member: Member, form: Form, namespace: str) -> BodyWriter:
    name = member.name
    if member.shape.eventstream:
        content: Header = (b"Content-Type", MEDIA_TYPE.encode())
        return lambda values: (encode_stream(member, "rest-xml", values.get(name)), content)
    if member.shape.type in ("blob", "string"):
        given = operation.raw.get("http", {}).get("contentType")
        if given is not None:
            own: Header = (b"Content-Type", given.encode())
            return lambda values: (raw_payload(values.get(name))[0], own)
        return lambda values: raw_payload(values.get(name))
    root = member.location_name or name
    inner = member_writer(member, root, form)

    def write(values: Mapping[str, Any]) -> tuple[bytes, Header | None]:
        value = values.get(name)
        if value is None:
            return b"", None
        out: list[str] = []
        inner(value, out)
        if namespace and "xmlns=" not in out[0]:
            out[0] = f"<{root}{namespace}{out[0][len(root) + 1 :]}"
        return (_DECLARATION + "".join(out)).encode("utf-8", "surrogateescape"), _XML

    return write


def xml_namespace(operation: Operation) -> str:
    """` xmlns="…"`: the service's namespace, from its metadata or else from any operation's input."""
    model = operation.model
    uri: str | None = model.xml_namespace
    if uri is None:
        uri = model.kept.get("xmlns")
        if uri is None:
            found = (other.input_raw.get("xmlNamespace") for other in model.operations.values())
            uri = model.kept["xmlns"] = next((entry["uri"] for entry in found if entry), "")
    return f' xmlns="{escape(uri)}"' if uri else ""


def _form(model: Model) -> Form:
    return S3 if model.name == "s3" else REST


def _id_headers(model: Model, request_id: str) -> list[Header]:
    if model.name == "s3":
        return [(b"x-amz-request-id", request_id.encode()), (b"x-amz-id-2", host_id(request_id).encode()), _SERVER]
    return [(b"x-amzn-RequestId", request_id.encode())]


def host_id(request_id: str) -> str:
    """S3's second, longer id of a request (`x-amz-id-2`, `HostId`), derived from the first."""
    return base64.b64encode(hashlib.sha384(request_id.encode()).digest() + request_id.encode()[:9]).decode()


def fault_answer(model: Model, fault: Fault, request_id: str) -> Answer:
    """An error: S3's bare `<Error>`, or `<ErrorResponse><Error>…</Error><RequestId/></ErrorResponse>`."""
    error = resolve(model, fault, "rest-xml")
    headers = _id_headers(model, request_id)
    if error.shape is not None and (fields := field_writer(error.shape)) is not None:
        fields(error.members, headers)
    if fault.headers:
        _error_fields(model)(fault.headers, headers)
    if error.status in _BODILESS:
        return Answer(error.status, headers)
    headers.append(_XML)
    text = _s3_error(error, request_id) if model.name == "s3" else _error_response(model, error, request_id)
    return Answer(error.status, headers, text.encode("utf-8", "surrogateescape"))


def _error_fields(model: Model) -> FieldWriter:
    """The writer of header fields that no error's own structure binds: by the structure that the patch names."""
    found: FieldWriter | None = model.kept.get("error fields")
    if found is None:
        shape = model.shape(model.metadata["errorFields"])
        known, write = shape.members, field_writer(shape) or (lambda _values, _headers: None)

        def checked(values: Mapping[str, Any], headers: list[Header]) -> None:
            for name in values:
                known[name]  # a name that the structure does not have is a KeyError, not a field left out
            write(values, headers)

        found = model.kept["error fields"] = checked
    return found


def _s3_error(error: Resolved, request_id: str) -> str:
    message = f"<Message>{escape(error.message)}</Message>" if error.message else "<Message/>"
    out = [f"{_DECLARATION}<Error><Code>{escape(error.code)}</Code>{message}"]
    out += (f"<{name}>{escape(str(value))}</{name}>" for name, value in error.members.items())
    out.append(f"<RequestId>{request_id}</RequestId><HostId>{host_id(request_id)}</HostId></Error>")
    return "".join(out)


def _error_response(model: Model, error: Resolved, request_id: str) -> str:
    operation = next(iter(model.operations.values()))
    side = "Sender" if error.sender else "Receiver"
    out = [f'<?xml version="1.0"?>\n<ErrorResponse{xml_namespace(operation)}><Error><Type>{side}</Type>']
    out.append(f"<Code>{escape(error.code)}</Code>")
    if error.message or error.message_name:
        out.append(f"<Message>{escape(error.message)}</Message>")
    if error.shape is not None:
        structure_writer(error.shape, REST)(error.members, out)
    out.append(f"</Error><RequestId>{request_id}</RequestId></ErrorResponse>")
    return "".join(out)
