"""Queue attributes: their names, rules and defaults, as a table.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from orrery.kernel.context import Context
from orrery.services.sqs.redrive import Home, redrive_allow_policy, redrive_policy
from orrery.services.sqs.service import MESSAGE_SIZE, RETENTION_LONGEST, RETENTION_SHORTEST
from orrery.wire.fault import Fault

Bounds = Callable[[Context], tuple[int, int]]


class Attribute(NamedTuple):
    """One attribute that can be set. Exactly one of `bounds`, `choices` and `text` says what its values are."""

    bounds: Bounds | None = None
    choices: tuple[str, ...] = ()
    text: bool = False
    fifo: bool = False
    default: str | None = None


def _between(least: int, most: int) -> Bounds:
    return lambda ctx: (least, most)


_BOOLEAN = ("true", "false")

SETTABLE: Mapping[str, Attribute] = {
    "DelaySeconds": Attribute(_between(0, 900), default="0"),
    "MaximumMessageSize": Attribute(lambda ctx: (1024, ctx.limit(MESSAGE_SIZE))),
    "MessageRetentionPeriod": Attribute(
        lambda ctx: (ctx.limit(RETENTION_SHORTEST), ctx.limit(RETENTION_LONGEST)), default="345600"
    ),
    "Policy": Attribute(text=True),
    "ReceiveMessageWaitTimeSeconds": Attribute(_between(0, 20), default="0"),
    "VisibilityTimeout": Attribute(_between(0, 43_200), default="30"),
    "RedrivePolicy": Attribute(text=True),
    "RedriveAllowPolicy": Attribute(text=True),
    "KmsMasterKeyId": Attribute(text=True),
    "KmsDataKeyReusePeriodSeconds": Attribute(_between(60, 86_400)),
    "SqsManagedSseEnabled": Attribute(choices=_BOOLEAN, default="true"),
    "FifoQueue": Attribute(choices=_BOOLEAN, fifo=True, default="true"),
    "ContentBasedDeduplication": Attribute(choices=_BOOLEAN, fifo=True, default="false"),
    "DeduplicationScope": Attribute(choices=("queue", "messageGroup"), fifo=True, default="queue"),
    "FifoThroughputLimit": Attribute(choices=("perQueue", "perMessageGroupId"), fifo=True, default="perQueue"),
}

COUNTED = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
READABLE = frozenset((*SETTABLE, *COUNTED, "All", "CreatedTimestamp", "LastModifiedTimestamp", "QueueArn"))

_KMS_REUSE = "300"


def defaults(ctx: Context, *, fifo: bool) -> dict[str, str]:
    """The attributes of a queue of which nothing was said."""
    found = {
        name: rule.default for name, rule in SETTABLE.items() if rule.default is not None and (fifo or not rule.fifo)
    }
    found["MaximumMessageSize"] = str(ctx.limit(MESSAGE_SIZE))
    return found


def unknown(name: str) -> Fault:
    """The fault of an attribute that this queue does not have."""
    return Fault("InvalidAttributeName", f"Unknown Attribute {name}.")


def checked(ctx: Context, given: Mapping[str, str], *, fifo: bool) -> dict[str, str]:
    """The given attributes in the form in which they are kept; "" where one is to be removed.

    Policies of redrive are left as they are: `merged` checks them with their queue. Faults: InvalidAttributeName,
    InvalidAttributeValue.
    """
    return {name: _checked(ctx, name, value, fifo) for name, value in given.items()}


def merged(
    ctx: Context, current: Mapping[str, str], given: Mapping[str, str], home: Home
) -> tuple[dict[str, str], str | None, int]:
    """A queue's attributes with checked ones laid over them; with its dead-letter queue and the receives before it.

    Faults: InvalidAttributeName for two kinds of encryption, InvalidAttributeValue for high throughput without its
    scope, InvalidParameterValue for redrive policies.
    """
    attributes = {**current, **given}
    _check_encryption(attributes, given)
    if (
        attributes.get("FifoThroughputLimit") == "perMessageGroupId"
        and attributes.get("DeduplicationScope") != "messageGroup"
    ):
        raise Fault(
            "InvalidAttributeValue",
            "Invalid value for the parameter FifoThroughputLimit. Reason: The perMessageGroupId value is allowed only "
            "when the value for DeduplicationScope is messageGroup.",
        )
    if given.get("RedriveAllowPolicy"):
        attributes["RedriveAllowPolicy"] = redrive_allow_policy(given["RedriveAllowPolicy"])
    target, receives = None, 0
    text = attributes.get("RedrivePolicy")
    if text and "RedrivePolicy" in given:
        policy = redrive_policy(ctx, text, home)
        target, receives, attributes["RedrivePolicy"] = policy
    elif text:
        policy_now = msgspec.json.decode(text)
        target, receives = policy_now["deadLetterTargetArn"], policy_now["maxReceiveCount"]
    return {name: value for name, value in attributes.items() if value != ""}, target, receives


def _checked(ctx: Context, name: str, value: str, fifo: bool) -> str:
    rule = SETTABLE.get(name)
    if rule is None or (rule.fifo and not fifo):
        raise unknown(name)
    if rule.text:
        return _text(name, value)
    if rule.choices:
        lowered = value.lower() if rule.choices == _BOOLEAN else value
        if lowered not in rule.choices:
            raise _wrong(name)
        return lowered
    assert rule.bounds is not None
    least, most = rule.bounds(ctx)
    if not (value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= most):
        raise _wrong(name)
    return str(int(value))


def _text(name: str, value: str) -> str:
    """Policies must be JSON objects; a key id may be anything. "" takes an attribute away."""
    if name == "Policy" and value:
        try:
            policy: Any = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError) as error:
            raise _wrong(name) from error
        if not is_policy(policy):
            raise _wrong(name)
    return value


def is_policy(policy: Any) -> bool:
    """Whether a decoded JSON value has the form of a resource policy."""
    if not isinstance(policy, dict) or policy.get("Version", "2008-10-17") not in ("2008-10-17", "2012-10-17"):
        return False
    if not set(policy) <= {"Version", "Id", "Statement"}:
        return False
    statements = policy.get("Statement")
    listed = statements if isinstance(statements, list) else [statements]
    return bool(listed) and all(_is_statement(statement) for statement in listed)


def _is_statement(statement: Any) -> bool:
    return (
        isinstance(statement, dict)
        and statement.get("Effect") in ("Allow", "Deny")
        and (("Principal" in statement) != ("NotPrincipal" in statement))
        and (("Action" in statement) != ("NotAction" in statement))
        and (("Resource" in statement) != ("NotResource" in statement))
        and set(statement)
        <= {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
    )


def _check_encryption(attributes: dict[str, str], given: Mapping[str, str]) -> None:
    """KMS and SQS-managed encryption exclude each other: naming one turns the other off, naming both is refused."""
    key = given.get("KmsMasterKeyId")
    managed = given.get("SqsManagedSseEnabled")
    if key and managed == "true":
        raise Fault(
            "InvalidAttributeName",
            "You can use one type of server-side encryption (SSE) at one time. "
            "You can either enable KMS SSE or SQS SSE.",
        )
    if key:
        attributes["SqsManagedSseEnabled"] = "false"
    elif managed == "true":
        attributes["KmsMasterKeyId"] = ""
    if not attributes.get("KmsMasterKeyId"):
        attributes["KmsDataKeyReusePeriodSeconds"] = ""
    elif not attributes.get("KmsDataKeyReusePeriodSeconds"):
        attributes["KmsDataKeyReusePeriodSeconds"] = _KMS_REUSE


def _wrong(name: str) -> Fault:
    return Fault("InvalidAttributeValue", f"Invalid value for the parameter {name}.")
