"""Requests that two readers could understand differently, and what is no HTTP at all: refused with a close."""

import pytest
from tests.gateway.serving import Scene, play, request

SMUGGLED = request("/smuggled")
CHUNKS = b"5\r\nabcde\r\n0\r\n\r\n"


def shaped(*lines: str, start: str = "POST /x HTTP/1.1", host: str | None = "Host: x", body: bytes = b"") -> bytes:
    """A request of raw header lines."""
    return "\r\n".join([start, *([host] if host is not None else []), *lines, "", ""]).encode("latin-1") + body


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("both framings", shaped("Content-Length: 5", "Transfer-Encoding: chunked", body=CHUNKS)),
        ("both framings, other order", shaped("Transfer-Encoding: chunked", "Content-Length: 5", body=CHUNKS)),
        ("two lengths", shaped("Content-Length: 5", "Content-Length: 6", body=b"abcde")),
        ("two equal lengths", shaped("Content-Length: 5", "Content-Length: 5", body=b"abcde")),
        ("a list of lengths", shaped("Content-Length: 5, 5", body=b"abcde")),
        ("a signed length", shaped("Content-Length: +5", body=b"abcde")),
        ("a negative length", shaped("Content-Length: -5", body=b"abcde")),
        ("a length in hexadecimal", shaped("Content-Length: 0x5", body=b"abcde")),
        ("a length with a space", shaped("Content-Length: 1 0", body=b"abcdeabcde")),
        ("a fractional length", shaped("Content-Length: 5.0", body=b"abcde")),
        ("an empty length", shaped("Content-Length:", body=b"abcde")),
        ("a length beyond numbers", shaped("Content-Length: 99999999999999999999", body=b"abcde")),
        ("white space before the colon", shaped("Content-Length : 5", body=b"abcde")),
        ("white space before a name", shaped(" Content-Length: 5", body=b"abcde")),
        ("a tab in a name", shaped("Content\tLength: 5", body=b"abcde")),
        ("a folded line", shaped("X-A: one", " two")),
        ("a line folded by a tab", shaped("X-A: one", "\ttwo")),
        ("a bare line feed in a value", shaped("X-A: one\nContent-Length: 5", body=b"abcde")),
        ("a bare carriage return in a value", shaped("X-A: one\rContent-Length: 5", body=b"abcde")),
        ("a null in a value", shaped("X-A: one\0two")),
        ("bare line feeds as line ends", b"GET /x HTTP/1.1\nHost: x\n\n"),
        ("a header line without a colon", shaped("X-A")),
        ("an empty header name", shaped(": value")),
        ("a name that is no token", shaped("X(A): value")),
        ("another coding", shaped("Transfer-Encoding: gzip", body=CHUNKS)),
        ("another coding before chunked", shaped("Transfer-Encoding: gzip, chunked", body=CHUNKS)),
        ("a coding after chunked", shaped("Transfer-Encoding: chunked, gzip", body=CHUNKS)),
        ("chunked twice", shaped("Transfer-Encoding: chunked, chunked", body=CHUNKS)),
        ("chunked in two fields", shaped("Transfer-Encoding: chunked", "Transfer-Encoding: chunked", body=CHUNKS)),
        ("identity", shaped("Transfer-Encoding: identity", body=CHUNKS)),
        ("a coding disguised by a vertical tab", shaped("Transfer-Encoding: \x0bchunked", body=CHUNKS)),
        ("a coding with a suffix", shaped("Transfer-Encoding: chunkedx", body=CHUNKS)),
        ("an empty coding", shaped("Transfer-Encoding:", body=CHUNKS)),
        ("a chunked body in HTTP/1.0", shaped("Transfer-Encoding: chunked", start="POST /x HTTP/1.0", body=CHUNKS)),
        ("a chunk size that is no number", shaped("Transfer-Encoding: chunked", body=b"z\r\nabcde\r\n0\r\n\r\n")),
        ("a chunk size with a prefix", shaped("Transfer-Encoding: chunked", body=b"0x5\r\nabcde\r\n0\r\n\r\n")),
        ("a chunk size beyond numbers", shaped("Transfer-Encoding: chunked", body=b"f" * 17 + b"\r\n")),
        ("a chunk longer than announced", shaped("Transfer-Encoding: chunked", body=b"5\r\nabcdef\r\n0\r\n\r\n")),
        ("a chunk ended by a line feed", shaped("Transfer-Encoding: chunked", body=b"5\r\nabcde\n0\r\n\r\n")),
        ("a chunk size ended by a line feed", shaped("Transfer-Encoding: chunked", body=b"5\nabcde\r\n0\r\n\r\n")),
        ("no Host", shaped(host=None)),
        ("two Hosts", shaped("Host: y")),
        ("two equal Hosts", shaped("Host: x")),
        ("a Host with a path", shaped(host="Host: x/y")),
        ("a Host with white space", shaped(host="Host: x y")),
        ("a Host with user", shaped(host="Host: u@x")),
        ("a target that contradicts the Host", shaped(start="GET http://other/ HTTP/1.1")),
        ("a target with user", shaped(start="GET http://u@x/ HTTP/1.1")),
        ("a target of another scheme", shaped(start="GET ftp://x/ HTTP/1.1")),
        ("a target that is no path", shaped(start="GET x HTTP/1.1")),
        ("a star for another method", shaped(start="GET * HTTP/1.1")),
        ("a space in the target", shaped(start="GET /a b HTTP/1.1")),
        ("a control character in the target", shaped(start="GET /a\x01b HTTP/1.1")),
        ("raw bytes in the target", shaped(start="GET /\xe9 HTTP/1.1")),
        ("an unknown method", shaped(start="FETCH /x HTTP/1.1")),
        ("a method in lower case", shaped(start="get /x HTTP/1.1")),
        ("a request line without version", b"GET /x\r\n\r\n"),
        ("a version between", shaped(start="GET /x HTTP/1.2")),
        ("too many digits", shaped(start="GET /x HTTP/1.12")),
        ("a version in words", shaped(start="GET /x HTTP/one")),
        ("a TLS handshake where none is spoken", bytes.fromhex("16030100c5010000c10303")),
        ("a greeting of another protocol", b"EHLO mail.example.com\r\n"),
        ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_is_refused_with_400_and_nothing_after_it_is_served(name: str, raw: bytes) -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(request("/before") + raw + SMUGGLED)

        assert (await client.answer()).body == b"GET /before 0"
        answer = await client.answer()
        assert (answer.status, answer.headers["connection"]) in ((400, "close"), (505, "close"))
        assert (answer.status == 505) == ("version" in name)
        assert await client.ended() == b""
        assert [exchange.head.path for exchange, _ in scene.stage.served] == [b"/before"]
        assert scene.reports == []

    play(act)


