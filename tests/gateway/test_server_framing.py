"""How requests and answers are framed: lengths, chunks, versions, methods, the server's own fields."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from tests.gateway.serving import PLAIN, Scene, play, request, text

from orrery.gateway.reply import FramingError
from orrery.gateway.server import new_event_loop
from orrery.wire.http import Answer

LOOPS = pytest.mark.parametrize("loop", [new_event_loop, asyncio.new_event_loop], ids=["uvloop", "asyncio"])


async def letters() -> AsyncIterator[bytes]:
    for letter in (b"a", b"", b"bc", b"d" * 70_000):
        yield letter


@LOOPS
def test_a_connection_serves_one_request_after_another(loop: type) -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(request("/one", "POST", b"abc"))
        first = await client.answer()
        second = await client.get("/two")

        assert (first.status, first.body) == (200, b"POST /one 3")
        assert (second.status, second.body) == (200, b"GET /two 0")
        assert "connection" not in first.headers

    play(act, loop=loop)


@LOOPS
def test_a_chunked_request_is_gathered_and_its_extensions_and_trailers_pass(loop: type) -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()
        chunks = b"3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Trailer: 1\r\n\r\n"

        client.send(request("/c", "PUT", extra="Transfer-Encoding: Chunked\r\n") + chunks + request("/next"))

        assert (await client.answer()).body == b"PUT /c 13"
        assert (await client.answer()).body == b"GET /next 0"
        assert scene.stage.served[0][1] == b"abc0123456789"
        assert scene.stage.served[0][0].length is None
        assert b"x-trailer" not in scene.stage.served[0][0].head.headers

    play(act, loop=loop)


def test_the_head_tells_where_the_request_came_from() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        await client.get("/a%20b/?q=1&r", extra="X-Thing:  spaced \t \r\nX-thing: two\r\nEmpty:\r\n")

        head = scene.stage.begun[0].head
        assert (head.method, head.target, head.path, head.query) == ("GET", b"/a%20b/?q=1&r", b"/a%20b/", b"q=1&r")
        assert (head.scheme, head.peer, head.http_minor, head.host) == ("http", "127.0.0.1", 1, "x")
        assert head.headers.all(b"x-thing") == [b"spaced", b"two"]
        assert head.headers.get(b"x-thing") == b"spaced"
        assert head.headers.raw[1] == (b"X-Thing", b"spaced")
        assert head.headers.get(b"empty") == b""

    play(act)


def test_connection_close_is_honoured_and_what_follows_is_not_served() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(request("/last", extra="Connection: close\r\n") + request("/never"))
        answer = await client.answer()

        assert answer.body == b"GET /last 0"
        assert answer.headers["connection"] == "close"
        assert await client.ended() == b""
        assert len(scene.stage.begun) == 1

    play(act)


def test_http_1_0_closes_unless_asked_to_keep_the_connection() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(b"GET /kept HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        kept = await client.answer()
        client.send(b"GET /last HTTP/1.0\r\n\r\n")
        last = await client.answer()

        assert (kept.body, kept.headers["connection"]) == (b"GET /kept 0", "keep-alive")
        assert (last.body, last.headers["connection"]) == (b"GET /last 0", "close")
        assert await client.ended() == b""
        assert scene.stage.begun[0].head.http_minor == 0

    play(act)


def test_a_stream_without_length_is_chunked_and_to_http_1_0_ended_by_closing() -> None:
    async def act(scene: Scene) -> None:
        scene.stage.on_serve[b"/s"] = lambda exchange, body: exchange.stream(200, PLAIN, letters())
        expected = b"abc" + b"d" * 70_000
        new, old = await scene.client(), await scene.client()

        chunked = await new.get("/s")
        old.send(b"GET /s HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        closed = await old.answer()

        assert (chunked.headers["transfer-encoding"], chunked.body) == ("chunked", expected)
        assert (await new.get("/after")).body == b"GET /after 0"
        assert "transfer-encoding" not in closed.headers
        assert (closed.headers["connection"], closed.body) == ("close", expected)

    play(act)


def test_a_stream_with_a_length_is_framed_by_it() -> None:
    async def act(scene: Scene) -> None:
        scene.stage.on_serve[b"/s"] = lambda exchange, body: exchange.stream(206, PLAIN, letters(), 70_003)
        client = await scene.client()

        answer = await client.get("/s")

        assert (answer.status, answer.headers["content-length"]) == (206, "70003")
        assert answer.body == b"abc" + b"d" * 70_000
        assert (await client.get("/after")).status == 200

    play(act)


def test_head_requests_are_answered_without_a_body() -> None:
    async def act(scene: Scene) -> None:
        closed = []

        async def never() -> AsyncIterator[bytes]:
            try:
                yield b"x"
            finally:
                closed.append(True)

        scene.stage.on_serve[b"/s"] = lambda exchange, body: exchange.stream(200, PLAIN, never(), 5)
        scene.stage.on_serve[b"/none"] = lambda exchange, body: exchange.stream(200, PLAIN, None, 12)
        scene.stage.on_serve[b"/told"] = lambda exchange, body: exchange.answer(
            Answer(200, [*PLAIN, (b"Content-Length", b"123456789")])
        )
        client = await scene.client()

        client.send(b"".join(request(path, "HEAD") for path in ("/a", "/s", "/none", "/told")) + request("/end"))

        lengths = [(await client.answer(head_only=True)).headers["content-length"] for _ in range(4)]
        assert lengths == ["9", "5", "12", "123456789"]
        assert (await client.answer()).body == b"GET /end 0"
        assert not closed

    play(act)


@pytest.mark.parametrize("status", [204, 304])
def test_statuses_without_a_body_have_none(status: int) -> None:
    async def act(scene: Scene) -> None:
        scene.stage.on_serve[b"/n"] = lambda exchange, body: text(exchange, "not sent", status)
        client = await scene.client()

        client.send(request("/n") + request("/after"))
        answer = await client.answer()

        assert answer.status == status
        assert "content-length" not in answer.headers
        assert "transfer-encoding" not in answer.headers
        assert (await client.answer()).body == b"GET /after 0"

    play(act)


def test_the_date_is_that_of_the_given_clock_and_follows_it() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        first = await client.get()
        scene.now[0] += 999 - 777
        same = await client.get()
        scene.now[0] += 86_400_000
        later = await client.get(extra="Connection: close\r\n")

        assert first.headers["date"] == same.headers["date"] == "Sun, 06 Nov 1994 08:49:37 GMT"
        assert later.headers["date"] == "Mon, 07 Nov 1994 08:49:37 GMT"

    play(act)


def test_framing_fields_of_the_handler_do_not_reach_the_client() -> None:
    async def act(scene: Scene) -> None:
        forged = [(b"Content-Length", b"1"), (b"transfer-encoding", b"chunked"), (b"Date", b"x"), (b"Connection", b"x")]

        async def one() -> AsyncIterator[bytes]:
            yield b"body"

        scene.stage.on_serve[b"/s"] = lambda exchange, body: exchange.stream(200, [*PLAIN, *forged], one(), 4)
        client = await scene.client()

        answer = await client.get("/s")

        assert answer.body == b"body"
        assert answer.headers["date"] == "Sun, 06 Nov 1994 08:49:37 GMT"
        assert answer.headers["content-length"] == "4"
        assert not {"transfer-encoding", "connection"} & set(answer.headers)

    play(act)


@pytest.mark.parametrize("value", [b"a\r\nSet-Cookie: b", b"a\nb", b"a\rb"])
@pytest.mark.parametrize("streamed", [False, True])
def test_line_breaks_in_a_field_are_refused_not_sent(value: bytes, streamed: bool) -> None:
    async def act(scene: Scene) -> None:
        def forge(exchange: object, body: bytes) -> None:
            headers = [*PLAIN, (b"X-Forged", value)]
            given = scene.stage.begun[0]
            given.stream(200, headers, letters()) if streamed else given.answer(Answer(200, headers, b"x"))

        scene.stage.on_serve[b"/f"] = forge
        client = await scene.client()

        answer = await client.get("/f")

        assert answer.status == 500
        assert b"Forged" not in answer.raw
        assert isinstance(scene.reports[0][1], FramingError)
        assert (await client.get("/after")).status == 200

    play(act)


def test_an_absolute_target_names_the_same_resource() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(request("http://x:80/a?b", host="x:80") + request("HTTPS://X", host="x") + request("*", "OPTIONS"))

        assert [(await client.answer()).body for _ in range(3)] == [b"GET /a?b 0", b"GET / 0", b"OPTIONS * 0"]

    play(act)


def test_upgrades_are_not_taken_and_their_request_is_served_whole() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()
        upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQA\r\n"

        client.send(request("/up", "POST", b"body", upgrade) * 2 + request("/after"))

        assert [(await client.answer()).body for _ in range(3)] == [b"POST /up 4", b"POST /up 4", b"GET /after 0"]
        assert scene.stage.begun[0].head.headers.get(b"upgrade") == b"h2c"

    play(act)


def test_an_answer_without_fields_and_one_with_a_large_body_are_whole() -> None:
    async def act(scene: Scene) -> None:
        large = bytes(range(256)) * 4096
        scene.stage.on_serve[b"/bare"] = lambda exchange, body: exchange.answer(Answer(200, [], b"bare"))
        scene.stage.on_serve[b"/large"] = lambda exchange, body: exchange.answer(Answer(200, PLAIN, large))
        client = await scene.client(limit=2**22)

        client.send(request("/bare") + request("/large") + request("/bare"))

        assert (await client.answer()).body == b"bare"
        assert (await client.answer()).body == large
        assert (await client.answer()).body == b"bare"

    play(act)
