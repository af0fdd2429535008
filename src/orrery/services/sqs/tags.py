"""Tags of queues."""

from typing import Any

from msgspec.structs import replace

from orrery.kernel.context import Context
from orrery.services.sqs.addresses import home_of, queue_of
from orrery.services.sqs.queues import too_many_tags
from orrery.services.sqs.service import TAGS, sqs


@sqs.operation
def tag_queue(ctx: Context, req: Any) -> None:
    """Add tags to a queue, or change their values."""
    queue = queue_of(ctx, req.QueueUrl)
    tags = {**queue.tags, **req.Tags}
    if len(tags) > ctx.limit(TAGS):
        raise too_many_tags(ctx, queue.name)
    home_of(ctx, queue).put(replace(queue, tags=tags))


@sqs.operation
def untag_queue(ctx: Context, req: Any) -> None:
    """Take tags off a queue; those it does not have are no error."""
    queue = queue_of(ctx, req.QueueUrl)
    tags = {key: value for key, value in queue.tags.items() if key not in req.TagKeys}
    home_of(ctx, queue).put(replace(queue, tags=tags))


@sqs.operation
def list_queue_tags(ctx: Context, req: Any) -> dict[str, Any]:
    """The tags of a queue; a queue without tags has no Tags member."""
    return {"Tags": queue_of(ctx, req.QueueUrl).tags or None}
