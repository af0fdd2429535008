"""What browsers are told, asked over a real socket as they ask."""

import http.client
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.conftest import Clients, CloudThread
from tests.running import RunningCloud

from orrery.gateway.origins import Origins

SHOP = "http://shop.example:3000"
EVIL = "http://evil.example"


def send(cloud: RunningCloud, method: str, path: str, body: bytes = b"", **fields: str) -> Any:
    """One request; its answer with the body read, as `answer.content`."""
    connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=10)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in fields.items()})
    answer: Any = connection.getresponse()
    answer.content = answer.read()
    connection.close()
    return answer


def ask_first(
    cloud: RunningCloud, origin: str, path: str = "/", fields: str = "authorization", method: str = "POST"
) -> Any:
    return send(
        cloud,
        "OPTIONS",
        path,
        origin=origin,
        access_control_request_method=method,
        access_control_request_headers=fields,
    )


def list_queues(cloud: RunningCloud, origin: str) -> Any:
    """ListQueues as a page sends it, signed with the test keys."""
    request = AWSRequest("POST", f"{cloud.url}/", {"Content-Type": "application/x-amz-json-1.0"}, b"{}")
    request.headers["X-Amz-Target"] = "AmazonSQS.ListQueues"
    SigV4Auth(Credentials("test", "test"), "sqs", "us-east-1").add_auth(request)
    return send(cloud, "POST", "/", b"{}", **dict(request.headers.items()), origin=origin)


@pytest.fixture
def listing(harness: CloudThread) -> Any:
    running = harness.start(cors_origins=(SHOP, "https://*.example.test"), cors_headers=("x-own",))
    yield running
    running.stop()


def test_nobody_is_told_anything_by_default(cloud: RunningCloud) -> None:
    assert ask_first(cloud, SHOP).getheader("access-control-allow-origin") is None
    answer = list_queues(cloud, SHOP)
    assert (answer.status, answer.getheader("access-control-allow-origin")) == (403, None)


@pytest.mark.parametrize("path", ["/", "/000000000000/orders", "/2015-03-31/functions", "/no-bucket/key"])
def test_the_browser_of_a_listed_origin_is_let_ask_every_service(listing: RunningCloud, path: str) -> None:
    answer = ask_first(listing, SHOP, path, "Authorization, X-Amz-Target,x-own, x-strange")
    assert (answer.status, answer.content) == (200, b"")
    assert answer.getheader("access-control-allow-origin") == SHOP
    assert answer.getheader("access-control-allow-headers") == "authorization, x-amz-target, x-own"
    assert "POST" in answer.getheader("access-control-allow-methods")
    assert answer.getheader("vary") == "Origin"


def test_a_page_of_a_listed_origin_uses_the_test_keys_and_reads_the_answer(listing: RunningCloud) -> None:
    answer = list_queues(listing, SHOP)
    assert answer.status == 200
    assert answer.getheader("access-control-allow-origin") == SHOP
    assert answer.getheader("access-control-expose-headers") == "*"


def test_refusals_can_be_read_by_it_too(listing: RunningCloud) -> None:
    answer = send(listing, "POST", "/", b"{}", origin=SHOP, x_amz_target="AmazonSQS.ListQueues")
    assert answer.status == 404
    assert answer.getheader("access-control-allow-origin") == SHOP


@pytest.mark.parametrize(
    "origin", [EVIL, "https://example.test", "https://a.evil/b.example.test", f"{SHOP}.evil.example", "null"]
)
def test_other_origins_stay_strangers(listing: RunningCloud, origin: str) -> None:
    assert ask_first(listing, origin).getheader("access-control-allow-origin") is None
    answer = list_queues(listing, origin)
    assert (answer.status, answer.getheader("access-control-allow-origin")) == (403, None)


def test_an_origin_is_listed_by_its_domain(listing: RunningCloud) -> None:
    assert list_queues(listing, "https://shop.example.test").status == 200


def test_a_buckets_own_rules_go_before(listing: RunningCloud) -> None:
    s3 = Clients(listing).s3
    s3.create_bucket(Bucket="ruled")
    s3.create_bucket(Bucket="plain")
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["http://other.example"], "AllowedHeaders": ["*"]}
    s3.put_bucket_cors(Bucket="ruled", CORSConfiguration={"CORSRules": [rule]})
    assert ask_first(listing, SHOP, "/ruled/key", method="GET").status == 403
    assert send(listing, "GET", "/ruled/key", origin=SHOP).getheader("access-control-allow-origin") is None
    other = ask_first(listing, "http://other.example", "/ruled/key", method="GET")
    assert other.getheader("access-control-allow-origin") == "http://other.example"
    assert ask_first(listing, SHOP, "/plain/key", method="GET").status == 200
    assert send(listing, "GET", "/plain/key", origin=SHOP).getheader("access-control-allow-origin") == SHOP


def test_the_operator_interface_is_not_opened_to_listed_origins(listing: RunningCloud) -> None:
    assert ask_first(listing, SHOP, "/_orrery/reset").status == 403
    answer = send(listing, "POST", "/_orrery/reset", origin=SHOP)
    assert (answer.status, answer.getheader("access-control-allow-origin")) == (403, None)


def test_a_star_lists_everybody_and_every_field(harness: CloudThread) -> None:
    running = harness.start(cors_origins=("*",), cors_headers=("*",))
    try:
        assert ask_first(running, EVIL, fields="x-strange").getheader("access-control-allow-headers") == "x-strange"
        assert list_queues(running, EVIL).status == 200
        assert send(running, "POST", "/_orrery/reset", origin=EVIL).status == 403
    finally:
        running.stop()


def test_origins_are_compared_without_case_and_as_a_whole() -> None:
    origins = Origins(("http://shop.example", "*://*.dev"))
    assert origins.allows("HTTP://Shop.Example")
    assert not origins.allows("http://shop.example.evil")
    assert not Origins().allows("")
