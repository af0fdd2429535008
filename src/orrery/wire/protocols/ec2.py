"""EC2 Query: like Query with names that begin in upper case and lists without `member`; XML with `requestId` out.

Page: https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
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
from orrery.wire.protocols.xml_values import EC2, escape, structure_writer
from orrery.wire.structs import Input, convert, input_struct
from orrery.wire.validate import accept

_CONTENT_TYPE: Header = (b"Content-Type", b"text/xml;charset=UTF-8")


def parser(operation: Operation) -> Callable[[Head, bytes, Mapping[str, str]], Input]:
    """Compile the parser of an operation's requests."""
    struct = input_struct(operation)
    if operation.input is None:
        return lambda _head, _body, _labels: struct()
    read = structure_reader(operation.input, query_names=False)

    def parse(head: Head, body: bytes, _labels: Mapping[str, str]) -> Input:
        values = read(tree(pairs(head.query) + pairs(unpacked(body or b""))))
        try:
            return convert(values, struct)
        except msgspec.ValidationError:
            return accept(operation, values, "ec2")

    return parse


def serialiser(operation: Operation) -> Callable[[Mapping[str, Any], str], Answer]:
    """Compile the writer of an operation's answers; operations without output say `<return>true</return>`."""
    name, status = operation.name, operation.status
    namespace = f' xmlns="{operation.model.xml_namespace}"' if operation.model.xml_namespace else ""
    opening = f'<?xml version="1.0" encoding="UTF-8"?>\n<{name}Response{namespace}><requestId>'
    write = None if operation.output is None else structure_writer(operation.output, EC2)

    def serialise(values: Mapping[str, Any], request_id: str) -> Answer:
        out = [opening, request_id, "</requestId>"]
        if write is None:
            out.append("<return>true</return>")
        else:
            write(values, out)
        out.append(f"</{name}Response>")
        return Answer(status, _headers(request_id), "".join(out).encode("utf-8", "surrogateescape"))

    return serialise


def fault_answer(model: Model, fault: Fault, request_id: str) -> Answer:
    """`<Response><Errors><Error><Code/><Message/></Error></Errors><RequestID/></Response>`."""
    error = resolve(model, fault, "ec2")
    out = ['<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>']
    out.append(f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>")
    if error.shape is not None:
        structure_writer(error.shape, EC2)(error.members, out)
    out.append(f"</Error></Errors><RequestID>{request_id}</RequestID></Response>")
    return Answer(error.status, _headers(request_id), "".join(out).encode("utf-8", "surrogateescape"))


def _headers(request_id: str) -> list[Header]:
    return [(b"x-amzn-RequestId", request_id.encode()), _CONTENT_TYPE]
