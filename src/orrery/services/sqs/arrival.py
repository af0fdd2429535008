"""A message comes into a space: sent, dead-lettered or moved back."""

from orrery.kernel.context import Context
from orrery.services.sqs import lanes
from orrery.services.sqs.expiry import expect
from orrery.services.sqs.levels import LAG, Tally
from orrery.services.sqs.records import Flight, Message, Moved, Queue
from orrery.services.sqs.storage import channel


def is_fresh(queue: Queue, group: str | None, delay: int) -> bool:
    """Whether a message is found by its place alone: no FIFO queue, no group, no delay."""
    return group is None and not delay and not queue.fifo


def arrive(ctx: Context, queue: Queue, tally: Tally, message: Message, delay: int) -> None:
    """Add a message whose `seq` is the tally's next; `delay` (ms) counts on standard queues only.

    FIFO queues compute a message's delay from the queue's when it is asked for, since changes are retroactive there.
    """
    tx = ctx.tx
    seq = tally.seq = message.seq
    tally.total += 1
    tx.insert(message)
    if message.fresh:
        if tally.fresh == 0:
            tally.cursor = seq
        tally.fresh += 1
    elif tally.fresh == 0:
        tally.cursor = seq + 1
    if message.moved:
        tx.insert(Moved(tally.space, message.sent, seq))
    ready = True
    if not queue.fifo and delay:
        visible = ctx.now + delay
        tx.insert(
            Flight(
                tally.space,
                seq,
                visible,
                delayed=True,
                group=message.group,
                moved=message.sent if message.moved else None,
            )
        )
        tally.settle(ctx.now, lag=LAG)
        tally.hide(visible, True)
        ctx.wake_at(visible, *channel(queue))
        ready = False
    elif message.group is not None:
        ready = lanes.enter(tx, tally, message.group, seq, fifo=queue.fifo)
        if queue.fifo and delay:
            ctx.wake_at(message.sent + delay, *channel(queue))
    if ready:
        tx.wake(*channel(queue))
    at = message.sent + queue.retention
    if not tally.expiry or at < tally.expiry:
        expect(ctx, queue, tally, at)
