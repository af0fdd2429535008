"""A disk that is full: clear errors, nothing half done, reads and deletes go on."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import Clients
from tests.running import RunningCloud


def test_a_full_disk_refuses_sends_and_lets_messages_be_deleted(cloud: RunningCloud, aws: Clients) -> None:
    url = aws.sqs.create_queue(QueueName="jobs")["QueueUrl"]
    aws.sqs.send_message(QueueUrl=url, MessageBody="kept")
    message = aws.sqs.receive_message(QueueUrl=url)["Messages"][0]
    keeper = cloud.cloud.keeper
    cloud.run(lambda: keeper.set_failure("kernel.full-disk", {}, "", ""))

    with pytest.raises(ClientError) as raised:
        aws.sqs.send_message(QueueUrl=url, MessageBody="too much")
    error: Any = raised.value.response
    aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    counted = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    cloud.run(lambda: keeper.clear_failures("kernel.full-disk"))
    aws.sqs.send_message(QueueUrl=url, MessageBody="room again")

    assert error["Error"]["Code"] == "ServiceUnavailable"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert (counted["ApproximateNumberOfMessages"], counted["ApproximateNumberOfMessagesNotVisible"]) == ("0", "0")
