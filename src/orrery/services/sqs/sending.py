"""Sending: a checked draft becomes a message of its queue, or is recognised as one that came before."""

from typing import Any

from orrery.kernel.context import Context
from orrery.services.sqs.arrival import arrive, is_fresh
from orrery.services.sqs.content import TRACE_HEADER, Draft
from orrery.services.sqs.digests import attributes_digest, body_digest
from orrery.services.sqs.fifo import DEDUPLICATION_INTERVAL, deduplication_scopes, sequence_number
from orrery.services.sqs.levels import Tally
from orrery.services.sqs.records import Deduplication, Message, Queue


def send(ctx: Context, queue: Queue, tally: Tally, draft: Draft) -> dict[str, Any]:
    """Put a draft into its queue; what SendMessage answers. The caller saves the tally."""
    digest = body_digest(draft.raw)
    answer: dict[str, Any] = {"MD5OfMessageBody": digest}
    if draft.attributes:
        answer["MD5OfMessageAttributes"] = attributes_digest(draft.attributes)
    if draft.trace is not None:
        answer["MD5OfMessageSystemAttributes"] = attributes_digest({TRACE_HEADER: ("String", draft.trace.encode())})
    seq = tally.seq + 1
    if queue.fifo:
        earlier = _earlier(ctx, queue, draft)
        if earlier is not None:
            answer["MessageId"] = earlier.message
            answer["SequenceNumber"] = sequence_number(earlier.seq)
            return answer
        answer["SequenceNumber"] = sequence_number(seq)
    answer["MessageId"] = message_id = ctx.new_uuid()
    message = Message(
        queue.space,
        seq,
        message_id,
        draft.body,
        digest,
        ctx.principal.user_id,
        ctx.now,
        is_fresh(queue, draft.group, draft.delay),
        draft.attributes,
        draft.trace,
        draft.group,
        draft.deduplication,
    )
    arrive(ctx, queue, tally, message, draft.delay)
    if draft.deduplication is not None:
        scopes = _scopes(ctx, queue, draft)
        until = ctx.now + DEDUPLICATION_INTERVAL
        ctx.tx.insert(Deduplication(queue.number, scopes[0], draft.deduplication, until, message_id, seq))
    return answer


def _earlier(ctx: Context, queue: Queue, draft: Draft) -> Deduplication | None:
    """What is remembered of an earlier message with the same deduplication id."""
    for scope in _scopes(ctx, queue, draft):
        found = ctx.tx.get(Deduplication, queue.number, scope, draft.deduplication)
        if found is not None:
            return found
    return None


def _scopes(ctx: Context, queue: Queue, draft: Draft) -> tuple[str, ...]:
    by_group = queue.attributes["DeduplicationScope"] == "messageGroup"
    return deduplication_scopes(draft.group or "", by_group, ctx.now < queue.rescoped)
