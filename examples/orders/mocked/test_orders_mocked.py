"""Within the test's own process. Moto's line was: `from moto import mock_aws`."""

import boto3
import orders

from orrery.testing import mock_aws


@mock_aws
def test_what_was_ordered_is_shipped_once() -> None:
    boto3.client("sqs", region_name="us-east-1").create_queue(QueueName=orders.QUEUE)
    boto3.client("s3").create_bucket(Bucket=orders.BUCKET)
    orders.place("1001", "lamp")
    assert orders.ship() == ["lamp"]
    assert orders.ship() == []


def test_nothing_of_it_is_left() -> None:
    with mock_aws():
        assert boto3.client("sqs").list_queues().get("QueueUrls", []) == []
