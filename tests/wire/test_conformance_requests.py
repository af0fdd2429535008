"""Every operation of every service: what botocore sends is routed and parsed to the values given."""

from collections.abc import Mapping

import pytest
from botocore.model import OperationModel
from tests.wire.conformance.exchange import request, routed
from tests.wire.conformance.models import models
from tests.wire.conformance.samples import Sampler, Unsampled, differences
from tests.wire.conformance.services import every_service, operations, protocols, report, their_model

from orrery.wire.codec import codec_for
from orrery.wire.fault import Fault
from orrery.wire.http import Head
from orrery.wire.model import Operation
from orrery.wire.paths import paths_of
from orrery.wire.routes import Route

SAME_ENDPOINT = {
    "docdb": "rds",
    "greengrassv2": "greengrass",
    "lambda-microvms": "lambda",
    "neptune": "rds",
    "pinpoint-sms-voice": "sms-voice",
    "signer": "signer-data",
    "qconnect": "wisdom",
    "timestream-write": "timestream-query",
}
"""Services some of whose requests cannot be told from another's: endpoint and signing name (and API version or
target prefix) are the same, and so is what the operations of the same name do."""
EXCEPTIONS = {
    "s3.ListDirectoryBuckets": "is ListBuckets at the host s3express-control, for which we have no service",
    "s3.WriteGetObjectResponse": "is sent to hosts of s3-object-lambda, which botocore's model does not name",
    "s3.PutBucketNotification": "two members of the deprecated operation read the same element, Event",
}
UNSAMPLED = {
    "qbusiness": "no text of the pattern of MessageBody can exist",
}
"""Services with a required member for which no value can exist, with the reason."""


@pytest.mark.parametrize("service", every_service())
def test_every_request_is_routed_and_parsed_to_the_values_it_was_made_from(service: str) -> None:
    theirs = their_model(service)

    problems = [
        problem
        for protocol in protocols(theirs)
        for operation in operations(theirs)
        for everything in (False, True)
        for problem in _problems(operation, protocol, everything=everything)
    ]

    assert not problems, report(problems)


def _problems(operation: OperationModel, protocol: str, *, everything: bool) -> list[str]:
    extent = "all" if everything else "required"
    name = f"{operation.service_model.service_name}.{operation.name} {protocol} {extent}"
    if f"{operation.service_model.service_name}.{operation.name}" in EXCEPTIONS:
        return []
    shape = operation.input_shape
    try:
        values = Sampler(everything=everything, protocol=protocol).structure(shape) if shape else {}
    except Unsampled as reason:
        return [] if operation.service_model.service_name in UNSAMPLED else [f"{name}: {reason}"]
    head, body = request(operation, protocol, values)
    try:
        route = routed(models(operation.service_model.service_name), head, body)
        service = operation.service_model.service_name
        ours = models(service)(service).operation(operation.name)
        right = route.service in (service, SAME_ENDPOINT.get(service)) and route.protocol == protocol
        if not right or (route.operation.name != operation.name and not _same_request(route.operation, ours)):
            return [f"{name}: routed to {route.service}.{route.operation.name} {route.protocol}"]
        parsed = codec_for(ours, protocol).parse(head, body, _labels(route, ours, head))
    except Fault as fault:
        return [f"{name}: {fault.code}: {fault.message}: {head.target!r} {head.headers.raw} {body[:300]!r}"]
    return [f"{name}{line}" for line in differences(shape, values, parsed)] if shape else []


def _labels(route: Route, meant: Operation, head: Head) -> Mapping[str, str]:
    """The path's labels by the names that the meant operation has for them."""
    if route.operation is meant or not route.protocol.startswith("rest"):
        return route.labels
    found = paths_of(meant.model).find(head)
    assert found is not None
    return found.labels


def _same_request(found: Operation, meant: Operation) -> bool:
    """Whether a deprecated operation's requests are the same as those of the one that took its place."""
    return bool(meant.raw.get("deprecated")) and (found.method, found.uri) == (meant.method, meant.uri)
