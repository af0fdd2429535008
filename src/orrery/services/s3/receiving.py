"""Taking in the bytes of an object or part: stored, and summed in the ways clients can ask for."""

from __future__ import annotations

import hashlib
from typing import Any, Final, NamedTuple

from orrery.kernel.blobs import Written
from orrery.kernel.bodies import Incoming
from orrery.kernel.context import Context
from orrery.services.s3.records import Checksum
from orrery.services.s3.service import BANDWIDTH, BODIES
from orrery.wire.fault import Fault
from orrery.wire.instant import SECOND
from orrery.wire.signing.checksums import ALGORITHMS, write

DEFAULT_ALGORITHM: Final = "CRC64NVME"
"""What S3 computes for an upload whose client chose no checksum.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html"""


class Received(NamedTuple):
    """Bytes taken in: where they are until a record holds them, how many, their MD5 in hex, their checksum."""

    written: Written
    size: int
    md5: str
    checksum: Checksum


async def receive(ctx: Context, body: Incoming, most: int, algorithm: str | None = None) -> Received:
    """Take in a body of at most `most` bytes.

    The checksum is of `algorithm` where that is given, else of the client's, else of S3's default. What was taken in
    is to be held by a record or given to `ctx.discard`. Raises EntityTooLarge (before reading, where the head tells),
    and every fault of a body that is not what was announced; nothing is kept then.
    """
    check_size(body.length, most)
    writer = ctx.write(BODIES)
    md5 = hashlib.md5(usedforsecurity=False)
    name = algorithm or body.algorithm or DEFAULT_ALGORITHM
    own = None if name == body.algorithm else ALGORITHMS[name].start()
    size = 0

    def take(piece: bytes) -> None:
        nonlocal size
        size += len(piece)
        if size > most:
            check_size(size, most)
        if own is not None:
            own.update(piece)
        writer.write(piece)

    try:
        await body.pour(take, md5.update)
        await _take_time(ctx, size)
        written = await writer.commit()
    except BaseException:
        writer.abandon()
        raise
    digest = own.digest() if own is not None else body.digest
    assert digest is not None
    return Received(written, size, md5.hexdigest(), Checksum(name, write(digest)))


async def _take_time(ctx: Context, size: int) -> None:
    """Wait as long as so many bytes would have taken, where a bandwidth is asked for."""
    slow = ctx.failure(BANDWIDTH)
    if slow is not None:
        due = ctx.now + size * SECOND // max(1, int(slow["bytes"]))
        await ctx.until(lambda ctx: (ctx.now >= due, due), within=due - ctx.now + SECOND)


def check_size(size: int | None, most: int) -> None:
    """Raises EntityTooLarge."""
    if size is not None and size > most:
        text = "Your proposed upload exceeds the maximum allowed size"
        raise Fault("EntityTooLarge", text, ProposedSize=str(size), MaxSizeAllowed=str(most))


def checksum_members(checksum: Checksum | None) -> dict[str, Any]:
    """A checksum as members of an answer: `ChecksumCRC32` or another, and `ChecksumType`."""
    if checksum is None:
        return {}
    return {f"Checksum{checksum.algorithm}": checksum.value, "ChecksumType": checksum.type}
