"""ReceiveRequestAttemptId: a FIFO receive that is asked for again gives the same messages again.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-receiverequestattemptid-request-parameter.html
"""

from collections.abc import Sequence

from orrery.kernel.context import Context
from orrery.services.sqs.content import invalid
from orrery.services.sqs.delivery import Delivery
from orrery.services.sqs.fifo import DEDUPLICATION_INTERVAL, is_identifier
from orrery.services.sqs.levels import Tally
from orrery.services.sqs.records import Attempt, Flight, Message, Queue
from orrery.services.sqs.storage import channel


def repeated(ctx: Context, queue: Queue, tally: Tally, attempt: str, timeout: int) -> list[Delivery]:
    """The deliveries of the same attempt before, hidden anew; none when one of them was deleted, changed or is over."""
    if not is_identifier(attempt):
        raise invalid(
            attempt,
            "ReceiveRequestAttemptId",
            "ReceiveRequestAttemptId can only include alphanumeric and punctuation characters. 1 to 128 in length.",
        )
    before = ctx.tx.get(Attempt, queue.number, attempt)
    if before is None or before.space != queue.space:
        return []
    flights = [ctx.tx.get(Flight, queue.space, seq) for seq, _ in before.deliveries]
    found: list[Delivery] = []
    for flight, (seq, receives) in zip(flights, before.deliveries, strict=True):
        message = ctx.tx.get(Message, queue.space, seq)
        held = flight is not None and flight.visible is not None and flight.visible > ctx.now
        if flight is None or message is None or not held or flight.receives != receives:
            return []
        if flight.visible != before.visible:
            return []
        found.append(Delivery(message, flight))
    visible = ctx.now + timeout
    for _, flight in found:
        assert flight.visible is not None
        tally.show(flight.visible, False)
        tally.hide(visible, False)
        ctx.tx.replace(
            flight,
            Flight(
                flight.space,
                flight.seq,
                visible,
                flight.receives,
                flight.first,
                flight.received,
                False,
                flight.group,
                flight.moved,
            ),
        )
    tally.save()
    _write(ctx, queue, attempt, before.until, visible, before.deliveries)
    ctx.wake_at(visible, *channel(queue))
    return found


def remember(ctx: Context, queue: Queue, attempt: str, deliveries: Sequence[Delivery]) -> None:
    """Keep what an attempt gave, for five minutes."""
    visible = deliveries[0].flight.visible
    assert visible is not None
    given = [(message.seq, flight.receives) for message, flight in deliveries]
    _write(ctx, queue, attempt, ctx.now + DEDUPLICATION_INTERVAL, visible, given)


def _write(ctx: Context, queue: Queue, attempt: str, until: int, visible: int, given: list[tuple[int, int]]) -> None:
    ctx.tx.put(Attempt(queue.number, attempt, until, queue.space, visible, given))
