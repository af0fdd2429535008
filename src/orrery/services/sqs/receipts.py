"""What can be done with a receipt handle: deleting its message, and hiding it for another time.

A handle whose message was received again since is stale: standard queues take it for a deletion and do nothing, FIFO
queues refuse it, as they do one whose visibility timeout is over.
"""

from msgspec.structs import replace

from orrery.kernel.context import Context
from orrery.services.sqs import lanes
from orrery.services.sqs.content import invalid
from orrery.services.sqs.handles import Handle, read
from orrery.services.sqs.levels import Tally
from orrery.services.sqs.records import Flight, Queue
from orrery.services.sqs.storage import channel, forget
from orrery.wire.fault import Fault

LONGEST = 43_200
"""Seconds a message can be hidden in all, from its receive on."""


def remove(ctx: Context, queue: Queue, tally: Tally, text: str) -> None:
    """Delete the message a receipt handle stands for. Faults: ReceiptHandleIsInvalid, InvalidParameterValue."""
    handle = _handle(queue, text)
    flight = ctx.tx.get(Flight, queue.space, handle.seq) if handle.space == queue.space else None
    if flight is None:
        return
    if queue.fifo:
        _check_held(ctx, flight, handle, text)
    elif flight.receives != handle.receives:
        return
    take_away(ctx, queue, tally, flight)


def take_away(ctx: Context, queue: Queue, tally: Tally, flight: Flight) -> None:
    """Remove a message that was received."""
    if flight.visible is not None:
        tally.show(flight.visible, flight.delayed)
    if flight.group is not None:
        _leave_group(ctx, queue, tally, flight, flight.group)
    ctx.tx.delete(flight)
    forget(ctx, tally, flight.seq, flight.moved)


def restore(ctx: Context, queue: Queue, tally: Tally, flight: Flight) -> None:
    """Put a message that was just received back, as if it had not been."""
    before = replace(flight, receives=flight.receives - 1)
    ctx.tx.replace(flight, before)
    if queue.fifo:
        _give_back(ctx, queue, tally, before)
    else:
        _hide(ctx, queue, tally, before, ctx.now)


def change(ctx: Context, queue: Queue, tally: Tally, text: str, seconds: int) -> None:
    """Hide the message a receipt handle stands for during `seconds` from now.

    Faults: ReceiptHandleIsInvalid; InvalidParameterValue for a bad time, a message that is gone, a FIFO queue's handle
    whose time is over; MessageNotInflight when the message was received again since.
    """
    handle = _handle(queue, text)
    if not 0 <= seconds <= LONGEST:
        raise invalid(seconds, "VisibilityTimeout", f"Must be between 0 and {LONGEST}.")
    flight = ctx.tx.get(Flight, queue.space, handle.seq) if handle.space == queue.space else None
    if flight is None:
        raise invalid(
            text,
            "ReceiptHandle",
            "Message does not exist or is not available for visibility timeout change.",
        )
    if queue.fifo:
        _check_held(ctx, flight, handle, text)
    elif flight.receives != handle.receives or flight.delayed:
        raise Fault("MessageNotInflight", "The specified message isn't in flight.")
    if ctx.now + seconds * 1000 - flight.received > LONGEST * 1000:
        raise invalid(
            seconds,
            "VisibilityTimeout",
            f"Total VisibilityTimeout for the message is beyond the limit [{LONGEST} seconds].",
        )
    if queue.fifo and not seconds:
        _give_back(ctx, queue, tally, flight)
        return
    _hide(ctx, queue, tally, flight, ctx.now + seconds * 1000)


def _handle(queue: Queue, text: str) -> Handle:
    """The handle, if it may be one of this queue's."""
    handle = read(text)
    if handle is None:
        raise Fault("ReceiptHandleIsInvalid", f'The input receipt handle "{text}" is not a valid receipt handle.')
    return handle


def _check_held(ctx: Context, flight: Flight, handle: Handle, text: str) -> None:
    """A FIFO queue's message must still be hidden by the very receive the handle came from."""
    if flight.receives != handle.receives or flight.visible is None or flight.visible <= ctx.now:
        raise invalid(text, "ReceiptHandle", "The receipt handle has expired.")


def _leave_group(ctx: Context, queue: Queue, tally: Tally, flight: Flight, group: str) -> None:
    if queue.fifo:
        if lanes.remove(ctx.tx, tally, group, flight.seq, in_flight=True):
            ctx.tx.wake(*channel(queue))
    elif flight.visible is None:
        lanes.drop(ctx.tx, tally, group, flight.seq)
    else:
        lanes.land(ctx.tx, tally, group)


def _give_back(ctx: Context, queue: Queue, tally: Tally, flight: Flight) -> None:
    """A FIFO queue's message is visible at once; its group is free when it was the last in flight."""
    assert flight.visible is not None and flight.group is not None
    tally.show(flight.visible, False)
    ctx.tx.replace(flight, _visible_at(flight, None))
    if lanes.come_back(ctx.tx, tally, flight.group):
        ctx.tx.wake(*channel(queue))


def _hide(ctx: Context, queue: Queue, tally: Tally, flight: Flight, visible: int) -> None:
    if flight.visible is not None:
        tally.show(flight.visible, flight.delayed)
    elif flight.group is not None:
        lanes.take(ctx.tx, tally, flight.group, flight.seq)
    tally.hide(visible, False)
    ctx.tx.replace(flight, _visible_at(flight, visible))
    if visible <= ctx.now:
        ctx.tx.wake(*channel(queue))
    else:
        ctx.wake_at(visible, *channel(queue))


def _visible_at(flight: Flight, visible: int | None) -> Flight:
    return Flight(
        flight.space,
        flight.seq,
        visible,
        flight.receives,
        flight.first,
        flight.received,
        False,
        flight.group,
        flight.moved,
    )
