"""Queues: making, finding, listing, setting, emptying and deleting them."""

import re
from typing import Any

from msgspec.structs import replace

from orrery.kernel.context import Context
from orrery.kernel.page import Page
from orrery.services.sqs.addresses import home_of, queue_arn, queue_named, queue_of, queue_url
from orrery.services.sqs.attributes import COUNTED, READABLE, checked, defaults, merged, unknown
from orrery.services.sqs.counting import queue_counts
from orrery.services.sqs.expiry import expect, oldest, sweep
from orrery.services.sqs.fifo import DEDUPLICATION_INTERVAL
from orrery.services.sqs.levels import Tally
from orrery.services.sqs.records import Deleted, Level, Numbers, Queue
from orrery.services.sqs.redrive import Home
from orrery.services.sqs.service import DELETE_COOLDOWN, FIFO_REGION, PURGE_COOLDOWN, TAGS, sqs
from orrery.services.sqs.storage import channel
from orrery.wire.fault import Fault

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_FIFO_NAME = re.compile(r"[A-Za-z0-9_-]{1,75}\.fifo")
_FEWEST, _MOST = 1, 1000


@sqs.operation
def create_queue(ctx: Context, req: Any) -> dict[str, Any]:
    """Create a queue; the same name with the same attributes returns the queue that exists.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
    """
    fifo = _is_fifo(ctx, req.QueueName, req.Attributes)
    given = checked(ctx, req.Attributes, fifo=fifo)
    arn = f"arn:{ctx.partition}:sqs:{ctx.region}:{ctx.account}:{req.QueueName}"
    place = Home(ctx.account, ctx.region, arn, fifo)
    queue = ctx.tx.get(Queue, req.QueueName)
    if queue is not None:
        wanted, _, _ = merged(ctx, queue.attributes, given, place)
        for name in given:
            if wanted.get(name) != queue.attributes.get(name):
                raise Fault(
                    "QueueNameExists",
                    f"A queue already exists with the same name and a different value for attribute {name}",
                )
        return {"QueueUrl": queue_url(ctx, queue)}
    _check_cooldown(ctx, req.QueueName)
    if len(req.tags) > ctx.limit(TAGS):
        raise too_many_tags(ctx, req.QueueName)
    attributes, dead_letter, receives = merged(ctx, defaults(ctx, fifo=fifo), given, place)
    number = next_number(ctx)
    queue = ctx.tx.insert(
        Queue(
            req.QueueName,
            ctx.account,
            ctx.region,
            number,
            number,
            ctx.now,
            ctx.now,
            attributes,
            dict(req.tags),
            dead_letter,
            receives,
        )
    )
    return {"QueueUrl": queue_url(ctx, queue)}


@sqs.operation
def get_queue_url(ctx: Context, req: Any) -> dict[str, Any]:
    """The URL of a queue of one's own or, with QueueOwnerAWSAccountId, of another account."""
    return {"QueueUrl": queue_url(ctx, queue_named(ctx, req.QueueOwnerAWSAccountId or ctx.account, req.QueueName))}


@sqs.operation
def list_queues(ctx: Context, req: Any) -> dict[str, Any]:
    """The URLs of the account's queues in the Region, in the order of their names."""
    check_page_size(req.MaxResults)
    prefix: str = req.QueueNamePrefix or ""

    def rows(after: tuple[Any, ...] | None, limit: int) -> list[Queue]:
        if after is None:
            found = ctx.tx.list(Queue, start=(prefix,), limit=limit)
        else:
            found = ctx.tx.list(Queue, after=after, limit=limit)
        return [queue for queue in found if queue.name.startswith(prefix)]

    page = Page(
        rows, lambda queue: queue_url(ctx, queue), only_if_asked=True, absent_if_empty=True, invalid=INVALID_TOKEN
    )
    return {"QueueUrls": page}


@sqs.operation
def list_dead_letter_source_queues(ctx: Context, req: Any) -> dict[str, Any]:
    """The URLs of the queues that use this one for their dead letters."""
    check_page_size(req.MaxResults)
    queue = queue_of(ctx, req.QueueUrl)
    tx, arn = home_of(ctx, queue), queue_arn(ctx, queue)

    def rows(after: tuple[Any, ...] | None, limit: int) -> list[Queue]:
        return tx.find(Queue.by_dead_letter, arn, after=after, limit=limit)

    return {"queueUrls": Page(rows, lambda source: queue_url(ctx, source), only_if_asked=True, invalid=INVALID_TOKEN)}


