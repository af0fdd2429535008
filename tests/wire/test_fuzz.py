"""Malformed requests in every protocol: whatever the bytes, the answer is a Fault of the sender."""

from typing import NamedTuple
from urllib.parse import quote_from_bytes

import pytest
from msgspec.structs import asdict
from tests.wire.conformance.exchange import REQUEST_ID, request, routed
from tests.wire.conformance.models import models
from tests.wire.conformance.mutations import bombs, spoilt
from tests.wire.conformance.samples import Sampler
from tests.wire.conformance.services import their_model

from orrery.wire.codec import codec_for
from orrery.wire.fault import Fault
from orrery.wire.http import Head


class Target(NamedTuple):
    """An operation with members of many kinds."""

    service: str
    operation: str
    protocol: str


TARGETS = (
    Target("dynamodb", "PutItem", "json"),
    Target("sqs", "SendMessageBatch", "json"),
    Target("kms", "Encrypt", "json"),
    Target("ssm", "CreateAssociation", "json"),
    Target("iam", "CreateRole", "query"),
    Target("sns", "Publish", "query"),
    Target("cloudwatch", "PutMetricData", "query"),
    Target("autoscaling", "CreateAutoScalingGroup", "query"),
    Target("ec2", "RunInstances", "ec2"),
    Target("lambda", "CreateFunction", "rest-json"),
    Target("iot", "CreateTopicRule", "rest-json"),
    Target("s3", "PutBucketLifecycleConfiguration", "rest-xml"),
    Target("s3", "PutObjectTagging", "rest-xml"),
    Target("route53", "ChangeResourceRecordSets", "rest-xml"),
    Target("cloudfront", "CreateDistribution", "rest-xml"),
    Target("cloudwatch", "PutMetricData", "smithy-rpc-v2-cbor"),
    Target("codedeploy", "CreateDeploymentGroup", "smithy-rpc-v2-cbor"),
)


def valid(target: Target) -> tuple[Head, bytes]:
    operation = their_model(target.service).operation_model(target.operation)
    return request(
        operation,
        target.protocol,
        Sampler(everything=True, protocol=target.protocol).structure(operation.input_shape),
    )


def attempt(head: Head, body: bytes) -> Fault | None:
    """The Fault that routing or parsing answers with; any other exception is the test's failure."""
    try:
        route = routed(models("fuzz"), head, body)
        codec_for(route.operation, route.protocol).parse(head, body, route.labels)
    except Fault as fault:
        return fault
    return None


@pytest.mark.parametrize("target", TARGETS, ids="-".join)
def test_a_spoilt_body_is_read_or_answered_with_a_fault_of_the_sender(target: Target) -> None:
    head, body = valid(target)
    assert attempt(head, body) is None
    codec = codec_for(routed(models("fuzz"), head, body).operation, target.protocol)

    for data in spoilt("-".join(target), body, 1500):
        fault = attempt(head, data)
        if fault is not None:
            assert 400 <= codec.fault(fault, REQUEST_ID).status < 500, (fault, data)


@pytest.mark.parametrize("target", TARGETS, ids="-".join)
def test_a_spoilt_head_is_read_or_answered_with_a_fault(target: Target) -> None:
    head, body = valid(target)

    for number, data in enumerate(spoilt("-".join(target), head.target, 300)):
        path = quote_from_bytes(data, safe="/?&=%+,;:@!$'()*~.-_") if number % 2 else data.decode("latin-1")
        attempt(Head(head.method, path.encode("latin-1"), head.headers.raw), body)
    for position, (name, value) in enumerate(head.headers.raw):
        for data in spoilt(f"{target} {position}", value, 60):
            headers = [*head.headers.raw[:position], (name, data), *head.headers.raw[position + 1 :]]
            attempt(Head(head.method, head.target, headers), body)


@pytest.mark.parametrize("target", TARGETS, ids="-".join)
def test_a_bomb_is_answered_with_a_fault(target: Target) -> None:
    head, body = valid(target)
    operation = b"Action=%s&Version=%s&" % (
        target.operation.encode(),
        routed(models("fuzz"), head, body).operation.model.api_version.encode(),
    )

    for name, bomb in bombs(target.protocol):
        fault = attempt(head, operation + bomb if target.protocol in ("query", "ec2") else bomb)
        assert fault is not None, name


@pytest.mark.parametrize("protocol", ["json", "rest-json", "rest-xml", "smithy-rpc-v2-cbor"])
@pytest.mark.parametrize("data", [b"[]", b"1", b"null", b'"text"', b"<x/>", b"\xf6", b"\x80", b"\x00", b" "])
def test_a_body_that_is_no_structure_is_answered_with_a_fault(protocol: str, data: bytes) -> None:
    target = next(target for target in TARGETS if target.protocol == protocol)
    head, _ = valid(target)

    assert attempt(head, data) is not None


def test_a_body_cannot_set_what_stands_in_path_parameters_or_fields() -> None:
    operation = their_model("lambda").operation_model("PutFunctionEventInvokeConfig")
    head, _ = request(operation, "rest-json", {"FunctionName": "mine"})
    body = b'{"FunctionName": "theirs", "Qualifier": "LIVE", "@Qualifier": "LIVE", "MaximumRetryAttempts": 1}'

    route = routed(models("fuzz"), head, body)
    parsed = asdict(codec_for(route.operation, route.protocol).parse(head, body, route.labels))

    assert (parsed["FunctionName"], parsed["Qualifier"], parsed["MaximumRetryAttempts"]) == ("mine", None, 1)
