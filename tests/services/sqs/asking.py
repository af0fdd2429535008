"""A queue as these tests speak of it, over a real client."""

import json
from collections.abc import Callable, Mapping
from threading import Event
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import Clients
from tests.running import RunningCloud

ACCOUNT = "000000000000"


class Queue:
    """One queue: made with `attributes` (values become text), then asked with short words."""

    def __init__(self, aws: Clients, name: str, **attributes: object) -> None:
        self.sqs = aws.sqs
        self.name = name
        if name.endswith(".fifo"):
            attributes = {"FifoQueue": "true", **attributes}
        self.url: str = self.sqs.create_queue(
            QueueName=name, Attributes={key: as_text(value) for key, value in attributes.items()}
        )["QueueUrl"]
        self.arn = f"arn:aws:sqs:{aws.sqs.meta.region_name}:{self.url.split('/')[-2]}:{name}"

    def send(self, body: str, group: str | None = None, id: str | None = None, **more: Any) -> dict[str, Any]:
        """Send a message; what the answer was."""
        if group is not None:
            more["MessageGroupId"] = group
        if id is not None:
            more["MessageDeduplicationId"] = id
        answer: dict[str, Any] = self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **more)
        return answer

    def receive(self, most: int = 1, **more: Any) -> list[dict[str, Any]]:
        """Receive messages."""
        answer = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=most, **more)
        found: list[dict[str, Any]] = answer.get("Messages", [])
        return found

    def bodies(self, most: int = 1, **more: Any) -> list[str]:
        """The bodies of what a receive gives."""
        return [message["Body"] for message in self.receive(most, **more)]

    def delete(self, *messages: dict[str, Any]) -> None:
        """Delete received messages."""
        for message in messages:
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])

    def hide(self, message: dict[str, Any], seconds: int) -> None:
        """ChangeMessageVisibility."""
        self.sqs.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=seconds
        )

    def attributes(self, *names: str) -> dict[str, str]:
        """Attributes of the queue, all by default."""
        answer = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=list(names or ("All",)))
        found: dict[str, str] = answer.get("Attributes", {})
        return found

    def set(self, **attributes: object) -> None:
        """SetQueueAttributes."""
        self.sqs.set_queue_attributes(
            QueueUrl=self.url, Attributes={key: as_text(value) for key, value in attributes.items()}
        )

    def counts(self) -> tuple[int, int, int]:
        """Visible, in flight, delayed."""
        found = self.attributes()
        return (
            int(found["ApproximateNumberOfMessages"]),
            int(found["ApproximateNumberOfMessagesNotVisible"]),
            int(found["ApproximateNumberOfMessagesDelayed"]),
        )


def as_text(value: object) -> str:
    """An attribute's value as SQS wants it."""
    if isinstance(value, Mapping):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def fault_of(call: Callable[..., Any], *args: Any, **options: Any) -> tuple[str, str]:
    """Code and message of the error a call ends in."""
    with pytest.raises(ClientError) as caught:
        call(*args, **options)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def status_of(call: Callable[..., Any], *args: Any, **options: Any) -> int:
    """The HTTP status of the error a call ends in."""
    with pytest.raises(ClientError) as caught:
        call(*args, **options)
    status: int = caught.value.response["ResponseMetadata"]["HTTPStatusCode"]
    return status


def fill(queue: Queue, count: int) -> None:
    """Send messages with the bodies 0, 1, 2 ..."""
    for start in range(0, count, 10):
        entries = [{"Id": str(n), "MessageBody": str(n)} for n in range(start, min(start + 10, count))]
        queue.sqs.send_message_batch(QueueUrl=queue.url, Entries=entries)


def waiting(cloud: RunningCloud, count: int) -> None:
    """Return once so many receives wait."""
    for _ in range(2000):
        if cloud.do(lambda: len(cloud.cloud.kernel.waiters)) >= count:
            return
        Event().wait(0.005)
    raise AssertionError("nobody waits")
