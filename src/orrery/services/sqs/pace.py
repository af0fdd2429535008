"""Rates: how many calls a second a FIFO queue takes. Enforced only where rates are (`limits=real`).

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
"""

from orrery.kernel.context import Context
from orrery.services.sqs.records import Pace, Queue
from orrery.services.sqs.service import FIFO_CALLS, FIFO_CALLS_HIGH
from orrery.wire.fault import Fault


def count_call(ctx: Context, queue: Queue, action: str) -> None:
    """Count a call of `action` on a FIFO queue. Fault: RequestThrottled beyond the second's calls."""
    if not queue.fifo:
        return
    high = queue.attributes["FifoThroughputLimit"] == "perMessageGroupId"
    limit = ctx.rate(FIFO_CALLS_HIGH if high else FIFO_CALLS)
    if limit is None:
        return
    second = ctx.now // 1000
    pace = ctx.tx.get(Pace, queue.number, action)
    calls = pace.calls + 1 if pace is not None and pace.second == second else 1
    if calls > limit:
        raise Fault(
            "RequestThrottled",
            f"Rate exceeded: {limit} {action} calls a second on {queue.name}. (Orrery: the limits "
            f"{FIFO_CALLS} and {FIFO_CALLS_HIGH} set this rule.)",
        )
    ctx.tx.put(Pace(queue.number, action, second, calls))
