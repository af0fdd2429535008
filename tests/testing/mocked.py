"""What a program does with plain boto3, to see what it meets."""

from typing import Any

import boto3


def made(name: str = "jobs") -> list[str]:
    """Make a queue; the names of those there are."""
    sqs = boto3.client("sqs")
    sqs.create_queue(QueueName=name)
    return [url.rpartition("/")[2] for url in sqs.list_queues()["QueueUrls"]]


def account() -> Any:
    return boto3.client("sts").get_caller_identity()["Account"]
