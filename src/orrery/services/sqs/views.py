"""Messages as a receive shows them: what was asked for, and nothing else."""

from typing import Any

from orrery.services.sqs.content import TRACE_HEADER
from orrery.services.sqs.delivery import Delivery
from orrery.services.sqs.digests import attributes_digest
from orrery.services.sqs.fifo import sequence_number
from orrery.services.sqs.handles import write
from orrery.services.sqs.records import Attribute, Flight, Message, Queue
from orrery.wire.fault import Fault

SYSTEM_ATTRIBUTES = frozenset(
    (
        "All",
        "SenderId",
        "SentTimestamp",
        "ApproximateReceiveCount",
        "ApproximateFirstReceiveTimestamp",
        "SequenceNumber",
        "MessageDeduplicationId",
        "MessageGroupId",
        TRACE_HEADER,
        "DeadLetterQueueSourceArn",
    )
)

_EVERY_NAME = frozenset(("All", ".*", "*"))
"""What asks for all message attributes. The documentation leaves out `*`, and AWS takes it."""


class Wanted:
    """Which attributes a ReceiveMessage request asks for. Fault: InvalidAttributeName."""

    __slots__ = ("all_system", "all_user", "names", "prefixes", "system")

    def __init__(self, req: Any) -> None:
        self.system = frozenset((*req.AttributeNames, *req.MessageSystemAttributeNames))
        for name in self.system - SYSTEM_ATTRIBUTES:
            raise Fault("InvalidAttributeName", f"Unknown Attribute {name}.")
        self.all_system = "All" in self.system
        names: tuple[str, ...] = req.MessageAttributeNames
        self.all_user = not _EVERY_NAME.isdisjoint(names)
        self.names = frozenset(names)
        self.prefixes = tuple(name[:-2] for name in names if name.endswith(".*") and name != ".*")

    def chosen(self, attributes: dict[str, Attribute]) -> dict[str, Attribute]:
        """Those of a message's attributes that were asked for, in the order of their names."""
        if self.all_user:
            return dict(sorted(attributes.items()))
        if not self.names:
            return {}
        return {
            name: value
            for name, value in sorted(attributes.items())
            if name in self.names or (self.prefixes and name.startswith(self.prefixes))
        }


def message_view(queue: Queue, delivery: Delivery, wanted: Wanted) -> dict[str, Any]:
    """A delivery as a member of `Messages`."""
    message, flight = delivery
    view: dict[str, Any] = {
        "MessageId": message.id,
        "ReceiptHandle": write(message.space, message.seq, flight.receives, flight.received),
        "MD5OfBody": message.digest,
        "Body": message.body,
    }
    if wanted.system:
        system = system_attributes(queue, message, flight)
        if not wanted.all_system:
            system = {name: value for name, value in system.items() if name in wanted.system}
        if system:
            view["Attributes"] = system
    if message.attributes:
        chosen = wanted.chosen(message.attributes)
        if chosen:
            view["MD5OfMessageAttributes"] = attributes_digest(chosen)
            view["MessageAttributes"] = {name: attribute_view(value) for name, value in chosen.items()}
    return view


def system_attributes(queue: Queue, message: Message, flight: Flight) -> dict[str, str]:
    """The attributes SQS itself gives a message, those it has."""
    values = {
        "SenderId": message.sender,
        "SentTimestamp": str(message.sent),
        "ApproximateReceiveCount": str(flight.receives),
        "ApproximateFirstReceiveTimestamp": str(flight.first),
    }
    if queue.fifo:
        values["SequenceNumber"] = sequence_number(message.seq)
    if message.deduplication is not None:
        values["MessageDeduplicationId"] = message.deduplication
    if message.group is not None:
        values["MessageGroupId"] = message.group
    if message.trace is not None:
        values[TRACE_HEADER] = message.trace
    if message.source is not None:
        values["DeadLetterQueueSourceArn"] = message.source
    return values


def attribute_view(attribute: Attribute) -> dict[str, Any]:
    """A message attribute as AWS's structure."""
    kind, value = attribute
    if kind.startswith("Binary"):
        return {"BinaryValue": value, "DataType": kind}
    return {"StringValue": value.decode(), "DataType": kind}
