"""Several gateways before one kernel: they are one cloud."""

import json
import os
import signal
from email.utils import formatdate
from typing import Any

import boto3
import pytest
from botocore.credentials import Credentials
from tests.operating import operate
from tests.running import RunningCloud
from tests.workers.conftest import Client, clients_of, eventually, team_of

from orrery.auth.credentials import SessionKey
from orrery.kernel.transaction import Transaction
from orrery.workers.berths import Berths
from orrery.workers.desk import Desk
from orrery.workers.messages import Stale, Standing
from orrery.workers.team import GatewayDied

Pair = tuple[Client, Client]


def test_a_long_poll_in_one_gateway_wakes_on_a_send_in_another(cloud: RunningCloud, pair: Pair) -> None:
    one, other = pair
    url = one("CreateQueue", QueueName="jobs")["QueueUrl"]
    one.ask("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=20)

    other("SendMessage", QueueUrl=url, MessageBody="for the one who waits")

    assert one.take()["Messages"][0]["Body"] == "for the one who waits"


def test_a_poll_whose_client_hangs_up_takes_no_message(cloud: RunningCloud, pair: Pair) -> None:
    one, other = pair
    url = other("CreateQueue", QueueName="jobs")["QueueUrl"]
    one.ask("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=20)
    waiters = cloud.cloud.kernel.waiters
    eventually(cloud, lambda: len(waiters) == 1)

    one.close()

    eventually(cloud, lambda: len(waiters) == 0)
    other("SendMessage", QueueUrl=url, MessageBody="still here")
    assert len(other("ReceiveMessage", QueueUrl=url)["Messages"]) == 1


def test_the_clock_moves_once_and_for_all_gateways(cloud: RunningCloud, pair: Pair) -> None:
    before = cloud.clock.now()

    operate(cloud, "/_orrery/clock", advance=3600)

    for client in pair:
        client("ListQueues")
    assert cloud.clock.now() == before + 3_600_000
    assert {client.head["Date"] for client in pair} == {formatdate(cloud.clock.now() / 1000, usegmt=True)}


def test_each_job_fires_once(cloud: RunningCloud, pair: Pair) -> None:
    one, other = pair
    dead = one("CreateQueue", QueueName="dead")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:000000000000:dead"
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    work = one("CreateQueue", QueueName="work", Attributes={"RedrivePolicy": redrive})["QueueUrl"]
    for number in range(5):
        one("SendMessage", QueueUrl=dead, MessageBody=str(number))
    jobs = cloud.cloud.kernel.scheduler
    before = jobs.done

    other("StartMessageMoveTask", SourceArn=arn, DestinationArn="arn:aws:sqs:us-east-1:000000000000:work")
    operate(cloud, "/_orrery/clock", advance=60)

    assert jobs.done == before + 1
    found = other("ReceiveMessage", QueueUrl=work, MaxNumberOfMessages=10)["Messages"]
    assert sorted(message["Body"] for message in found) == ["0", "1", "2", "3", "4"]


def test_a_request_is_known_to_explain_as_soon_as_its_client_has_the_answer(cloud: RunningCloud, pair: Pair) -> None:
    for turn in range(10):
        client = pair[turn % 2]
        client("ListQueues")

        assert operate(cloud, f"/_orrery/requests/{client.head['x-amzn-RequestId']}")["operation"] == "sqs.ListQueues"


def test_a_gateway_that_is_killed_is_replaced_and_the_port_stays_served(cloud: RunningCloud) -> None:
    team = team_of(cloud)
    (desk, pid), (kept, _) = team.desks.items()

    os.kill(pid, signal.SIGKILL)

    async def replaced() -> None:
        await desk.gone
        await team.full()

    cloud.run(replaced)
    for client in clients_of(cloud):
        client("ListQueues")
        client.close()
    assert len(team.desks) == 2
    assert kept in team.desks
    assert pid not in team.desks.values()
    ((_, problem),) = cloud.problems
    assert isinstance(problem, GatewayDied)
    cloud.problems.clear()


def session(cloud: RunningCloud) -> Credentials:
    """Temporary credentials."""
    options: Any = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
    found = boto3.client("sts", endpoint_url=cloud.url, **options).get_session_token()["Credentials"]
    return Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])


def revoke(cloud: RunningCloud, keys: Credentials) -> None:
    """Delete a session, as the cloud itself would."""

    def delete(tx: Transaction) -> None:
        found = tx.get(SessionKey, keys.access_key)
        assert found is not None
        tx.delete(found)

    async def revoked() -> None:
        kernel = cloud.cloud.kernel
        kernel.change(delete)
        await kernel.kept()

    cloud.run(revoked)


def test_a_revoked_credential_is_refused_by_every_gateway_from_the_next_request(
    cloud: RunningCloud, pair: Pair
) -> None:
    keys = session(cloud)
    signed = [client.signed_with(keys) for client in pair]
    for client in signed:
        assert "__type" not in client("ListQueues")

    revoke(cloud, keys)

    for client in signed:
        assert client("ListQueues")["__type"].endswith("InvalidClientTokenId")


def test_what_was_verified_before_a_credential_was_revoked_is_not_performed(cloud: RunningCloud, pair: Pair) -> None:
    keys = session(cloud)
    client = pair[0].signed_with(keys)
    client("ListQueues")
    refused: list[Any] = []
    for desk in team_of(cloud).desks:
        hold_news_back(desk, refused)

    revoke(cloud, keys)
    answer = client("CreateQueue", QueueName="of-nobody")

    assert answer["__type"].endswith("InvalidClientTokenId")
    assert len(refused) == 1
    assert pair[1]("ListQueues") == {}


def hold_news_back(desk: Desk, refused: list[Any]) -> None:
    """Let a gateway hear of a new epoch only when it was refused for the old one."""
    held: list[Any] = []
    send = desk.channel.send

    def holding(message: Any) -> None:
        if isinstance(message, Standing):
            held.append(message)
            return
        if isinstance(message, Stale):
            refused.append(message)
            for each in held:
                send(each)
        send(message)

    desk.channel.send = holding  # type: ignore[method-assign]


def test_a_second_cloud_cannot_have_the_same_port(cloud: RunningCloud) -> None:
    with pytest.raises(OSError, match="in use"):
        Berths.take(["127.0.0.1"], cloud.port)
