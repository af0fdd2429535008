"""Clients people use beside boto3, unchanged: the AWS CLI as a process, aioboto3."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import aioboto3
import pytest
from tests.running import RunningCloud


def aws_cli(cloud: RunningCloud, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the AWS CLI of this environment as a process of its own."""
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "3",
    }
    command = [str(Path(sys.executable).with_name("aws")), "--endpoint-url", cloud.url, "--output", "json", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def shown(done: "subprocess.CompletedProcess[str]") -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.row("SDK-001")
def test_the_aws_cli_makes_a_queue_sends_receives_and_deletes(cloud: RunningCloud) -> None:
    url = shown(aws_cli(cloud, "sqs", "create-queue", "--queue-name", "jobs"))["QueueUrl"]
    sent = shown(aws_cli(cloud, "sqs", "send-message", "--queue-url", url, "--message-body", "hello"))
    received = shown(aws_cli(cloud, "sqs", "receive-message", "--queue-url", url))["Messages"]
    handle = received[0]["ReceiptHandle"]
    deleted = aws_cli(cloud, "sqs", "delete-message", "--queue-url", url, "--receipt-handle", handle)

    assert [message["MessageId"] for message in received] == [sent["MessageId"]]
    assert deleted.returncode == 0


@pytest.mark.row("SDK-001")
def test_the_aws_cli_says_who_it_is_and_shows_an_error_in_awss_words(cloud: RunningCloud) -> None:
    who = shown(aws_cli(cloud, "sts", "get-caller-identity"))
    refused = aws_cli(cloud, "sqs", "get-queue-url", "--queue-name", "ghost")

    assert who["Arn"] == "arn:aws:iam::000000000000:root"
    assert refused.returncode != 0
    assert "AWS.SimpleQueueService.NonExistentQueue" in refused.stderr


def test_aioboto3_sends_and_receives_side_by_side(cloud: RunningCloud) -> None:
    async def story() -> list[str]:
        session = aioboto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
        async with session.client("sqs", endpoint_url=cloud.url) as sqs:
            url = (await sqs.create_queue(QueueName="jobs"))["QueueUrl"]
            await asyncio.gather(*(sqs.send_message(QueueUrl=url, MessageBody=f"job {n}") for n in range(20)))
            answers = await asyncio.gather(
                *(sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10) for _ in range(4))
            )
            return [message["Body"] for answer in answers for message in answer.get("Messages", [])]

    assert sorted(asyncio.run(story())) == sorted(f"job {n}" for n in range(20))
