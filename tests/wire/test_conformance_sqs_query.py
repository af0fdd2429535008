"""SQS's Query form, which today's model has lost: the last model that had it, through botocore and back."""

import json
import lzma
from pathlib import Path

import pytest
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import create_parser
from tests.wire.conformance.exchange import REQUEST_ID, parsed, request, response, routed
from tests.wire.conformance.models import models
from tests.wire.conformance.samples import Sampler, differences, plain

from orrery.wire.codec import codec_for, fault_answer
from orrery.wire.fault import Fault

MODEL = Path(__file__).parent / "protocols" / "sqs-query-botocore-1.31.80.json.xz"
THEIRS = ServiceModel(json.loads(lzma.decompress(MODEL.read_bytes())), "sqs")


@pytest.fixture(params=THEIRS.operation_names)
def theirs(request: pytest.FixtureRequest) -> OperationModel:
    return THEIRS.operation_model(request.param)


@pytest.mark.parametrize("everything", [False, True])
def test_a_request_of_an_old_client_is_routed_and_parsed(theirs: OperationModel, everything: bool) -> None:
    values = Sampler(everything=everything, protocol="query").structure(theirs.input_shape)
    head, body = request(theirs, "query", values)

    route = routed(models("sqs"), head, body)
    found = codec_for(route.operation, route.protocol).parse(head, body, route.labels)

    assert (route.service, route.operation.name, route.protocol) == ("sqs", theirs.name, "query")
    assert differences(theirs.input_shape, values, found) == []


@pytest.mark.parametrize("everything", [False, True])
def test_an_answer_is_read_by_an_old_client(theirs: OperationModel, everything: bool) -> None:
    shape = theirs.output_shape
    values = Sampler(everything=everything, answer=True, protocol="query").structure(shape) if shape else {}

    answer = codec_for(models("sqs")("sqs").operation(theirs.name), "query").serialise(plain(values), REQUEST_ID)

    read = parsed(answer, theirs, "query")
    assert read.pop("ResponseMetadata")["RequestId"] == REQUEST_ID
    assert read == values


@pytest.mark.parametrize("shape", THEIRS.error_shapes, ids=lambda shape: shape.name)
def test_an_error_is_read_by_an_old_client_by_its_old_code(shape: object) -> None:
    name, code, status = shape.name, shape.error_code, shape.metadata.get("error", {}).get("httpStatusCode")  # type: ignore[attr-defined]

    answer = fault_answer(models("sqs")("sqs"), "query", Fault(name, "It is so."), REQUEST_ID)

    read = create_parser("query").parse(response(answer), None)
    assert (read["Error"]["Code"], read["Error"]["Message"]) == (code, "It is so.")
    assert answer.status == (status or 400)
