"""What gateways tell browsers, and where the URLs of their answers lead: as one process would."""

from typing import Any

import pytest
from tests.conftest import Clients, CloudThread
from tests.gateway.test_origins import EVIL, SHOP, ask_first, list_queues, send


@pytest.fixture
def listing(harness: CloudThread) -> Any:
    running = harness.start(workers=1, cors_origins=(SHOP,), external_host="cloud.test", sqs_url_style="path")
    yield running
    running.stop()


def test_listed_origins_are_let_in_by_gateways_and_buckets_rules_go_before(listing: Any) -> None:
    assert ask_first(listing, SHOP).getheader("access-control-allow-origin") == SHOP
    assert list_queues(listing, SHOP).status == 200
    assert list_queues(listing, EVIL).status == 403
    s3 = Clients(listing).s3
    s3.create_bucket(Bucket="ruled")
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["http://other.example"]}
    s3.put_bucket_cors(Bucket="ruled", CORSConfiguration={"CORSRules": [rule]})
    assert ask_first(listing, SHOP, "/ruled/key", method="GET").status == 403
    assert send(listing, "GET", "/ruled/key", origin=SHOP).getheader("access-control-allow-origin") is None
    assert send(listing, "GET", "/other/key", origin=SHOP).getheader("access-control-allow-origin") == SHOP


def test_urls_lead_to_the_external_host(listing: Any) -> None:
    url = Clients(listing).sqs.create_queue(QueueName="orders")["QueueUrl"]
    assert url == f"http://cloud.test:{listing.port}/queue/us-east-1/000000000000/orders"
