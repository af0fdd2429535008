"""What may be sent: a message's body, attributes, group and deduplication id, and their size.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from orrery.kernel.context import Context
from orrery.services.sqs.digests import content_deduplication_id
from orrery.services.sqs.fifo import is_identifier
from orrery.services.sqs.records import Attribute, Queue
from orrery.services.sqs.service import MESSAGE_ATTRIBUTES
from orrery.wire.fault import Fault

TRACE_HEADER = "AWSTraceHeader"

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile(r"(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)")
_NOTHING: dict[str, Attribute] = {}


class Draft(NamedTuple):
    """A message that may be sent to its queue; `raw` is the body's bytes, `size` counts attributes too."""

    body: str
    raw: bytes
    size: int
    attributes: dict[str, Attribute]
    trace: str | None
    group: str | None
    deduplication: str | None
    delay: int


def invalid(value: object, parameter: str, reason: str) -> Fault:
    """SQS's usual words for a value it does not take."""
    return Fault("InvalidParameterValue", f"Value {value} for parameter {parameter} is invalid. Reason: {reason}")


def draft(ctx: Context, queue: Queue, entry: Any) -> Draft:
    """The message a SendMessage request or a batch entry describes. Raises the fault SQS answers for a bad one."""
    body: str = entry.MessageBody
    if not (body.isascii() and body.isprintable()) and _FORBIDDEN.search(body):
        raise Fault(
            "InvalidMessageContents",
            "Invalid characters found. Valid unicode characters are "
            "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
        )
    raw = body.encode()
    size = len(raw)
    attributes = _NOTHING
    if entry.MessageAttributes:
        attributes = user_attributes(ctx, entry.MessageAttributes)
        size += attributes_size(attributes)
    if size > queue.largest:
        raise Fault(
            "InvalidParameterValue",
            f"One or more parameters cannot be validated. Reason: Message must be shorter than {queue.largest} bytes.",
        )
    trace = _trace(entry.MessageSystemAttributes) if entry.MessageSystemAttributes else None
    group: str | None = entry.MessageGroupId
    if group is not None and not is_identifier(group):
        raise invalid(group, "MessageGroupId", _only_identifier("MessageGroupId"))
    if queue.fifo:
        deduplication = _deduplication(queue, entry, raw)
        delay = _fifo_delay(queue, entry.DelaySeconds)
    else:
        deduplication = None
        delay = queue.delay if entry.DelaySeconds is None else _standard_delay(entry.DelaySeconds)
        if entry.MessageDeduplicationId is not None:
            raise invalid(entry.MessageDeduplicationId, "MessageDeduplicationId", WRONG_QUEUE_TYPE)
    return Draft(body, raw, size, attributes, trace, group, deduplication, delay)


WRONG_QUEUE_TYPE = "The request include parameter that is not valid for this queue type."


def check_fifo(queue: Queue, entry: Any) -> None:
    """Refuse a message for a FIFO queue without group or deduplication id; a batch fails as a whole for these."""
    if entry.MessageGroupId is None:
        raise Fault("MissingParameter", "The request must contain the parameter MessageGroupId.")
    if entry.MessageDeduplicationId is None and queue.attributes["ContentBasedDeduplication"] != "true":
        raise Fault(
            "InvalidParameterValue",
            "The queue should either have ContentBasedDeduplication enabled or "
            "MessageDeduplicationId provided explicitly",
        )


def attributes_size(attributes: Mapping[str, Attribute]) -> int:
    """Bytes that attributes count towards a message's size: names, types and values."""
    size = 0
    for name, (kind, value) in attributes.items():
        size += len(name.encode()) + len(kind.encode()) + len(value)
    return size


def user_attributes(ctx: Context, given: Mapping[str, Any]) -> dict[str, Attribute]:
    """A request's MessageAttributes. Faults: InvalidParameterValue, UnsupportedOperation for lists."""
    most = ctx.limit(MESSAGE_ATTRIBUTES)
    if len(given) > most:
        raise Fault(
            "InvalidParameterValue",
            f"Number of message attributes [{len(given)}] exceeds the allowed maximum [{most}].",
        )
    return {name: _attribute(name, value) for name, value in given.items()}


def _attribute(name: str, given: Any) -> Attribute:
    _check_name(name)
    kind: str = given.DataType
    base = kind.partition(".")[0]
    if not kind:
        raise _bad(name, "must contain a non-empty message attribute type.")
    if base not in ("String", "Number", "Binary") or len(kind) > 256:
        raise _bad(
            name,
            "has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.",
        )
    if given.StringListValues or given.BinaryListValues:
        raise Fault("UnsupportedOperation", "Message attribute list values in SendMessage operation are not supported.")
    value: str | bytes | None = given.BinaryValue if base == "Binary" else given.StringValue
    if not value:
        raise _bad(name, f"must contain a non-empty value of type '{base if base != 'Number' else 'String'}'.")
    if isinstance(value, str) and _FORBIDDEN.search(value):
        raise Fault(
            "InvalidMessageContents",
            f"Message (user) attribute '{name}' has an invalid value: characters outside the allowed set were found.",
        )
    if base == "Number" and isinstance(value, str) and not _is_number(value):
        raise Fault("InvalidParameterValue", f"Can't cast the value of message (user) attribute '{name}' to a number.")
    return kind, value.encode() if isinstance(value, str) else value


def _check_name(name: str) -> None:
    if name.lower().startswith(("aws.", "amazon.")):
        raise _bad(name, "is invalid: a name must not start with 'AWS.' or 'Amazon.'.")
    if _NAME.fullmatch(name) is None:
        raise _bad(
            name,
            "has an invalid name. A name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-) and period (.), "
            "1 to 256 of them, must not start or end with a period and must not contain successive periods.",
        )


def _trace(given: Mapping[str, Any]) -> str | None:
    """The trace header among a request's MessageSystemAttributes: the only one that can be sent."""
    for name, value in given.items():
        if name != TRACE_HEADER:
            raise Fault("InvalidParameterValue", f"Message (system) attribute '{name}' is not supported.")
        if value.DataType != "String":
            raise Fault("InvalidParameterValue", f"Message (system) attribute '{name}' must have the type 'String'.")
        if not value.StringValue:
            raise Fault(
                "InvalidParameterValue",
                f"Message (system) attribute '{name}' must contain a non-empty value of type 'String'.",
            )
    return str(given[TRACE_HEADER].StringValue)


def _deduplication(queue: Queue, entry: Any, raw: bytes) -> str:
    check_fifo(queue, entry)
    given: str | None = entry.MessageDeduplicationId
    if given is None:
        return content_deduplication_id(raw)
    if not is_identifier(given):
        raise invalid(given, "MessageDeduplicationId", _only_identifier("MessageDeduplicationId"))
    return given


def _standard_delay(seconds: int) -> int:
    if not 0 <= seconds <= 900:
        raise invalid(seconds, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.")
    return seconds * 1000


def _fifo_delay(queue: Queue, seconds: int | None) -> int:
    """The delay of a FIFO queue's message: always the queue's. A delay of its own is refused, 0 means none."""
    if seconds:
        raise invalid(seconds, "DelaySeconds", WRONG_QUEUE_TYPE)
    return queue.delay


def _only_identifier(parameter: str) -> str:
    return f"{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length."


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text and text.strip().lower().lstrip("+-") not in ("nan", "inf", "infinity")


def _bad(name: str, problem: str) -> Fault:
    return Fault("InvalidParameterValue", f"Message (user) attribute '{name}' {problem}")
