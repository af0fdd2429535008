"""Where the server listens."""

import asyncio
import errno
import socket
import stat
from pathlib import Path

import pytest
from tests.gateway.serving import Client, Scene, play

from orrery.gateway.door import peer_of


def test_ipv4_and_ipv6_share_a_free_port() -> None:
    async def act(scene: Scene) -> None:
        bound = await scene.server.listen_all(["127.0.0.1", "::1"], 0)

        ports = {port for _, port in bound}
        assert len(ports) == 1
        for host, port in bound:
            client = Client(*await asyncio.open_connection(host, port))
            scene.clients.append(client)
            assert (await client.get("/a")).status == 200
        assert [exchange.head.peer for exchange in scene.stage.begun] == [host for host, _ in bound]

    play(act)


@pytest.mark.parametrize("lack", [errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT])
def test_a_machine_without_ipv6_is_served_on_ipv4(monkeypatch: pytest.MonkeyPatch, lack: int) -> None:
    async def act(scene: Scene) -> None:
        listen = scene.server.listen

        async def without_ipv6(host: str, port: int) -> tuple[str, int]:
            if ":" in host:
                raise OSError(lack, "no IPv6 here")
            return await listen(host, port)

        monkeypatch.setattr(scene.server, "listen", without_ipv6)

        bound = await scene.server.listen_all(["127.0.0.1", "::1"], 0)

        assert [host for host, _ in bound] == ["127.0.0.1"]
        bound = await scene.server.listen_all(["0.0.0.0", "::"], 0)
        assert [host for host, _ in bound] == ["0.0.0.0"]
        for host in ("::1", "::"):
            with pytest.raises(OSError, match="no IPv6"):
                await scene.server.listen_all([host], 0)

    play(act)


@pytest.mark.parametrize("hosts", [["127.0.0.1", "2001:db8::1"], ["198.51.100.1"]])
def test_an_address_that_is_not_this_machines_is_an_error(hosts: list[str]) -> None:
    async def act(scene: Scene) -> None:
        with pytest.raises(OSError):
            await scene.server.listen_all(hosts, 0)

    play(act)


def test_a_port_in_use_on_ipv6_alone_is_an_error() -> None:
    async def act(scene: Scene) -> None:
        taken = socket.socket(socket.AF_INET6)
        taken.bind(("::1", 0))
        taken.listen()
        with pytest.raises(OSError):
            await scene.server.listen_all(["127.0.0.1", "::1"], taken.getsockname()[1])
        taken.close()

    play(act)


def test_a_port_in_use_is_an_error() -> None:
    async def act(scene: Scene) -> None:
        with pytest.raises(OSError):
            await scene.server.listen_all(["127.0.0.1", "::1"], scene.address[1])

    play(act)


def test_a_unix_socket_is_private_and_replaces_one_left_behind(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        path = tmp_path / "socket"
        left = socket.socket(socket.AF_UNIX)
        left.bind(str(path))
        left.close()

        await scene.server.listen_unix(path)
        client = Client(*await asyncio.open_unix_connection(str(path)))
        scene.clients.append(client)

        assert (await client.get("/a")).status == 200
        assert scene.stage.begun[0].head.peer == "unix"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    play(act)


def test_a_socket_bound_by_others_is_served() -> None:
    async def act(scene: Scene) -> None:
        sock = socket.socket()
        sock.bind(("127.0.0.1", 0))
        await scene.server.listen_socket(sock)
        client = Client(*await asyncio.open_connection(*sock.getsockname()))
        scene.clients.append(client)

        assert (await client.get("/a")).status == 200

    play(act)


@pytest.mark.parametrize(
    ("name", "peer"),
    [
        (("::ffff:10.0.0.1", 5, 0, 0), "10.0.0.1"),
        (("::1", 5, 0, 0), "::1"),
        (("10.0.0.2", 5), "10.0.0.2"),
        ("", "unix"),
    ],
)
def test_a_peer_is_its_address(name: object, peer: str) -> None:
    class Named(asyncio.BaseTransport):
        def get_extra_info(self, name_asked: str, default: object = None) -> object:
            return name

    assert peer_of(Named()) == peer


def test_answers_leave_at_once() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()
        await client.get("/a")
        transport = next(iter(scene.server.hub.members)).transport  # type: ignore[attr-defined]

        assert transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    play(act)
