"""Batches: up to ten messages, deletions or changes in one request, each failing or succeeding for itself."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from orrery.kernel.context import Context
from orrery.services.sqs.addresses import queue_of
from orrery.services.sqs.content import attributes_size, check_fifo, draft, user_attributes
from orrery.services.sqs.levels import Tally
from orrery.services.sqs.pace import count_call
from orrery.services.sqs.receipts import change, remove
from orrery.services.sqs.records import Queue
from orrery.services.sqs.sending import send
from orrery.services.sqs.service import BATCH_ENTRIES, BATCH_SIZE, sqs
from orrery.wire.fault import Fault

_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


@sqs.operation
def send_message_batch(ctx: Context, req: Any) -> dict[str, Any]:
    """Send up to ten messages.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
    """
    queue = queue_of(ctx, req.QueueUrl)
    _check_entries(ctx, req.Entries, "SendMessageBatchRequestEntry")
    count_call(ctx, queue, "SendMessage")
    if queue.fifo:
        for entry in req.Entries:
            check_fifo(queue, entry)
    _check_size(ctx, req.Entries)
    return _each(ctx, queue, req.Entries, lambda tally, entry: send(ctx, queue, tally, draft(ctx, queue, entry)))


@sqs.operation
def delete_message_batch(ctx: Context, req: Any) -> dict[str, Any]:
    """Delete up to ten messages by their receipt handles."""
    queue = queue_of(ctx, req.QueueUrl)
    _check_entries(ctx, req.Entries, "DeleteMessageBatchRequestEntry")
    count_call(ctx, queue, "DeleteMessage")

    def one(tally: Tally, entry: Any) -> None:
        remove(ctx, queue, tally, entry.ReceiptHandle)

    return _each(ctx, queue, req.Entries, one)


@sqs.operation
def change_message_visibility_batch(ctx: Context, req: Any) -> dict[str, Any]:
    """Change for how long up to ten messages are hidden."""
    queue = queue_of(ctx, req.QueueUrl)
    _check_entries(ctx, req.Entries, "ChangeMessageVisibilityBatchRequestEntry")
    count_call(ctx, queue, "ChangeMessageVisibility")

    def one(tally: Tally, entry: Any) -> None:
        timeout = queue.visibility // 1000 if entry.VisibilityTimeout is None else entry.VisibilityTimeout
        change(ctx, queue, tally, entry.ReceiptHandle, timeout)

    return _each(ctx, queue, req.Entries, one)


def _each(
    ctx: Context, queue: Queue, entries: Sequence[Any], one: Callable[[Tally, Any], dict[str, Any] | None]
) -> dict[str, Any]:
    """Perform every entry; those that fail are told of beside those that do not. Empty lists are left out.

    A function that fails must not have written anything before.
    """
    tally = Tally(ctx.tx, queue.space)
    successful: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for entry in entries:
        try:
            answer = one(tally, entry)
        except Fault as fault:
            failed.append({"Id": entry.Id, "Code": _code(fault), "Message": fault.message, "SenderFault": True})
        else:
            successful.append({"Id": entry.Id, **(answer or {})})
    tally.save()
    return {"Successful": successful or None, "Failed": failed or None}


def _code(fault: Fault) -> str:
    """The code of a failed entry: the one clients know from the Query protocol."""
    return _WIRE_CODES.get(fault.code, fault.code)


_WIRE_CODES = {
    "MessageNotInflight": "AWS.SimpleQueueService.MessageNotInflight",
    "UnsupportedOperation": "AWS.SimpleQueueService.UnsupportedOperation",
}


def _check_entries(ctx: Context, entries: Sequence[Any], kind: str) -> None:
    """Refuse a batch that is empty, too long, or whose ids are not ids or not distinct."""
    most = ctx.limit(BATCH_ENTRIES)
    if not entries:
        raise Fault("EmptyBatchRequest", f"There should be at least one {kind} in the request.")
    if len(entries) > most:
        raise Fault(
            "TooManyEntriesInBatchRequest",
            f"Maximum number of entries per request are {most}. You have sent {len(entries)}.",
        )
    seen: set[str] = set()
    for entry in entries:
        if _ID.fullmatch(entry.Id) is None:
            raise Fault(
                "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
                "It can be at most 80 letters long.",
            )
        if entry.Id in seen:
            raise Fault("BatchEntryIdsNotDistinct", f"Id {entry.Id} repeated.")
        seen.add(entry.Id)


def _check_size(ctx: Context, entries: Sequence[Any]) -> None:
    """Refuse a batch whose bodies and attributes are too long together."""
    most = ctx.limit(BATCH_SIZE)
    size = sum(len(entry.MessageBody) for entry in entries)
    if size * 4 <= most and not any(entry.MessageAttributes for entry in entries):
        return
    size = 0
    for entry in entries:
        size += len(entry.MessageBody.encode())
        if entry.MessageAttributes:
            size += _attributes_size(ctx, entry)
    if size > most:
        raise Fault(
            "BatchRequestTooLong", f"Batch requests cannot be longer than {most} bytes. You have sent {size} bytes."
        )


def _attributes_size(ctx: Context, entry: Any) -> int:
    """What an entry's attributes count; bad ones are the entry's own failure, later."""
    try:
        return attributes_size(user_attributes(ctx, entry.MessageAttributes))
    except Fault:
        return 0
