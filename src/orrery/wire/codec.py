"""Bytes ↔ values for one operation in one protocol, compiled once and kept with the operation.

Answers are plain dicts with AWS's member names: absent members and None are left out, timestamps are milliseconds,
blobs bytes. Where an output streams (a blob or event-stream payload), a value that is not bytes is the caller's to
send: the answer then has the right head and no body.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from orrery.wire.fault import Fault
from orrery.wire.http import Answer, Head
from orrery.wire.model import Model, Operation
from orrery.wire.protocols import ec2, json, query, rest_json, rest_xml, rpc_v2_cbor
from orrery.wire.structs import Input

Labels = Mapping[str, str]
Values = Mapping[str, Any]


class Protocol(NamedTuple):
    """One protocol: compilers of parsers and serialisers, and the writer of faults."""

    parser: Callable[[Operation], Callable[[Head, Any, Labels], Input]]
    serialiser: Callable[[Operation], Callable[[Values, str], Answer]]
    fault: Callable[[Model, Fault, str], Answer]


PROTOCOLS: Mapping[str, Protocol] = {
    "json": Protocol(json.parser, json.serialiser, json.fault_answer),
    "query": Protocol(query.parser, query.serialiser, query.fault_answer),
    "ec2": Protocol(ec2.parser, ec2.serialiser, ec2.fault_answer),
    "rest-json": Protocol(rest_json.parser, rest_json.serialiser, rest_json.fault_answer),
    "rest-xml": Protocol(rest_xml.parser, rest_xml.serialiser, rest_xml.fault_answer),
    "smithy-rpc-v2-cbor": Protocol(rpc_v2_cbor.parser, rpc_v2_cbor.serialiser, rpc_v2_cbor.fault_answer),
}
"""Every protocol by its name in the models."""


class Codec:
    """The parser and serialiser of one operation in one protocol.

    `parse(head, body, labels)` gives the input Struct, or raises the Fault that the service answers for a request it
    cannot read or that breaks a constraint; for a streaming input `body` is handed through as the member's value.
    `serialise(values, request_id)` gives the answer, `fault(fault, request_id)` that of an error.
    """

    __slots__ = ("_fault", "operation", "parse", "protocol", "serialise")

    def __init__(self, operation: Operation, protocol: str) -> None:
        found = PROTOCOLS[protocol]
        self.operation = operation
        self.protocol = protocol
        self.parse = found.parser(operation)
        self.serialise = found.serialiser(operation)
        self._fault = found.fault

    def fault(self, fault: Fault, request_id: str) -> Answer:
        """The answer for an error of this operation."""
        answer = self._fault(self.operation.model, fault, request_id)
        if self.operation.method == "HEAD":
            answer.body = b""
        return answer


def codec_for(operation: Operation, protocol: str) -> Codec:
    """The codec of an operation, compiled on first use; KeyError for a protocol that does not exist."""
    found: Codec | None = operation.kept.get(protocol)
    if found is None:
        found = operation.kept[protocol] = Codec(operation, protocol)
    return found


def fault_answer(model: Model, protocol: str, fault: Fault, request_id: str) -> Answer:
    """The answer for an error before the operation is known."""
    return PROTOCOLS[protocol].fault(model, fault, request_id)
