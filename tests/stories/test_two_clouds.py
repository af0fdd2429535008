"""Clouds in one process know nothing of each other."""

import pytest
from tests.conftest import Clients, CloudThread


@pytest.mark.row("REG-002")
def test_accounts_and_regions_of_one_cloud_and_whole_clouds_are_apart(harness: CloudThread) -> None:
    one, two = harness.start(), harness.start()
    url = Clients(one).sqs.create_queue(QueueName="jobs")["QueueUrl"]
    Clients(one).sqs.send_message(QueueUrl=url, MessageBody="hello")
    one.clock.advance(3600)

    elsewhere = [
        Clients(two).sqs.list_queues(),
        Clients(one, region="eu-west-3").sqs.list_queues(),
        Clients(one, account="123456789012").sqs.list_queues(),
    ]
    apart = one.clock.now() - two.clock.now()
    one.stop()
    two.stop()

    assert all("QueueUrls" not in answer for answer in elsewhere)
    assert apart >= 3600_000 - 60_000
