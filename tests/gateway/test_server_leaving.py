"""Clients that leave: whoever works for them learns of it, and nothing is kept for them."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from tests.gateway.serving import PLAIN, Scene, play, request, text

from orrery.gateway.body import BodyLost, BodyReader
from orrery.gateway.exchange import Exchange
from orrery.gateway.limits import Limits
from orrery.gateway.reply import FileSlice


def test_a_source_is_closed_when_its_client_goes() -> None:
    async def act(scene: Scene) -> None:
        closed: list[bool] = []

        async def endless() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"x" * 1000
                    await asyncio.sleep(0)
            finally:
                closed.append(True)

        scene.stage.on_serve[b"/s"] = lambda exchange, body: exchange.stream(200, PLAIN, endless())
        client = await scene.client()

        client.send(request("/s"))
        await client.reader.readexactly(5000)
        client.reset()
        await scene.until(lambda: bool(closed))

        assert scene.reports == []

    play(act)


def test_a_bodys_reader_learns_that_its_client_has_gone() -> None:
    async def act(scene: Scene) -> None:
        lost: list[str] = []

        async def gather(exchange: Exchange, body: BodyReader) -> None:
            try:
                while await body.read():
                    pass
            except BodyLost as error:
                lost.append(str(error))

        scene.stage.on_stream[b"/in"] = gather
        client = await scene.client()

        client.send(request("/in", "PUT", extra="Content-Length: 1000\r\n") + b"abc")
        await scene.settled()
        client.reset()
        await scene.until(lambda: bool(lost))

        assert lost == ["The client has gone"]

    play(act)


def test_a_waiting_request_learns_that_its_client_has_gone() -> None:
    async def act(scene: Scene) -> None:
        told: list[str] = []
        client = await scene.client()

        client.send(request("/answered") + request("/wait") + request("/wait"))
        await scene.until(lambda: len(scene.stage.served) == 3)
        for exchange, _ in scene.stage.served:
            exchange.on_close.append(partial(told.append, exchange.head.path.decode()))
        client.reset()
        await scene.until(lambda: not scene.server.hub.members)
        text(scene.stage.served[1][0], "without effect")

        assert told == ["/wait", "/wait"]
        assert [exchange.closed for exchange, _ in scene.stage.served] == [False, True, True]
        assert scene.reports == []

    play(act)


def test_a_client_that_only_stopped_sending_is_still_answered() -> None:
    async def act(scene: Scene) -> None:
        told: list[bool] = []
        client = await scene.client()

        client.send(request("/wait"))
        client.eof()
        await scene.until(lambda: bool(scene.stage.served))
        exchange = scene.stage.served[0][0]
        exchange.on_close.append(lambda: told.append(True))
        await scene.until(lambda: exchange.closed)
        text(exchange, "anyway")

        answer = await client.answer()
        assert (answer.body, answer.headers["connection"]) == (b"anyway", "close")
        assert await client.ended() == b""
        assert told == [True]

    play(act)


@pytest.mark.parametrize(("given_up", "seconds"), [(False, 7), (True, 2)])
def test_a_client_that_stopped_sending_is_not_kept_for_an_answer_that_never_comes(given_up: bool, seconds: int) -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(request("/wait"))
        await scene.served(1)
        if given_up:
            scene.stage.served[0][0].on_close.append(lambda: None)
        client.eof()
        await scene.until(lambda: scene.stage.served[0][0].closed)
        scene.tick(seconds)
        await scene.settled()
        members = len(scene.server.hub.members)
        scene.tick()

        assert members == 1
        assert await client.ended() == b""
        await scene.until(lambda: not scene.server.hub.members)

    play(act, limits=Limits(idle_seconds=7, linger_seconds=2))


def test_a_stream_goes_on_to_a_client_that_stopped_sending_while_there_is_something_to_send() -> None:
    async def act(scene: Scene) -> None:
        gate = asyncio.Event()
        closed: list[bool] = []

        async def news() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"news"
                    await gate.wait()
                    gate.clear()
            finally:
                closed.append(True)

        scene.stage.on_serve[b"/news"] = lambda exchange, body: exchange.stream(200, PLAIN, news())
        client = await scene.client()
        client.send(request("/news"))
        client.eof()
        await scene.until(lambda: bool(scene.stage.served) and scene.stage.served[0][0].closed)

        for _ in range(3):
            gate.set()
            await scene.settled()
            scene.tick(8)
        scene.tick(8)
        received = await client.ended()

        assert received.count(b"news") == 4
        assert closed == [True]

    play(act, limits=Limits(idle_seconds=7))


def test_a_body_cut_short_is_never_served() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(request("/x", "PUT", extra="Content-Length: 10\r\n") + b"12345")
        client.eof()

        assert await client.ended() == b""
        assert scene.stage.served == []

    play(act, limits=Limits())


@pytest.mark.parametrize("requests", [1, 3])
def test_a_connection_whose_client_sends_no_more_ends_with_its_last_long_answer(tmp_path: Path, requests: int) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(20_000_000))

    async def act(scene: Scene) -> None:
        scene.stage.on_serve[b"/f"] = lambda exchange, body: exchange.stream(200, PLAIN, FileSlice(file))
        client = await scene.client(limit=1024)

        client.send(request("/f") * requests)
        await scene.settled()
        client.eof()
        await scene.settled()

        for _ in range(requests):
            assert len((await client.answer()).body) == 20_000_000
        assert await client.ended() == b""

    play(act)
