"""Against a cloud that runs: AWS_ENDPOINT_URL says where. The same file passes with LocalStack."""

import json
import os
from urllib.request import Request, urlopen

import boto3
import orders
import pytest

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]


@pytest.fixture
def empty() -> None:
    """A cloud with nothing in it but the queue and the bucket."""
    urlopen(Request(f"{ENDPOINT}/_localstack/state/reset", method="POST")).close()
    boto3.client("sqs").create_queue(QueueName=orders.QUEUE)
    boto3.client("s3").create_bucket(Bucket=orders.BUCKET)


def test_the_scripts_of_ready_d_have_prepared_it() -> None:
    with urlopen(f"{ENDPOINT}/_localstack/init/ready") as answer:
        shown = json.load(answer)
    assert shown["completed"]
    assert [script["state"] for script in shown["scripts"]] == ["SUCCESSFUL", "SUCCESSFUL"]
    queues = boto3.client("sqs").list_queues()["QueueUrls"]
    assert [url.rpartition("/")[2] for url in queues] == ["orders", "orders-dead"]


def test_what_was_ordered_is_shipped_once(empty: None) -> None:
    orders.place("1001", "lamp")
    assert orders.ship() == ["lamp"]
    assert orders.ship() == []
