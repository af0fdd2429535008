"""Retention: messages that are too old go, by the clock.

One job a space looks when its oldest message is due. A receive never hands out a message that is over, whether the
job came first or not.
"""

from collections.abc import Mapping
from typing import Any

from orrery.kernel.context import Context
from orrery.kernel.jobs import Again
from orrery.services.sqs import storage
from orrery.services.sqs.levels import Tally
from orrery.services.sqs.records import Due, Flight, Group, Lane, Level, Message, Moved, Queue
from orrery.services.sqs.service import sqs

CHUNK = 50
"""Messages removed in one turn of a job; the scheduler takes several turns before requests get theirs."""
STRETCH = 200
"""Numbers whose messages are removed at once when a whole space is emptied."""
PAUSE = 5
"""Milliseconds between such stretches: nobody waits for them, so they leave the time to those who do."""


def is_over(queue: Queue, message: Message, now: int) -> bool:
    """Whether a message has been kept as long as its queue keeps messages."""
    return message.sent + queue.retention <= now


def oldest(ctx: Context, space: int) -> int | None:
    """When the oldest message of a space was sent; None when there is none."""
    sent = [row.sent for row in ctx.tx.list(Message, space, limit=1)]
    sent += [row.sent for row in ctx.tx.list(Moved, space, limit=1)]
    return min(sent, default=None)


def expect(ctx: Context, queue: Queue, tally: Tally, at: int) -> None:
    """Have the job look at `at`; one set for another time before finds that it is no longer meant."""
    tally.expiry = at
    ctx.schedule(expire, at=at, account=queue.account, region=queue.region, queue=queue.name, space=tally.space, due=at)


@sqs.job(foreground=False)
def expire(ctx: Context, account: str, region: str, queue: str, space: int, due: int) -> Again | None:
    """Remove what is over, a chunk at a time, and come again when the next message will be."""
    found = ctx.at(account, region).get(Queue, queue)
    tally = Tally(ctx.tx, space)
    if found is None or found.space != space or tally.expiry != due:
        return None
    rows = ctx.tx.list(Message, space, limit=CHUNK)
    gone = _discard_head(ctx, found, tally, rows)
    moved = ctx.tx.list(Moved, space, stop=(ctx.now - found.retention + 1,), limit=CHUNK)
    for place in moved:
        message = ctx.tx.get(Message, space, place.seq)
        if message is not None:
            storage.discard(ctx, found, tally, message)
    arguments: Mapping[str, Any] = {"account": account, "region": region, "queue": queue, "space": space, "due": due}
    if gone == CHUNK or len(moved) == CHUNK:
        tally.save()
        return Again(arguments)
    first = oldest(ctx, space)
    tally.expiry = 0 if first is None else max(first + found.retention, ctx.now + 1)
    tally.save()
    return Again({**arguments, "due": tally.expiry}, tally.expiry) if tally.expiry else None


def _discard_head(ctx: Context, queue: Queue, tally: Tally, rows: list[Message]) -> int:
    """Remove the messages at the head of `rows` that are over; how many."""
    for place, message in enumerate(rows):
        if not is_over(queue, message, ctx.now):
            return place
        storage.discard(ctx, queue, tally, message)
    return len(rows)


@sqs.job(foreground=False)
def sweep(ctx: Context, space: int, start: int = 0) -> Again | None:
    """Empty a space that no queue points to any more, a stretch at a time; before `start` nothing is left."""
    first = ctx.tx.list(Message, space, start=(start,), limit=1)
    if first:
        stop = first[0].seq + STRETCH
        ctx.tx.clear(Message, space, start=(first[0].seq,), stop=(stop,))
        return Again({"space": space, "start": stop}, ctx.now + PAUSE)
    for record in (Flight, Lane, Group, Due, Moved):
        rows = ctx.tx.list(record, space, limit=CHUNK)
        for row in rows:
            ctx.tx.delete(row)
        if rows:
            return Again({"space": space, "start": start}, ctx.now + PAUSE)
    level = ctx.tx.get(Level, space)
    if level is not None:
        ctx.tx.delete(level)
    return None
