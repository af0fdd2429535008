"""What an operator may see without touching anything: why messages cannot be received now, and the messages themselves.

Shown at `/_orrery/sqs/why` and `/_aws/sqs/messages`; both take `queue` (a name, a URL or an ARN) or LocalStack's
`QueueUrl`, and with a name `account` and `region`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from orrery.kernel.kernel import Kernel
from orrery.kernel.transaction import Transaction
from orrery.lib.nearest import meant
from orrery.services.sqs.addresses import arn_parts
from orrery.services.sqs.counting import queue_counts
from orrery.services.sqs.fifo import sequence_number
from orrery.services.sqs.levels import Tally
from orrery.services.sqs.records import Flight, Group, Message, Queue
from orrery.services.sqs.service import INFLIGHT_FIFO, INFLIGHT_STANDARD, sqs
from orrery.services.sqs.views import attribute_view, system_attributes

SHOWN = 100
"""Messages and groups shown unless `limit` says otherwise."""

NAMES = 1000
"""Queues among which the nearest name is looked for."""


@sqs.view
def why(kernel: Kernel, query: Mapping[str, str]) -> dict[str, Any]:
    """Why messages of a queue cannot be received now: counts by reason, until when, blocked groups.

    Raises LookupError for a queue that is not there.
    """
    tx, queue = _found(kernel, query)
    tally = Tally(tx, queue.space)
    counts = queue_counts(tx, queue, tally)
    blocked = _blocked(tx, queue) if queue.fifo else []
    waiting = sum(group["waiting"] for group in blocked)
    limit = kernel.limits.get(INFLIGHT_FIFO if queue.fifo else INFLIGHT_STANDARD, tx.place)
    nothing_more = counts.in_flight >= limit
    return {
        "queue": queue.name,
        "now": _time(tx.now),
        "visible": counts.visible,
        "receivable": 0 if nothing_more else max(0, counts.visible - waiting),
        "in_flight": counts.in_flight,
        "in_flight_limit": limit,
        "in_flight_limit_reached": nothing_more,
        "delayed": counts.delayed,
        "behind_a_locked_group": waiting,
        "next_visible": _next_visible(tx, queue, tally),
        "blocked_groups": blocked[:SHOWN],
        "messages": [_reason(tx, queue, flight) for flight in _hidden(tx, queue, _limit(query))],
    }


@sqs.view
def messages(kernel: Kernel, query: Mapping[str, str]) -> dict[str, Any]:
    """A queue's messages in the order they came, looked at without receiving them.

    Raises LookupError for a queue that is not there.
    """
    tx, queue = _found(kernel, query)
    shown = []
    for message in tx.list(Message, queue.space, limit=_limit(query)):
        flight = tx.get(Flight, queue.space, message.seq)
        shown.append(_peek(tx, queue, message, flight))
    return {"queue": queue.name, "messages": shown}


def _found(kernel: Kernel, query: Mapping[str, str]) -> tuple[Transaction, Queue]:
    """The queue an operator names and a transaction for looking at it."""
    text = query.get("queue") or query.get("QueueUrl") or ""
    account, region = query.get("account", "000000000000"), query.get("region", "us-east-1")
    name = text
    parts = arn_parts(text)
    if parts is not None:
        _, region, account, name = parts
    elif "/" in text:
        rest, _, name = text.rpartition("/")
        account = rest.rpartition("/")[2]
    tx = kernel.read(kernel.place(account, region))
    queue = tx.get(Queue, name)
    if queue is None:
        known = (each.name for each in tx.list(Queue, limit=NAMES))
        raise LookupError(f"there is no queue {name} of account {account} in {region}{meant(name, known)}")
    return tx, queue


def _limit(query: Mapping[str, str]) -> int:
    given = query.get("limit", "")
    return int(given) if given.isascii() and given.isdigit() else SHOWN


def _hidden(tx: Transaction, queue: Queue, limit: int) -> list[Flight]:
    return tx.find(Flight.by_due, queue.space, start=(tx.now + 1,), limit=limit)


def _next_visible(tx: Transaction, queue: Queue, tally: Tally) -> str | None:
    """When the next message that is hidden now can be had."""
    instants = [flight.visible for flight in _hidden(tx, queue, 1) if flight.visible is not None]
    if queue.fifo and queue.delay:
        heads: list[Group] = tx.find(Group.by_head, queue.space, limit=1)
        first = tx.get(Message, queue.space, heads[0].head) if heads else None
        if first is not None and first.sent + queue.delay > tx.now:
            instants.append(first.sent + queue.delay)
    return _time(min(instants)) if instants else None


def _blocked(tx: Transaction, queue: Queue) -> list[dict[str, Any]]:
    """Groups with messages in flight, and how many wait behind those."""
    seen: dict[str, int] = {}
    for flight in _hidden(tx, queue, SHOWN * 10):
        if flight.group is not None and flight.visible is not None:
            seen[flight.group] = max(seen.get(flight.group, 0), flight.visible)
    blocked = []
    for name, until in seen.items():
        group = tx.get(Group, queue.space, name)
        if group is not None:
            blocked.append(
                {
                    "group": name,
                    "in_flight": group.flight,
                    "waiting": group.size - group.flight,
                    "until": _time(until),
                }
            )
    return blocked


def _reason(tx: Transaction, queue: Queue, flight: Flight) -> dict[str, Any]:
    message = tx.get(Message, flight.space, flight.seq)
    return {
        "MessageId": message.id if message is not None else None,
        "reason": "delayed" if flight.delayed else "in flight: received and not deleted",
        "until": _time(flight.visible or 0),
        "receives": flight.receives,
        "group": flight.group,
    }


def _peek(tx: Transaction, queue: Queue, message: Message, flight: Flight | None) -> dict[str, Any]:
    receives = flight.receives if flight is not None and flight.receives else message.receives
    first = flight.first if flight is not None and flight.first else message.first
    system = system_attributes(queue, message, Flight(message.space, message.seq, None, receives=receives, first=first))
    if not first:
        del system["ApproximateFirstReceiveTimestamp"]
    hidden = flight is not None and flight.visible is not None and flight.visible > tx.now
    return {
        "MessageId": message.id,
        "MD5OfBody": message.digest,
        "Body": message.body,
        "Attributes": system,
        "MessageAttributes": {
            name: {
                key: value if isinstance(value, str) else value.hex()
                for key, value in attribute_view(attribute).items()
            }
            for name, attribute in message.attributes.items()
        },
        "visible": not hidden and not (queue.fifo and message.sent + queue.delay > tx.now),
        "place": sequence_number(message.seq),
    }


def _time(instant: int) -> str:
    return datetime.fromtimestamp(instant / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
