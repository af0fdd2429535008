"""By which names buckets are reached: in the path of any host, or in the host itself; plain or by TLS."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3
from botocore.config import Config
from tests.clients.raw import Wire
from tests.conftest import Clients, CloudThread
from tests.running import RunningCloud

from orrery.gateway.secure import secured
from orrery.gateway.server import Server
from orrery.gateway.tls import Certificates, below
from orrery.kernel.clock import host_clock

NAMES = ("cloud.example.test", "*.wild.test")
VERSIONS = pytest.mark.parametrize("version", ["s3", "s3v4"])


@pytest.fixture(autouse=True)
def resolving(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name leads to this machine, as if its owner had made it so."""
    known = socket.getaddrinfo

    def found(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        return known("127.0.0.1", port, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", found)


@pytest.fixture
def cloud(harness: CloudThread) -> Iterator[RunningCloud]:
    """A cloud with host names of its own."""
    running = harness.start(host_names=NAMES)
    yield running
    running.stop()


@pytest.fixture
def aws(cloud: RunningCloud) -> Clients:
    """Its clients."""
    return Clients(cloud)


@pytest.fixture
def secure_port(cloud: RunningCloud, tmp_path: Path) -> Iterator[tuple[int, str]]:
    """A port of the cloud with TLS, and the file of the authority to be trusted."""
    certificates = Certificates(None, host_clock, below(NAMES))
    authority = tmp_path / "ca.pem"
    authority.write_bytes(certificates.authority_pem)
    servers: list[Server] = []

    async def begin() -> int:
        servers.append(Server(cloud.cloud, now=cloud.cloud.clock.now, tls=secured(certificates)))
        return (await servers[0].listen("127.0.0.1", 0))[1]

    yield cloud.run(begin), str(authority)
    cloud.do(servers[0].close)


def client(aws: Clients, url: str, version: str = "s3v4", style: str = "path", **options: Any) -> Any:
    """A client of an endpoint that signs in a version and names buckets in a style."""
    config = Config(signature_version=version, s3={"addressing_style": style}, retries={"max_attempts": 0})
    return aws.client("s3", endpoint_url=url, config=config, **options)


def works(s3: Any, bucket: str) -> None:
    """Make a bucket, and write, list, read and delete an object in it."""
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="a/b c", Body=b"content")
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket, Prefix="a/")["Contents"]] == ["a/b c"]
    assert s3.get_object(Bucket=bucket, Key="a/b c")["Body"].read() == b"content"
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a/b c"}]})
    s3.delete_bucket(Bucket=bucket)


@VERSIONS
@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "orrery",
        "s3.localhost",
        "s3.us-east-1.localhost.localstack.cloud",
        "orrery.localhost",
        "localhost.localstack.cloud",
        "host.docker.internal",
        "orrery.default.svc.cluster.local",
        "cloud.example.test",
        "s3.amazonaws.com",
        "s3.us-east-1.amazonaws.com",
    ],
)
def test_a_bucket_in_the_path_is_found_by_any_host(aws: Clients, cloud: RunningCloud, host: str, version: str) -> None:
    works(client(aws, f"http://{host}:{cloud.port}", version), "bucket")


@VERSIONS
@pytest.mark.parametrize("bucket", ["bucket", "my.dotted.bucket"])
@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "s3.localhost",
        "s3.us-east-1.localhost",
        "orrery.localhost",
        "localhost.localstack.cloud",
        "s3.localhost.localstack.cloud",
        "s3.us-east-1.localhost.localstack.cloud",
        "cloud.example.test",
        "s3.cloud.example.test",
        "s3.us-east-1.wild.test",
    ],
)
def test_a_bucket_may_stand_in_the_host(
    aws: Clients, cloud: RunningCloud, host: str, bucket: str, version: str
) -> None:
    s3 = client(aws, f"http://{host}:{cloud.port}", version, "virtual")
    asked: list[str] = []
    s3.meta.events.register("before-send.s3.PutObject", lambda request, **_: asked.append(request.url))

    works(s3, bucket)

    assert asked == [f"http://{bucket}.{host}:{cloud.port}/a/b%20c"]


def test_a_host_of_amazons_carries_bucket_and_region(aws: Clients, cloud: RunningCloud) -> None:
    place = aws.at(region="eu-west-1")
    made = {"LocationConstraint": "eu-west-1"}
    place.s3.create_bucket(Bucket="bucket", CreateBucketConfiguration=made)
    s3 = client(place, f"http://s3.eu-west-1.amazonaws.com:{cloud.port}", style="virtual")

    s3.put_object(Bucket="bucket", Key="key", Body=b"content")

    assert place.s3.get_object(Bucket="bucket", Key="key")["Body"].read() == b"content"


@pytest.mark.row("S3-036")
@VERSIONS
@pytest.mark.parametrize("style", ["path", "virtual"])
@pytest.mark.parametrize("host", ["localhost", "s3.us-east-1.localhost", "cloud.example.test", "s3.wild.test"])
def test_the_same_goes_by_tls(aws: Clients, secure_port: tuple[int, str], host: str, style: str, version: str) -> None:
    port, authority = secure_port

    works(client(aws, f"https://{host}:{port}", version, style, verify=authority), "bucket")


