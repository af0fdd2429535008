"""botocore's output suites in reverse: botocore reads from our answer the result a suite demands."""

from datetime import datetime
from typing import Any

import pytest
from botocore.eventstream import EventStream
from botocore.parsers import create_parser
from tests.wire.conformance.exchange import response
from tests.wire.conformance.samples import instant, plain
from tests.wire.protocols.suites import Case, cases, valued

from orrery.wire.codec import codec_for, fault_answer
from orrery.wire.fault import Fault

ALL_FIELDS = "a map of all header fields also holds those that every answer has"
FLATTENED = "botocore, unlike Smithy, reads flattened lists by their elements' name; its own runner leaves this out"
HEADER_LIST = "botocore splits such lists at every comma; its own runner leaves this out"
UNKNOWN = "the result names a member that the model does not have"
UNSET_UNION = "botocore reads no union without a member; its own runner leaves this out"
EMPTY_STREAM = "an absent stream is an empty one"
QUERY_STATUS = "AWS answers errors of former Query services with their Query status (SQS PurgeQueueInProgress: 403)"
BODY_NAME = "botocore takes a structure's own element name for a member's; its own runner leaves this out"
EXCEPTIONS = {
    "legacy/output/rest-json:9.0": ALL_FIELDS,
    "legacy/output/rest-json:17.2": UNKNOWN,
    "legacy/output/rest-xml:16.2": UNKNOWN,
    "HttpPrefixHeadersResponse": ALL_FIELDS,
    "Ec2XmlLists": FLATTENED,
    "QueryXmlLists": FLATTENED,
    "XmlLists": FLATTENED,
    "RestJsonHttpPayloadTraitsWithNoBlobBody": EMPTY_STREAM,
    "HttpPayloadTraitsWithNoBlobBody": EMPTY_STREAM,
    "RestJsonHttpPayloadWithUnsetUnion": UNSET_UNION,
    "RestXmlHttpPayloadWithUnsetUnion": UNSET_UNION,
    "RestJsonInputAndOutputWithQuotedStringHeaders": HEADER_LIST,
    "RestJsonInputAndOutputWithTimestampHeaders": HEADER_LIST,
    "InputAndOutputWithTimestampHeaders": HEADER_LIST,
    "BodyWithXmlName": BODY_NAME,
    "QueryCompatibleAwsJson10CustomCodeError": QUERY_STATUS,
    "QueryCompatibleRpcV2CborCustomCodeError": QUERY_STATUS,
}
"""Cases that cannot hold in reverse, each with its reason."""


@pytest.mark.parametrize("case", cases("output", EXCEPTIONS))
def test_a_suite_s_result_is_what_is_read_from_our_answer(case: Case) -> None:

    if "error" in case.demands:
        _assert_error(case)
    else:
        _assert_result(case)


def _assert_result(case: Case) -> None:
    shape = case.theirs.output_shape
    values = valued(shape, case.demands["result"]) if shape else {}

    answer = codec_for(case.ours, case.protocol).serialise(plain(values), "req-1")

    read = _bare(create_parser(case.protocol).parse(response(answer, case.theirs), shape))
    assert _comparable(valued(shape, read) if shape else read) == _comparable(values), answer.body
    assert answer.status == case.demands["response"].get("status_code", 200)


def _assert_error(case: Case) -> None:
    parser, theirs = create_parser(case.protocol), case.theirs.service_model
    code, message = case.demands.get("errorCode", ""), case.demands.get("errorMessage", "")
    shape = theirs.shape_for_error_code(code)
    members = valued(shape, case.demands["error"]) if shape else {}
    others = {name: value for name, value in members.items() if name.lower() != "message"}
    fault = Fault(shape.name if shape else code, message, **plain(others))
    status = case.demands["response"]["status_code"]
    if shape is None or "httpStatusCode" not in shape.metadata.get("error", {}):
        fault.status = status

    answer = fault_answer(case.ours.model, case.protocol, fault, "req-1")

    read = parser.parse(response(answer), None)["Error"]
    assert (read["Code"], read.get("Message") or "") == (code, message), (answer.headers, answer.body)
    assert answer.status == status
    if shape:
        found = _bare(parser.parse(response(answer), shape))
        assert _comparable(found) == _comparable(members), answer.body


def _bare(read: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in read.items() if name != "ResponseMetadata"}


def _comparable(value: Any) -> str:
    """A text that is equal for equal values: NaN, and moments in whatever zone they are given, too."""
    if isinstance(value, EventStream):
        value = list(value)
    if hasattr(value, "read"):
        value = value.read()
    if isinstance(value, datetime):
        return str(instant(value))
    if isinstance(value, dict):
        return repr({key: _comparable(value[key]) for key in sorted(value)})
    return repr([_comparable(item) for item in value]) if isinstance(value, list) else repr(value)
