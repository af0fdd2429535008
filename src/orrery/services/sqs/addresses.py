"""Queue URLs: the one we answer with, and all those that clients send.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
"""

import re

from orrery.kernel.context import Context
from orrery.kernel.transaction import Transaction
from orrery.services.sqs.records import Queue
from orrery.wire.fault import Fault

_REGION = re.compile(r"(?:sqs\.)?([a-z]{2,3}(?:-[a-z]+)+-\d)(?:\.queue)?\.")
_ACCOUNT = re.compile(r"\d{12}")
_ARN = re.compile(r"arn:(aws[a-z-]*):sqs:([a-z0-9-]+):(\d{12}):([A-Za-z0-9_-]{1,80}(?:\.fifo)?)")


def queue_url(ctx: Context, queue: Queue) -> str:
    """The URL of a queue, at the scheme and host of the request."""
    return f"{ctx.scheme}://{ctx.host}/{queue.account}/{queue.name}"


def queue_arn(ctx: Context, queue: Queue) -> str:
    """The ARN of a queue."""
    return f"arn:{ctx.partition}:sqs:{queue.region}:{queue.account}:{queue.name}"


def queue_of(ctx: Context, url: str) -> Queue:
    """The queue a URL names.

    Faults: InvalidAddress for what is no queue's URL or one of another Region, QueueDoesNotExist.
    """
    rest, _, name = url.rpartition("/")
    rest, _, account = rest.rpartition("/")
    if account != ctx.account or not rest.endswith(ctx.host):
        account = _account(ctx, url, rest, account, name)
    return queue_named(ctx, account, name)


def queue_named(ctx: Context, account: str, name: str) -> Queue:
    """The queue of an account by its name, in the Region of the request. Fault: QueueDoesNotExist."""
    if account == ctx.account:
        return ctx.tx.one(Queue, name)
    queue = ctx.resolve(f"arn:{ctx.partition}:sqs:{ctx.region}:{account}:{name}")
    if not isinstance(queue, Queue):
        raise Fault("QueueDoesNotExist", "The specified queue does not exist.")
    return queue


def queue_by_arn(ctx: Context, arn: str) -> Queue | None:
    """The queue an ARN names, None when there is none."""
    parts = _ARN.fullmatch(arn)
    if parts is None or parts[1] != ctx.partition:
        return None
    if parts[3] == ctx.account:
        return ctx.at(parts[3], parts[2]).get(Queue, parts[4])
    queue = ctx.resolve(arn)
    return queue if isinstance(queue, Queue) else None


def home_of(ctx: Context, queue: Queue) -> Transaction:
    """The open transaction, looking into the account and Region of `queue`."""
    if queue.account == ctx.account and queue.region == ctx.region:
        return ctx.tx
    return ctx.at(queue.account, queue.region)


def arn_parts(arn: str) -> tuple[str, str, str, str] | None:
    """Partition, Region, account and name of a queue's ARN; None for any other text."""
    parts = _ARN.fullmatch(arn)
    return None if parts is None else (parts[1], parts[2], parts[3], parts[4])


def _account(ctx: Context, url: str, rest: str, account: str, name: str) -> str:
    """The account of a URL that is not of the request's own host; refuses one of another Region."""
    if not name or _ACCOUNT.fullmatch(account) is None:
        raise _invalid(url)
    host = rest.partition("://")[2] if "://" in rest else rest
    host, _, path = host.partition("/")
    region = None
    if path:
        kind, _, region = path.partition("/")
        if kind != "queue" or not region:
            raise _invalid(url)
    else:
        found = _REGION.match(host)
        region = found[1] if found else None
    if region is not None and region != ctx.region:
        raise _invalid(url)
    return account


def _invalid(url: str) -> Fault:
    return Fault("InvalidAddress", f"The address {url} is not valid for this endpoint.")
