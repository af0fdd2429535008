"""Bounds: heads, targets, fields, bodies, connections, descriptors. Excess is refused, all others are served."""

import os
import resource
import subprocess
import sys

import pytest
from tests.gateway.serving import PLAIN, Scene, play, request, text

from orrery.gateway.body import BodyReader
from orrery.gateway.exchange import Exchange
from orrery.gateway.limits import Limits, file_headroom

SMALL = Limits(head=2048, target=512, fields=20, discard=1000)


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (request("/" + "a" * 600), 414),
        (request("/", extra="X-Big: " + "a" * 2100 + "\r\n"), 431),
        (request("/", extra="".join(f"X-{i}: {i}\r\n" for i in range(20))), 431),
        (request("/" + "a" * 600)[:550] + b"a" * 2000, 414),
        (b"GET / HTTP/1.1\r\nX-Endless: " + b"a" * 2100, 431),
    ],
    ids=["target", "head", "fields", "endless target", "endless head"],
)
@pytest.mark.parametrize("piece", [7, 1000, 100_000])
def test_a_head_beyond_its_bounds_is_refused(raw: bytes, status: int, piece: int) -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        for start in range(0, len(raw), piece):
            client.send(raw[start : start + piece])
            await scene.settled(3)

        answer = await client.answer()
        assert (answer.status, answer.headers["connection"]) == (status, "close")
        assert scene.stage.begun == []

    play(act, limits=SMALL)


def test_a_head_at_its_bounds_is_served_also_after_others() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()
        fits = request("/" + "a" * 511, extra="".join(f"X-{i}: {i}\r\n" for i in range(19)))

        client.send((request("/b", "POST", b"b" * 5000) + fits) * 3)

        for _ in range(3):
            assert (await client.answer()).body == b"POST /b 5000"
            assert (await client.answer()).status == 200

    play(act, limits=SMALL)


def test_a_body_announced_beyond_its_bound_is_refused_unread() -> None:
    async def act(scene: Scene) -> None:
        scene.stage.most = 10
        client = await scene.client()

        client.send(request("/x", "POST", extra="Content-Length: 1000000000\r\n"))
        answer = await client.answer()

        assert (answer.status, answer.headers["connection"]) == (413, "close")
        assert scene.stage.served == []

    play(act)


def test_a_chunked_body_is_refused_where_it_grows_beyond_its_bound() -> None:
    async def act(scene: Scene) -> None:
        scene.stage.most = 10
        client = await scene.client()

        client.send(request("/x", "POST", extra="Transfer-Encoding: chunked\r\n") + b"a\r\n0123456789\r\n")
        await scene.settled()
        client.send(b"1\r\n0\r\n")

        assert (await client.answer()).status == 413
        assert scene.stage.served == []

    play(act)


def test_a_body_at_its_bound_is_served() -> None:
    async def act(scene: Scene) -> None:
        scene.stage.most = 10
        client = await scene.client()

        client.send(request("/x", "POST", b"0123456789"))

        assert (await client.answer()).body == b"POST /x 10"

    play(act)


def test_a_body_in_tiny_chunks_takes_hardly_more_room_than_its_bytes() -> None:
    async def act(scene: Scene) -> None:
        async def keep(exchange: Exchange, body: BodyReader) -> None:
            while await body.read():
                pass
            text(exchange, "read")

        scene.stage.on_stream[b"/held"] = keep
        client = await scene.client()
        chunks = b"1\r\nx\r\n" * 100_000 + b"0\r\n\r\n"

        client.send(request("/x", "POST", extra="Transfer-Encoding: chunked\r\n") + chunks[:-5])
        await scene.until(lambda: bool(scene.stage.begun) and scene.stage.begun[0].size == 100_000)
        parts = scene.stage.begun[0].parts
        client.send(chunks[-5:] + request("/held", "POST", extra="Transfer-Encoding: chunked\r\n") + chunks)

        assert parts is not None
        assert len(parts) <= 2
        assert (await client.answer()).body == b"POST /x 100000"
        assert scene.stage.served[0][1] == b"x" * 100_000
        assert (await client.answer()).body == b"read"

    play(act)


@pytest.mark.parametrize("noise", [b"1;" + b"x" * 3000, b"0\r\nX-Trailer: " + b"x" * 3000])
def test_endless_chunk_extensions_and_trailers_are_refused(noise: bytes) -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(request("/x", "POST", extra="Transfer-Encoding: chunked\r\n") + b"1\r\na\r\n")
        await scene.settled()
        client.send(noise)

        assert (await client.answer()).status == 400
        assert scene.stage.served == []

    play(act, limits=SMALL)


