"""Codecs: one an operation and protocol, kept."""

import pytest
from tests.wire.small_model import head

from orrery.wire.catalog import Models
from orrery.wire.codec import PROTOCOLS, codec_for, fault_answer
from orrery.wire.fault import Fault


@pytest.mark.row("SDK-001")
def test_every_protocol_of_the_catalog_has_a_codec(models: Models) -> None:
    spoken = {protocol for entry in models.catalog.services.values() for protocol in entry.protocols}

    assert spoken == set(PROTOCOLS)


def test_a_codec_is_compiled_once(models: Models) -> None:
    send = models("sqs").operation("SendMessage")

    assert codec_for(send, "json") is codec_for(send, "json")
    assert codec_for(send, "json") is not codec_for(send, "query")


def test_one_operation_speaks_each_of_its_service_s_protocols(models: Models) -> None:
    operation = models("sqs").operation("CreateQueue")
    bodies = {"json": b'{"QueueName": "q"}', "query": b"Action=CreateQueue&QueueName=q"}

    names = [codec_for(operation, protocol).parse(head(), body, {}).QueueName for protocol, body in bodies.items()]

    assert names == ["q", "q"]


def test_an_error_to_a_head_request_has_no_body(models: Models) -> None:
    answer = codec_for(models("s3").operation("HeadObject"), "rest-xml").fault(Fault("NoSuchKey", "none"), "r")

    assert (answer.status, answer.body) == (404, b"")


def test_an_error_can_be_written_before_the_operation_is_known(models: Models) -> None:
    answer = fault_answer(models("sqs"), "json", Fault("UnknownOperationException"), "r")

    assert answer.status == 400


def test_a_protocol_that_does_not_exist_is_a_key_error(models: Models) -> None:
    with pytest.raises(KeyError):
        codec_for(models("sqs").operation("SendMessage"), "soap")


@pytest.mark.row("SDK-008")
@pytest.mark.parametrize(
    ("service", "operation", "protocol", "place"),
    [
        ("sqs", "ListQueues", "json", b"x-amzn-RequestId"),
        ("sts", "GetCallerIdentity", "query", b"<RequestId>req-1</RequestId>"),
        ("ec2", "DescribeRegions", "ec2", b"<requestId>req-1</requestId>"),
        ("lambda", "ListFunctions", "rest-json", b"x-amzn-RequestId"),
        ("route53", "ListHostedZones", "rest-xml", b"x-amzn-RequestId"),
        ("s3", "ListBuckets", "rest-xml", b"x-amz-request-id"),
        ("cloudwatch", "ListDashboards", "smithy-rpc-v2-cbor", b"x-amzn-RequestId"),
    ],
)
def test_answers_and_errors_carry_the_request_s_id(
    models: Models, service: str, operation: str, protocol: str, place: bytes
) -> None:
    codec = codec_for(models(service).operation(operation), protocol)

    for answer in (codec.serialise({}, "req-1"), codec.fault(Fault("InternalFailure"), "req-1")):
        assert (place, b"req-1") in answer.headers or place in answer.body or b"<RequestID>req-1</" in answer.body
