"""FIFO queues' rules, as pure functions: sequence numbers, ids, deduplication.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues.html
"""

import re

DEDUPLICATION_INTERVAL = 300_000
"""Milliseconds in which a deduplication id, or a receive attempt's, is remembered."""

_BASE = 18_849_496_460_467_696_128
_STEP = 256
_IDENTIFIER = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}")


def sequence_number(seq: int) -> str:
    """The SequenceNumber of the message that came as number `seq`: 20 digits, rising, not consecutive."""
    return str(_BASE + seq * _STEP)


def is_identifier(text: str) -> bool:
    """Whether a text may be a MessageGroupId or a MessageDeduplicationId: 1-128 letters, digits, punctuation."""
    return _IDENTIFIER.fullmatch(text) is not None


def deduplication_scopes(group: str, by_group: bool, rescoped: bool) -> tuple[str, ...]:
    """In which scopes to look for an earlier message with the same id; the first is where to remember this one.

    "" stands for the whole queue. After a change of DeduplicationScope (`rescoped`) ids remembered under the former
    scope still count.
    """
    if by_group:
        return (group, "") if rescoped else (group,)
    return ("", group) if rescoped else ("",)
