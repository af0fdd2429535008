import pytest
from tests.conftest import Clients, CloudThread

from orrery.gateway.outward import Outward, own_names
from orrery.wire.http import Head

REQUEST = Head("POST", b"/", [(b"host", b"localhost:4600")])


def base(external: str, style: str = "host", service: str = "sqs", region: str = "eu-west-1") -> str:
    scheme, host = Outward(external, style).of(REQUEST, service, region)
    return f"{scheme}://{host}"


def test_urls_follow_the_request_unless_the_settings_say_otherwise() -> None:
    assert base("") == "http://localhost:4600"
    assert base("cloud.test") == "http://cloud.test:4600"
    assert base("cloud.test:80") == "http://cloud.test:80"
    assert base("https://cloud.test") == "https://cloud.test"
    assert base("https://cloud.test:8443") == "https://cloud.test:8443"
    assert base("[::1]") == "http://[::1]:4600"


def test_queue_urls_have_the_style_that_was_chosen_and_other_services_do_not() -> None:
    assert base("", "standard") == "http://sqs.eu-west-1.localhost.localstack.cloud:4600"
    assert base("", "domain") == "http://eu-west-1.queue.localhost.localstack.cloud:4600"
    assert base("", "domain", region="us-east-1") == "http://queue.localhost.localstack.cloud:4600"
    assert base("", "path") == "http://localhost.localstack.cloud:4600/queue/eu-west-1"
    assert base("https://cloud.test", "standard") == "https://sqs.eu-west-1.cloud.test"
    assert base("", "path", service="s3") == "http://localhost:4600"


def test_the_external_name_is_one_of_the_clouds_own_and_an_address_is_not() -> None:
    assert own_names(("a.test",), "https://cloud.test:80") == ("a.test", "cloud.test")
    assert own_names(("a.test",), "a.test") == ("a.test",)
    assert own_names((), "[::1]:80") == own_names((), "10.0.0.7:80") == own_names((), "") == ()


@pytest.mark.parametrize("style", ["host", "standard", "domain", "path"])
def test_a_queue_url_of_every_style_leads_to_its_queue(harness: CloudThread, style: str) -> None:
    running = harness.start(sqs_url_style=style, external_host="cloud.test:99")
    try:
        for region in ("us-east-1", "eu-west-1"):
            sqs = Clients(running).at(region=region).sqs
            url = sqs.create_queue(QueueName="orders")["QueueUrl"]
            assert "cloud.test:99" in url
            assert sqs.get_queue_url(QueueName="orders")["QueueUrl"] == url
            sqs.send_message(QueueUrl=url, MessageBody=region)
            assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == region
    finally:
        running.stop()
