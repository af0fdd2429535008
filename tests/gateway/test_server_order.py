"""Pipelining: answers in the order of the requests, bounded, coalesced."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from tests.gateway.serving import PLAIN, Scene, play, request, text

from orrery.gateway.body import BodyReader
from orrery.gateway.exchange import Exchange
from orrery.gateway.limits import Limits
from orrery.gateway.server import new_event_loop

LOOPS = pytest.mark.parametrize("loop", [new_event_loop, asyncio.new_event_loop], ids=["uvloop", "asyncio"])


@LOOPS
def test_answers_come_in_the_order_of_requests_however_they_are_given(loop: type) -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(request("/wait") * 5)
        await scene.until(lambda: len(scene.stage.served) == 5)
        for index in (3, 1, 4, 0, 2):
            text(scene.stage.served[index][0], str(index))

        assert [(await client.answer()).body for _ in range(5)] == [b"0", b"1", b"2", b"3", b"4"]

    play(act, loop=loop)


def test_only_so_many_requests_of_a_connection_are_begun_at_once() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(request("/wait", "POST", b"abc") * 50 + request("/stream", "PUT", b"xyz"))
        await scene.settled()
        begun = [len(scene.stage.begun)]
        text(scene.stage.served[0][0], "0")
        await scene.settled()
        begun.append(len(scene.stage.begun))
        text(scene.stage.served[2][0], "2")
        await scene.settled()
        begun.append(len(scene.stage.begun))
        for index in (1, *range(3, 50)):
            await scene.served(index + 1)
            text(scene.stage.served[index][0], str(index))

        assert begun == [4, 5, 5]
        answers = [await client.answer() for _ in range(51)]
        assert [answer.body for answer in answers] == [*(b"%d" % i for i in range(50)), b"PUT /stream 3"]
        assert all(body == b"abc" for _, body in scene.stage.served[:50])

    play(act, limits=Limits(pipeline=4))


def test_reading_pauses_while_too_many_are_unanswered_and_goes_on_after() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(request("/wait") * 3)
        await scene.until(lambda: len(scene.stage.begun) == 2)
        client.send(request("/later"))
        await scene.settled()
        begun_before = len(scene.stage.begun)
        for index in range(3):
            await scene.served(index + 1)
            text(scene.stage.served[index][0], str(index))

        assert begun_before == 2
        assert [(await client.answer()).body for _ in range(4)] == [b"0", b"1", b"2", b"GET /later 0"]

    play(act, limits=Limits(pipeline=2))


def test_thousands_of_requests_in_one_breath_are_all_answered_in_order() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(b"".join(request(f"/{i}") for i in range(5000)))

        for i in range(5000):
            assert (await client.answer()).body == b"GET /%d 0" % i

    play(act)


def test_a_client_that_pipelines_without_reading_does_not_fill_the_memory() -> None:
    async def act(scene: Scene) -> None:
        scene.stage.on_serve[b"/big"] = lambda exchange, body: text(exchange, b"x" * 60_000)
        client = await scene.client(limit=1024)

        client.send(request("/big") * 4000)
        await scene.settled(300)
        begun = len(scene.stage.begun)
        for _ in range(4000):
            assert len((await client.answer()).body) == 60_000

        assert begun < 1000

    play(act)


def test_answers_that_are_ready_together_are_written_together() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()
        client.send(request("/wait") * 3)
        await scene.until(lambda: len(scene.stage.served) == 3)
        connection = next(iter(scene.server.hub.members))
        writes: list[bytes] = []
        transport = connection.transport  # type: ignore[attr-defined]

        class Recording:
            def write(self, data: bytes) -> None:
                writes.append(data)
                transport.write(data)

            def __getattr__(self, name: str) -> object:
                return getattr(transport, name)

        connection.transport = Recording()  # type: ignore[attr-defined]
        for exchange, _ in scene.stage.served:
            text(exchange, "ready")
        await client.answer()
        connection.data_received(request("/a") * 3)  # type: ignore[attr-defined]

        assert [data.count(b"HTTP/1.1 200 OK") for data in writes] == [3, 3]

    play(act)


def test_a_stream_keeps_its_place_in_the_order() -> None:
    async def act(scene: Scene) -> None:
        gate = asyncio.Event()

        async def pieces() -> AsyncIterator[bytes]:
            yield b"first "
            await gate.wait()
            yield b"second"

        scene.stage.on_serve[b"/s"] = lambda exchange, body: exchange.stream(200, PLAIN, pieces())
        client = await scene.client()

        client.send(request("/wait") + request("/s") + request("/after") + request("/s") + request("/end"))
        await scene.settled()
        text(scene.stage.served[0][0], "waited")
        gate.set()

        bodies = [(await client.answer()).body for _ in range(5)]
        assert bodies == [b"waited", b"first second", b"GET /after 0", b"first second", b"GET /end 0"]

    play(act)


def test_a_streamed_body_that_was_held_back_is_whole() -> None:
    async def act(scene: Scene) -> None:
        async def gather(exchange: Exchange, body: BodyReader) -> None:
            pieces = []
            while piece := await body.read():
                pieces.append(piece)
            text(exchange, b"".join(pieces))

        scene.stage.on_stream[b"/in"] = gather
        client = await scene.client()

        client.send(request("/wait") + request("/in", "PUT", b"whole") + request("/in", "PUT", b"begun")[:-2])
        await scene.until(lambda: len(scene.stage.served) == 1)
        text(scene.stage.served[0][0], "waited")
        await scene.settled()
        client.send(b"un")

        assert [(await client.answer()).body for _ in range(3)] == [b"waited", b"whole", b"begun"]

    play(act, limits=Limits(pipeline=1))


def test_answering_twice_is_the_handlers_mistake() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        await client.get("/a")

        with pytest.raises(RuntimeError, match="already"):
            text(scene.stage.served[0][0], "again")
        with pytest.raises(RuntimeError, match="already"):
            scene.stage.served[0][0].stream(200, PLAIN, None, 0)

    play(act)
