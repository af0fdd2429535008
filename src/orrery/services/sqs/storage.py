"""Where a message stands in its space, and taking it out with everything that keeps its place and the counts."""

from orrery.kernel.context import Context
from orrery.services.sqs import lanes
from orrery.services.sqs.levels import Tally
from orrery.services.sqs.records import Flight, Message, Moved, Queue


def channel(queue: Queue) -> tuple[str, int]:
    """What receives wait for and sends wake."""
    return ("sqs", queue.number)


def discard(ctx: Context, queue: Queue, tally: Tally, message: Message) -> None:
    """Remove a message wherever it stands: fresh, delayed, waiting in its group, in flight."""
    tx = ctx.tx
    flight = tx.get(Flight, tally.space, message.seq)
    if message.fresh and message.seq >= tally.cursor:
        tally.fresh -= 1
    flying = flight is not None and flight.visible is not None and not flight.delayed
    if message.group is not None:
        if queue.fifo:
            lanes.remove(tx, tally, message.group, message.seq, in_flight=flying)
        elif flying:
            lanes.land(tx, tally, message.group)
        elif flight is None or flight.visible is None:
            lanes.drop(tx, tally, message.group, message.seq)
    if flight is not None:
        if flight.visible is not None:
            tally.show(flight.visible, flight.delayed)
        tx.delete(flight)
    forget(ctx, tally, message.seq, message.sent if message.moved else None)


def forget(ctx: Context, tally: Tally, seq: int, moved: int | None) -> None:
    """Remove the message itself, whose place in flight or lane is gone already."""
    tx = ctx.tx
    tx.erase(Message, tally.space, seq)
    if moved is not None:
        tx.erase(Moved, tally.space, moved, seq)
    tally.total -= 1
