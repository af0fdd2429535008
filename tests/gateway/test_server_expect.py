"""`Expect: 100-continue`: told to go on only when the body is wanted, and in turn."""

import pytest
from tests.gateway.serving import Scene, play, request, text

from orrery.gateway.body import BodyReader
from orrery.gateway.exchange import Exchange

EXPECT = "Content-Length: 5\r\nExpect: 100-continue\r\n"


async def gather(exchange: Exchange, body: BodyReader) -> None:
    pieces = []
    while piece := await body.read():
        pieces.append(piece)
    text(exchange, b"".join(pieces))


def test_a_wanted_body_is_asked_for_and_served() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(request("/x", "PUT", extra=EXPECT))
        interim = await client.answer()
        client.send(b"abcde")
        final = await client.answer()

        assert (interim.status, interim.headers) == (100, {})
        assert final.body == b"PUT /x 5"

    play(act)


def test_a_body_that_came_unasked_is_not_asked_for() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(request("/x", "PUT", extra=EXPECT) + b"abcde")

        assert (await client.answer()).body == b"PUT /x 5"

    play(act)


def test_an_expectation_without_a_body_is_no_expectation() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        assert (await client.get("/x", extra="Expect: 100-Continue\r\n")).body == b"GET /x 0"

    play(act)


def test_a_refused_body_is_not_asked_for_and_the_connection_closes() -> None:
    async def act(scene: Scene) -> None:
        def refuse(exchange: Exchange) -> None:
            text(exchange, "no", 403)

        scene.stage.on_begin[b"/x"] = refuse
        client = await scene.client()

        client.send(request("/x", "PUT", extra=EXPECT))
        answer = await client.answer()

        assert (answer.status, answer.headers["connection"]) == (403, "close")
        assert await client.ended() == b""

    play(act)


def test_a_body_announced_too_large_is_not_asked_for() -> None:
    async def act(scene: Scene) -> None:
        scene.stage.most = 4
        client = await scene.client()

        client.send(request("/x", "PUT", extra=EXPECT))
        answer = await client.answer()

        assert (answer.status, answer.headers["connection"]) == (413, "close")
        assert scene.stage.served == []

    play(act)


@pytest.mark.parametrize("asking", ["read", "continue_"])
def test_a_stream_is_asked_for_when_its_handler_wants_it(asking: str) -> None:
    async def act(scene: Scene) -> None:
        async def take(exchange: Exchange, body: BodyReader) -> None:
            if asking == "continue_":
                exchange.continue_()
                exchange.continue_()
            await gather(exchange, body)

        scene.stage.on_stream[b"/s"] = take
        client = await scene.client()

        client.send(request("/s", "PUT", extra=EXPECT))
        interim = await client.answer()
        client.send(b"abcde")

        assert interim.status == 100
        assert (await client.answer()).body == b"abcde"

    play(act)


def test_a_stream_that_is_refused_is_not_asked_for() -> None:
    async def act(scene: Scene) -> None:
        async def refuse(exchange: Exchange, body: BodyReader) -> None:
            text(exchange, "no", 403)

        scene.stage.on_stream[b"/s"] = refuse
        client = await scene.client()

        client.send(request("/s", "PUT", extra=EXPECT))

        assert (await client.answer()).status == 403
        assert await client.ended() == b""

    play(act)


def test_the_interim_answer_waits_for_the_answers_before_it() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(request("/wait") + request("/x", "PUT", extra=EXPECT))
        await scene.until(lambda: len(scene.stage.begun) == 2)
        await scene.settled()
        text(scene.stage.served[0][0], "first")

        assert (await client.answer()).body == b"first"
        assert (await client.answer()).status == 100
        client.send(b"abcde")
        assert (await client.answer()).body == b"PUT /x 5"

    play(act)


def test_other_expectations_fail() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        answer = await client.get("/x", extra="Expect: 200-ok\r\n")

        assert (answer.status, answer.headers["connection"]) == (417, "close")
        assert scene.stage.begun == []

    play(act)


def test_http_1_0_knows_no_expectations() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(b"PUT /x HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        await scene.settled()
        client.send(b"ab")

        assert (await client.answer()).body == b"PUT /x 2"

    play(act)
