"""Moving dead letters back: move tasks, which run as jobs at the rate asked for.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
"""

from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from orrery.kernel.context import Context
from orrery.kernel.jobs import Again
from orrery.services.sqs.addresses import arn_parts, queue_arn, queue_by_arn
from orrery.services.sqs.arrival import arrive, is_fresh
from orrery.services.sqs.content import invalid
from orrery.services.sqs.delivery import Delivery, Receiver
from orrery.services.sqs.levels import Tally
from orrery.services.sqs.receipts import restore, take_away
from orrery.services.sqs.records import MoveTask, Queue
from orrery.services.sqs.redrive import unknown_queue
from orrery.services.sqs.service import sqs
from orrery.wire.fault import Fault

RUNNING, COMPLETED, CANCELLING, CANCELLED, FAILED = "RUNNING", "COMPLETED", "CANCELLING", "CANCELLED", "FAILED"

FASTEST = 500
"""Messages a second a task can be asked for."""
KEPT = 10
"""Tasks of one queue that are remembered and listed."""
CHUNK = 20
"""Messages moved in one turn of the job."""


@sqs.operation
def start_message_move_task(ctx: Context, req: Any) -> dict[str, Any]:
    """Move a dead-letter queue's messages back to where they came from, or to another queue.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
    """
    source = _queue(ctx, req.SourceArn, "SourceArn")
    rate: int | None = req.MaxNumberOfMessagesPerSecond
    if rate is not None and not 1 <= rate <= FASTEST:
        raise invalid(rate, "MaxNumberOfMessagesPerSecond", f"Must be between 1 and {FASTEST}, if provided.")
    if not _is_dead_letter_queue(ctx, source):
        raise Fault("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
    if req.DestinationArn is not None:
        destination = _queue(ctx, req.DestinationArn, "DestinationArn")
        if destination.number == source.number:
            raise invalid(req.DestinationArn, "DestinationArn", "Source and destination queues must be different.")
        if destination.fifo != source.fifo:
            raise invalid(
                req.DestinationArn, "DestinationArn", "Destination queue must be same type of queue as the source."
            )
    before = _tasks(ctx, source.name, KEPT)
    if before and before[0].status in (RUNNING, CANCELLING):
        raise Fault(
            "InvalidParameterValue",
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
        )
    if len(before) == KEPT:
        ctx.tx.delete(before[-1])
    task = ctx.tx.insert(
        MoveTask(
            source.name,
            before[0].number + 1 if before else 1,
            ctx.new_uuid(),
            RUNNING,
            ctx.now,
            req.DestinationArn,
            rate or 0,
            planned=Tally(ctx.tx, source.space).counts(ctx.now).visible,
        )
    )
    ctx.schedule(move, at=ctx.now, source=task.source, number=task.number)
    return {"TaskHandle": _handle(ctx, source, task)}


@sqs.operation
def cancel_message_move_task(ctx: Context, req: Any) -> dict[str, Any]:
    """Stop a running move task; what it has moved stays moved.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CancelMessageMoveTask.html
    """
    task_id, arn = _read_handle(req.TaskHandle)
    source = queue_by_arn(ctx, arn)
    if source is None:
        raise unknown_queue("SourceArn")
    task = next((task for task in _tasks(ctx, source.name, KEPT) if task.id == task_id), None)
    if task is None or task.status not in (RUNNING, CANCELLING):
        raise Fault("ResourceNotFoundException", "Task does not exist.")
    ctx.tx.put(replace(task, status=CANCELLED))
    return {"ApproximateNumberOfMessagesMoved": task.moved}


@sqs.operation
def list_message_move_tasks(ctx: Context, req: Any) -> dict[str, Any]:
    """The latest move tasks of a source queue, newest first; one unless MaxResults says more."""
    most: int = 1 if req.MaxResults is None else req.MaxResults
    if not 1 <= most <= KEPT:
        raise invalid(most, "MaxResults", f"Must be between 1 and {KEPT}, if provided.")
    source = _queue(ctx, req.SourceArn, "SourceArn")
    return {"Results": [_view(ctx, source, task) for task in _tasks(ctx, source.name, most)]}


@sqs.job
def move(ctx: Context, source: str, number: int) -> Again | None:
    """Move the next messages of a task, and come again while there are more."""
    task = ctx.tx.get(MoveTask, source, number)
    queue = ctx.tx.get(Queue, source)
    if task is None or task.status != RUNNING:
        return None
    if queue is None:
        ctx.tx.put(replace(task, status=FAILED, failure="AWS.SimpleQueueService.NonExistentQueue"))
        return None
    chunk = min(CHUNK, task.rate or CHUNK, task.planned - task.moved)
    moved, failure = _move_some(ctx, task, queue, chunk) if chunk > 0 else (0, None)
    task = replace(task, moved=task.moved + moved)
    if failure is not None:
        task = replace(task, status=FAILED, failure=failure)
    elif moved < chunk or task.moved >= task.planned:
        task = replace(task, status=COMPLETED)
    ctx.tx.put(task)
    if task.status != RUNNING:
        return None
    arguments: Mapping[str, Any] = {"source": source, "number": number}
    return Again(arguments, ctx.now + 1000 * chunk // task.rate if task.rate else None)


def _move_some(ctx: Context, task: MoveTask, queue: Queue, most: int) -> tuple[int, str | None]:
    """Move up to `most` messages; how many went, and why the next could not."""
    tally = Tally(ctx.tx, queue.space)
    undisturbed = replace(queue, dead_letter=None)
    deliveries = Receiver(ctx, undisturbed, tally, most, 1000).receive()
    targets: dict[str, tuple[Queue, Tally]] = {}
    moved, failure = 0, None
    for delivery in deliveries:
        target = None
        if failure is None:
            target, failure = _target(ctx, task, delivery, targets)
        if target is None:
            restore(ctx, queue, tally, delivery.flight)
            continue
        take_away(ctx, queue, tally, delivery.flight)
        _send_on(ctx, *target, delivery)
        moved += 1
    tally.save()
    for _, target_tally in targets.values():
        target_tally.save()
    return moved, failure


def _target(
    ctx: Context, task: MoveTask, delivery: Delivery, targets: dict[str, tuple[Queue, Tally]]
) -> tuple[tuple[Queue, Tally] | None, str | None]:
    """Where a message goes, or why that cannot be said."""
    arn = task.destination or delivery.message.source
    if arn is None:
        return None, "CouldNotDetermineMessageSource"
    if arn not in targets:
        queue = queue_by_arn(ctx, arn)
        if queue is None:
            return None, "AWS.SimpleQueueService.NonExistentQueue"
        targets[arn] = (queue, Tally(ctx.tx, queue.space))
    return targets[arn], None


def _send_on(ctx: Context, queue: Queue, tally: Tally, delivery: Delivery) -> None:
    """A moved message is a new one: new id, sent now, never received."""
    message = replace(
        delivery.message,
        space=queue.space,
        seq=tally.seq + 1,
        id=ctx.new_uuid(),
        sent=ctx.now,
        fresh=is_fresh(queue, delivery.message.group, queue.delay),
        source=None,
        receives=0,
        first=0,
        moved=False,
    )
    arrive(ctx, queue, tally, message, queue.delay)


def _tasks(ctx: Context, source: str, limit: int) -> list[MoveTask]:
    return ctx.tx.list(MoveTask, source, reverse=True, limit=limit)


def _is_dead_letter_queue(ctx: Context, queue: Queue) -> bool:
    return bool(ctx.tx.find(Queue.by_dead_letter, queue_arn(ctx, queue), limit=1))


def _queue(ctx: Context, arn: str, parameter: str) -> Queue:
    """The queue a parameter names. Faults: InvalidParameterValue for no ARN, ResourceNotFoundException."""
    if arn_parts(arn) is None:
        raise Fault(
            "InvalidParameterValue",
            f"You must use this format to specify the {parameter}: "
            "arn:<partition>:<service>:<region>:<account-id>:<resource-id>",
        )
    queue = queue_by_arn(ctx, arn)
    if queue is None or queue.account != ctx.account or queue.region != ctx.region:
        raise unknown_queue(parameter)
    return queue


def _view(ctx: Context, source: Queue, task: MoveTask) -> dict[str, Any]:
    return {
        "TaskHandle": _handle(ctx, source, task) if task.status == RUNNING else None,
        "Status": task.status,
        "SourceArn": queue_arn(ctx, source),
        "DestinationArn": task.destination,
        "MaxNumberOfMessagesPerSecond": task.rate or None,
        "ApproximateNumberOfMessagesMoved": task.moved,
        "ApproximateNumberOfMessagesToMove": task.planned,
        "FailureReason": task.failure,
        "StartedTimestamp": task.started,
    }


def _handle(ctx: Context, source: Queue, task: MoveTask) -> str:
    return b64encode(msgspec.json.encode({"taskId": task.id, "sourceArn": queue_arn(ctx, source)})).decode()


def _read_handle(text: str) -> tuple[str, str]:
    """The task's id and its source's ARN. Fault: InvalidParameterValue for a handle that never was one."""
    try:
        value = msgspec.json.decode(b64decode(text, validate=True), type=dict[str, str])
        task_id, arn = value["taskId"], value["sourceArn"]
    except (Error, ValueError, KeyError, msgspec.MsgspecError) as error:
        raise Fault("InvalidParameterValue", "Value for parameter TaskHandle is invalid.") from error
    if arn_parts(arn) is None:
        raise Fault("InvalidParameterValue", "Value for parameter TaskHandle is invalid.")
    return task_id, arn
