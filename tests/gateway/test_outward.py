import http.client
import socket
from hashlib import sha256
from urllib.request import urlopen

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.conftest import Clients, CloudThread
from tests.running import RunningCloud

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


def test_the_url_of_an_object_leads_to_the_external_host_however_its_bucket_was_named(harness: CloudThread) -> None:
    running = harness.start(external_host="https://cloud.test")
    try:
        s3 = Clients(running).s3
        s3.create_bucket(Bucket="photos")
        for host in (f"127.0.0.1:{running.port}", f"photos.s3.localhost:{running.port}"):
            path = "/photos/a" if host.startswith("127") else "/a"
            s3_upload = s3.create_multipart_upload(Bucket="photos", Key="a")["UploadId"]
            tag = s3.upload_part(Bucket="photos", Key="a", UploadId=s3_upload, PartNumber=1, Body=b"x")["ETag"]
            part = f"<Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part>"
            body = f"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>"
            assert b"<Location>https://cloud.test/photos/a</Location>" in signed(
                running, "POST", host, f"{path}?uploadId={s3_upload}", body.encode()
            )
    finally:
        running.stop()


def test_clients_of_ipv6_are_served_with_urls_of_their_own(harness: CloudThread) -> None:
    running = harness.start()
    try:
        if not socket.has_ipv6:
            pytest.skip("this machine has no IPv6")
        try:
            ((_, port),) = running.run(lambda: running.server.listen_all(["::1"], 0))
        except OSError:
            pytest.skip("this machine has no ::1")
        endpoint = f"http://[::1]:{port}"
        sqs = Clients(running).client("sqs", endpoint_url=endpoint)
        url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        assert url == f"{endpoint}/000000000000/orders"
        sqs.send_message(QueueUrl=url, MessageBody="six")
        assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "six"
        s3 = Clients(running).client("s3", endpoint_url=endpoint)
        s3.create_bucket(Bucket="photos")
        s3.put_object(Bucket="photos", Key="a", Body=b"six")
        with urlopen(s3.generate_presigned_url("get_object", Params={"Bucket": "photos", "Key": "a"})) as answer:
            assert answer.read() == b"six"
        with urlopen(f"{endpoint}/_localstack/health", timeout=10) as answer:
            assert b'"s3":"running"' in answer.read()
    finally:
        running.stop()


def signed(running: RunningCloud, method: str, host: str, target: str, body: bytes) -> bytes:
    """The body of the answer to a request of S3 that names `host`."""
    request = AWSRequest(method, f"http://{host}{target}", data=body)
    request.headers["X-Amz-Content-SHA256"] = sha256(body).hexdigest()
    S3SigV4Auth(Credentials("test", "test"), "s3", "us-east-1").add_auth(request)
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
    connection.request(method, target, body, {**dict(request.headers.items()), "Host": host})
    answer = connection.getresponse().read()
    connection.close()
    return answer
