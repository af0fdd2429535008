"""Bodies of any size, both ways, at the slower side's pace; files; and what happens when one side breaks off."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.gateway.serving import PLAIN, Scene, play, request, text

from orrery.gateway.body import BodyLost, BodyReader
from orrery.gateway.exchange import Exchange
from orrery.gateway.limits import Limits
from orrery.gateway.pump import SourceBroken
from orrery.gateway.reply import FileSlice
from orrery.gateway.server import new_event_loop
from orrery.wire.http import Answer

LOOPS = pytest.mark.parametrize("loop", [new_event_loop, asyncio.new_event_loop], ids=["uvloop", "asyncio"])
LONG = 20_000_000


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of some size."""
    path = tmp_path_factory.mktemp("content") / "file"
    path.write_bytes(bytes(range(251)) * (LONG // 251))
    return path


def open_files(path: Path) -> int:
    """How many descriptors of this process lead to a file."""
    links = list(Path("/proc/self/fd").iterdir())
    return sum(1 for link in links if link.is_symlink() and link.readlink() == path)


@LOOPS
@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_long_body_passes_through_both_ways(loop: type, framing: str) -> None:
    async def act(scene: Scene) -> None:
        async def echo(exchange: Exchange, body: BodyReader) -> None:
            async def pieces() -> AsyncIterator[bytes]:
                while piece := await body.read():
                    yield piece

            exchange.stream(200, PLAIN, pieces(), LONG if framing == "length" else None)

        scene.stage.on_stream[b"/echo"] = echo
        client = await scene.client()
        piece = os.urandom(100_000)

        async def send() -> None:
            chunked = framing == "chunks"
            extra = "Transfer-Encoding: chunked\r\n" if chunked else f"Content-Length: {LONG}\r\n"
            client.send(request("/echo", "PUT", extra=extra))
            for _ in range(LONG // len(piece)):
                client.send(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
                await client.writer.drain()
            client.send(b"0\r\n\r\n" if chunked else b"")

        sending = asyncio.ensure_future(send())
        answer = await client.answer()
        await sending

        assert answer.body == piece * (LONG // len(piece))
        assert (await client.get("/after")).body == b"GET /after 0"

    play(act, loop=loop)


def test_a_source_is_asked_only_as_fast_as_the_client_reads() -> None:
    async def act(scene: Scene) -> None:
        given = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal given
            while True:
                given += 100_000
                yield bytes(100_000)

        scene.stage.on_serve[b"/s"] = lambda exchange, body: exchange.stream(200, PLAIN, endless())
        client = await scene.client(limit=1024)

        client.send(request("/s"))
        await scene.settled(1000)

        assert 0 < given < 30_000_000

    play(act)


@LOOPS
@pytest.mark.parametrize(
    ("offset", "length"),
    [(0, None), (12_345, 10_000_001), (LONG // 2, 100), (7, 0), (5, 64 * 1024), (5, 64 * 1024 + 1)],
)
def test_a_run_of_a_file_is_sent(loop: type, content: Path, offset: int, length: int | None) -> None:
    async def act(scene: Scene) -> None:
        scene.stage.on_serve[b"/f"] = lambda exchange, body: exchange.stream(
            200, PLAIN, FileSlice(content, offset, length)
        )
        client = await scene.client()

        client.send(request("/f") + request("/after") + request("/f"))
        first, between, second = [await client.answer() for _ in range(3)]

        whole = content.read_bytes()
        assert first.body == second.body == whole[offset : None if length is None else offset + length]
        assert between.body == b"GET /after 0"
        await scene.until(lambda: open_files(content) == 0)

    play(act, loop=loop)


@LOOPS
def test_a_file_is_sent_to_slow_readers_after_what_was_written_before(loop: type, content: Path) -> None:
    async def act(scene: Scene) -> None:
        scene.stage.on_serve[b"/f"] = lambda exchange, body: exchange.stream(200, PLAIN, FileSlice(str(content)))
        scene.stage.on_serve[b"/big"] = lambda exchange, body: text(exchange, bytes(5_000_000))
        client = await scene.client(limit=1024)

        client.send(request("/big") + request("/f") + request("/after"))
        await scene.settled(200)

        assert (await client.answer()).body == bytes(5_000_000)
        assert (await client.answer()).body == content.read_bytes()
        assert (await client.answer()).body == b"GET /after 0"

    play(act, loop=loop)


@LOOPS
@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_runs_of_files_may_stand_among_pieces(loop: type, framing: str, content: Path) -> None:
    runs = [(0, 3_000_000), (17, 1), (40, 0), (1_000_000, 2_000_000)]
    whole = content.read_bytes()
    expected = b"".join(whole[start : start + size] + b"between" for start, size in runs)

    async def act(scene: Scene) -> None:
        async def pieces() -> AsyncIterator[bytes | FileSlice]:
            for start, size in runs:
                yield FileSlice(content, start, size)
                yield b"between"

        length = len(expected) if framing == "length" else None
        scene.stage.on_serve[b"/f"] = lambda exchange, body: exchange.stream(200, PLAIN, pieces(), length)
        client = await scene.client()

        client.send(request("/f") + request("/f") + request("/after"))
        bodies = [(await client.answer()).body for _ in range(3)]

        assert bodies == [expected, expected, b"GET /after 0"]
        assert open_files(content) == 0

    play(act, loop=loop)


def test_a_given_descriptor_stays_open_unless_it_is_given_away(content: Path) -> None:
    async def act(scene: Scene) -> None:
        kept = os.open(content, os.O_RDONLY)
        given = os.open(content, os.O_RDONLY)
        scene.stage.on_serve[b"/kept"] = lambda exchange, body: exchange.stream(200, PLAIN, FileSlice(kept, 10, 90_000))
        scene.stage.on_serve[b"/given"] = lambda exchange, body: exchange.stream(
            200, PLAIN, FileSlice(given, 10, 90_000, owned=True)
        )
        client = await scene.client()

        bodies = [(await client.get(path)).body for path in ("/kept", "/given")]

        assert bodies == [content.read_bytes()[10:90_010]] * 2
        await scene.until(lambda: open_files(content) == 1)
        os.close(kept)

    play(act)


def test_a_file_that_is_not_sent_is_closed(content: Path) -> None:
    async def act(scene: Scene) -> None:
        scene.stage.on_serve[b"/f"] = lambda exchange, body: exchange.stream(200, PLAIN, FileSlice(content))
        client = await scene.client()

        client.send(request("/f", "HEAD"))
        head = await client.answer(head_only=True)
        client.send(request("/wait") + request("/f"))
        await scene.until(lambda: len(scene.stage.served) == 3)
        opened = open_files(content)
        client.reset()
        await scene.until(lambda: not scene.server.hub.members)
        text(scene.stage.served[1][0], "nobody hears")
        scene.stage.served[1][0].stream(200, PLAIN, FileSlice(content))

        assert head.headers["content-length"] == str(content.stat().st_size)
        assert opened == 1
        assert open_files(content) == 0

    play(act)


def test_a_file_that_is_not_there_is_the_handlers_to_answer(content: Path) -> None:
    async def act(scene: Scene) -> None:
        scene.stage.on_serve[b"/f"] = lambda exchange, body: exchange.stream(200, PLAIN, FileSlice("/no/such/file"))
        client = await scene.client()

        assert (await client.get("/f")).status == 500
        assert isinstance(scene.reports[0][1], FileNotFoundError)

    play(act)


@pytest.mark.parametrize("length", [1000, LONG + 1000])
def test_a_file_shorter_than_announced_breaks_the_connection_off(content: Path, length: int) -> None:
    async def act(scene: Scene) -> None:
        scene.stage.on_serve[b"/f"] = lambda exchange, body: exchange.stream(
            200, PLAIN, FileSlice(content, content.stat().st_size - 100 if length == 1000 else 0, length)
        )
        client = await scene.client()

        client.send(request("/f") + request("/never"))
        received = await client.ended()

        assert len(received) < length + 300
        assert b"GET /never" not in received
        assert isinstance(scene.reports[0][1], SourceBroken)

    play(act)


@pytest.mark.parametrize("fault", ["fails", "gives too little", "gives too much"])
def test_a_source_that_breaks_its_promise_breaks_the_connection_off(fault: str) -> None:
    async def act(scene: Scene) -> None:
        async def source() -> AsyncIterator[bytes]:
            yield b"some"
            if fault == "fails":
                raise ValueError("gone wrong")
            if fault == "gives too much":
                yield b"x" * 1000

        length = None if fault == "fails" else 100
        scene.stage.on_serve[b"/s"] = lambda exchange, body: exchange.stream(200, PLAIN, source(), length)
        client = await scene.client()

        client.send(request("/s"))
        received = await client.ended()

        assert not received.endswith(b"0\r\n\r\n")
        assert received.count(b"x") < 100
        assert scene.reports[0][0] is scene.stage.begun[0].head
        assert isinstance(scene.reports[0][1], ValueError if fault == "fails" else SourceBroken)
        assert (await (await scene.client()).get("/other")).status == 200

    play(act)


def test_a_malformed_chunk_fails_the_reader_and_is_answered_400() -> None:
    async def act(scene: Scene) -> None:
        lost: list[str] = []

        async def gather(exchange: Exchange, body: BodyReader) -> None:
            try:
                while await body.read():
                    pass
            except BodyLost as error:
                lost.append(str(error))
                text(exchange, "not heard")

        scene.stage.on_stream[b"/in"] = gather
        client = await scene.client()

        client.send(request("/in", "PUT", extra="Transfer-Encoding: chunked\r\n") + b"3\r\nabc\r\nzzz\r\n")

        assert (await client.answer()).status == 400
        assert await client.ended() == b""
        assert len(lost) == 1

    play(act)


def test_an_early_answer_to_a_long_upload_reaches_the_client() -> None:
    async def act(scene: Scene) -> None:
        async def refuse(exchange: Exchange, body: BodyReader) -> None:
            await body.read()
            text(exchange, "enough", 403)

        scene.stage.on_stream[b"/in"] = refuse
        client = await scene.client()

        client.send(request("/in", "PUT", extra="Content-Length: 10000000\r\n") + b"x" * 1_000_000)
        answer = await client.answer()
        client.send(b"x" * 1_000_000)

        assert (answer.status, answer.body, answer.headers["connection"]) == (403, b"enough", "close")
        assert await client.ended() == b""

    play(act)


def test_what_has_come_can_be_taken_without_waiting() -> None:
    async def act(scene: Scene) -> None:
        taken: list[bytes] = []

        async def take(exchange: Exchange, body: BodyReader) -> None:
            taken.append(body.take())
            await body.read()
            taken.append(body.take())
            text(exchange, "done")

        scene.stage.on_stream[b"/in"] = take
        client = await scene.client()

        client.send(request("/in", "PUT", extra="Content-Length: 6\r\n"))
        await scene.settled()
        client.send(b"abcdef")

        assert (await client.answer()).body == b"done"
        assert taken == [b"", b""]

    play(act)


@LOOPS
def test_what_is_left_of_a_body_that_nobody_reads_does_not_hold_up_the_next_request(loop: type) -> None:
    async def act(scene: Scene) -> None:
        async def refuse(exchange: Exchange, body: BodyReader) -> None:
            await body.read()
            client.send(bytes(40_000))
            await scene.until(lambda: exchange.size > 40_000)  # more than the reader keeps: reading is held
            exchange.answer(Answer(503, PLAIN, b"full"))

        scene.stage.on_stream[b"/refuse"] = refuse
        client = await scene.client()

        client.send(request("/refuse", "PUT", extra="Content-Length: 40200\r\n") + bytes(100))
        refused = await client.answer()
        client.send(bytes(100))
        after = await client.get("/after")

        assert refused.status == 503
        assert after.body == b"GET /after 0"

    play(act, limits=Limits(buffer=1000), loop=loop)
