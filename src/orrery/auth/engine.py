"""May this principal do this? The seam that the policy evaluation fills; until then root may do all, others nothing."""

from typing import Literal, NamedTuple

from orrery.kernel.call import Principal
from orrery.wire.fault import Fault

Mode = Literal["enforce", "audit", "open"]

FREE = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken"})
"""Actions that need no permission. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""
OPEN = frozenset({"s3:PreflightRequest"})
"""What nobody signs. https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html"""


class Decision(NamedTuple):
    """Whether, and in which layer it was decided."""

    allowed: bool
    layer: str


def decide(principal: Principal, action: str) -> Decision:
    """The decision for `action` (`sqs:SendMessage`)."""
    if principal.kind == "root":
        return Decision(True, "root")
    if action in OPEN or (action in FREE and principal.kind != "anonymous"):
        return Decision(True, "no permission needed")
    return Decision(False, "identity-based policies")


def denial(principal: Principal, action: str, resource: str) -> Fault:
    """The fault of a denied call, in AWS's words.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    return Fault(
        "AccessDenied",
        f"User: {principal.arn} is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action",
        status=403,
    )
