"""Every constrained member of the needed services: what breaks a constraint is refused, its edge is not."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError
from botocore.model import OperationModel, ServiceModel
from tests.wire.conformance.breaking import Change, at_the_edge, broken, places, unbreakable
from tests.wire.conformance.exchange import request, routed
from tests.wire.conformance.models import models
from tests.wire.conformance.samples import Sampler, Unsampled
from tests.wire.conformance.services import NEEDED, operations, protocols, report, their_model

from orrery.wire.codec import codec_for
from orrery.wire.fault import Fault

ITS_OWN = "the patch lifts the enum: the operation has an answer of its own for unknown names"
QUICK = {"cloudwatch", "dynamodb", "elb", "iam", "kms", "s3", "sns", "sqs", "sts"}
"""One service or more a protocol; the others run only in `make test-all`."""
PATCHED = {
    "s3 CreateBucketConfiguration.LocationConstraint": ITS_OWN,
    "s3 CreateBucketRequest.BucketNamespace": ITS_OWN,
    "s3 PutBucketPolicyRequest.Policy": "an empty policy is a policy that is no JSON",
    "s3 Tag.Key": "an empty tag key is a tag that is not valid",
    "s3 Tagging.TagSet": "a tagging document without a set is the empty one",
    "sqs AttributeNameList.member": ITS_OWN,
    "sqs MessageSystemAttributeList.member": ITS_OWN,
}
"""Constraints that a service's patch replaces."""


@pytest.mark.parametrize(
    "service", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in sorted(NEEDED)]
)
def test_a_broken_constraint_is_refused_and_its_edge_accepted(
    service: str, record_property: Callable[[str, object], None]
) -> None:
    theirs = their_model(service)
    protocol = protocols(theirs)[0]
    counts: Counter[str] = Counter()

    problems = [
        problem
        for operation, change, valid in _changes(theirs, protocol, counts)
        for problem in _problems(operation, protocol, change, counts, valid=valid)
    ]

    for kind, count in sorted(counts.items()):
        record_property(f"constraints: {kind}", count)
    assert not problems, report(problems)


def _changes(
    theirs: ServiceModel, protocol: str, counts: Counter[str]
) -> Iterator[tuple[OperationModel, Change, bool]]:
    """Each constraint of the service once, where a sample of an input first has it."""
    seen: set[tuple[str, str]] = set()
    for operation in operations(theirs):
        if operation.input_shape is None:
            continue
        try:
            sample: dict[str, Any] = Sampler(everything=True, protocol=protocol).structure(operation.input_shape)
        except Unsampled:
            counts["operations without a sample"] += 1
            continue
        for place in places(operation.input_shape, sample):
            if (place.owner, place.name) in seen or f"{theirs.service_name} {place.owner}.{place.name}" in PATCHED:
                continue
            seen.add((place.owner, place.name))
            counts["patterns that nothing of ours breaks"] += unbreakable(place.shape)
            changes = broken(sample, place, form=protocol in ("query", "ec2"))
            yield from ((operation, change, False) for change in changes)
            yield from ((operation, change, True) for change in at_the_edge(sample, place))


def _problems(
    operation: OperationModel, protocol: str, change: Change, counts: Counter[str], *, valid: bool
) -> list[str]:
    name = f"{operation.service_model.service_name}.{operation.name} {change.place.path} {change.kind}"
    try:
        head, body = request(operation, protocol, change.sample)
    except (ParamValidationError, KeyError):  # a part of the host that is missing or not fit for one
        counts["not sent by botocore"] += 1
        return []
    counts[change.kind] += 1
    try:
        route = routed(models(operation.service_model.service_name), head, body)
        if route.operation.name != operation.name or route.service != operation.service_model.service_name:
            counts["requests of another operation"] += 1
            return []
        codec_for(route.operation, route.protocol).parse(head, body, route.labels)
    except Fault as fault:
        return [f"{name}: refused with {fault.code}: {fault.message}"] if valid else []
    return [] if valid else [f"{name}: accepted ({change.place.shape.metadata})"]
