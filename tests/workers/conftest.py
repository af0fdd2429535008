"""Clouds with two gateway processes, and clients of which one knows by which gateway they are served."""

import asyncio
import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.running import RunningCloud

from orrery.workers.desk import Desk
from orrery.workers.team import Team

TEST = Credentials("test", "test")


class Client:
    """Signed calls to SQS over one connection, which is to one gateway. `head` are the last answer's fields."""

    def __init__(
        self, port: int, keys: Credentials = TEST, connection: http.client.HTTPConnection | None = None
    ) -> None:
        self._port = port
        self._connection = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._signer = SigV4Auth(keys, "sqs", "us-east-1")
        self.head: Mapping[str, str] = {}

    def signed_with(self, keys: Credentials) -> "Client":
        """The same connection, with another's signature."""
        return Client(self._port, keys, self._connection)

    def __call__(self, operation: str, **members: Any) -> Mapping[str, Any]:
        """The answer's members, an error's too."""
        self.ask(operation, **members)
        return self.take()

    def ask(self, operation: str, **members: Any) -> None:
        """Send a request without waiting for its answer."""
        headers = {"X-Amz-Target": f"AmazonSQS.{operation}", "Content-Type": "application/x-amz-json-1.0"}
        url = f"http://127.0.0.1:{self._port}/"
        request = AWSRequest("POST", url, headers=headers, data=json.dumps(members))
        self._signer.add_auth(request)
        self._connection.request("POST", "/", request.data, dict(request.headers.items()))

    def take(self) -> Mapping[str, Any]:
        """The members of the answer to what was asked."""
        answer = self._connection.getresponse()
        self.head = dict(answer.headers.items())
        return json.loads(answer.read() or b"{}")  # type: ignore[no-any-return]

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


@pytest.fixture
def cloud(harness: Any) -> Iterator[RunningCloud]:
    """A fresh cloud in memory with a manual clock and two gateways."""
    running = harness.start(workers=2)
    yield running
    running.stop()


@pytest.fixture
def pair(cloud: RunningCloud) -> Iterator[tuple[Client, Client]]:
    """A client of each of the cloud's two gateways."""
    found = clients_of(cloud)
    yield found[0], found[1]
    for client in found:
        client.close()


def eventually(cloud: RunningCloud, condition: Callable[[], bool]) -> None:
    """Return when something has come about in the cloud's loop; fails when it does not."""

    async def come() -> None:
        while not condition():
            await asyncio.sleep(0)

    cloud.run(come)


def team_of(cloud: RunningCloud) -> Team:
    """The gateways of a cloud."""
    assert isinstance(cloud.server, Team)
    return cloud.server


def clients_of(cloud: RunningCloud) -> list[Client]:
    """One client of each gateway, in no order: connections are made until each has served one."""
    found: dict[Desk, Client] = {}
    desks = list(team_of(cloud).desks)
    while len(found) < len(desks):
        before = [desk.calls for desk in desks]
        client = Client(cloud.port)
        client("ListQueues")
        (served,) = (desk for desk, calls in zip(desks, before, strict=True) if desk.calls > calls)
        if served in found:
            client.close()
        else:
            found[served] = client
    return list(found.values())
