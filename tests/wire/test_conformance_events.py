"""Every event stream of every service: botocore reads each event and each exception as the values it was made from."""

from typing import Any

import pytest
from botocore.eventstream import EventStream
from botocore.exceptions import EventStreamError
from botocore.model import OperationModel, Shape
from tests.wire.conformance.exchange import REQUEST_ID, parsed
from tests.wire.conformance.samples import Sampler, differences, plain
from tests.wire.conformance.services import every_service, operations, protocols, report, their_model

from orrery.wire.codec import codec_for
from orrery.wire.events import decode_event, encode_event, encode_fault
from orrery.wire.eventstream import decode, event
from orrery.wire.fault import Fault
from orrery.wire.http import Answer
from orrery.wire.model import load_model

READ = ("bedrock-runtime", "connecthealth", "lexv2-runtime", "polly", "qbusiness")
"""Services that are sent event streams."""
WRITTEN = (
    *("bedrock-agent-runtime", "bedrock-agentcore", "bedrock-runtime", "connecthealth", "devops-agent", "healthlake"),
    *("iotsitewise", "kinesis", "lambda", "lexv2-runtime", "logs", "polly", "qbusiness", "s3", "sagemaker-runtime"),
)
"""Services that answer with event streams."""
MESSAGE = "It <was> wrong & ä."


@pytest.mark.parametrize("service", WRITTEN)
def test_every_event_of_an_answer_is_read_as_its_values(service: str) -> None:
    theirs, ours = their_model(service), load_model(service)
    problems = []

    for operation, stream in _streams(service, "output"):
        for protocol in protocols(theirs):
            codec = codec_for(ours.operation(operation.name), protocol)
            events = [
                {name: Sampler(everything=True, answer=True).structure(shape)}
                for name, shape in operation.output_shape.members[stream].members.items()
                if not shape.metadata.get("exception")
            ]
            around = Sampler(everything=True, answer=True).structure(operation.output_shape)
            answer = codec.serialise(plain({**around, stream: events}), REQUEST_ID)
            read = parsed(answer, operation, protocol)
            found = _events(read[stream])
            name = f"{service}.{operation.name} {protocol}"
            problems += [f"{name}: {a!r} read as {b!r}" for a, b in zip(events, found, strict=True) if a != b]
            problems += [
                f"{name}.{key}: {value!r} read as {read.get(key)!r}"
                for key, value in around.items()
                if read.get(key) != value
            ]

    assert not problems, report(problems)


@pytest.mark.parametrize("service", WRITTEN)
def test_every_exception_of_a_stream_and_any_other_fault_ends_it_readably(service: str) -> None:
    theirs, ours = their_model(service), load_model(service)

    for operation, stream in _streams(service, "output"):
        union = operation.output_shape.members[stream]
        exceptions = {name: shape for name, shape in union.members.items() if shape.metadata.get("exception")}
        for protocol in protocols(theirs):
            codec = codec_for(ours.operation(operation.name), protocol)
            member = ours.operation(operation.name).output.members[stream]  # type: ignore[union-attr]
            begun = codec.serialise({stream: []}, REQUEST_ID)
            for code, expected in {**{s.name: n for n, s in exceptions.items()}, "Odd.Code": "Odd.Code"}.items():
                frame = encode_fault(member, protocol, Fault(code, MESSAGE))
                read = parsed(Answer(200, begun.headers, begun.body + frame), operation, protocol)

                with pytest.raises(EventStreamError) as caught:
                    list(read[stream])

                assert caught.value.response["Error"]["Code"] == expected
                modelled = code == "Odd.Code" or _has_message(union.members[expected])
                assert caught.value.response["Error"]["Message"] == (MESSAGE if modelled else "")


@pytest.mark.parametrize("service", READ)
def test_every_event_of_a_request_is_read_as_it_was_written(service: str) -> None:
    theirs, ours = their_model(service), load_model(service)

    for operation, stream in _streams(service, "input"):
        for protocol in protocols(theirs):
            member = ours.operation(operation.name).input.members[stream]  # type: ignore[union-attr]
            for name, shape in operation.input_shape.members[stream].members.items():
                if shape.metadata.get("exception"):
                    continue
                values = Sampler(everything=True).structure(shape)

                back = decode_event(member, protocol, decode(encode_event(member, protocol, {name: plain(values)})))

                assert back is not None
                assert back[0] == name
                assert not differences(shape, values, back[1])


@pytest.mark.parametrize("service", every_service())
def test_the_services_with_event_streams_are_those_above(service: str) -> None:
    assert bool(_streams(service, "input")) == (service in READ)
    assert bool(_streams(service, "output")) == (service in WRITTEN)


def _streams(service: str, direction: str) -> list[tuple[OperationModel, str]]:
    found = []
    for operation in operations(their_model(service)):
        shape = operation.output_shape if direction == "output" else operation.input_shape
        if shape is not None and shape.type_name == "structure" and shape.event_stream_name:
            found.append((operation, shape.event_stream_name))
    return found


def _events(stream: EventStream) -> list[dict[str, Any]]:
    return list(stream)


def _has_message(shape: Shape) -> bool:
    return any(name.lower() == "message" for name in shape.members)


def test_an_event_the_stream_does_not_know_is_ignored_and_a_spoilt_one_is_a_fault() -> None:
    operation = load_model("lexv2-runtime").operation("StartConversation")
    assert operation.input is not None
    stream = operation.input.members["requestEventStream"]

    assert decode_event(stream, "rest-json", event("Unknown", b"{}")) is None
    for payload in (b"{", b"[]", b'{"audioChunk": 1}', b'{"clientTimestampMillis": "x"}', b"[" * 100_000):
        with pytest.raises(Fault, match=r"SerializationException|ValidationException"):
            decode_event(stream, "rest-json", event("AudioInputEvent", payload))
