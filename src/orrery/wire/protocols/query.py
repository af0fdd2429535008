"""AWS Query: a form with `Action` and dotted names in, XML inside `<ActionResponse><ActionResult>` out.

Page: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from orrery.wire.errors import resolve
from orrery.wire.fault import Fault
from orrery.wire.http import Answer, Head, Header
from orrery.wire.inflate import unpacked
from orrery.wire.model import Model, Operation
from orrery.wire.params import pairs, tree
from orrery.wire.protocols.form_values import structure_reader
from orrery.wire.protocols.xml_values import QUERY, escape, structure_writer
from orrery.wire.structs import Input, convert, input_struct
from orrery.wire.validate import accept

_CONTENT_TYPE: Header = (b"Content-Type", b"text/xml")


def parser(operation: Operation) -> Callable[[Head, bytes, Mapping[str, str]], Input]:
    """Compile the parser of an operation's requests: parameters of the query string and of a form body."""
    struct = input_struct(operation)
    if operation.input is None:
        return lambda _head, _body, _labels: struct()
    read = structure_reader(operation.input, query_names=True)
    url_member: str | None = operation.model.metadata.get("urlMember")
    if url_member not in operation.input.members:
        url_member = None

    def parse(head: Head, body: bytes, _labels: Mapping[str, str]) -> Input:
        given = pairs(head.query)
        if body:
            given += pairs(unpacked(body))
        values = read(tree(given))
        if url_member is not None and url_member not in values and len(head.path) > 1:
            values[url_member] = f"{head.scheme}://{head.host}{head.path.decode('latin-1')}"
        try:
            return convert(values, struct)
        except msgspec.ValidationError:
            return accept(operation, values, "query")

    return parse


def serialiser(operation: Operation) -> Callable[[Mapping[str, Any], str], Answer]:
    """Compile the writer of an operation's answers."""
    name = operation.name
    namespace = operation.model.xml_namespace
    opening = f'<?xml version="1.0"?><{name}Response' + (f' xmlns="{namespace}">' if namespace else ">")
    wrapper = operation.output_raw.get("resultWrapper") or f"{name}Result"
    ending = "</RequestId></ResponseMetadata></" + name + "Response>"
    write = None if operation.output is None else structure_writer(operation.output, QUERY)
    status = operation.status

    def serialise(values: Mapping[str, Any], request_id: str) -> Answer:
        out = [opening]
        if write is not None:
            out.append(f"<{wrapper}>")
            write(values, out)
            out.append(f"</{wrapper}>")
        out += ("<ResponseMetadata><RequestId>", request_id, ending)
        return Answer(
            status,
            [(b"x-amzn-RequestId", request_id.encode()), _CONTENT_TYPE],
            "".join(out).encode("utf-8", "surrogateescape"),
        )

    return serialise


def fault_answer(model: Model, fault: Fault, request_id: str) -> Answer:
    """`<ErrorResponse><Error><Type/><Code/><Message/>…</Error><RequestId/></ErrorResponse>`."""
    error = resolve(model, fault, "query")
    namespace = f' xmlns="{model.xml_namespace}"' if model.xml_namespace else ""
    out = [f'<?xml version="1.0"?><ErrorResponse{namespace}><Error><Type>']
    out.append("Sender" if error.sender else "Receiver")
    out.append(f"</Type><Code>{escape(error.code)}</Code>")
    if error.message or error.message_name:
        out.append(f"<Message>{escape(error.message)}</Message>")
    if error.shape is not None:
        structure_writer(error.shape, QUERY)(error.members, out)
    if "detail" in model.metadata.get("errorForm", ""):
        out.append("<Detail/>")
    out.append(f"</Error><RequestId>{request_id}</RequestId></ErrorResponse>")
    body = "".join(out).encode("utf-8", "surrogateescape")
    return Answer(error.status, [(b"x-amzn-RequestId", request_id.encode()), _CONTENT_TYPE], body)