@VERSIONS
@pytest.mark.parametrize("host", ["localhost", "s3.localhost.localstack.cloud", "cloud.example.test"])
def test_urls_and_forms_may_carry_the_bucket_in_the_host(
    aws: Clients, cloud: RunningCloud, host: str, version: str
) -> None:
    s3 = client(aws, f"http://{host}:{cloud.port}", version, "virtual")
    s3.create_bucket(Bucket="bucket")
    form = s3.generate_presigned_post(
        "bucket", "key", {"success_action_status": "201"}, [{"success_action_status": "201"}]
    )
    link = s3.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "key"})

    with urllib3.PoolManager(retries=False) as http:
        posted = http.request("POST", form["url"], fields={**form["fields"], "file": ("f", b"content")})
        got = http.request("GET", link)

    assert link.startswith(f"http://bucket.{host}:{cloud.port}/key?")
    assert (posted.status, posted.headers["Location"]) == (201, f"http://bucket.{host}:{cloud.port}/key")
    assert (got.status, got.data) == (200, b"content")


def test_a_name_that_a_service_has_is_a_buckets_where_the_signature_says_so(aws: Clients, cloud: RunningCloud) -> None:
    sqs = aws.client("sqs", endpoint_url=f"http://sqs.localhost:{cloud.port}")

    assert sqs.create_queue(QueueName="queue")["QueueUrl"].endswith("/queue")
    works(client(aws, f"http://localhost:{cloud.port}", style="virtual"), "sqs")


def test_a_name_made_to_resolve_to_this_machine_reads_nothing_with_test_keys(aws: Clients, cloud: RunningCloud) -> None:
    aws.s3.create_bucket(Bucket="bucket")
    aws.s3.put_object(Bucket="bucket", Key="key", Body=b"content")
    by_header = client(aws, f"http://rebound.evil.example:{cloud.port}")
    link = by_header.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "key"})

    with pytest.raises(by_header.exceptions.ClientError) as refused:
        by_header.get_object(Bucket="bucket", Key="key")
    with urllib3.PoolManager(retries=False) as http:
        by_url = http.request("GET", link)

    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    assert "rebound.evil.example" in refused.value.response["Error"]["Message"]
    assert (by_url.status, b"<Code>AccessDenied</Code>" in by_url.data) == (403, True)


# --- Expect: 100-continue ---


def expecting(cloud: RunningCloud, s3: Any, path: str, length: int, operation: str = "put_object") -> bytes:
    """The head of a signed PUT that waits to be told to go on."""
    bucket, _, key = path.partition("/")
    link: str = s3.generate_presigned_url(operation, {"Bucket": bucket, "Key": key})
    target = link.partition(f":{cloud.port}")[2]
    lines = (
        f"PUT {target} HTTP/1.1",
        f"Host: 127.0.0.1:{cloud.port}",
        f"Content-Length: {length}",
        "Expect: 100-continue",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@VERSIONS
def test_a_body_that_is_wanted_is_asked_for(aws: Clients, cloud: RunningCloud, version: str) -> None:
    aws.s3.create_bucket(Bucket="bucket")

    with Wire(cloud) as wire:
        wire.send(expecting(cloud, client(aws, cloud.url, version), "bucket/key", 7))
        told = wire.answer()
        wire.send(b"content")
        answer = wire.answer()

    assert told is not None and answer is not None
    assert (told.status, answer.status) == (100, 200)


@pytest.mark.parametrize(
    ("path", "length", "spoil", "code"),
    [
        ("bucket/key", 7, (b"/key?", b"/other?"), b"SignatureDoesNotMatch"),
        ("missing/key", 7, None, b"NoSuchBucket"),
        ("bucket/key", (5 << 30) + 1, None, b"EntityTooLarge"),
        ("bucket/" + "k" * 1025, 7, None, b"KeyTooLongError"),
    ],
)
def test_a_body_that_is_not_wanted_is_refused_before_it_is_sent(
    aws: Clients, cloud: RunningCloud, path: str, length: int, spoil: Any, code: bytes
) -> None:
    aws.s3.create_bucket(Bucket="bucket")
    head = expecting(cloud, client(aws, cloud.url), path, length)

    with Wire(cloud) as wire:
        wire.send(head if spoil is None else head.replace(*spoil))
        answer = wire.answer()

    assert answer is not None
    assert answer.status >= 400
    assert b"<Code>" + code + b"</Code>" in answer.body


@pytest.mark.row("S3-009")
def test_a_body_of_the_largest_size_is_asked_for(aws: Clients, cloud: RunningCloud) -> None:
    aws.s3.create_bucket(Bucket="bucket")

    with Wire(cloud) as wire:
        wire.send(expecting(cloud, client(aws, cloud.url), "bucket/key", 5 << 30))
        told = wire.answer()

    assert told is not None
    assert told.status == 100


def test_the_context_of_tls_is_the_authoritys(secure_port: tuple[int, str]) -> None:
    port, authority = secure_port
    context = ssl.create_default_context(cafile=authority)

    plain = socket.create_connection(("127.0.0.1", port))
    with context.wrap_socket(plain, server_hostname="bucket.s3.cloud.example.test") as wrapped:
        names = dict(wrapped.getpeercert() or {})["subjectAltName"]

    assert names == (("DNS", "bucket.s3.cloud.example.test"),)
