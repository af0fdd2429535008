"""Bodies between the connection and those who take them."""

import asyncio
from typing import Any

from orrery.gateway.body import BodyReader
from orrery.gateway.checked_body import CheckedBody
from orrery.gateway.identity import ANONYMOUS
from orrery.gateway.streaming import StreamedBody
from orrery.wire.http import Head


class Source:
    """A connection that has sent all there is."""

    def hold_body(self) -> None:
        """Nothing more would come."""

    def want_body(self) -> None:
        """Everything has come."""


def body_of(pieces: list[bytes]) -> StreamedBody:
    """A body that came in these pieces."""
    reader = BodyReader(Source(), 1 << 30)
    for piece in pieces:
        reader.feed(piece)
    reader.end()
    body = StreamedBody(CheckedBody(Head("PUT", b"/"), ANONYMOUS))
    body.reader = reader
    return body


def poured(body: StreamedBody, *takers: Any) -> None:
    """Let the takers have it."""
    asyncio.run(body.pour(*takers))


def test_a_body_in_tiny_pieces_is_handed_on_before_keeping_them_costs_much() -> None:
    taken: list[bytes] = []
    pieces = [b"%02d" % (number % 100) for number in range(200_000)]

    poured(body_of(pieces), taken.append)

    assert b"".join(taken) == b"".join(pieces)
    assert max(map(len, taken)) < 50_000


def test_every_taker_gets_every_byte_in_order() -> None:
    pieces = [bytes([number]) * 300_000 for number in range(40)]
    first: list[bytes] = []
    second: list[bytes] = []
    third: list[bytes] = []

    poured(body_of(pieces), first.append, second.append, third.append)

    assert b"".join(first) == b"".join(second) == b"".join(third) == b"".join(pieces)
