"""How each kind of service words its validation errors: which code, how many problems at once, in what text.

The dialect follows from the protocol, unless the service's patch names one (`metadata.dialect`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from orrery.wire.dialect_s3 import describe_s3, malformed, unreadable_s3
from orrery.wire.fault import Fault
from orrery.wire.model import Operation
from orrery.wire.problems import Path, Problem, Unreadable, worded
from orrery.wire.shapes import Member

Describe = Callable[[Operation, str, Sequence[Problem]], Fault]


def describe(operation: Operation, protocol: str, problems: Sequence[Problem]) -> Fault:
    """The Fault with which the operation's service answers these problems (at least one)."""
    return _DIALECTS[_dialect(operation, protocol)](operation, protocol, problems)


def _dialect(operation: Operation, protocol: str) -> str:
    named: str | None = operation.model.metadata.get("dialect")
    return named or _BY_PROTOCOL[protocol]


def unreadable(operation: Operation, protocol: str, problem: Unreadable) -> Fault:
    """The Fault for a value of the wrong type, or a body that is not in the protocol's form."""
    message = str(problem)
    if protocol == "query":
        return Fault("MalformedInput", message)
    if protocol == "ec2":
        return Fault("InvalidParameterValue", message)
    if protocol == "rest-xml":
        return unreadable_s3(operation, problem) if _dialect(operation, protocol) == "s3" else malformed(operation)
    return Fault("SerializationException", message)


def _worded(problem: Problem) -> Fault:
    return worded(problem.bound, problem.member, problem.value, coral_path(problem.path))


def _coral(operation: Operation, protocol: str, problems: Sequence[Problem]) -> Fault:
    """AWS's service framework: every problem in one message, joined by semicolons."""
    rule = next((problem for problem in problems if problem.kind == "rule"), None)
    if rule is not None:
        return _worded(rule)
    count = len(problems)
    head = f"{count} validation error{'' if count == 1 else 's'} detected: "
    text = "; ".join(
        f"Value {java_text(problem.value, quoted=True)} at '{coral_path(problem.path)}' failed to satisfy constraint: "
        f"{_constraint(problem)}"
        for problem in problems
    )
    code = operation.model.metadata.get("validationError")
    return Fault(code or ("ValidationError" if protocol == "query" else "ValidationException"), head + text)


def _constraint(problem: Problem) -> str:
    kind, bound = problem.kind, problem.bound
    if kind in ("elements", "keys", "values"):
        opening = {"elements": "Member", "keys": "Map keys", "values": "Map value"}[kind]
        return f"{opening} must satisfy constraint: [{', '.join(_element_constraints(bound, kind))}]"
    return _single(kind, bound)


def _single(kind: str, bound: Any) -> str:
    if kind == "required":
        return "Member must not be null"
    if kind == "pattern":
        return f"Member must satisfy regular expression pattern: {bound}"
    if kind == "enum":
        return f"Member must satisfy enum value set: [{', '.join(bound)}]"
    what = "value" if kind in ("most", "least") else "length"
    return f"Member must have {what} {'less' if kind in ('most', 'longest') else 'greater'} than or equal to {bound}"


def _element_constraints(element: Member, kind: str) -> list[str]:
    number = element.shape.type in ("integer", "long", "float", "double")
    texts = []
    if element.max is not None:
        texts.append(_single("most" if number else "longest", element.max))
    if element.min is not None:
        texts.append(_single("least" if number else "shortest", element.min))
    if element.pattern:
        texts.append(_single("pattern", element.pattern))
    if element.enum:
        texts.append(_single("enum", element.enum))
    if kind != "keys":
        texts.append(_single("required", None))
    return texts


def coral_path(path: Path) -> str:
    """`tags.1.member.tagKey`: names begin in lower case."""
    return ".".join(place[:1].lower() + place[1:] if isinstance(place, str) else str(place) for place in path)


def java_text(value: Any, *, quoted: bool = False) -> str:
    """A value as Java prints it; `quoted` as validation messages do (null bare, everything else in quotes)."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, bytes):
        text = f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
    elif isinstance(value, dict):
        text = "{" + ", ".join(f"{key}={java_text(entry)}" for key, entry in value.items()) + "}"
    elif isinstance(value, list | tuple):
        text = "[" + ", ".join(java_text(entry) for entry in value) + "]"
    else:
        text = str(value)
    return f"'{text}'" if quoted else text


def _sqs(operation: Operation, protocol: str, problems: Sequence[Problem]) -> Fault:
    """SQS: the first missing parameter, then the first worded rule, then the framework's way."""
    for problem in problems:
        if problem.kind == "required":
            return Fault("MissingParameter", f"The request must contain the parameter {problem.member.name}.")
    return _coral(operation, protocol, problems)


def _ec2(_operation: Operation, _protocol: str, problems: Sequence[Problem]) -> Fault:
    """EC2: one problem at a time."""
    for problem in problems:
        if problem.kind == "required":
            return Fault("MissingParameter", f"The request must contain the parameter {ec2_path(problem.path)}")
        if problem.kind == "rule":
            return _worded(problem)
    problem = problems[0]
    value = java_text(problem.value)
    return Fault("InvalidParameterValue", f"Invalid value '{value}' for {ec2_path(problem.path)}.")


def ec2_path(path: Path) -> str:
    """`NetworkInterface.1.SubnetId`, in the lower-camel form that EC2's messages use: `networkInterface.1.subnetId`."""
    return ".".join(
        place[:1].lower() + place[1:] if isinstance(place, str) else str(place) for place in path if place != "member"
    )


_DIALECTS: Mapping[str, Describe] = {"coral": _coral, "sqs": _sqs, "ec2": _ec2, "s3": describe_s3}
_BY_PROTOCOL: Mapping[str, str] = {
    "json": "coral",
    "query": "coral",
    "rest-json": "coral",
    "rest-xml": "coral",
    "smithy-rpc-v2-cbor": "coral",
    "ec2": "ec2",
}