@pytest.mark.parametrize("length", [900, 100_000])
def test_a_refused_body_is_thrown_away_when_small_and_else_ends_the_connection(length: int) -> None:
    async def act(scene: Scene) -> None:
        def refuse(exchange: Exchange) -> None:
            text(exchange, "no", 403)

        scene.stage.on_begin[b"/no"] = refuse
        client = await scene.client()

        client.send(request("/no", "POST", b"x" * length) + request("/next"))
        answer = await client.answer()

        assert answer.status == 403
        if length == 900:
            assert (await client.answer()).body == b"GET /next 0"
        else:
            assert answer.headers["connection"] == "close"
            assert await client.ended() == b""
        assert scene.stage.served == ([] if length > 900 else scene.stage.served)

    play(act, limits=SMALL)


def test_a_body_nobody_wants_is_not_read_while_its_answer_is_awaited() -> None:
    async def act(scene: Scene) -> None:
        later: list[Exchange] = []
        scene.stage.on_begin[b"/later"] = later.append
        client = await scene.client()

        client.send(request("/later", "PUT", extra="Content-Length: 100000000\r\n") + b"x" * 50_000_000)
        await scene.settled(300)
        read = later[0].size
        text(later[0], "no", 403)
        answer = await client.answer()

        assert read < 3_000_000
        assert (answer.status, answer.headers["connection"]) == (403, "close")

    play(act)


def test_connections_beyond_the_bound_are_told_so_and_all_others_are_served() -> None:
    async def act(scene: Scene) -> None:
        inside = [await scene.client() for _ in range(3)]
        await scene.until(lambda: len(scene.server.hub.members) == 3)
        outside = await scene.client()
        answer = await outside.answer()

        assert (answer.status, answer.headers["connection"]) == (503, "close")
        assert await outside.ended() == b""
        assert [(await client.get("/a")).status for client in inside] == [200] * 3
        await inside[0].closed()
        await outside.closed()
        await scene.until(lambda: len(scene.server.hub.members) == 2)
        assert (await (await scene.client()).get("/b")).status == 200

    play(act, limits=Limits(connections=3))


def test_a_flood_beyond_refusing_is_broken_off_and_all_others_are_served() -> None:
    async def act(scene: Scene) -> None:
        inside = await scene.client()
        await scene.until(lambda: len(scene.server.hub.members) == 1)

        flood = [await scene.client() for _ in range(20)]
        told = 0
        for client in flood:
            client.eof()
            told += (await client.ended()).startswith(b"HTTP/1.1 503")

        assert told >= 2
        assert (await inside.get("/a")).status == 200

    play(act, limits=Limits(connections=1, excess=2))


def test_the_bound_of_connections_leaves_descriptors_for_everything_else() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limits = file_headroom(Limits(connections=10**9))

    raised, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    if hard == resource.RLIM_INFINITY:
        assert raised == soft
    else:
        assert raised == hard
        assert limits.connections + limits.excess + 100 <= hard
        assert file_headroom(Limits(connections=10)).connections == 10


EXHAUSTED = """
import asyncio, os, resource, socket
from orrery.gateway.limits import Limits
from orrery.gateway.server import Server, new_event_loop
from tests.gateway.serving import Client, Stage, request

async def main():
    server = Server(Stage(), now=lambda: 0)
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    address = await server.listen("127.0.0.1", 0)
    client = Client(*await asyncio.open_connection(*address))
    assert (await client.get("/first")).status == 200
    probe = socket.socket()
    probe.setblocking(False)
    taken = []
    while True:
        try:
            taken.append(os.open("/dev/null", os.O_RDONLY))
        except OSError:
            break
    probe.connect_ex(address)
    for _ in range(100):
        await asyncio.sleep(0)
    assert (await client.get("/served")).status == 200
    for fd in taken:
        os.close(fd)
    probe.close()
    again = Client(*await asyncio.open_connection(*address))
    assert (await again.get("/again")).status == 200
    client.writer.close()
    again.writer.close()
    await server.drain(5)
    print("served")

resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
with asyncio.Runner(loop_factory=FACTORY) as runner:
    runner.run(main())
"""
"""A server that runs out of descriptors, in a process of its own. FACTORY stands for the loop's."""


@pytest.mark.parametrize("factory", ["new_event_loop", "asyncio.new_event_loop"])
def test_running_out_of_descriptors_leaves_those_connected_served(factory: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", EXHAUSTED.replace("FACTORY", factory)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.stdout == "served\n", done.stderr


def test_a_streams_reader_that_is_behind_holds_the_client_back() -> None:
    async def act(scene: Scene) -> None:
        taken: list[BodyReader] = []

        async def keep(exchange: Exchange, body: BodyReader) -> None:
            taken.append(body)

        scene.stage.on_stream[b"/in"] = keep
        client = await scene.client()
        total = 30_000_000

        client.send(request("/in", "PUT", extra=f"Content-Length: {total}\r\n") + bytes(total))
        await scene.settled(300)
        held = scene.stage.begun[0].size
        read = 0
        while piece := await taken[0].read():
            read += len(piece)
        scene.stage.begun[0].stream(200, PLAIN, None, 0)

        assert held < 1_000_000
        assert read == total
        assert taken[0].ended
        assert (await client.answer()).status == 200

    play(act, limits=Limits(buffer=100_000))
