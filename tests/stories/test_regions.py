"""Regions: what lives in one is not found from another; hosts name them too."""

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.clients.raw import FORM, exchange, raw
from tests.conftest import Clients
from tests.running import RunningCloud


def error(call: Any, **arguments: object) -> str:
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    return str(raised.value.response["Error"]["Code"])


@pytest.mark.row("REG-002")
def test_a_queue_of_one_region_is_not_found_from_another_by_name_or_url(aws: Clients) -> None:
    here, there = aws.at(region="us-east-1").sqs, aws.at(region="eu-west-3").sqs
    url = here.create_queue(QueueName="jobs")["QueueUrl"]
    here.send_message(QueueUrl=url, MessageBody="hello")

    missing = "AWS.SimpleQueueService.NonExistentQueue"
    assert "QueueUrls" not in there.list_queues()
    assert error(there.get_queue_url, QueueName="jobs") == missing
    assert error(there.receive_message, QueueUrl=url) == missing
    assert error(there.delete_queue, QueueUrl=url) == missing
    assert here.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "hello"


@pytest.mark.row("REG-002")
def test_one_name_is_a_queue_of_its_own_in_each_region(aws: Clients) -> None:
    regions = ("us-east-1", "eu-west-3", "ap-southeast-2")
    urls = {}
    for region in regions:
        sqs = aws.at(region=region).sqs
        urls[region] = sqs.create_queue(QueueName="jobs")["QueueUrl"]
        sqs.send_message(QueueUrl=urls[region], MessageBody=region)

    got = [aws.at(region=region).sqs.receive_message(QueueUrl=urls[region])["Messages"] for region in regions]

    assert [[message["Body"] for message in messages] for messages in got] == [[region] for region in regions]


@pytest.mark.row("SDK-002")
def test_a_region_that_the_host_alone_names_counts_and_without_any_it_is_us_east_1(harness: Any) -> None:
    cloud: RunningCloud = harness.start(auth="open")
    for region in ("us-east-1", "eu-west-3"):
        Clients(cloud, region=region).sqs.create_queue(QueueName=f"in-{region}")

    plain = listed(cloud, "127.0.0.1")
    hosted = listed(cloud, "sqs.eu-west-3.amazonaws.com")
    cloud.stop()

    assert plain == ["in-us-east-1"]
    assert hosted == ["in-eu-west-3"]


def listed(cloud: RunningCloud, host: str) -> list[str]:
    """The queues that an unsigned ListQueues to `host` gives."""
    body = b"Action=ListQueues&Version=2012-11-05"
    request = raw(cloud, {"Content-Type": FORM}, body).replace(b"Host: 127.0.0.1", b"Host: " + host.encode())
    return re.findall(r"<QueueUrl>[^<]*/([^/<]+)</QueueUrl>", exchange(cloud, request).body.decode())
