"""Fair queues: on a standard queue the messages of quiet groups come before those of noisy ones.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
"""

from collections.abc import Iterable

from orrery.services.sqs.records import NOISY_FROM

NOISY_SHARE = 10
"""A group is noisy with more than one in so many of the queue's messages in flight."""


def noisy(flights: Iterable[tuple[str, int]], in_flight: int) -> frozenset[str]:
    """The noisy groups among `flights` (group, its messages in flight) of a queue with `in_flight` in all."""
    return frozenset(group for group, flight in flights if flight >= NOISY_FROM and flight * NOISY_SHARE > in_flight)
