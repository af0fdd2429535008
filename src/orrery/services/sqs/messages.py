"""Messages: sending, receiving, deleting them and changing how long they are hidden."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orrery.kernel.context import Context
from orrery.services.sqs.addresses import queue_of
from orrery.services.sqs.content import draft as drafted
from orrery.services.sqs.content import invalid
from orrery.services.sqs.delivery import Delivery, Receiver
from orrery.services.sqs.levels import Tally
from orrery.services.sqs.pace import count_call
from orrery.services.sqs.receipts import change, remove
from orrery.services.sqs.records import Queue
from orrery.services.sqs.repetition import remember, repeated
from orrery.services.sqs.sending import send
from orrery.services.sqs.service import INFLIGHT_FIFO, INFLIGHT_STANDARD, sqs
from orrery.services.sqs.storage import channel
from orrery.services.sqs.views import Wanted, message_view
from orrery.wire.fault import Fault


@sqs.operation
def send_message(ctx: Context, req: Any) -> dict[str, Any]:
    """Put a message into a queue.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    """
    queue = queue_of(ctx, req.QueueUrl)
    count_call(ctx, queue, "SendMessage")
    draft = drafted(ctx, queue, req)
    tally = Tally(ctx.tx, queue.space)
    answer = send(ctx, queue, tally, draft)
    tally.save()
    return answer


@sqs.operation
async def receive_message(ctx: Context, req: Any) -> dict[str, Any]:
    """Hand out visible messages, waiting up to WaitTimeSeconds for the first of them.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
    """
    wanted = Wanted(req)

    def once(ctx: Context) -> tuple[list[dict[str, Any]], int]:
        queue = queue_of(ctx, req.QueueUrl)
        count_call(ctx, queue, "ReceiveMessage")
        wait = req.WaitTimeSeconds
        if wait is None:
            wait = int(queue.attributes["ReceiveMessageWaitTimeSeconds"])
        return _take(ctx, queue, req, wanted, long=wait > 0), wait * 1000

    def again(ctx: Context) -> tuple[list[dict[str, Any]], int | None]:
        queue = queue_of(ctx, req.QueueUrl)
        ctx.watch(*channel(queue))
        return _take(ctx, queue, req, wanted, long=True), None

    found, wait = await ctx.transaction(once)
    if not found and wait:
        found = await ctx.until(again, within=wait)
    return {"Messages": found or None}


@sqs.operation
def delete_message(ctx: Context, req: Any) -> None:
    """Delete a message that was received.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
    """
    queue = queue_of(ctx, req.QueueUrl)
    count_call(ctx, queue, "DeleteMessage")
    tally = Tally(ctx.tx, queue.space)
    remove(ctx, queue, tally, req.ReceiptHandle)
    tally.save()


@sqs.operation
def change_message_visibility(ctx: Context, req: Any) -> None:
    """Hide a received message for VisibilityTimeout seconds from now.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
    """
    queue = queue_of(ctx, req.QueueUrl)
    count_call(ctx, queue, "ChangeMessageVisibility")
    tally = Tally(ctx.tx, queue.space)
    change(ctx, queue, tally, req.ReceiptHandle, req.VisibilityTimeout)
    tally.save()


def _take(ctx: Context, queue: Queue, req: Any, wanted: Wanted, *, long: bool) -> list[dict[str, Any]]:
    """What one attempt of a receive gives, as AWS shows it."""
    timeout = queue.visibility if req.VisibilityTimeout is None else req.VisibilityTimeout * 1000
    attempt: str | None = req.ReceiveRequestAttemptId
    if attempt is not None and not queue.fifo:
        raise invalid(
            attempt,
            "ReceiveRequestAttemptId",
            "The request include parameter that is not valid for this queue type.",
        )
    tally = Tally(ctx.tx, queue.space)
    deliveries: Sequence[Delivery] = ()
    if attempt is not None:
        deliveries = repeated(ctx, queue, tally, attempt, timeout)
    if not deliveries:
        most = _room(ctx, queue, tally, req.MaxNumberOfMessages or 1, long=long)
        if not most:
            return []
        deliveries = Receiver(ctx, queue, tally, most, timeout).receive()
        if attempt is not None and deliveries:
            remember(ctx, queue, attempt, deliveries)
    return [message_view(queue, delivery, wanted) for delivery in deliveries]


def _room(ctx: Context, queue: Queue, tally: Tally, most: int, *, long: bool) -> int:
    """How many messages may be handed out without too many in flight.

    Fault: OverLimit on a standard queue, to a short poll. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
    """
    limit = ctx.limit(INFLIGHT_FIFO if queue.fifo else INFLIGHT_STANDARD)
    if tally.flight + most <= limit:
        return most
    room = limit - tally.counts(ctx.now).in_flight
    if room <= 0 and not queue.fifo and not long:
        raise Fault(
            "OverLimit",
            f"Too many messages are in flight: the maximum of {limit} for a queue is reached.",
        )
    return max(0, min(most, room))
