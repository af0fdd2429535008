"""Queue URLs in all their forms."""

import pytest
from tests.conftest import Clients
from tests.running import RunningCloud
from tests.services.sqs.asking import ACCOUNT, Queue, fault_of, status_of

FORMS = [
    "https://sqs.us-east-1.amazonaws.com/{account}/jobs",
    "https://us-east-1.queue.amazonaws.com/{account}/jobs",
    "https://queue.amazonaws.com/{account}/jobs",
    "http://sqs.us-east-1.localhost.localstack.cloud:4566/{account}/jobs",
    "http://us-east-1.queue.localhost.localstack.cloud:4566/{account}/jobs",
    "http://localhost:4566/{account}/jobs",
    "http://127.0.0.1:1/{account}/jobs",
    "http://orrery.internal/{account}/jobs",
    "http://localhost:4566/queue/us-east-1/{account}/jobs",
    "/{account}/jobs",
]


@pytest.mark.row("SQS-001")
@pytest.mark.parametrize("form", FORMS)
def test_every_known_form_of_a_url_reaches_the_same_queue(aws: Clients, form: str) -> None:
    queue = Queue(aws, "jobs")

    aws.sqs.send_message(QueueUrl=form.format(account=ACCOUNT), MessageBody=form)

    assert queue.bodies() == [form]


@pytest.mark.row("SQS-001")
@pytest.mark.parametrize(
    "url",
    [
        "jobs",
        "http://localhost:4566/jobs",
        "https://sqs.eu-west-1.amazonaws.com/{account}/jobs",
        "http://localhost:4566/queue/eu-west-1/{account}/jobs",
        "http://localhost:4566/other/us-east-1/{account}/jobs",
        "http://localhost:4566/12/jobs",
        "http://localhost:4566/{account}/",
    ],
)
def test_what_is_no_queues_url_here_is_an_invalid_address(aws: Clients, url: str) -> None:
    Queue(aws, "jobs")
    url = url.format(account=ACCOUNT)

    fault = fault_of(aws.sqs.send_message, QueueUrl=url, MessageBody="a")

    assert fault == ("InvalidAddress", f"The address {url} is not valid for this endpoint.")
    assert status_of(aws.sqs.send_message, QueueUrl=url, MessageBody="a") == 404


@pytest.mark.row("SQS-001")
def test_the_url_that_is_answered_has_the_host_by_which_one_asked(cloud: RunningCloud, aws: Clients) -> None:
    elsewhere = aws.client("sqs", endpoint_url=cloud.url.replace("127.0.0.1", "localhost"))

    url = elsewhere.create_queue(QueueName="jobs")["QueueUrl"]

    assert url == f"http://localhost:{cloud.port}/{ACCOUNT}/jobs"
    assert aws.sqs.get_queue_url(QueueName="jobs")["QueueUrl"] == f"{cloud.url}/{ACCOUNT}/jobs"
    aws.sqs.send_message(QueueUrl=url, MessageBody="a")


@pytest.mark.row("SQS-001")
def test_a_url_of_another_account_does_not_reach_ones_own_queue(cloud: RunningCloud, aws: Clients) -> None:
    Queue(aws, "jobs")

    fault = fault_of(aws.sqs.send_message, QueueUrl=f"{cloud.url}/123456789012/jobs", MessageBody="a")

    assert fault[0] == "AWS.SimpleQueueService.NonExistentQueue"
