"""Bodies of objects, code and snapshots: small ones packed in the store, others as content files.

A content file is written under `new/`, renamed to its place, and only then may a record that refers to it
be committed; it is removed only after the commit that removed the record, and not before its last reader
is done. So a crash leaves at most files that nothing refers to, which `sweep` removes. Content is never
changed once written.
"""

import errno
import os
import time
from asyncio import Future, get_running_loop, shield
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from itertools import count, islice
from pathlib import Path
from threading import Lock
from typing import Final, TypeVar

from orrery.kernel.blob_file import SHARD, BlobDamaged, place, read_header, stored
from orrery.kernel.blob_streams import PACKED, BlobRef, Reader, Writer, Written, refused
from orrery.kernel.keys import pack
from orrery.kernel.store.contract import BULK, Durability, Store, StoreFailed
from orrery.kernel.store.ending import End, end_process
from orrery.kernel.store.syncing import sync_file, sync_path
from orrery.kernel.store.worker import Worker

__all__ = ["PACKED", "BlobDamaged", "BlobRef", "Blobs", "Reader", "Writer", "Written", "refused"]

NEW: Final = "new"
CLEAN: Final = "clean"
"""The file that a start finds when the one before it ended with nothing left over."""

CHUNK: Final = 200
"""Content files that a sweep asks about at once."""

TOO_MANY: Final = frozenset((errno.EMFILE, errno.ENFILE))
"""What a file that is whole may meet with when it is to be opened."""

T = TypeVar("T")


