"""What every service owes to its clients: Regions, dates, request ids, pages."""

from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.conftest import Clients
from tests.running import RunningCloud, TestClock

DAY = 86_400


def queue_arn(sqs: Any, name: str) -> str:
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    return str(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])


@pytest.mark.row("REG-002")
def test_a_queue_of_one_region_is_not_found_from_another(aws: Clients) -> None:
    url = aws.sqs.create_queue(QueueName="orders")["QueueUrl"]
    with pytest.raises(ClientError) as refused:
        aws.at(region="eu-west-3").sqs.get_queue_url(QueueName="orders")
    assert refused.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert aws.sqs.get_queue_url(QueueName="orders")["QueueUrl"] == url


@pytest.mark.row("REG-003")
def test_sts_answers_the_same_from_every_region_and_its_keys_hold_in_all(aws: Clients) -> None:
    session = aws.at(region="ap-southeast-2").sts.get_session_token()["Credentials"]
    keys = {
        "aws_access_key_id": session["AccessKeyId"],
        "aws_secret_access_key": session["SecretAccessKey"],
        "aws_session_token": session["SessionToken"],
    }
    there = aws.at(region="eu-west-3")
    assert there.client("sts", **keys).get_caller_identity()["Arn"] == aws.sts.get_caller_identity()["Arn"]


@pytest.mark.row("REG-007")
def test_a_regional_arn_carries_partition_region_and_account_a_global_one_no_region(aws: Clients) -> None:
    other = aws.at(region="eu-west-3", account="111122223333")
    assert queue_arn(other.sqs, "orders") == "arn:aws:sqs:eu-west-3:111122223333:orders"
    assert queue_arn(aws.at(region="cn-north-1").sqs, "orders") == "arn:aws-cn:sqs:cn-north-1:000000000000:orders"
    assert aws.sts.get_caller_identity()["Arn"] == "arn:aws:iam::000000000000:root"


@pytest.mark.row("CLK-001")
def test_dates_of_records_and_of_answers_show_virtual_time(aws: Clients, clock: TestClock) -> None:
    def stamps(name: str) -> tuple[int, float]:
        url = aws.sqs.create_queue(QueueName=name)["QueueUrl"]
        answer = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["CreatedTimestamp"])
        date = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
        return int(answer["Attributes"]["CreatedTimestamp"]), date.timestamp()

    created, date = stamps("today")
    clock.advance(DAY)
    later_created, later_date = stamps("tomorrow")
    assert later_created - created == DAY
    assert later_date - date == DAY


@pytest.mark.row("SDK-002")
@pytest.mark.parametrize("region", ["mars-north-1", "aws-global", "us-east-1"])
def test_a_region_that_there_is_not_is_us_east_1(aws: Clients, region: str) -> None:
    assert queue_arn(aws.at(region=region).sqs, "orders") == "arn:aws:sqs:us-east-1:000000000000:orders"


@pytest.mark.row("SDK-002")
def test_an_unsigned_request_is_refused_as_a_call_in_us_east_1(cloud: RunningCloud, aws: Clients) -> None:
    nobody = aws.client("sqs", config=Config(signature_version=UNSIGNED, retries={"max_attempts": 0}))
    with pytest.raises(ClientError):
        nobody.list_queues()
    [entry] = cloud.cloud.ring.last(1)
    assert entry.region == "us-east-1"


@pytest.mark.row("SDK-008")
def test_every_answer_and_every_refusal_has_its_own_request_id_which_the_log_knows(
    cloud: RunningCloud, aws: Clients
) -> None:
    with pytest.raises(ClientError) as refused:
        aws.sqs.get_queue_url(QueueName="nothing")
    answers = [aws.sqs.list_queues(), aws.sts.get_caller_identity(), refused.value.response]
    ids = [answer["ResponseMetadata"]["RequestId"] for answer in answers]
    assert len(set(ids)) == 3
    operations = [cloud.cloud.ring.find(each).operation for each in ids]  # type: ignore[union-attr]
    assert operations == ["sqs.ListQueues", "sts.GetCallerIdentity", "sqs.GetQueueUrl"]
    assert answers[0]["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"] == ids[0]


@pytest.mark.row("SDK-009")
def test_boto3s_paginator_brings_every_queue_once_a_page_at_a_time(aws: Clients) -> None:
    urls = [aws.sqs.create_queue(QueueName=f"q{number:02}")["QueueUrl"] for number in range(25)]
    pages = list(aws.sqs.get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 10}))
    assert [len(page["QueueUrls"]) for page in pages] == [10, 10, 5]
    assert [url for page in pages for url in page["QueueUrls"]] == urls