@pytest.mark.parametrize(("start", "status"), [("GET /x HTTP/2.0", 505), ("CONNECT x:443 HTTP/1.1", 501)])
def test_versions_and_tunnels_not_spoken_here_are_named(start: str, status: int) -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(shaped(start=start) + SMUGGLED)

        assert (await client.answer()).status == status
        assert await client.ended() == b""
        assert scene.stage.begun == []

    play(act)


def test_a_refusal_waits_for_the_answers_before_it() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(request("/wait") + b"GARBAGE\r\n\r\n")
        await scene.until(lambda: len(scene.stage.served) == 1)
        await scene.settled()
        scene.stage.on_serve[b"/"] = scene.stage.on_serve[b"/wait"]
        from_handler = scene.stage.served[0][0]
        from_handler.stream(200, [], None, 0)

        assert (await client.answer()).status == 200
        assert (await client.answer()).status == 400
        assert await client.ended() == b""

    play(act)


def test_empty_lines_between_requests_are_passed_over() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(b"\r\n\r\n" + request("/a") + b"\r\n" + request("/b"))

        assert (await client.answer()).body == b"GET /a 0"
        assert (await client.answer()).body == b"GET /b 0"

    play(act)


def test_other_methods_of_http_reach_the_handler() -> None:
    async def act(scene: Scene) -> None:
        client = await scene.client()

        client.send(request("/x", "PROPFIND"))

        assert (await client.answer()).body == b"PROPFIND /x 0"

    play(act)