class Blobs:
    """The bodies of one cloud. `table` is the table id under which packed bodies lie in BULK."""

    def __init__(
        self, directory: Path, store: Store, table: bytes, *, durability: Durability, end: End = end_process
    ) -> None:
        self._directory = directory
        self._store = store
        self._table = table
        self._power = durability == "power"
        self._end = end
        self._worker = Worker("orrery-blobs")
        self._readers: dict[bytes, int] = {}
        self._doomed: set[bytes] = set()
        self._counting = Lock()
        self._serial = count()
        self._process = os.urandom(6)
        self._unsure: set[bytes] = set()
        self._shards: set[int] = set()
        self._stuck = False
        self._spared: list[bytes] | None = None
        self._over = False
        made = [each for each in (directory, *directory.parents) if not each.exists()]
        (directory / NEW).mkdir(mode=0o700, parents=True, exist_ok=True)
        for each in made:  # or the bodies in it would be gone with it
            self._sync(sync_path, each.parent)
        for left in (directory / NEW).iterdir():
            left.unlink()

    def new_id(self) -> bytes:
        """16 bytes that no other body has, rising with time, so that packed bodies are appended to their
        tree.
        """
        serial = next(self._serial) & 0xFFFFFFFF
        return int(time.time() * 1000).to_bytes(6, "big") + serial.to_bytes(4, "big") + self._process

    def writer(self) -> Writer:
        """A writer for a new body. Length and digests are the caller's to compute."""
        return Writer(self)

    def pack(self, body: bytes) -> Written:
        """A body of at most `PACKED` bytes at once. Raises ValueError for a larger one."""
        if len(body) > PACKED:
            raise ValueError(f"a packed body has at most {PACKED} bytes")
        ref = BlobRef(self.new_id(), len(body), packed=True)
        return Written(ref, (self.key(ref), body))

    def key(self, ref: BlobRef) -> bytes:
        """The key in BULK of a packed body; the batch that drops the reference deletes it."""
        return self._table + pack((ref.id,))

    def open(self, ref: BlobRef, *, later: bool = False) -> Reader:
        """A reader; with `later`, one that opens its file when it is first read: for many at once. Raises BlobDamaged
        when the body is not there or not whole, with `later` when it is read.
        """
        if ref.packed:
            return self.unpacked(ref, self._store.get(BULK, self.key(ref)))
        descriptor = None if later else self.descriptor(ref)
        with self._counting:
            self._readers[ref.id] = self._readers.get(ref.id, 0) + 1
        return Reader(self, ref, None, descriptor)

    def unpacked(self, ref: BlobRef, body: bytes | None) -> Reader:
        """A reader of a packed body whose entry the caller has looked up. Raises BlobDamaged."""
        if body is None or len(body) != ref.length:
            raise BlobDamaged(f"the packed body {ref.id.hex()} is not there")
        return Reader(self, ref, body, None)

    def is_unsure(self, ref: BlobRef) -> bool:
        """Whether the file was written here and nobody has told by `tell` what became of it."""
        return ref.id in self._unsure

    def tell(self, ref: BlobRef, *, kept: bool) -> None:
        """Whether a committed record refers to a file that was written; if none does, it goes. Only the first word
        counts.
        """
        if ref.id in self._unsure:
            self._unsure.discard(ref.id)
            if not kept:
                self.delete([ref])

    def delete(self, refs: Sequence[BlobRef]) -> None:
        """Remove content files, each after its last reader is closed. To be called after the commit that
        dropped the references; packed bodies went with that.
        """
        self._delete(ref.id for ref in refs if not ref.packed)

    async def sweep(self, live: Callable[[Sequence[bytes]], Awaitable[Collection[bytes]]]) -> int:
        """Remove the content files that nothing refers to; how many they were. Those of which nobody has told yet
        what became of them stay.

        `live` is given some hundred ids at a time and gives those that a committed record refers to, once the commits
        that dropped the others are durable.
        """
        removed = 0
        listed = stored(self._directory)
        while ids := await self._in_worker(lambda: list(islice(listed, CHUNK))):
            asked = [each for each in ids if each not in self._unsure]
            kept = await live(asked)
            gone = [each for each in asked if each not in kept]
            self._delete(gone)
            removed += len(gone)
        return removed

    def was_clean(self) -> bool:
        """Whether whoever had these bodies before has left nothing over; to be asked once, before anything is written,
        for it is true only once. A sweep can be spared then.
        """
        try:
            (self._directory / CLEAN).unlink()
        except OSError:
            return False
        self._sync(sync_path, self._directory)
        return True

    def leave_clean(self) -> None:
        """Say so to the next start, if it is true: after `close`, when all files there were before are known."""
        if not (self._unsure or self._doomed or self._stuck):
            with suppress(OSError):
                (self._directory / CLEAN).touch(mode=0o600)

    def spare(self) -> None:
        """Remove no file until `spare_no_more`: somebody goes through all of them."""
        if self._spared is None:
            self._spared = []

    def spare_no_more(self) -> None:
        """Remove what was to be removed meanwhile."""
        spared, self._spared = self._spared, None
        for each in spared or ():
            self._remove(each)

    async def emptied(self) -> None:
        """Wait until what was deleted is gone."""
        await self._in_worker(lambda: None)

    def close(self) -> None:
        """Wait until what was deleted is gone. Idempotent."""
        self._worker.close()

    def leave(self) -> None:
        """Close, and remove nothing any more: the directory is another state's from now on, in which readers that are
        still open have no say."""
        self._over = True
        self.close()

    # --- for writers and readers ---

    def path(self, blob: bytes) -> Path:
        """Where a content file lies: spread over 256 directories."""
        return self._directory / place(blob)

    def new_path(self, blob: bytes) -> str:
        """Where a content file is being written."""
        return f"{self._directory}/{NEW}/{blob.hex()}"

    async def settle(self, descriptor: int, ref: BlobRef) -> None:
        """Close a complete content file and move it to its place, on the disk in power mode."""
        self._unsure.add(ref.id)
        if not self._power:
            self._settle(descriptor, ref)
            return
        settling = get_running_loop().run_in_executor(None, self._settle, descriptor, ref)
        try:
            await shield(settling)
        except BaseException:  # whoever waits is cancelled: the thread goes on, and what it made is nobody's
            settling.add_done_callback(lambda done: self._drop(done, ref))
            raise

    def descriptor(self, ref: BlobRef) -> int:
        """A content file, opened. Raises BlobDamaged, and StoreFailed when the process has too many files open."""
        try:
            descriptor = os.open(f"{self._directory}/{place(ref.id)}", os.O_RDONLY | os.O_CLOEXEC)
        except OSError as problem:
            if problem.errno in TOO_MANY:
                raise StoreFailed(str(problem)) from problem
            raise BlobDamaged(f"the content of {ref.id.hex()} cannot be opened: {problem.strerror}") from problem
        try:
            read_header(descriptor, ref.length)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def closed(self, ref: BlobRef) -> None:
        """A reader of the file was closed, maybe in a thread."""
        with self._counting:
            left = self._readers[ref.id] - 1
            if left:
                self._readers[ref.id] = left
                return
            del self._readers[ref.id]
            if ref.id in self._doomed:
                self._doomed.discard(ref.id)
                self._remove(ref.id)

    def _drop(self, done: "Future[None]", ref: BlobRef) -> None:
        if done.cancelled() or done.exception() is None:
            self.tell(ref, kept=False)

    def _settle(self, descriptor: int, ref: BlobRef) -> None:
        try:
            self._sync(sync_file, descriptor)
        finally:
            os.close(descriptor)
        target, shard = f"{self._directory}/{place(ref.id)}", ref.id[SHARD]
        fresh = shard not in self._shards
        try:
            if fresh:
                self.path(ref.id).parent.mkdir(mode=0o700, exist_ok=True)
            os.rename(self.new_path(ref.id), target)  # noqa: PTH104 - no Path made for each body
        except OSError as problem:
            self._unsure.discard(ref.id)
            with suppress(FileNotFoundError):
                os.unlink(self.new_path(ref.id))  # noqa: PTH108
            raise refused(problem) from problem
        if self._power:
            self._sync(sync_path, self.path(ref.id).parent)
            if fresh:
                self._sync(sync_path, self._directory)
        self._shards.add(shard)

    def _sync(self, sync: Callable[[T], None], what: T) -> None:
        if self._power:
            try:
                sync(what)
            except OSError as problem:
                self._end(f"syncing a content file failed: {problem}")
                raise

    async def _in_worker(self, work: Callable[[], T]) -> T:
        """What `work`, which must not raise, gives in the thread that unlinks."""
        loop = get_running_loop()
        future: Future[T] = loop.create_future()

        def deliver(result: T) -> None:
            if not future.done():
                future.set_result(result)

        def run() -> None:
            loop.call_soon_threadsafe(deliver, work())

        self._worker.run(run)
        return await future

    def _delete(self, ids: Iterable[bytes]) -> None:
        with self._counting:
            for each in ids:
                if each in self._readers:
                    self._doomed.add(each)
                else:
                    self._remove(each)

    def _remove(self, blob: bytes) -> None:
        """Unlink in a thread: freeing the blocks of a large file takes its time."""
        if self._over:
            return
        if self._spared is not None:
            self._spared.append(blob)
            return
        path = f"{self._directory}/{place(blob)}"

        def unlink() -> None:
            try:
                os.unlink(path)  # noqa: PTH108 - no Path made for each body
            except FileNotFoundError:
                pass
            except OSError:
                self._stuck = True  # the next start's sweep removes it

        self._worker.run(unlink)
