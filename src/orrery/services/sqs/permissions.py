"""AddPermission and RemovePermission: statements of the queue's policy by their label.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html
"""

import re
from typing import Any

import msgspec
from msgspec.structs import replace

from orrery.kernel.context import Context
from orrery.services.sqs.addresses import home_of, queue_arn, queue_of
from orrery.services.sqs.content import invalid
from orrery.services.sqs.records import Queue
from orrery.services.sqs.service import LABELLED_ACTIONS, sqs
from orrery.wire.fault import Fault

_GRANTABLE = (
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "PurgeQueue",
    "ReceiveMessage",
    "SendMessage",
)
_ACCOUNT = re.compile(r"\d{12}")
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,80}")


@sqs.operation
def add_permission(ctx: Context, req: Any) -> None:
    """Add a statement that lets accounts use the queue to its policy."""
    queue = queue_of(ctx, req.QueueUrl)
    if _LABEL.fullmatch(req.Label) is None:
        raise invalid(
            req.Label, "Label", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length."
        )
    _check_actions(ctx, req.Actions)
    for account in req.AWSAccountIds:
        if _ACCOUNT.fullmatch(account) is None:
            raise invalid([account], "PrincipalId", "Unable to verify.")
    policy = _policy(queue) or {
        "Version": "2008-10-17",
        "Id": f"{queue_arn(ctx, queue)}/SQSDefaultPolicy",
        "Statement": [],
    }
    statements = _statements(policy)
    if any(statement.get("Sid") == req.Label for statement in statements):
        raise invalid(req.Label, "Label", "Already exists.")
    principals = [f"arn:{ctx.partition}:iam::{account}:root" for account in req.AWSAccountIds]
    statements.append(
        {
            "Sid": req.Label,
            "Effect": "Allow",
            "Principal": {"AWS": _one_or_all(principals)},
            "Action": _one_or_all([f"SQS:{action}" for action in req.Actions]),
            "Resource": queue_arn(ctx, queue),
        }
    )
    _write(ctx, queue, {**policy, "Statement": statements})


@sqs.operation
def remove_permission(ctx: Context, req: Any) -> None:
    """Take the statement with a label out of the queue's policy; with the last one the policy goes."""
    queue = queue_of(ctx, req.QueueUrl)
    policy = _policy(queue) or {}
    statements = _statements(policy)
    kept = [statement for statement in statements if statement.get("Sid") != req.Label]
    if len(kept) == len(statements):
        raise invalid(req.Label, "Label", "can't find label.")
    _write(ctx, queue, {**policy, "Statement": kept} if kept else None)


def _check_actions(ctx: Context, actions: tuple[str, ...]) -> None:
    most = ctx.limit(LABELLED_ACTIONS)
    if len(actions) > most:
        raise Fault("OverLimit", f"{len(actions)} Actions were found, maximum allowed is {most}.")
    for action in actions:
        if action != "*" and action not in _GRANTABLE:
            raise invalid(f"SQS:{action}", "ActionName", "Only the queue owner is allowed to invoke this action.")


def _policy(queue: Queue) -> dict[str, Any] | None:
    text = queue.attributes.get("Policy")
    return msgspec.json.decode(text, type=dict[str, Any]) if text else None


def _statements(policy: dict[str, Any]) -> list[dict[str, Any]]:
    found = policy.get("Statement", [])
    return list(found) if isinstance(found, list) else [found]


def _one_or_all(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else values


def _write(ctx: Context, queue: Queue, policy: dict[str, Any] | None) -> None:
    attributes = {name: value for name, value in queue.attributes.items() if name != "Policy"}
    if policy is not None:
        attributes["Policy"] = msgspec.json.encode(policy).decode()
    home_of(ctx, queue).put(replace(queue, attributes=attributes, modified=ctx.now))
