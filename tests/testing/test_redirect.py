"""Sessions and clients that were there before a mock began."""

import socket
from contextlib import suppress
from typing import Any
from urllib.request import urlopen

import boto3
import pytest
from tests.testing.mocked import account, made

from orrery.testing import mock_aws, patch_client, patch_resource
from orrery.testing.redirect import EVENT

pytestmark = pytest.mark.usefixtures("at_home")


def test_a_default_session_made_before_is_set_aside_and_comes_back() -> None:
    boto3.setup_default_session()
    mine = boto3.DEFAULT_SESSION
    assert mine is not None
    assert mine.get_credentials().access_key == "AKIAMINE"

    with mock_aws():
        assert account() == "000000000000"

    assert boto3.DEFAULT_SESSION is mine


def test_a_client_made_before_goes_to_the_cloud_meanwhile() -> None:
    old = boto3.client("sqs", region_name="us-east-1")
    bucket = boto3.client("s3", region_name="eu-west-1")

    for _ in range(2):
        with mock_aws():
            made()
            assert len(old.list_queues()["QueueUrls"]) == 1
            bucket.create_bucket(Bucket="mine", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
            bucket.put_object(Bucket="mine", Key="a b/c?d", Body=b"hello")
            there = boto3.client("s3", region_name="eu-west-1")
            assert there.get_object(Bucket="mine", Key="a b/c?d")["Body"].read() == b"hello"
            url = bucket.generate_presigned_url("get_object", Params={"Bucket": "mine", "Key": "a b/c?d"})
            with urlopen(url, timeout=10) as answer:
                assert answer.read() == b"hello"


def test_a_client_made_before_for_a_bucket_elsewhere_is_not_led_to_aws() -> None:
    old = boto3.client("s3", region_name="eu-west-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="mine")
        old.put_object(Bucket="mine", Key="k", Body=b"x")
        assert old.list_objects_v2(Bucket="mine")["KeyCount"] == 1


def test_a_client_of_another_local_endpoint_is_left_alone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.listen()
        port = other.getsockname()[1]
    mine = boto3.client("sts", region_name="us-east-1", endpoint_url=f"http://127.0.0.1:{port}")

    with mock_aws(), pytest.raises(Exception, match="Could not connect to the endpoint URL"):
        mine.get_caller_identity()


def test_after_it_a_client_made_before_goes_where_it_went() -> None:
    old = boto3.client("sts", region_name="us-east-1")
    with mock_aws():
        old.get_caller_identity()
    seen: list[str] = []

    def stop(request: Any, **_: Any) -> None:
        seen.append(request.url)
        raise ConnectionAbortedError

    old.meta.events.register("before-send", stop)
    with pytest.raises(ConnectionAbortedError):
        old.get_caller_identity()

    assert seen == ["https://sts.us-east-1.amazonaws.com/"]


def test_clients_and_resources_of_sessions_that_know_nothing_of_it_can_be_patched() -> None:
    session = boto3.session.Session(region_name="us-east-1")
    client, resource = session.client("sqs"), session.resource("sqs")
    for each in (client, resource.meta.client):
        for emitter in (each.meta.events,):
            with suppress(ValueError):
                emitter.unregister(EVENT)

    patch_client(client)
    patch_client(client)
    patch_resource(resource)

    with mock_aws():
        client.create_queue(QueueName="one")
        assert [queue.url.rpartition("/")[2] for queue in resource.queues.all()] == ["one"]
