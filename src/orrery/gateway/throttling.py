"""Throttled calls: which are, by what was asked of `orrery fail`, and the error their SDK waits and retries on.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

from types import MappingProxyType
from typing import Final

from orrery.gateway.refusals import S3
from orrery.gateway.rules import rules_for
from orrery.kernel.kernel import Kernel
from orrery.kernel.limits import THROTTLE
from orrery.wire.fault import Fault
from orrery.wire.model import Operation
from orrery.wire.routes import Route

_RATE: Final = "Rate exceeded"
# What operations declare as their own throttling error, the more telling ones first: SQS; DynamoDB and Kinesis;
# Lambda and API Gateway; all others that have one.
_DECLARED: Final = MappingProxyType(
    {
        "RequestThrottled": "The request was denied due to request throttling.",
        "ProvisionedThroughputExceededException": _RATE,
        "TooManyRequestsException": _RATE,
        "ThrottlingException": _RATE,
    }
)
# For operations that declare none: code, status, message.
_BY_PROTOCOL: Final = MappingProxyType(
    {
        "json": ("ThrottlingException", 400, _RATE),
        "smithy-rpc-v2-cbor": ("ThrottlingException", 400, _RATE),
        "rest-json": ("ThrottlingException", 429, _RATE),
        "query": ("Throttling", 400, _RATE),
        "rest-xml": ("Throttling", 400, _RATE),
        # https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
        "ec2": ("RequestLimitExceeded", 503, "Request limit exceeded."),
    }
)


def throttle(kernel: Kernel, route: Route, account: str, region: str) -> None:
    """Raise the throttling error of a call when the failure `kernel.throttle` is asked for and means it."""
    place = kernel.place(account, region)
    rule = kernel.limits.rule_at(THROTTLE, place)
    wanted = kernel.limits.failure(THROTTLE, place)
    if rule is None or wanted is None:
        return
    if wanted["service"] not in ("", route.service) or wanted["operation"] not in ("", route.operation.name):
        return
    if wanted["rate"] < 1 and kernel.ids.chance() >= wanted["rate"]:
        return
    kernel.spend(rule)
    raise throttled(route.operation, route.protocol)


def throttled(operation: Operation, protocol: str) -> Fault:
    """The throttling error of an operation in a protocol."""
    if rules_for(operation, protocol).family == S3:
        # https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
        return Fault("SlowDown", "Please reduce your request rate.", status=503)
    declared = set(operation.errors)
    for code, message in _DECLARED.items():
        if code in declared:
            return Fault(code, message)
    code, status, message = _BY_PROTOCOL[protocol]
    return Fault(code, message, status=status)
