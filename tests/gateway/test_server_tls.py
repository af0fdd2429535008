"""TLS on the port of plain HTTP, with certificates of the cloud's own authority."""

import asyncio
import ssl
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from tests.gateway.serving import PLAIN, Client, Scene, play, request, text

from orrery.gateway.body import BodyReader
from orrery.gateway.exchange import Exchange
from orrery.gateway.limits import Limits
from orrery.gateway.reply import FileSlice
from orrery.gateway.secure import secured
from orrery.gateway.server import new_event_loop
from orrery.gateway.tls import LEAF_DAYS, RENEW_DAYS, Certificates, TlsFilesDamaged
from orrery.kernel.clock import host_clock
from orrery.wire.instant import DAY

LOOPS = pytest.mark.parametrize("loop", [new_event_loop, asyncio.new_event_loop], ids=["uvloop", "asyncio"])


@pytest.fixture(scope="module")
def certificates() -> Certificates:
    """Certificates of a cloud in memory with host names of its own."""
    return Certificates(None, host_clock, ["orrery.test", "*.deep.test", "10.1.2.3", "0.0.0.0", "::"])


def trusting(certificates: Certificates) -> ssl.SSLContext:
    """A client's context that trusts this authority only."""
    return ssl.create_default_context(cadata=certificates.authority_pem.decode())


def encrypted(act: Any, certificates: Certificates, **options: Any) -> None:
    play(act, tls=secured(certificates), **options)


async def secure(scene: Scene, certificates: Certificates, name: str = "localhost", **options: Any) -> Client:
    return await scene.client(ssl=trusting(certificates), server_hostname=name, **options)


def served_certificate(client: Client) -> x509.Certificate:
    return x509.load_der_x509_certificate(client.writer.get_extra_info("ssl_object").getpeercert(True))


@LOOPS
def test_one_port_serves_plain_and_encrypted_clients(certificates: Certificates, loop: type) -> None:
    async def act(scene: Scene) -> None:
        plain, encrypted_client = await scene.client(), await secure(scene, certificates)

        encrypted_client.send(request("/a", "POST", b"abc") + request("/b"))

        assert (await encrypted_client.answer()).body == b"POST /a 3"
        assert (await encrypted_client.answer()).body == b"GET /b 0"
        assert (await plain.get("/c")).body == b"GET /c 0"
        assert [exchange.head.scheme for exchange in scene.stage.begun] == ["https", "https", "http"]
        assert scene.stage.begun[0].head.peer == "127.0.0.1"

    encrypted(act, certificates, loop=loop)


@pytest.mark.parametrize(
    "name",
    [
        "localhost",
        "sqs.us-east-1.localhost",
        "Bucket.S3.localhost",
        "localhost.localstack.cloud",
        "bucket.s3.us-east-1.localhost.localstack.cloud",
        "orrery.test",
        "any.depth.deep.test",
        "127.0.0.1",
        "::1",
        "10.1.2.3",
    ],
)
def test_every_name_of_the_cloud_has_a_certificate_that_verifies(certificates: Certificates, name: str) -> None:
    async def act(scene: Scene) -> None:
        client = await secure(scene, certificates, name)

        assert (await client.get("/a")).status == 200

    encrypted(act, certificates)


@pytest.mark.parametrize(
    "name", ["example.com", "other.orrery.test", "localhost.example.com", "xlocalhost", "10.1.2.4"]
)
def test_foreign_names_get_no_certificate(certificates: Certificates, name: str) -> None:
    async def act(scene: Scene) -> None:
        with pytest.raises(ssl.SSLCertVerificationError, match=r"doesn't match|mismatch"):
            await secure(scene, certificates, name)
        assert (await (await secure(scene, certificates)).get("/a")).status == 200

    encrypted(act, certificates)


def test_a_name_gets_one_certificate_and_their_number_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orrery.gateway.tls.NAMED", 2)
    certificates = Certificates(None, host_clock)

    contexts = [certificates.context_for(f"{letter}.localhost") for letter in "aabcd"]

    assert contexts[0] is contexts[1]
    assert contexts[0] is not contexts[2]
    assert contexts[3] is contexts[4] is certificates.context()


def test_the_authority_is_kept_in_private_files_and_found_again(tmp_path: Path) -> None:
    directory = tmp_path / "data" / "tls"

    first = Certificates(directory, host_clock)
    (directory / "ca.key").chmod(0o644)
    second = Certificates(directory, host_clock)

    assert first.authority_pem == second.authority_pem == (directory / "ca.pem").read_bytes()
    assert first.authority_path == directory / "ca.pem"
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()} == {0o600}
    assert {path.name for path in directory.iterdir()} == {"ca.key", "ca.pem"}


@pytest.mark.parametrize("damage", ["key unreadable", "certificate unreadable", "another's key"])
def test_damaged_files_are_named_and_not_replaced(tmp_path: Path, damage: str) -> None:
    Certificates(tmp_path, host_clock)
    if damage == "another's key":
        Certificates(tmp_path / "other", host_clock)
        (tmp_path / "ca.key").write_bytes((tmp_path / "other" / "ca.key").read_bytes())
    else:
        (tmp_path / ("ca.key" if damage == "key unreadable" else "ca.pem")).write_bytes(b"-----BEGIN nothing")
    before = (tmp_path / "ca.pem").read_bytes()

    with pytest.raises(TlsFilesDamaged, match=r"ca\.key"):
        Certificates(tmp_path, host_clock)

    assert (tmp_path / "ca.pem").read_bytes() == before


