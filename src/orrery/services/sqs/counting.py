"""The counts a queue shows."""

from orrery.kernel.transaction import Transaction
from orrery.services.sqs.levels import Counts, Tally
from orrery.services.sqs.records import Message, Queue


def queue_counts(tx: Transaction, queue: Queue, tally: Tally) -> Counts:
    """Messages of a queue that are visible, in flight and delayed, now."""
    counts = tally.counts(tx.now)
    if not queue.fifo or not queue.delay:
        return counts
    delayed = min(_delayed(tx, queue, tally), counts.visible)
    return Counts(counts.visible - delayed, counts.in_flight, delayed)


def _delayed(tx: Transaction, queue: Queue, tally: Tally) -> int:
    """Messages of a FIFO queue whose delay is not over; found by halving, since they lie in the order they came."""
    since = tx.now - queue.delay
    low, high = 1, tally.seq + 1
    while low < high:
        middle = (low + high) // 2
        found = tx.list(Message, queue.space, start=(middle,), limit=1)
        if not found or found[0].sent > since:
            high = middle
        else:
            low = found[0].seq + 1
    first = tx.list(Message, queue.space, start=(low,), limit=1)
    return tally.seq + 1 - first[0].seq if first else 0