@sqs.operation
def get_queue_attributes(ctx: Context, req: Any) -> dict[str, Any]:
    """The attributes asked for, those that have a value.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
    """
    queue = queue_of(ctx, req.QueueUrl)
    names: set[str] = set(req.AttributeNames)
    for name in req.AttributeNames:
        if name not in READABLE:
            raise unknown(name)
    if not names:
        return {}
    values = dict(queue.attributes)
    if "All" in names or not names.isdisjoint(COUNTED):
        counts = queue_counts(ctx.tx, queue, Tally(ctx.tx, queue.space))
        values.update(zip(COUNTED, (str(count) for count in counts), strict=True))
    values["CreatedTimestamp"] = str(queue.created // 1000)
    values["LastModifiedTimestamp"] = str(queue.modified // 1000)
    values["QueueArn"] = queue_arn(ctx, queue)
    if "All" not in names:
        values = {name: value for name, value in values.items() if name in names}
    return {"Attributes": values or None}


@sqs.operation
def set_queue_attributes(ctx: Context, req: Any) -> None:
    """Change attributes of a queue, at once.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
    """
    queue = queue_of(ctx, req.QueueUrl)
    given = checked(ctx, req.Attributes, fifo=queue.fifo)
    if given.get("FifoQueue") == "false":
        raise Fault(
            "InvalidAttributeValue",
            "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
        )
    attributes, dead_letter, receives = merged(
        ctx, queue.attributes, given, Home(queue.account, queue.region, queue_arn(ctx, queue), queue.fifo)
    )
    rescoped = queue.rescoped
    if attributes.get("DeduplicationScope") != queue.attributes.get("DeduplicationScope"):
        rescoped = ctx.now + DEDUPLICATION_INTERVAL
    changed = replace(
        queue,
        attributes=attributes,
        modified=ctx.now,
        dead_letter=dead_letter,
        receives=receives,
        rescoped=rescoped,
    )
    home_of(ctx, queue).put(changed)
    _follow(ctx, queue, changed)


@sqs.operation
def purge_queue(ctx: Context, req: Any) -> None:
    """Delete every message of a queue. What lies in the store goes chunk by chunk afterwards; nobody sees it."""
    queue = queue_of(ctx, req.QueueUrl)
    cooldown = ctx.limit(PURGE_COOLDOWN)
    if queue.purged and ctx.now < queue.purged + cooldown * 1000:
        raise Fault(
            "PurgeQueueInProgress",
            f"Only one PurgeQueue operation on {queue.name} is allowed every {cooldown} seconds."
            f"{_lifted_by(PURGE_COOLDOWN, '--sqs-60-second-rules off')}",
        )
    level = ctx.tx.get(Level, queue.space)
    space = next_number(ctx)
    if level is not None:
        ctx.tx.insert(replace(Level(space), seq=level.seq, cursor=level.seq + 1, due=1 << 62))
    ctx.schedule(sweep, at=ctx.now, space=queue.space)
    home_of(ctx, queue).put(replace(queue, space=space, purged=ctx.now))


@sqs.operation
def delete_queue(ctx: Context, req: Any) -> None:
    """Delete a queue with its messages. The name rests for 60 seconds."""
    queue = queue_of(ctx, req.QueueUrl)
    tx = home_of(ctx, queue)
    tx.delete(queue)
    tx.put(Deleted(queue.name, ctx.now, ctx.now + max(60, ctx.limit(DELETE_COOLDOWN)) * 1000))
    ctx.schedule(sweep, at=ctx.now, space=queue.space)
    ctx.wake_all(*channel(queue))


INVALID_TOKEN = Fault("InvalidParameterValue", "Invalid or expired next token.")


def next_number(ctx: Context) -> int:
    """A number no queue or space of the partition ever had."""
    last = ctx.tx.get(Numbers, "space")
    number = last.last + 1 if last is not None else 1
    ctx.tx.put(Numbers("space", number))
    return number


def too_many_tags(ctx: Context, name: str) -> Fault:
    """The fault of a queue that would have more tags than it may."""
    return Fault(
        "InvalidParameterValue",
        f"Too many tags added for queue {name}. Maximum number of tags allowed: {ctx.limit(TAGS)}.",
    )


def check_page_size(given: int | None) -> None:
    """MaxResults is 1 to 1000, if given."""
    if given is not None and not _FEWEST <= given <= _MOST:
        raise Fault(
            "InvalidParameterValue",
            f"Value {given} for parameter MaxResults is invalid. Reason: MaxResults must be an integer between "
            f"{_FEWEST} and {_MOST}.",
        )


def _is_fifo(ctx: Context, name: str, attributes: Any) -> bool:
    """Whether the request is for a FIFO queue; its name must fit."""
    fifo: bool = attributes.get("FifoQueue", "").lower() == "true"
    if fifo and _FIFO_NAME.fullmatch(name) is None:
        raise Fault(
            "InvalidParameterValue",
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
            "must end with .fifo suffix and be 1 to 80 in length.",
        )
    if not fifo and _NAME.fullmatch(name) is None:
        raise Fault(
            "InvalidParameterValue",
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        )
    if fifo and not ctx.limit(FIFO_REGION):
        raise Fault("UnsupportedOperation", f"FIFO queues are not supported in {ctx.region}.{_lifted_by(FIFO_REGION)}")
    return fifo


def _check_cooldown(ctx: Context, name: str) -> None:
    """Refuse a name whose queue was deleted a moment ago."""
    deleted = ctx.tx.get(Deleted, name)
    cooldown = ctx.limit(DELETE_COOLDOWN)
    if deleted is not None and ctx.now < deleted.at + cooldown * 1000:
        raise Fault(
            "QueueDeletedRecently",
            f"You must wait {cooldown} seconds after deleting a queue before you can create another with the same "
            f"name.{_lifted_by(DELETE_COOLDOWN, '--sqs-60-second-rules off')}",
        )


def _lifted_by(limit: str, setting: str = "") -> str:
    """Where a rule of AWS's that gets in a test's way can be set aside."""
    return f" (Orrery: the limit {limit} sets this rule{f'; {setting} lifts it' if setting else ''}.)"


def _follow(ctx: Context, before: Queue, after: Queue) -> None:
    """What a change of attributes means for messages that are there already."""
    if after.retention < before.retention:
        tally = Tally(ctx.tx, after.space)
        first = oldest(ctx, after.space)
        if first is not None:
            expect(ctx, after, tally, max(ctx.now, first + after.retention))
            tally.save()
    if after.delay < before.delay:
        ctx.tx.wake(*channel(after))
