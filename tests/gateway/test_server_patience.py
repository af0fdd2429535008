"""Deadlines: slow and silent clients are let go, working ones never."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.gateway.serving import PLAIN, Scene, play, request, text

from orrery.gateway.body import BodyLost, BodyReader
from orrery.gateway.exchange import Exchange
from orrery.gateway.limits import Limits

QUICK = Limits(head_seconds=5, body_seconds=5, idle_seconds=10, write_seconds=5, linger_seconds=2)


def impatient(act: Any) -> None:
    play(act, limits=QUICK)


def test_a_client_that_never_speaks_is_let_go() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()
        await scene.until(lambda: len(scene.server.hub.members) == 1)

        scene.tick(5)
        await scene.settled()
        members = len(scene.server.hub.members)
        scene.tick()

        assert members == 1
        assert await client.ended() == b""

    impatient(act)


def test_a_head_that_trickles_in_is_answered_408() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()
        await client.get("/first")

        for piece in (b"GET ", b"/slow", b" HTTP/1.1\r\n", b"X-A: ", b"1\r\n"):
            client.send(piece)
            await scene.settled()
            scene.tick()
        await scene.settled()
        scene.tick()
        answer = await client.answer()

        assert (answer.status, answer.headers["connection"]) == (408, "close")
        assert await client.ended() == b""

    impatient(act)


@pytest.mark.parametrize("framing", ["Content-Length: 1000\r\n", "Transfer-Encoding: chunked\r\n"])
def test_a_body_that_stops_coming_is_answered_408(framing: str) -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(request("/x", "PUT", extra=framing))
        for _ in range(3):
            client.send(b"1\r\na\r\n")
            await scene.settled()
            scene.tick(5)
        scene.tick()
        answer = await client.answer()

        assert (answer.status, answer.headers["connection"]) == (408, "close")
        assert scene.stage.served == []

    impatient(act)


def test_a_streamed_body_that_stops_coming_fails_its_reader() -> None:
    async def act(scene: Scene) -> None:
        lost: list[str] = []

        async def gather(exchange: Exchange, body: BodyReader) -> None:
            try:
                while await body.read():
                    pass
            except BodyLost as error:
                lost.append(str(error))
                text(exchange, "too late to be heard")

        scene.stage.on_stream[b"/in"] = gather
        client = await scene.client()

        client.send(request("/in", "PUT", extra="Content-Length: 1000\r\n") + b"abc")
        await scene.settled()
        scene.tick(6)

        assert (await client.answer()).status == 408
        assert await client.ended() == b""
        assert len(lost) == 1
        assert scene.stage.begun[0].closed

    impatient(act)


def test_a_body_whose_reader_is_behind_is_not_the_clients_fault() -> None:
    async def act(scene: Scene) -> None:
        taken: list[BodyReader] = []

        async def keep(exchange: Exchange, body: BodyReader) -> None:
            taken.append(body)

        scene.stage.on_stream[b"/in"] = keep
        client = await scene.client()
        total = 20_000_000

        client.send(request("/in", "PUT", extra=f"Content-Length: {total}\r\n") + bytes(total))
        await scene.settled(300)
        scene.tick(100)
        read = 0
        while piece := await taken[0].read():
            read += len(piece)

        assert read == total

    impatient(act)


def test_a_connection_at_rest_is_closed_after_a_while() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        await client.get("/a")
        scene.tick(9)
        await client.get("/b")
        scene.tick(9)
        await scene.settled()
        members = len(scene.server.hub.members)
        scene.tick()

        assert members == 1
        assert await client.ended() == b""

    impatient(act)


def test_a_request_may_take_as_long_as_its_handler_needs() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(request("/wait"))
        await scene.until(lambda: len(scene.stage.served) == 1)
        scene.tick(1000)
        text(scene.stage.served[0][0], "at last")
        answer = await client.answer()
        scene.tick(9)

        assert answer.body == b"at last"
        assert (await client.get("/next")).status == 200

    impatient(act)


def test_a_client_that_does_not_read_its_answer_is_broken_off() -> None:
    async def act(scene: Scene) -> None:
        ended: list[bool] = []

        async def endless() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield bytes(100_000)
            finally:
                ended.append(True)

        scene.stage.on_serve[b"/s"] = lambda exchange, body: exchange.stream(200, PLAIN, endless())
        client = await scene.client(limit=1024)

        client.send(request("/s"))
        await scene.settled(300)
        for _ in range(3):
            scene.tick(6)
            await scene.settled()

        assert ended == [True]
        assert len(scene.server.hub.members) == 0

    impatient(act)


def test_a_client_that_reads_slowly_but_reads_is_borne_with() -> None:
    async def act(scene: Scene) -> None:
        total = 40_000_000
        scene.stage.on_serve[b"/big"] = lambda exchange, body: text(exchange, bytes(total))
        client = await scene.client(limit=1024)

        client.send(request("/big"))
        await client.reader.readuntil(b"\r\n\r\n")
        transport = next(iter(scene.server.hub.members)).transport  # type: ignore[attr-defined]
        read, unsent, ticks = 0, total, 0
        while read < total:
            piece = await client.reader.read(total - read)
            assert piece
            read += len(piece)
            await asyncio.sleep(0)
            if transport.get_write_buffer_size() < unsent - total // 20:
                unsent = transport.get_write_buffer_size()
                scene.tick(4)
                ticks += 4

        assert ticks > 40
        assert read == total

    impatient(act)


def test_a_client_that_leaves_its_answer_unread_is_not_waited_for_forever() -> None:
    async def act(scene: Scene) -> None:
        scene.stage.on_serve[b"/big"] = lambda exchange, body: text(exchange, bytes(50_000_000))
        client = await scene.client(limit=1024)

        client.send(request("/big", extra="Connection: close\r\n"))
        await scene.settled(100)
        scene.tick(20)
        await scene.settled()

        assert len(scene.server.hub.members) == 0

    impatient(act)


def test_a_refused_client_is_heard_out_only_so_long() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(b"GARBAGE\r\n\r\n")
        answer = await client.answer()
        client.send(b"more of it")
        await scene.settled()
        members = len(scene.server.hub.members)
        scene.tick(3)
        await scene.settled()

        assert answer.status == 400
        assert members == 1
        assert len(scene.server.hub.members) == 0

    impatient(act)


def test_the_sweep_runs_by_itself_once_the_server_listens() -> None:
    async def act(scene: Scene) -> None:
        from_start = scene.server.hub.tick
        server = type(scene.server)(scene.stage, now=lambda: 0, interval=0.001)
        await server.listen("127.0.0.1", 0)

        await asyncio.wait_for(_ticks(server.hub, from_start + 3), 30)
        server.close()

        assert server.hub.tick >= 3

    play(act)


async def _ticks(hub: Any, count: int) -> None:
    while hub.tick < count:
        await asyncio.sleep(0)
