"""botocore's input suites in reverse: from the request a suite demands we read its parameters."""

import gzip

import pytest
from botocore.serialize import create_serializer
from botocore.utils import percent_encode_sequence
from tests.wire.conformance.samples import differences
from tests.wire.protocols.suites import Case, cases, valued

from orrery.wire.codec import codec_for
from orrery.wire.http import Head
from orrery.wire.routes import labels_of

TOKEN = "the parameters leave out the token that the client makes up"
UNCAPITALISED = "the suite leaves out the compressed body, and botocore does not capitalise the name in its own"
EXCEPTIONS = {
    "Ec2ProtocolIdempotencyTokenAutoFill": TOKEN,
    "QueryProtocolIdempotencyTokenAutoFill": TOKEN,
    "RestJsonQueryIdempotencyTokenAutoFill": TOKEN,
    "QueryIdempotencyTokenAutoFill": TOKEN,
    "legacy/input/ec2:8.1": TOKEN,
    "legacy/input/json:6.1": TOKEN,
    "legacy/input/query:12.1": TOKEN,
    "legacy/input/rest-json:19.1": TOKEN,
    "legacy/input/rest-xml:23.1": TOKEN,
    "SDKAppliedContentEncoding_ec2Query": UNCAPITALISED,
    "SDKAppendsGzipAndIgnoresHttpProvidedEncoding_ec2Query": UNCAPITALISED,
    "MediaTypeHeaderInputBase64": "the suite's value is the JSON text in the field, ours what that JSON says",
    "RestJsonQueryPrecedence": "a rule for clients: to a server a map of all parameters is what was sent",
    "RestXmlQueryPrecedence": "a rule for clients: to a server a map of all parameters is what was sent",
}
"""Cases that cannot hold in reverse, each with its reason."""
COMPRESSED = "PutWithContentEncoding"
"""The operation for which the suites leave out the body, since it is compressed: botocore's is taken for it."""


@pytest.mark.parametrize("case", cases("input", EXCEPTIONS))
def test_a_suite_s_request_is_parsed_to_its_parameters(case: Case) -> None:
    wanted = case.demands["serialized"]
    head = Head(
        wanted.get("method", "POST"),
        wanted.get("uri", "/").encode(),
        [(name.encode(), str(value).encode()) for name, value in wanted.get("headers", {}).items()],
    )

    shape, params = case.theirs.input_shape, case.demands.get("params", {})
    body = compressed(case) if case.theirs.name == COMPRESSED else case.body("serialized")

    parsed = codec_for(case.ours, case.protocol).parse(head, body, labels_of(case.ours, head))

    found = differences(shape, valued(shape, params), parsed) if shape else []
    # The client adds "gzip" to the member that is the header field; only REST has such a member.
    assert [line for line in found if case.theirs.name != COMPRESSED or not line.startswith(".encoding")] == []


def compressed(case: Case) -> bytes:
    """The body that botocore sends, in gzip."""
    sent = create_serializer(case.protocol).serialize_to_request(case.demands["params"], case.theirs)["body"]
    return gzip.compress(percent_encode_sequence(sent).encode() if isinstance(sent, dict) else sent)
