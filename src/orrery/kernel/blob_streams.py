"""Bodies on their way in and out: what takes one piece by piece, and what reads one that is there."""

import errno
import os
from contextlib import suppress
from threading import Lock
from typing import Final, Protocol

import msgspec

from orrery.kernel.blob_file import HEADER, BlobDamaged, header
from orrery.kernel.store.contract import Pair, StoreFailed, StoreFull

PACKED: Final = 32 << 10
"""Bytes up to which a body is packed in the store."""

UNPLANNED: Final = 4 << 20
"""Bytes of a content file that are written without reserving room for more."""
STRETCH: Final = 64 << 20
"""Bytes reserved at once from there on."""
ROOMY: Final = 4 << 30
"""Bytes free on the disk below which nothing is reserved: it is for what others write."""

NO_ROOM: Final = frozenset((errno.ENOSPC, errno.EDQUOT))


class BlobRef(msgspec.Struct, frozen=True, array_like=True):
    """What a record holds of a body: its id, its length in bytes, and whether it lies in the store."""

    id: bytes
    length: int
    packed: bool


class Written(msgspec.Struct, frozen=True):
    """A body that was written. `entry`, if there is one, is a key and value of BULK to be put by the
    batch that commits the reference; without it the body is in its content file already.
    """

    ref: BlobRef
    entry: Pair | None


class Shelf(Protocol):
    """Where bodies lie, as their writers and readers see it."""

    def new_id(self) -> bytes: ...
    def new_path(self, blob: bytes) -> str: ...
    def key(self, ref: BlobRef) -> bytes: ...
    async def settle(self, descriptor: int, ref: BlobRef) -> None: ...
    def descriptor(self, ref: BlobRef) -> int: ...
    def closed(self, ref: BlobRef) -> None: ...


class Writer:
    """Takes a body piece by piece. End it with `commit` or `abandon`.

    `write` may be called in a worker thread, one call at a time, and the writer be abandoned meanwhile.
    """

    __slots__ = ("_allocated", "_blobs", "_descriptor", "_id", "_over", "_pieces", "_using", "length")

    def __init__(self, blobs: Shelf) -> None:
        self._blobs = blobs
        self._id = blobs.new_id()
        self._pieces: list[bytes] = []
        self._descriptor: int | None = None
        self._using = Lock()
        self._over = False
        self._allocated = 0
        self.length = 0

    def write(self, piece: bytes) -> None:
        """Add a piece. Raises StoreFull or StoreFailed, after which the writer is abandoned. What comes after the
        end is dropped.
        """
        try:
            with self._using:
                if not self._over:
                    self._add(piece)
        finally:
            if self._over:  # abandoned while this wrote, or because it could not
                self.abandon()

    async def commit(self) -> Written:
        """The body is complete. In power mode it is on the disk when this returns. Raises StoreFull or StoreFailed."""
        if self._over:
            raise ValueError("the writer has ended")
        self._over = True
        ref = BlobRef(self._id, self.length, packed=self._descriptor is None)
        if self._descriptor is None:
            return Written(ref, (self._blobs.key(ref), b"".join(self._pieces)))
        if self._allocated:
            self._trim()
        descriptor, self._descriptor = self._descriptor, None
        await self._blobs.settle(descriptor, ref)
        return Written(ref, None)

    def abandon(self) -> None:
        """Forget what was written. Idempotent; nothing happens after `commit`."""
        self._over = True
        if not self._using.acquire(blocking=False):
            return  # a thread is writing: it does this when it has written
        try:
            self._pieces.clear()
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None
                with suppress(FileNotFoundError):
                    os.unlink(self._blobs.new_path(self._id))  # noqa: PTH108 - no Path made for each body
        finally:
            self._using.release()

    def _add(self, piece: bytes) -> None:
        self.length += len(piece)
        if self._descriptor is not None:
            self._append(piece)
            return
        self._pieces.append(piece)
        if self.length > PACKED:
            self._to_file()

    def _to_file(self) -> None:
        pieces, self._pieces = self._pieces, []
        path = self._blobs.new_path(self._id)
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as problem:
            self._over = True
            raise refused(problem) from problem
        for piece in (header(), *pieces):
            self._append(piece)

    def _append(self, piece: bytes) -> None:
        assert self._descriptor is not None
        rest = memoryview(piece)
        try:
            if self.length > UNPLANNED and HEADER + self.length > self._allocated:
                self._reserve()
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError as problem:
            self._over = True
            raise refused(problem) from problem

    def _reserve(self) -> None:
        """Have the file system find room for the next stretch at once: found block by block, it costs more than the
        writing. Where it cannot, what is to be written may find its place all the same."""
        assert self._descriptor is not None
        size = HEADER + self.length + STRETCH
        with suppress(OSError):
            disk = os.fstatvfs(self._descriptor)
            if disk.f_bavail * disk.f_frsize >= ROOMY:
                os.posix_fallocate(self._descriptor, self._allocated, size - self._allocated)
        self._allocated = size

    def _trim(self) -> None:
        """Give back what was reserved and not written."""
        assert self._descriptor is not None
        try:
            os.ftruncate(self._descriptor, HEADER + self.length)
        except OSError as problem:
            self.abandon()
            raise refused(problem) from problem


class Reader:
    """An open body. Close it: until then its content file stays. One opened `later` is opened when it is first read;
    it may be closed while a thread reads."""

    __slots__ = ("_blobs", "_body", "_descriptor", "_over", "_ref", "_using", "length")

    def __init__(self, blobs: Shelf, ref: BlobRef, body: bytes | None, descriptor: int | None) -> None:
        self._blobs = blobs
        self._ref = ref
        self._body = body
        self._descriptor = descriptor
        self._using = Lock()
        self._over = False
        self.length = ref.length

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`; fewer only at the end of the body. May wait for the disk. Raises
        BlobDamaged."""
        size = min(size, self.length - offset)
        if size <= 0:
            return b""
        if self._body is not None:
            return self._body[offset : offset + size]
        descriptor = self._opened()
        data = os.pread(descriptor, size, HEADER + offset)
        while len(data) < size:
            more = os.pread(descriptor, size - len(data), HEADER + offset + len(data))
            if not more:
                raise BlobDamaged(f"the content of {self._ref.id.hex()} is cut short")
            data += more
        return data

    def file(self, offset: int) -> tuple[int, int] | None:
        """For sendfile: a descriptor, open as long as the reader, and the place in its file of the body's
        byte `offset`; None when the body is not in a file as it is (`read` it then). Raises BlobDamaged.
        """
        return None if self._body is not None or self._over else (self._opened(), HEADER + offset)

    def close(self) -> None:
        """Idempotent."""
        with self._using:
            over, self._over = self._over, True
            descriptor, self._descriptor = self._descriptor, None
        self.length = 0
        if descriptor is not None:
            os.close(descriptor)
        if self._body is None and not over:
            self._blobs.closed(self._ref)

    def _opened(self) -> int:
        with self._using:
            if self._descriptor is None:
                if self._over:
                    raise BlobDamaged(f"the reader of {self._ref.id.hex()} is closed")
                self._descriptor = self._blobs.descriptor(self._ref)
            return self._descriptor


def refused(problem: OSError) -> StoreFull | StoreFailed:
    """What to tell of a content file that cannot be written."""
    return StoreFull(str(problem)) if problem.errno in NO_ROOM else StoreFailed(str(problem))
