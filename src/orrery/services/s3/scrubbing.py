"""Reading every stored byte again and holding it against what was promised of it: `orrery s3 scrub`.

Shown at `/_orrery/s3/scrub`, a stretch at a time: the answer's `next` is what the next call gives as `after`.
"""

from __future__ import annotations

import hashlib
from asyncio import get_running_loop
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from orrery.kernel.blob_file import BlobDamaged
from orrery.kernel.blobs import BlobRef, Reader
from orrery.kernel.kernel import Kernel
from orrery.kernel.transaction import Transaction
from orrery.services.s3.records import FULL_OBJECT, Bucket, Checksum, Manifest, Object, Part
from orrery.services.s3.service import BODIES, s3
from orrery.wire.signing.checksums import ALGORITHMS, write

ROWS: Final = 200
"""Objects, or parts, that one call looks at."""

STRETCH: Final = 256 << 20
"""Bytes after which a call stops, at the next object."""

_PIECE: Final = 1 << 20


class Promise(NamedTuple):
    """What was promised of a run of bytes: where they are, how many, their MD5 in hex ("" when that is not known)
    and their checksum. `name` says whose they are, for people."""

    name: str
    body: BlobRef
    offset: int
    size: int
    md5: str
    checksum: Checksum | None


class Damage(NamedTuple):
    """A promise that does not hold, and why."""

    name: str
    problem: str


class Cursor(msgspec.Struct, array_like=True):
    """How far a scrub has come: the table it is in, and the key of the last row it looked at there."""

    table: str = "objects"
    key: tuple[Any, ...] | None = None


@s3.view
async def scrub(kernel: Kernel, query: Mapping[str, str]) -> dict[str, Any]:
    """Verify a stretch of objects and parts; damaged ones are named with their reason.

    Raises ValueError for an `after` that no scrub gave, StoreFailed when the process has too many files open to go on.
    """
    given = query.get("after")
    try:
        cursor = msgspec.json.decode(given.encode(), type=Cursor) if given else Cursor()
    except msgspec.MsgspecError:
        raise ValueError("after must be the next of a scrub's answer") from None
    tx = kernel.read(kernel.place(*kernel.home))
    damaged: list[Damage] = []
    promises, following = _promises(tx, cursor, damaged)
    opened: list[tuple[Promise, Reader]] = []
    for promise in promises:
        try:
            opened.append((promise, kernel.contents.open(None, BODIES, promise.body, later=True)))
        except BlobDamaged as problem:
            damaged.append(Damage(promise.name, str(problem)))
    damaged += await get_running_loop().run_in_executor(None, _verify_all, opened)
    return {
        "verified": len(promises),
        "bytes": sum(promise.size for promise, _ in opened),
        "damaged": [damage._asdict() for damage in damaged],
        "next": None if following is None else msgspec.json.encode(following).decode(),
    }


def _promises(tx: Transaction, cursor: Cursor, damaged: list[Damage]) -> tuple[list[Promise], Cursor | None]:
    """The next stretch, and how far it goes; None when it was the last."""
    rows = tx.list(Object if cursor.table == "objects" else Part, after=cursor.key, limit=ROWS)
    found: list[Promise] = []
    size = 0
    for row in rows:
        if isinstance(row, Object):
            found += _of_object(tx, row, damaged)
            cursor = Cursor("objects", (row.bucket, row.key))
        else:
            found.append(Promise(f"part {row.number} of {row.manifest}", *_of_part(row)))
            cursor = Cursor("parts", (row.manifest, row.number))
        size += row.size
        if size >= STRETCH:
            return found, cursor
    if len(rows) == ROWS:
        return found, cursor
    return found, Cursor("parts") if cursor.table == "objects" else None


def _of_object(tx: Transaction, row: Object, damaged: list[Damage]) -> Iterator[Promise]:
    """What is promised of an object's own body; of one in parts, only that they are all there: they come later."""
    bucket: list[Bucket] = tx.find(Bucket.by_number, row.bucket, limit=1)
    name = f"{bucket[0].name if bucket else row.bucket}/{row.key}"
    if row.body is not None:
        yield Promise(name, row.body, 0, row.size, row.etag if len(row.etag) == 32 else "", row.checksum)
        return
    manifest = tx.get(Manifest, row.manifest)
    parts = (
        []
        if manifest is None
        else tx.many(Part, [(row.manifest, span.number) for span in manifest.order.parts(0, manifest.count)])
    )
    if manifest is None or sum(part.size for part in parts if part is not None) != row.size:
        damaged.append(Damage(name, "not all of its parts are there"))


def _of_part(row: Part) -> tuple[BlobRef, int, int, str, Checksum | None]:
    return row.body, row.offset, row.size, row.etag, row.checksum


def _verify_all(opened: list[tuple[Promise, Reader]]) -> list[Damage]:
    """In a worker thread: the promises that do not hold. Closes the readers."""
    damaged = []
    try:
        for promise, reader in opened:
            try:
                problem = _verify(promise, reader)
            except (BlobDamaged, OSError) as failure:
                problem = str(failure)
            reader.close()
            if problem:
                damaged.append(Damage(promise.name, problem))
    finally:
        for _, reader in opened:
            reader.close()
    return damaged


def _verify(promise: Promise, reader: Reader) -> str:
    """What is wrong; "" when nothing is."""
    md5 = hashlib.md5(usedforsecurity=False)
    checksum = promise.checksum if promise.checksum is not None and promise.checksum.type == FULL_OBJECT else None
    running = None if checksum is None else ALGORITHMS[checksum.algorithm].start()
    at, end = promise.offset, promise.offset + promise.size
    while at < end:
        piece = reader.read(at, min(_PIECE, end - at))
        if not piece:
            return f"{end - at} bytes are missing"
        md5.update(piece)
        if running is not None:
            running.update(piece)
        at += len(piece)
    if promise.md5 and md5.hexdigest() != promise.md5:
        return f"its MD5 is {md5.hexdigest()} instead of {promise.md5}"
    if checksum is not None and running is not None and write(running.digest()) != checksum.value:
        return f"its {checksum.algorithm} is not {checksum.value}"
    return ""
