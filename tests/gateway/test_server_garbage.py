"""Bytes in any pieces give the same answers; no bytes end the server."""

import asyncio
import random

import pytest
from tests.gateway.serving import Scene, Stage, play, request

from orrery.gateway.connection import Connection
from orrery.gateway.hub import Hub
from orrery.gateway.limits import Limits
from orrery.gateway.reply import date_field
from orrery.gateway.server import new_event_loop

CONVERSATIONS = {
    "plain": request("/a?b=c", "POST", b"abc", "X-Empty:\r\nX-Some:  value \r\nX-Empty-Too: \r\n") + request("/b"),
    "chunked": request("/c", "PUT", extra="Transfer-Encoding: chunked\r\n")
    + b"3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nX-Trailer: t\r\nX-None:\r\n\r\n"
    + request("/d", extra="Connection: close\r\n"),
    "upgrade": request("/u", "POST", b"abcd", "Connection: Upgrade\r\nUpgrade: h2c\r\n") + request("/v"),
    "refused": request("/r") + request("/s", extra="Content-Length: 1\r\nContent-Length: 1\r\n") + b"x" + request("/t"),
    "broken chunk": request("/k", "PUT", extra="Transfer-Encoding: chunked\r\n") + b"1\r\nabc\r\n" + request("/l"),
    "old": b"GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /older HTTP/1.0\r\n\r\n" + request("/never"),
}


class Wire(asyncio.Transport):
    """A transport into memory."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.closing = False

    def write(self, data: object) -> None:
        assert isinstance(data, bytes)
        if not self.closing:
            self.sent += data

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.closing = True

    def close(self) -> None:
        self.closing = True

    abort = close

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


def converse(pieces: list[bytes], limits: Limits | None = None) -> tuple[bytes, Stage, list[BaseException]]:
    """What a connection answers to these pieces, with its handler and what it reported."""
    loop = new_event_loop()
    stage, reports = Stage(), list[BaseException]()
    hub = Hub(stage, limits or Limits(), date_field(lambda: 0), lambda head, error: reports.append(error), loop)
    connection, wire = Connection(hub, "http", "127.0.0.1"), Wire()
    connection.connection_made(wire)
    for piece in pieces:
        if piece:
            connection.data_received(piece)
    connection.connection_lost(None)
    loop.close()
    assert not hub.members
    return wire.sent, stage, reports


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_a_split_at_any_position_changes_nothing(name: str) -> None:
    raw = CONVERSATIONS[name]
    expected, stage, _ = converse([raw])
    fields = [exchange.head.headers.raw for exchange in stage.begun]

    for position in range(1, len(raw)):
        sent, split_stage, reports = converse([raw[:position], raw[position:]])

        assert sent == expected, position
        assert [exchange.head.headers.raw for exchange in split_stage.begun] == fields
        assert [body for _, body in split_stage.served] == [body for _, body in stage.served]
        assert reports == []


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_byte_by_byte_changes_nothing(name: str) -> None:
    raw = CONVERSATIONS[name]

    assert converse([raw[i : i + 1] for i in range(len(raw))])[0] == converse([raw])[0]


def mutated(chance: random.Random) -> bytes:
    """A conversation with damage: bytes changed, cut out, doubled, swapped with pieces of others."""
    raw = bytearray(chance.choice(list(CONVERSATIONS.values())))
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(raw) + 1)
        act = chance.randrange(5)
        if act == 0 and at < len(raw):
            raw[at] = chance.choice(b"\r\n\0 \t:;,/x\xff0159HT")
        elif act == 1:
            del raw[at : at + chance.randrange(1, 20)]
        elif act == 2:
            raw[at:at] = raw[at : at + chance.randrange(1, 50)]
        elif act == 3:
            other = chance.choice(list(CONVERSATIONS.values()))
            start = chance.randrange(len(other))
            raw[at:at] = other[start : start + chance.randrange(1, 60)]
        else:
            raw[at:at] = chance.randbytes(chance.randrange(1, 8))
    return bytes(raw)


@pytest.mark.parametrize("seed", range(20))
def test_damaged_conversations_are_answered_the_same_in_any_pieces_and_fail_nothing(seed: int) -> None:
    chance = random.Random(seed)
    limits = Limits(head=1500, target=300, fields=12, pipeline=3, discard=10)
    for _ in range(100):
        raw = mutated(chance)
        cuts = sorted(chance.randrange(len(raw) + 1) for _ in range(chance.randrange(1, 5)))
        pieces = [raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)]

        whole, _, reports = converse([raw], limits)
        split, _, split_reports = converse(pieces, limits)

        assert reports == split_reports == []
        assert split == whole, (raw, pieces)


@pytest.mark.parametrize("seed", range(5))
def test_garbage_never_ends_the_server(seed: int) -> None:
    async def act(scene: Scene) -> None:
        chance = random.Random(1000 + seed)
        for _ in range(40):
            client = await scene.client()
            client.send(mutated(chance) if chance.random() < 0.7 else chance.randbytes(chance.randrange(1, 400)))
            if chance.random() < 0.5:
                client.eof()
                await client.ended()
            elif chance.random() < 0.5:
                client.reset()
        scene.tick(200)

        assert (await (await scene.client()).get("/alive")).body == b"GET /alive 0"
        assert scene.reports == []

    play(act)
