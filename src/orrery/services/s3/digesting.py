"""Reading stored bytes in order to sum them: what copies need where nobody sends the bytes."""

from __future__ import annotations

import hashlib
from asyncio import get_running_loop
from collections.abc import Callable
from typing import Final, NamedTuple

from orrery.kernel.bodies import Outgoing
from orrery.services.s3.records import Checksum
from orrery.wire.signing.checksums import ALGORITHMS, write

_PIECE: Final = 1 << 20
"""Bytes read at once."""

_TURN: Final = 64 << 20
"""Bytes after which the worker thread is given back, so that one long copy does not keep others waiting."""

Take = Callable[[bytes], object]


class Digests(NamedTuple):
    """The MD5 of some bytes in hex, and their checksum."""

    md5: str
    checksum: Checksum


async def digest(body: bytes | Outgoing, algorithm: str, take: Take | None = None) -> Digests:
    """Read a body in a worker thread, a piece at a time, and sum it; `take`, if given, is called with every piece.

    The body's readers are closed, whatever happens. Raises BlobDamaged, and what `take` raises.
    """
    md5 = hashlib.md5(usedforsecurity=False)
    running = ALGORITHMS[algorithm].start()

    def sum_piece(piece: bytes) -> None:
        md5.update(piece)
        running.update(piece)
        if take is not None:
            take(piece)

    if isinstance(body, bytes):
        sum_piece(body)
    else:
        await _read(body, sum_piece)
    return Digests(md5.hexdigest(), Checksum(algorithm, write(running.digest())))


async def _read(body: Outgoing, take: Take) -> None:
    loop = get_running_loop()
    try:
        for piece in body.slices:
            at, end = piece.offset, piece.offset + piece.length
            while at < end:
                stop = min(end, at + _TURN)
                job = loop.run_in_executor(None, _read_stretch, piece.reader.read, at, stop, take)
                try:
                    await job
                finally:
                    if not job.done():  # nobody waits any more: close only what the thread has left
                        await job
                at = stop
            piece.reader.close()  # of many parts only one file is open at a time
    finally:
        body.close()


def _read_stretch(read: Callable[[int, int], bytes], at: int, stop: int, take: Take) -> None:
    while at < stop:
        piece = read(at, min(_PIECE, stop - at))
        take(piece)
        at += len(piece)
