"""Dead letters: the policies that name and allow a dead-letter queue, and the move into it.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
"""

from typing import Any, NamedTuple

import msgspec

from orrery.kernel.context import Context
from orrery.services.sqs.addresses import arn_parts, home_of, queue_arn
from orrery.services.sqs.arrival import arrive, is_fresh
from orrery.services.sqs.content import invalid
from orrery.services.sqs.levels import Tally
from orrery.services.sqs.records import Message, Queue
from orrery.wire.fault import Fault

MOST_RECEIVES = 1000
MOST_SOURCES = 10


class Home(NamedTuple):
    """Where the queue is whose attributes are set, and of which type it is."""

    account: str
    region: str
    arn: str
    fifo: bool


class RedrivePolicy(NamedTuple):
    """Where messages go that were received `receives` times."""

    target: str
    receives: int
    text: str


def redrive_policy(ctx: Context, text: str, home: Home) -> RedrivePolicy:
    """The policy that `text` states, checked against the dead-letter queue it names.

    Raises InvalidParameterValue with SQS's reason: no map, a member missing or wrong, no such queue, a queue of
    another type, account or Region, one whose redrive allow policy does not admit this queue.
    """
    policy = _map(text, "RedrivePolicy", "Redrive policy is not a valid JSON map.")
    for member in ("deadLetterTargetArn", "maxReceiveCount"):
        if policy.get(member) in (None, ""):
            raise invalid(text, "RedrivePolicy", f"Redrive policy does not contain mandatory attribute: {member}.")
    for member in policy:
        if member not in ("deadLetterTargetArn", "maxReceiveCount"):
            raise invalid(
                text,
                "RedrivePolicy",
                "Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount].",
            )
    receives = _receives(text, policy["maxReceiveCount"])
    target = str(policy["deadLetterTargetArn"])
    parts = arn_parts(target)
    if parts is None:
        raise invalid(text, "RedrivePolicy", "Invalid value for deadLetterTargetArn.")
    queue = ctx.at(home.account, home.region).get(Queue, parts[3]) if parts[1:3] == home[1::-1] else None
    if queue is None or parts[0] != ctx.partition:
        raise invalid(text, "RedrivePolicy", "Dead letter target does not exist.")
    if queue.fifo != home.fifo:
        raise invalid(text, "RedrivePolicy", "Dead-letter queue must be same type of queue as the source.")
    if not admits(queue, home.arn):
        raise invalid(
            text, "RedrivePolicy", "Dead letter target's redrive allow policy does not allow this queue to use it."
        )
    canonical = msgspec.json.encode({"deadLetterTargetArn": target, "maxReceiveCount": receives}).decode()
    return RedrivePolicy(target, receives, canonical)


def redrive_allow_policy(text: str) -> str:
    """The checked text of a RedriveAllowPolicy. Raises InvalidParameterValue with SQS's reason."""
    policy = _map(text, "RedriveAllowPolicy", "Redrive allow policy is not a valid JSON map.")
    permission = policy.get("redrivePermission")
    sources = policy.get("sourceQueueArns")
    if permission not in ("allowAll", "denyAll", "byQueue"):
        raise invalid(
            text,
            "RedriveAllowPolicy",
            "Amazon SQS can't create the redrive allow policy. The value of "
            "redrivePermission must be one of: [allowAll, denyAll, byQueue].",
        )
    if permission != "byQueue" and sources is not None:
        raise invalid(
            text,
            "RedriveAllowPolicy",
            "Amazon SQS can't create the redrive allow policy. You can specify "
            "sourceQueueArns only when redrivePermission is byQueue.",
        )
    if permission == "byQueue":
        _check_sources(text, sources)
    return msgspec.json.encode(policy).decode()


def admits(dead_letter_queue: Queue, source_arn: str) -> bool:
    """Whether a queue's redrive allow policy lets the queue `source_arn` use it for its dead letters."""
    text = dead_letter_queue.attributes.get("RedriveAllowPolicy")
    if text is None:
        return True
    policy = msgspec.json.decode(text)
    permission = policy["redrivePermission"]
    return permission == "allowAll" or (permission == "byQueue" and source_arn in policy["sourceQueueArns"])


class Graves:
    """The dead-letter queue of a queue within one receive."""

    def __init__(self, ctx: Context, queue: Queue, tally: Tally) -> None:
        parts = arn_parts(queue.dead_letter or "")
        self._ctx = ctx
        self._source = queue
        self._queue = home_of(ctx, queue).get(Queue, parts[3]) if parts else None
        self._tally: Tally | None = None
        if self._queue is not None and self._queue.space == tally.space:
            self._queue = None

    def bury(self, message: Message, receives: int, first: int) -> bool:
        """Move a message; False when the dead-letter queue is gone and the message stays where it is.

        On standard queues it keeps the instant it was sent at, and so may expire early; on FIFO queues that is reset.
        """
        target = self._queue
        if target is None:
            return False
        if self._tally is None:
            self._tally = Tally(self._ctx.tx, target.space)
        tally = self._tally
        moved = msgspec.structs.replace(
            message,
            space=target.space,
            seq=tally.seq + 1,
            sent=self._ctx.now if target.fifo else message.sent,
            fresh=is_fresh(target, message.group, 0),
            source=queue_arn(self._ctx, self._source),
            receives=receives,
            first=first,
            moved=not target.fifo,
        )
        arrive(self._ctx, target, tally, moved, 0)
        return True

    def close(self) -> None:
        """Write the dead-letter queue's counts."""
        if self._tally is not None:
            self._tally.save()


def _map(text: str, parameter: str, problem: str) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise invalid(text, parameter, problem) from error
    if not isinstance(value, dict):
        raise invalid(text, parameter, problem)
    return value


def _receives(text: str, given: Any) -> int:
    """maxReceiveCount, a number or its text."""
    try:
        receives = int(given) if isinstance(given, int | str) and not isinstance(given, bool) else 0
    except ValueError:
        receives = 0
    if not 1 <= receives <= MOST_RECEIVES:
        raise invalid(
            text,
            "RedrivePolicy",
            f"Invalid value for maxReceiveCount: {given}, valid values are from 1 to {MOST_RECEIVES} both inclusive.",
        )
    return receives


def _check_sources(text: str, sources: Any) -> None:
    if not isinstance(sources, list) or not sources:
        raise invalid(
            text,
            "RedriveAllowPolicy",
            "Amazon SQS can't create the redrive allow policy. Specify at least one "
            "sourceQueueArns when redrivePermission is byQueue.",
        )
    if len(sources) > MOST_SOURCES:
        raise invalid(
            text,
            "RedriveAllowPolicy",
            "Amazon SQS can't create the redrive allow policy. You can specify at most "
            f"{MOST_SOURCES} sourceQueueArns.",
        )
    for source in sources:
        if not isinstance(source, str) or arn_parts(source) is None:
            raise invalid(
                text,
                "RedriveAllowPolicy",
                "Amazon SQS can't create the redrive allow policy. sourceQueueArns must be ARNs of queues.",
            )


def unknown_queue(parameter: str) -> Fault:
    """What the move tasks answer for an ARN that names no queue."""
    return Fault(
        "ResourceNotFoundException", f"The resource that you specified for the {parameter} parameter doesn't exist."
    )
