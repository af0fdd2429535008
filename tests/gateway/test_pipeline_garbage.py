"""A request that was answered is forgotten at once: the garbage collector has nothing to find."""

import asyncio
import gc
import weakref
from collections.abc import Callable, Iterator

import pytest
from botocore.auth import SigV4Auth
from botocore.credentials import Credentials
from tests.wire.signing.signers import request, sign

from orrery.cloud import Cloud
from orrery.kernel.store.opening import open_memory
from orrery.settings import Settings
from orrery.wire.http import Answer, Head

URL = "http://127.0.0.1:4566/000000000000/q"


class Asked:
    """An exchange without a connection."""

    def __init__(self, head: Head) -> None:
        self.head = head
        self.context: object = None
        self.on_close: list[Callable[[], None]] = []
        self.closed = False
        self.size = 0
        self.status = 0

    def answer(self, answer: Answer) -> None:
        self.status = answer.status


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    loop = asyncio.new_event_loop()
    cloud = Cloud(Settings(), loop, open_memory(), report=lambda what, problem: None)
    yield cloud
    cloud.close()
    loop.close()


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def ask(cloud: Cloud, operation: str, body: bytes) -> Asked:
    headers = {"X-Amz-Target": f"AmazonSQS.{operation}", "Content-Type": "application/x-amz-json-1.0"}
    signer = SigV4Auth(Credentials("test", "test"), "sqs", "us-east-1")
    asked = Asked(sign(signer, request("POST", "http://127.0.0.1:4566/", headers, body), cloud.clock.host_now()))

    async def serve() -> None:
        cloud.begin(asked)  # type: ignore[arg-type]
        cloud.serve(asked, body)  # type: ignore[arg-type]
        while not asked.status:
            await asyncio.sleep(0)

    cloud.loop.run_until_complete(serve())
    return asked


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("SendMessage", b'{"QueueUrl": "%b", "MessageBody": "m"}' % URL.encode()),
        ("ReceiveMessage", b'{"QueueUrl": "%b"}' % URL.encode()),
        ("GetQueueAttributes", b'{"QueueUrl": "%b", "AttributeNames": ["All"]}' % URL.encode()),
    ],
)
def test_an_answered_request_is_gone_without_the_collector(
    cloud: Cloud, no_collector: None, operation: str, body: bytes
) -> None:
    ask(cloud, "CreateQueue", b'{"QueueName": "q"}')
    ask(cloud, operation, body)

    asked = ask(cloud, operation, body)
    alive = weakref.ref(asked)

    assert asked.status == 200
    del asked
    assert alive() is None
