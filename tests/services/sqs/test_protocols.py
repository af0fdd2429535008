"""JSON and Query: the same queue, the same values, the same errors."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import Clients
from tests.running import RunningCloud
from tests.services.sqs.asking import ACCOUNT, Queue
from tests.services.sqs.querying import ask, texts

FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("CreateQueue", {"QueueName": "jobs", "Attributes": {"DelaySeconds": "7"}}),
    ("CreateQueue", {"QueueName": "a b"}),
    ("CreateQueue", {"QueueName": "new", "Attributes": {"FifoQueue": "true"}}),
    ("CreateQueue", {"QueueName": "new", "Attributes": {"VisibilityTimeout": "-1"}}),
    ("CreateQueue", {"QueueName": "gone"}),
    ("GetQueueUrl", {"QueueName": "nowhere"}),
    ("SendMessage", {"QueueUrl": "nowhere", "MessageBody": "a"}),
    ("SendMessage", {"QueueUrl": "{jobs}", "MessageBody": "x" * 1_048_577}),
    ("SendMessage", {"QueueUrl": "{jobs}", "MessageBody": ""}),
    ("SendMessage", {"QueueUrl": "{jobs}", "MessageBody": "a\x00"}),
    ("SendMessage", {"QueueUrl": "{jobs}", "MessageBody": "a", "DelaySeconds": 901}),
    ("SendMessage", {"QueueUrl": "{jobs}", "MessageBody": "a", "MessageGroupId": "a b"}),
    ("SendMessage", {"QueueUrl": "{fifo}", "MessageBody": "a", "MessageGroupId": "a"}),
    ("SendMessage", {"QueueUrl": "{fifo}", "MessageBody": "a", "MessageDeduplicationId": "a"}),
    ("SendMessage", {"QueueUrl": "{fifo}", "MessageBody": "a", "MessageGroupId": "a", "DelaySeconds": 2}),
    (
        "SendMessage",
        {
            "QueueUrl": "{jobs}",
            "MessageBody": "a",
            "MessageAttributes": {"ErrorDetails": {"DataType": "String", "StringValue": ""}},
        },
    ),
    ("SendMessageBatch", {"QueueUrl": "{jobs}", "Entries": [{"Id": str(n), "MessageBody": "a"} for n in range(11)]}),
    ("SendMessageBatch", {"QueueUrl": "{jobs}", "Entries": [{"Id": "a", "MessageBody": "a"}] * 2}),
    ("SendMessageBatch", {"QueueUrl": "{jobs}", "Entries": [{"Id": "a b", "MessageBody": "a"}]}),
    (
        "SendMessageBatch",
        {"QueueUrl": "{jobs}", "Entries": [{"Id": str(n), "MessageBody": "x" * 600_000} for n in range(2)]},
    ),
    ("ReceiveMessage", {"QueueUrl": "{jobs}", "MaxNumberOfMessages": 11}),
    ("ReceiveMessage", {"QueueUrl": "{jobs}", "WaitTimeSeconds": 21}),
    ("ReceiveMessage", {"QueueUrl": "{jobs}", "AttributeNames": ["Colour"]}),
    ("ReceiveMessage", {"QueueUrl": "http://localhost/" + ACCOUNT + "/nowhere"}),
    ("DeleteMessage", {"QueueUrl": "{jobs}", "ReceiptHandle": "garbage"}),
    ("ChangeMessageVisibility", {"QueueUrl": "{jobs}", "ReceiptHandle": "garbage", "VisibilityTimeout": 1}),
    ("GetQueueAttributes", {"QueueUrl": "{jobs}", "AttributeNames": ["Colour"]}),
    ("SetQueueAttributes", {"QueueUrl": "{jobs}", "Attributes": {"FifoQueue": "true"}}),
    ("SetQueueAttributes", {"QueueUrl": "{jobs}", "Attributes": {"RedrivePolicy": "text"}}),
    (
        "SetQueueAttributes",
        {"QueueUrl": "{jobs}", "Attributes": {"KmsMasterKeyId": "a", "SqsManagedSseEnabled": "true"}},
    ),
    ("PurgeQueue", {"QueueUrl": "{fifo}"}),
    (
        "AddPermission",
        {"QueueUrl": "{jobs}", "Label": "used", "AWSAccountIds": [ACCOUNT], "Actions": ["SendMessage"]},
    ),
    ("RemovePermission", {"QueueUrl": "{jobs}", "Label": "unused"}),
    ("StartMessageMoveTask", {"SourceArn": "arn:aws:sqs:us-east-1:" + ACCOUNT + ":jobs"}),
    ("StartMessageMoveTask", {"SourceArn": "arn:aws:sqs:us-east-1:" + ACCOUNT + ":nowhere"}),
    ("CancelMessageMoveTask", {"TaskHandle": "garbage"}),
    ("ListMessageMoveTasks", {"SourceArn": "arn:aws:sqs:us-east-1:" + ACCOUNT + ":nowhere"}),
    ("ListQueues", {"MaxResults": 1001}),
]


@pytest.fixture
def urls(cloud: RunningCloud, aws: Clients) -> dict[str, str]:
    """Queues in the states in which the faults occur."""
    jobs, fifo, gone = Queue(aws, "jobs"), Queue(aws, "jobs.fifo"), Queue(aws, "gone")
    aws.sqs.delete_queue(QueueUrl=gone.url)
    aws.sqs.purge_queue(QueueUrl=fifo.url)
    aws.sqs.add_permission(QueueUrl=jobs.url, Label="used", AWSAccountIds=[ACCOUNT], Actions=["SendMessage"])
    return {"{jobs}": jobs.url, "{fifo}": fifo.url}


@pytest.mark.row("SQS-046")
def test_every_error_is_the_same_in_both_protocols(cloud: RunningCloud, aws: Clients, urls: dict[str, str]) -> None:
    for action, given in FAULTS:
        arguments = {name: urls.get(value, value) if isinstance(value, str) else value for name, value in given.items()}
        with pytest.raises(ClientError) as caught:
            getattr(aws.sqs, snake(action))(**arguments)
        json_error, json_status = caught.value.response["Error"], caught.value.response["ResponseMetadata"]

        status, root = ask(cloud, action, **arguments)

        assert (status, texts(root, "Code"), texts(root, "Type"), texts(root, "Message")) == (
            json_status["HTTPStatusCode"],
            [json_error["Code"]],
            [json_error["Type"]],
            [json_error["Message"]],
        ), (action, given)
        assert json_error["Type"] == "Sender"


def snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


@pytest.mark.row("SQS-046")
@pytest.mark.parametrize("name", ["jobs", "jobs.fifo"])
def test_attributes_are_the_same_in_both_protocols(cloud: RunningCloud, aws: Clients, name: str) -> None:
    queue = Queue(aws, name)

    status, root = ask(cloud, "GetQueueAttributes", QueueUrl=queue.url, AttributeNames=["All"])

    assert status == 200
    assert dict(zip(texts(root, "Name"), texts(root, "Value"), strict=True)) == queue.attributes()


@pytest.mark.row("SQS-046", "SQS-001")
def test_an_old_client_lives_a_whole_life(cloud: RunningCloud, aws: Clients) -> None:
    _, made = ask(cloud, "CreateQueue", QueueName="jobs", Attributes={"VisibilityTimeout": "40"}, tags={"a": "b"})
    (url,) = texts(made, "QueueUrl")
    path = url.removeprefix(cloud.url)
    attributes = {"Hello": {"DataType": "String", "StringValue": "There"}}

    _, sent = ask(cloud, "SendMessage", path=path, MessageBody="körper", MessageAttributes=attributes)
    _, batch = ask(
        cloud,
        "SendMessageBatch",
        QueueUrl=url,
        Entries=[{"Id": "1", "MessageBody": "one", "DelaySeconds": 0}, {"Id": "2", "MessageBody": "\x00"}],
    )
    _, received = ask(
        cloud,
        "ReceiveMessage",
        QueueUrl=url,
        MaxNumberOfMessages=10,
        AttributeNames=["SenderId"],
        MessageAttributeNames=["All"],
    )

    assert url == f"{cloud.url}/{ACCOUNT}/jobs"
    assert texts(sent, "MD5OfMessageAttributes") == ["a311262e065454b75da111d535b8dacd"]
    assert (texts(batch, "Id"), texts(batch, "Code")) == (["1", "2"], ["InvalidMessageContents"])
    assert texts(received, "Body") == ["körper", "one"]
    assert texts(received, "Name") == ["SenderId", "Hello", "SenderId"]
    for handle in texts(received, "ReceiptHandle"):
        assert ask(cloud, "DeleteMessage", QueueUrl=url, ReceiptHandle=handle)[0] == 200
    assert texts(ask(cloud, "ListQueueTags", QueueUrl=url)[1], "Key") == ["a"]
    assert texts(ask(cloud, "ListQueues")[1], "QueueUrl") == [url]
    assert Queue(aws, "jobs", VisibilityTimeout=40).counts() == (0, 0, 0)
    assert ask(cloud, "DeleteQueue", QueueUrl=url)[0] == 200
    assert texts(ask(cloud, "GetQueueUrl", QueueName="jobs")[1], "Code") == ["AWS.SimpleQueueService.NonExistentQueue"]


@pytest.mark.row("SQS-046")
def test_a_json_error_names_the_old_code_in_its_header(cloud: RunningCloud, aws: Clients) -> None:
    with pytest.raises(aws.sqs.exceptions.QueueDoesNotExist) as caught:
        aws.sqs.get_queue_url(QueueName="nowhere")

    error = caught.value.response["Error"]
    headers = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amzn-query-error"] == "AWS.SimpleQueueService.NonExistentQueue;Sender"
    assert (error["QueryErrorCode"], error["Type"]) == ("QueueDoesNotExist", "Sender")
