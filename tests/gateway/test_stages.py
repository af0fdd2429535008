"""A request's life: how long each stage took, and which one refused it."""

import json
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from botocore.exceptions import ClientError
from tests.conftest import Clients
from tests.running import RunningCloud

from orrery.gateway.stages import (
    BODY,
    COMMIT,
    COUNT,
    HEAD,
    IDENTIFY,
    REFUSED,
    SERIALISE,
    STAGES,
    VERIFY,
    lengths,
    stopped,
)


def explained(cloud: RunningCloud, answer: dict[str, Any]) -> dict[str, Any]:
    """What /_orrery/requests/ID tells of the request that was answered so."""
    request_id = answer["ResponseMetadata"]["RequestId"]
    with urlopen(f"{cloud.url}/_orrery/requests/{quote(request_id)}", timeout=10) as found:
        told: dict[str, Any] = json.load(found)
    return told


def readings(taken: dict[int, float]) -> list[float]:
    """Marks as the pipeline writes them."""
    marks = [0.0] * COUNT
    for place, reading in taken.items():
        marks[place] = reading
    return marks


def test_stages_lie_one_after_the_other() -> None:
    marks = readings({HEAD: 1.001, BODY: 1.002, IDENTIFY: 1.004, VERIFY: 1.010})
    assert lengths(1.0, marks) == {"identify": 3.0, "body": 1.0, "verify": 6.0}


def test_the_time_of_a_stage_that_refused_is_its_own() -> None:
    marks = readings(
        {HEAD: 1.001, BODY: 1.001, IDENTIFY: 1.002, VERIFY: 1.004, REFUSED: 1.009, COMMIT: 1.009, SERIALISE: 1.010}
    )
    assert stopped(marks) == "validate"
    assert lengths(1.0, marks) == {
        "identify": 2.0, "body": 0.0, "verify": 2.0, "commit": 0.0, "validate": 5.0, "serialise": 1.0,
    }  # fmt: skip


def test_every_stage_of_an_answered_request_has_its_length(cloud: RunningCloud, aws: Clients) -> None:
    told = explained(cloud, aws.sqs.create_queue(QueueName="one"))
    assert list(told["stages"]) == list(STAGES)
    assert all(length >= 0 for length in told["stages"].values())
    assert sum(told["stages"].values()) >= told["milliseconds"] - 0.01
    assert "refused_by" not in told


def test_stages_of_streamed_and_waiting_operations_are_told_too(cloud: RunningCloud, aws: Clients) -> None:
    aws.s3.create_bucket(Bucket="some-bucket")
    told = explained(cloud, aws.s3.put_object(Bucket="some-bucket", Key="k", Body=b"x" * 200_000))
    assert {"verify", "validate", "authorise", "perform", "commit", "serialise"} <= told["stages"].keys()
    assert told["received"] >= 200_000
    assert explained(cloud, aws.s3.get_object(Bucket="some-bucket", Key="k"))["sent"] == 200_000


@pytest.mark.parametrize(
    ("service", "operation", "values", "stage"),
    [
        ("sqs", "get_queue_url", {"QueueName": "none"}, "perform"),
        ("sqs", "send_message", {"QueueUrl": "http://localhost/1/x", "MessageBody": ""}, "validate"),
        ("s3", "get_object", {"Bucket": "no-such-bucket", "Key": "k"}, "perform"),
        ("sts", "decode_authorization_message", {"EncodedMessage": "x"}, "authorise"),
    ],
)
def test_a_refused_request_tells_which_stage_refused_it(
    cloud: RunningCloud, aws: Clients, service: str, operation: str, values: dict[str, Any], stage: str
) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(getattr(aws, service), operation)(**values)
    told = explained(cloud, refused.value.response)
    assert told["refused_by"] == stage
    assert told["error"] and told["message"]
    assert stage in told["stages"]


def test_a_wrong_signature_was_refused_by_verify(cloud: RunningCloud, aws: Clients) -> None:
    wrong = aws.client("sqs", aws_secret_access_key="wrong")
    with pytest.raises(ClientError) as refused:
        wrong.list_queues()
    assert explained(cloud, refused.value.response)["refused_by"] == "verify"
