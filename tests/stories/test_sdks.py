"""What stock SDKs rely on: endpoints from the environment, request ids, pages, DryRun's absence, both protocols."""

import json
import re
from typing import Any
from urllib.request import urlopen

import boto3
import pytest
from botocore.exceptions import ClientError, NoRegionError
from tests.clients.raw import FORM, exchange, raw, signed
from tests.conftest import Clients
from tests.running import RunningCloud


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> pytest.MonkeyPatch:
    """An environment with keys and nothing else of AWS."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    return monkeypatch


@pytest.mark.row("SDK-001")
@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS"])
def test_a_client_needs_nothing_but_the_endpoints_variable(
    cloud: RunningCloud, bare: pytest.MonkeyPatch, name: str
) -> None:
    bare.setenv(name, cloud.url)
    sqs = boto3.session.Session(region_name="us-east-1").client("sqs")

    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")

    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "hello"


@pytest.mark.row("SDK-001")
def test_the_resources_of_boto3_work(cloud: RunningCloud) -> None:
    sqs: Any = boto3.resource(
        "sqs",
        endpoint_url=cloud.url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    queue = sqs.create_queue(QueueName="jobs")
    queue.send_messages(Entries=[{"Id": str(n), "MessageBody": f"job {n}"} for n in range(3)])

    messages = queue.receive_messages(MaxNumberOfMessages=10)
    for message in messages:
        message.change_visibility(VisibilityTimeout=60)
        message.delete()
    queue.reload()

    assert sorted(message.body for message in messages) == ["job 0", "job 1", "job 2"]
    assert queue.attributes["ApproximateNumberOfMessagesNotVisible"] == "0"
    assert [each.url for each in sqs.queues.filter(QueueNamePrefix="jo")] == [queue.url]
    assert sqs.get_queue_by_name(QueueName="jobs").url == queue.url


@pytest.mark.row("SDK-002")
def test_without_a_region_sqs_has_no_client_and_one_of_sts_is_us_east_1s(
    cloud: RunningCloud, bare: pytest.MonkeyPatch
) -> None:
    bare.setenv("AWS_STS_REGIONAL_ENDPOINTS", "legacy")
    session = boto3.session.Session()

    with pytest.raises(NoRegionError):
        session.client("sqs", endpoint_url=cloud.url)
    answer = session.client("sts", endpoint_url=cloud.url, region_name="aws-global").get_caller_identity()
    entry = cloud.cloud.ring.find(answer["ResponseMetadata"]["RequestId"])

    assert answer["Account"] == "000000000000"
    assert entry is not None
    assert entry.region == "us-east-1"


@pytest.mark.row("SDK-008")
def test_every_answer_has_an_id_of_its_own_and_the_same_stands_in_the_log(cloud: RunningCloud, aws: Clients) -> None:
    answers = [aws.sqs.list_queues(), aws.sts.get_caller_identity()]
    with pytest.raises(ClientError) as raised:
        aws.sqs.get_queue_url(QueueName="ghost")
    answers.append(raised.value.response)
    ids = [answer["ResponseMetadata"]["RequestId"] for answer in answers]
    headers = [answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"] for answer in answers]
    for form in (b"Action=ListQueues", b"Action=GetQueueUrl&QueueName=ghost"):
        answer = exchange(cloud, raw(cloud, signed(cloud, form, {"Content-Type": FORM}), form))
        ids += re.findall("<RequestId>(.*)</RequestId>", answer.body.decode())
        headers.append(answer.headers["x-amzn-requestid"])

    with urlopen(f"{cloud.url}/_orrery/requests?limit=20", timeout=30) as told:
        logged = {entry["id"]: entry["operation"] for entry in json.load(told)["requests"]}

    assert headers == ids
    assert [logged[each] for each in ids] == [
        "sqs.ListQueues",
        "sts.GetCallerIdentity",
        "sqs.GetQueueUrl",
        "sqs.ListQueues",
        "sqs.GetQueueUrl",
    ]


@pytest.mark.row("SDK-009")
def test_the_paginators_of_boto3_walk_through_queues_and_through_sources(aws: Clients) -> None:
    dead = aws.sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = aws.sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
    made = {
        aws.sqs.create_queue(QueueName=f"q-{n:02}", Attributes={"RedrivePolicy": policy})["QueueUrl"] for n in range(12)
    }

    lists = list(aws.sqs.get_paginator("list_queues").paginate(QueueNamePrefix="q-", PaginationConfig={"PageSize": 5}))
    sources = aws.sqs.get_paginator("list_dead_letter_source_queues")
    found = list(sources.paginate(QueueUrl=dead, PaginationConfig={"PageSize": 5}))

    assert [len(page["QueueUrls"]) for page in lists] == [5, 5, 2]
    assert {url for page in lists for url in page["QueueUrls"]} == made
    assert [len(page["queueUrls"]) for page in found] == [5, 5, 2]
    assert {url for page in found for url in page["queueUrls"]} == made


@pytest.mark.row("SDK-009")
def test_a_token_that_was_not_given_is_refused(aws: Clients) -> None:
    with pytest.raises(ClientError) as raised:
        aws.sqs.list_queues(MaxResults=5, NextToken="made up")

    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
