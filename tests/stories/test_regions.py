"""Regions: what lives in one is not found from another, what is global answers everywhere, names carry their scope."""

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


@pytest.mark.row("REG-003")
def test_sts_answers_the_same_from_every_region_and_its_sessions_hold_in_all(aws: Clients) -> None:
    regions = ("us-east-1", "eu-west-3", "ap-southeast-2")

    who = [aws.at(region=region).sts.get_caller_identity()["Arn"] for region in regions]
    made = aws.at(region="eu-west-3").sts.get_session_token()["Credentials"]
    session = aws.at(region="ap-southeast-2").client(
        "sts",
        aws_access_key_id=made["AccessKeyId"],
        aws_secret_access_key=made["SecretAccessKey"],
        aws_session_token=made["SessionToken"],
    )

    assert who == ["arn:aws:iam::000000000000:root"] * 3
    assert session.get_caller_identity()["Arn"] == who[0]


@pytest.mark.row("REG-007")
def test_arns_of_queues_name_region_and_account_and_those_of_principals_no_region(aws: Clients) -> None:
    place = aws.at(region="eu-west-3", account="123456789012")
    url = place.sqs.create_queue(QueueName="jobs")["QueueUrl"]

    queue = place.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    root = place.sts.get_caller_identity()["Arn"]

    assert queue == "arn:aws:sqs:eu-west-3:123456789012:jobs"
    assert root == "arn:aws:iam::123456789012:root"
    assert url.endswith("/123456789012/jobs")


@pytest.mark.row("REG-007")
@pytest.mark.parametrize(
    ("region", "partition"), [("eu-west-3", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_arns_name_the_partition_of_their_region(aws: Clients, region: str, partition: str) -> None:
    sqs = aws.at(region=region).sqs
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]

    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    assert arn == f"arn:{partition}:sqs:{region}:000000000000:jobs"


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


@pytest.mark.row("SDK-002")
def test_who_signs_for_a_region_that_nobody_serves_is_in_us_east_1(aws: Clients) -> None:
    url = aws.at(region="mars-north-1").sqs.create_queue(QueueName="jobs")["QueueUrl"]
    aws.sqs.send_message(QueueUrl=url, MessageBody="hello")

    attributes = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]

    assert attributes["QueueArn"] == "arn:aws:sqs:us-east-1:000000000000:jobs"
    assert attributes["ApproximateNumberOfMessages"] == "1"


def listed(cloud: RunningCloud, host: str) -> list[str]:
    """The queues that an unsigned ListQueues to `host` gives."""
    body = b"Action=ListQueues&Version=2012-11-05"
    request = raw(cloud, {"Content-Type": FORM}, body).replace(b"Host: 127.0.0.1", b"Host: " + host.encode())
    return re.findall(r"<QueueUrl>[^<]*/([^/<]+)</QueueUrl>", exchange(cloud, request).body.decode())
