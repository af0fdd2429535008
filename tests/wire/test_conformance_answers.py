"""Every operation of every service: what we answer is what botocore reads."""

from typing import Any

import pytest
from botocore.model import OperationModel, Shape
from tests.wire.conformance.exchange import REQUEST_ID, parsed
from tests.wire.conformance.samples import SHADOWED, Sampler, plain
from tests.wire.conformance.services import every_service, operations, protocols, report, their_model

from orrery.wire.codec import codec_for
from orrery.wire.model import Model, load_model

READ_BY_HAND = "s3.GetBucketLocation "
"""Its root element is its only member, which botocore's parser does not know; its client reads the body by hand."""


@pytest.mark.parametrize("service", every_service())
def test_every_answer_is_read_as_the_values_it_was_made_from(service: str) -> None:
    theirs, ours = their_model(service), load_model(service)

    problems = [
        problem
        for protocol in protocols(theirs)
        for operation in operations(theirs)
        for everything in (False, True)
        for problem in _problems(operation, ours, protocol, everything=everything)
    ]

    assert not problems, report(problems)


def _problems(operation: OperationModel, ours: Model, protocol: str, *, everything: bool) -> list[str]:
    extent = "all" if everything else "required"
    name = f"{operation.service_model.service_name}.{operation.name} {protocol} {extent}"
    shape = operation.output_shape
    if operation.has_event_stream_output or name.startswith(READ_BY_HAND):
        return []  # test_conformance_events.py, test_s3_answers.py
    values = Sampler(everything=everything, answer=True, protocol=protocol).structure(shape) if shape else {}
    answer = codec_for(ours.operation(operation.name), protocol).serialise(plain(values), REQUEST_ID)
    try:
        read = parsed(answer, operation, protocol)
    except Exception as problem:  # noqa: BLE001 - whatever botocore makes of a wrong answer is the finding
        return [f"{name}: {problem!r} for {answer.status} {answer.headers} {answer.body[:300]!r}"]
    metadata = read.pop("ResponseMetadata")
    unread = shape is None and protocol == "smithy-rpc-v2-cbor"  # botocore does not look for it then
    known = unread or metadata.get("RequestId") == REQUEST_ID
    problems = [] if known else [f"{name}: request id in {metadata}"]
    return problems + ([f"{name}{line}" for line in _differences(shape, values, read)] if shape else [])


def _differences(shape: Shape, sent: Any, read: Any, path: str = "") -> list[str]:
    """Where botocore's reading differs from what was answered; what is empty may be read as absent.

    A status and a content type are there whether or not the operation gave them, and a map of all headers has
    more than it gave.
    """
    if hasattr(read, "read"):
        read = read.read()
    if sent is None and (not read or _always_there(shape)):
        return []
    if shape.serialization.get("location") == "headers":
        read = {key: value for key, value in read.items() if key in (sent or {})}
    match shape.type_name:
        case "structure" if isinstance(read, dict) and not getattr(shape, "is_document_type", False):
            lines = []
            for name in sent.keys() | read.keys():
                given, found = sent.get(name), read.get(name)
                if f"{shape.name}.{name}" not in SHADOWED and (found is not None or given not in ([], {})):
                    lines += _differences(shape.members[name], given, found, f"{path}.{name}")
            return lines
        case "list" if isinstance(read, list) and len(read) == len(sent):
            pairs = enumerate(zip(sent, read, strict=True))
            return [line for index, (a, b) in pairs for line in _differences(shape.member, a, b, f"{path}[{index}]")]
        case "map" if isinstance(read, dict) and read.keys() == sent.keys():
            return [
                line for key in sent for line in _differences(shape.value, sent[key], read[key], f"{path}[{key!r}]")
            ]
    if isinstance(sent, dict) and not sent and not read:
        return []
    same = sent == read or (isinstance(sent, bytes) and isinstance(read, str) and sent == read.encode())
    return [] if same else [f"{path}: answered {sent!r}, read {read!r}"]


def _always_there(shape: Shape) -> bool:
    location, name = shape.serialization.get("location"), shape.serialization.get("name", "")
    return location in ("statusCode", "headers") or (location == "header" and name.lower() == "content-type")
