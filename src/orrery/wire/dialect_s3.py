"""S3's words for what is wrong with a request: header fields and parameters are arguments, bodies are malformed.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from collections.abc import Sequence
from typing import Any

from orrery.wire.fault import Fault
from orrery.wire.model import Operation
from orrery.wire.problems import Problem, Unreadable, worded
from orrery.wire.shapes import Member

_MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"
_NUMBERS = ("integer", "long", "float", "double")


def describe_s3(operation: Operation, _protocol: str, problems: Sequence[Problem]) -> Fault:
    """The first problem of the arguments, else what the body is."""
    for problem in problems:
        member = _holder(operation, problem)
        if member.location is None:
            continue
        if problem.kind == "rule":
            return worded(problem.bound, member, problem.value)
        if problem.kind != "required":
            return _argument(member, problem.value)
        rule = _rule(member, "required")
        if rule is not None:
            return worded(rule, member, "")
        kind = "header" if member.location == "header" else "parameter"
        return Fault("InvalidRequest", f"Missing required {kind} for this request: {_name(member)}")
    first = problems[0]
    if first.kind == "required" and len(first.path) == 1 and _is_payload(operation, first.member):
        return Fault("MissingRequestBodyError", "Request Body is empty")
    return malformed(operation)


def _holder(operation: Operation, problem: Problem) -> Member:
    """The member of the input in which the problem is."""
    assert operation.input is not None
    return operation.input.members[str(problem.path[0])]


def unreadable_s3(operation: Operation, problem: Unreadable) -> Fault:
    """The Fault for a text that is no number, time or truth value."""
    member = problem.member
    if member is None or member.location is None:
        return malformed(operation)
    rule = _rule(member, "unreadable")
    return _argument(member, problem.value) if rule is None else worded(rule, member, problem.value)


def malformed(operation: Operation) -> Fault:
    """The Fault for a body that is no XML or not what the operation takes."""
    return Fault(operation.raw.get("malformed") or "MalformedXML", _MALFORMED)


def _is_payload(operation: Operation, member: Member) -> bool:
    return operation.input is not None and operation.input.payload == member.name


def _rule(member: Member, kind: str) -> dict[str, Any] | None:
    return next((rule for rule in member.rules if rule.get(kind)), None)


def _argument(member: Member, value: Any) -> Fault:
    name = _name(member)
    text = f"Provided {name} not an integer or within integer range" if member.type in _NUMBERS else "Invalid Argument"
    return Fault("InvalidArgument", text, ArgumentName=name, ArgumentValue="" if value is None else str(value))


def _name(member: Member) -> str:
    return member.location_name or member.name