def test_certificates_are_renewed_a_month_before_they_expire() -> None:
    now = [host_clock()]
    certificates = Certificates(None, lambda: now[0])
    first, named = certificates.context(), certificates.context_for("a.localhost")

    now[0] += (LEAF_DAYS - RENEW_DAYS - 1) * DAY
    before = certificates.context()
    now[0] += DAY
    after = certificates.context()

    assert before is first
    assert after is not first
    assert certificates.context() is after
    assert certificates.context_for("a.localhost") is not named


def test_an_authority_at_its_end_is_replaced(tmp_path: Path) -> None:
    now = [host_clock()]
    certificates = Certificates(tmp_path, lambda: now[0])
    before = certificates.authority_pem

    now[0] += 3640 * DAY
    certificates.context()

    assert certificates.authority_pem != before
    assert (tmp_path / "ca.pem").read_bytes() == certificates.authority_pem


def test_certificates_are_valid_a_while_back_and_not_too_long(certificates: Certificates) -> None:
    async def act(scene: Scene) -> None:
        leaf = served_certificate(await secure(scene, certificates, "a.b.localhost"))
        now = host_clock() / 1000

        assert leaf.not_valid_before_utc.timestamp() < now - 86_400
        assert now + 360 * 86_400 < leaf.not_valid_after_utc.timestamp() < now + 398 * 86_400
        assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == ["a.b.localhost"]

    encrypted(act, certificates)


@LOOPS
def test_long_bodies_and_files_pass_encrypted_both_ways(certificates: Certificates, loop: type, tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        content = bytes(range(251)) * 40_000
        (tmp_path / "file").write_bytes(content)

        async def echo(exchange: Exchange, body: BodyReader) -> None:
            async def pieces() -> AsyncIterator[bytes]:
                while piece := await body.read():
                    yield piece

            exchange.stream(200, PLAIN, pieces())

        scene.stage.on_stream[b"/echo"] = echo
        scene.stage.on_serve[b"/file"] = lambda exchange, body: exchange.stream(
            200, PLAIN, FileSlice(tmp_path / "file", 1, len(content) - 2)
        )
        scene.stage.on_serve[b"/big"] = lambda exchange, body: text(exchange, content)
        client = await secure(scene, certificates)

        client.send(request("/file") + request("/echo", "PUT", content) + request("/big"))

        assert (await client.answer()).body == content[1:-1]
        assert (await client.answer()).body == content
        assert (await client.answer()).body == content

    encrypted(act, certificates, loop=loop)


def test_an_encrypted_client_that_does_not_read_holds_its_source_back(certificates: Certificates) -> None:
    async def act(scene: Scene) -> None:
        given = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal given
            while True:
                given += 100_000
                yield bytes(100_000)

        scene.stage.on_serve[b"/s"] = lambda exchange, body: exchange.stream(200, PLAIN, endless())
        client = await secure(scene, certificates, limit=1024)

        client.send(request("/s"))
        await scene.settled(1000)

        assert 0 < given < 30_000_000

    encrypted(act, certificates)


def test_a_refused_encrypted_client_reads_why(certificates: Certificates) -> None:
    async def act(scene: Scene) -> None:
        client = await secure(scene, certificates)

        client.send(request("/x", "PUT", extra="Content-Length: 5\r\nContent-Length: 6\r\n") + b"abcdef" * 1000)

        assert (await client.answer()).status == 400
        assert await client.ended() == b""

    encrypted(act, certificates)


@pytest.mark.parametrize("junk", [b"\x16", b"\x16\x03\x01\x00\x05hello", b"\x16" + b"\xff" * 500])
def test_a_handshake_that_is_none_ends_and_others_are_served(certificates: Certificates, junk: bytes) -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(junk)
        client.eof()
        received = await client.ended()

        assert not received.startswith(b"HTTP")
        assert (await (await secure(scene, certificates)).get("/a")).status == 200
        await scene.until(lambda: len(scene.server.hub.members) == 1)

    encrypted(act, certificates)


def test_a_handshake_that_never_ends_is_let_go(certificates: Certificates) -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(b"\x16\x03\x01")
        await scene.settled()
        scene.tick(6)

        assert await client.ended() == b""
        assert not scene.server.hub.members

    encrypted(act, certificates, limits=Limits(head_seconds=5))


def test_plain_requests_inside_tls_obey_the_same_rules_of_rest_and_drain(certificates: Certificates) -> None:
    async def act(scene: Scene) -> None:
        client = await secure(scene, certificates)
        client.send(request("/wait"))
        await scene.served(1)

        draining = asyncio.ensure_future(scene.server.drain(30))
        await scene.settled()
        text(scene.stage.served[0][0], "finished")
        answer = await client.answer()

        assert (answer.body, answer.headers["connection"]) == (b"finished", "close")
        assert await client.ended() == b""
        assert await draining is True

    encrypted(act, certificates)


def test_an_encrypted_client_that_goes_is_noticed(certificates: Certificates) -> None:
    async def act(scene: Scene) -> None:
        client = await secure(scene, certificates)
        client.send(request("/wait"))
        await scene.served(1)

        client.reset()
        await scene.until(lambda: scene.stage.served[0][0].closed)
        await scene.until(lambda: not scene.server.hub.members)

        assert scene.reports == []

    encrypted(act, certificates)


def test_old_versions_of_tls_are_not_spoken_and_http_1_1_is_agreed_on(certificates: Certificates) -> None:
    async def act(scene: Scene) -> None:
        modern, old = trusting(certificates), trusting(certificates)
        modern.set_alpn_protocols(["h2", "http/1.1"])
        old.options &= ~ssl.OP_NO_TLSv1_1
        with pytest.warns(DeprecationWarning):
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1

        client = await scene.client(ssl=modern, server_hostname="localhost")

        assert client.writer.get_extra_info("ssl_object").selected_alpn_protocol() == "http/1.1"
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await scene.client(ssl=old, server_hostname="localhost")

    encrypted(act, certificates)
