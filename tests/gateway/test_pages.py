"""Web pages of others: they reach loopback and know the test keys, and still may not act as root."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.credentials import Credentials
from tests.wire.signing.signers import request, sign

from orrery.cloud import Cloud
from orrery.gateway import operator
from orrery.kernel.store.opening import open_memory
from orrery.settings import Settings
from orrery.wire.http import Answer, Head

FORM = b"Action=ListQueues&Version=2012-11-05"
LOCAL = "localhost:4566"

Start = Callable[..., Cloud]


class Asked:
    """An exchange without a connection."""

    def __init__(self, head: Head) -> None:
        self.head = head
        self.context: object = None
        self.on_close: list[Callable[[], None]] = []
        self.closed = False
        self.size = 0
        self.answered: Answer | None = None

    def answer(self, answer: Answer) -> None:
        self.answered = answer


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts clouds with settings."""
    clouds: list[Cloud] = []

    def started(**settings: Any) -> Cloud:
        cloud = Cloud(Settings(**settings), asyncio.new_event_loop(), open_memory(), report=lambda what, problem: None)
        clouds.append(cloud)
        return cloud

    yield started
    for cloud in clouds:
        cloud.close()
        cloud.loop.close()


def ask(cloud: Cloud, head: Head, body: bytes) -> Answer:
    asked = Asked(head)

    async def serve() -> None:
        cloud.begin(asked)  # type: ignore[arg-type]
        cloud.serve(asked, body)  # type: ignore[arg-type]
        while asked.answered is None:
            await asyncio.sleep(0)

    cloud.loop.run_until_complete(serve())
    assert asked.answered is not None
    return asked.answered


def from_page(head: Head, **fields: str) -> Head:
    """The request with the fields that a browser adds, which nobody signed."""
    added = [(name.replace("_", "-").encode(), value.encode()) for name, value in fields.items()]
    return Head(head.method, head.target, [*head.headers.raw, *added], peer="127.0.0.1")


def posted(cloud: Cloud, host: str = LOCAL, key: str = "test", service: str = "sqs", path: str = "/") -> Head:
    """What a page can post without asking: signed with a test key in the query string."""
    signer = SigV4QueryAuth(Credentials(key, "test"), service, "us-east-1")
    return sign(signer, request("POST", f"http://{host}{path}?{FORM.decode()}", {}, b""), cloud.clock.host_now())


def fetched(cloud: Cloud, host: str = LOCAL) -> Head:
    """The same by its URL alone, as an image of a page asks for it."""
    signer = SigV4QueryAuth(Credentials("test", "test"), "sqs", "us-east-1")
    return sign(signer, request("GET", f"http://{host}/?{FORM.decode()}", {}, b""), cloud.clock.host_now())


@pytest.mark.parametrize("key", ["test", "111122223333"])
@pytest.mark.parametrize("origin", ["http://evil.example", "https://localhost.evil.example", "null", "http://6.6.6.6"])
def test_a_page_of_another_origin_cannot_use_the_test_keys(start: Start, origin: str, key: str) -> None:
    cloud = start()
    answer = ask(cloud, from_page(posted(cloud, key=key), origin=origin), b"")
    assert (answer.status, b"<Code>AccessDenied</Code>" in answer.body) == (403, True)


@pytest.mark.parametrize(
    "origin", ["http://localhost:3000", "http://127.0.0.1", "http://[::1]:80", "http://shop.localhost", "http://web:80"]
)
def test_the_developers_own_pages_can(start: Start, origin: str) -> None:
    cloud = start()
    assert ask(cloud, from_page(posted(cloud), origin=origin), b"").status == 200


def test_a_name_of_the_settings_is_the_developers_own(start: Start) -> None:
    cloud = start(host_names=("dev.example",))
    assert ask(cloud, from_page(posted(cloud), origin="http://dev.example:3000"), b"").status == 200


def test_an_image_of_another_site_cannot_ask_for_an_action(start: Start) -> None:
    cloud = start()
    assert ask(cloud, from_page(fetched(cloud), sec_fetch_site="cross-site"), b"").status == 403
    assert ask(cloud, fetched(cloud), b"").status == 200


def test_a_name_that_was_made_to_resolve_to_this_machine_shows(start: Start) -> None:
    cloud = start()
    assert ask(cloud, fetched(cloud, "rebound.evil.example:4566"), b"").status == 403
    assert ask(cloud, from_page(posted(cloud, "evil.example"), origin="http://evil.example"), b"").status == 403
    known = ("127.0.0.1:4566", "[::1]:4566", "10.0.0.7", "orrery:4566", "sqs.us-east-1.amazonaws.com")
    assert [ask(cloud, fetched(cloud, host), b"").status for host in known] == [200] * 5


def test_open_is_not_open_to_pages_of_others(start: Start) -> None:
    cloud = start(auth="open")
    plain = Head("POST", b"/", [(b"host", b"sqs.localhost"), (b"content-type", b"application/x-www-form-urlencoded")])
    assert ask(cloud, from_page(plain, origin="http://evil.example"), FORM).status == 403
    assert ask(cloud, plain, FORM).status == 200


def test_a_page_that_was_given_keys_of_its_own_may_use_them(start: Start) -> None:
    cloud = start(root_key_id="AKIAROOT", root_secret="s3cret")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    signer = SigV4Auth(Credentials("AKIAROOT", "s3cret"), "sqs", "us-east-1")
    made = sign(signer, request("POST", f"http://{LOCAL}/", headers, FORM), cloud.clock.host_now())
    assert ask(cloud, from_page(made, origin="http://evil.example"), FORM).status == 200


def test_trusted_test_keys_do_not_open_the_operator_interface_to_pages(start: Start) -> None:
    cloud = start(trust_test_keys=True)
    signed = posted(cloud, service="orrery", path="/_orrery/clock")
    remote = Head("POST", signed.target, signed.headers, peer="10.0.0.7")
    page = from_page(signed, origin="http://evil.example")
    body = asyncio.run(operator.handle(cloud.keeper, remote, b""))
    refused = asyncio.run(operator.handle(cloud.keeper, page, b""))
    assert isinstance(body, Answer)
    assert isinstance(refused, Answer)
    assert (body.status, refused.status) == (400, 403)  # 400: let in, but it says nothing to do


def test_what_the_ring_keeps_of_a_message_is_bounded(start: Start) -> None:
    cloud = start()
    form = b"Action=" + b"x" * 100_000 + b"&Version=2012-11-05"
    fields = [(b"host", b"sqs.localhost"), (b"content-type", b"application/x-www-form-urlencoded")]
    assert ask(cloud, Head("POST", b"/", fields), form).status == 400
    assert 0 < len(cloud.ring.last(1)[0].message) <= 1000
