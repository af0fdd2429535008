"""Bodies and the records that refer to them: written before the commit, counted with it, removed after it.

A body of at most 32 KiB is an entry of BULK that comes and goes with the batch of the record that refers to it. A
larger one is a content file; the table `Held` counts the references to it, in the same batches. A file that was
written belongs to its operation until that is over: by then a committed record holds it, or it is removed.
"""

from asyncio import Future, get_running_loop
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

import msgspec

from orrery.kernel.blob_file import BlobDamaged
from orrery.kernel.blobs import PACKED, BlobRef, Blobs, Reader, Writer, Written, refused
from orrery.kernel.commit import Committer, refusal
from orrery.kernel.held import Content, Held
from orrery.kernel.keys import pack
from orrery.kernel.place import Place
from orrery.kernel.records import table_of
from orrery.kernel.store.contract import BULK, RECORDS, Durability, StoreFailed, StoreFull
from orrery.kernel.store.table_ids import TableIds
from orrery.kernel.transaction import Transaction
from orrery.kernel.waiters import Cancelled, Run


class BodyWriter:
    """Takes a new body piece by piece, on behalf of one operation."""

    __slots__ = ("_content", "_contents", "_writer", "_written")

    def __init__(self, contents: "Contents", content: Content, writer: Writer) -> None:
        self._contents = contents
        self._content = content
        self._writer = writer
        self._written: Written | None = None

    @property
    def length(self) -> int:
        """Bytes so far."""
        return self._writer.length

    def write(self, piece: bytes) -> None:
        """Add a piece; may be called in a worker thread, one call at a time. Raises the fault ServiceUnavailable when
        the disk is full; the writer is abandoned then."""
        writer = self._writer
        try:
            if writer.length + len(piece) > PACKED and self._contents.no_space():
                raise StoreFull("as asked for by the failure kernel.full-disk")
            writer.write(piece)
        except (StoreFull, StoreFailed) as problem:
            writer.abandon()
            raise refusal(problem) from problem

    async def commit(self) -> Written:
        """The body is complete: `ctx.hold` it in the transaction that writes its record. Raises like `write`, and
        Cancelled when the cloud has closed meanwhile."""
        if self._contents.closed:
            raise Cancelled
        try:
            self._written = await self._writer.commit()
        except (StoreFull, StoreFailed) as problem:
            raise refusal(problem) from problem
        return self._written

    def abandon(self) -> None:
        """Forget what was written. Idempotent; nothing happens after `commit`."""
        self._writer.abandon()

    def over(self) -> None:
        """The operation is over: what it wrote stays if a committed record holds it."""
        if self._written is None:
            self._writer.abandon()
        else:
            self._contents.discard(self._content, self._written)


class Contents:
    """The bodies of one cloud, in `directory`/SERVICE/CONTENT and in the store.

    `no_space` says whether the disk is to be taken as full; `report` is told of a sweep that failed.
    """

    def __init__(
        self,
        directory: Path | None,
        durability: Durability,
        committer: Committer,
        tables: TableIds,
        home: Place,
        report: Callable[[str, BaseException], None],
    ) -> None:
        self._directory = directory
        self._committer = committer
        self._durability = durability
        self._tables = tables
        self._home = home
        self._report = report
        self._opened: dict[str, tuple[Content, Blobs]] = {}
        self._sweeps: list[Run] = []
        self._known: set[str] = set()
        self._awaited = 0
        self.closed = False
        self._sparing = False

    def no_space(self) -> bool:
        """Whether the failure kernel.full-disk is asked for."""
        return self._committer.no_space()

    # --- one operation's ---

    def writer(self, content: Content) -> BodyWriter:
        """A writer for a new body. Raises the fault ServiceUnavailable when the disk is full."""
        return BodyWriter(self, content, self._blobs(content).writer())

    def pack(self, content: Content, body: bytes) -> Written:
        """A body of at most 32 KiB at once. Raises ValueError for a larger one."""
        return self._blobs(content).pack(body)

    def hold(self, tx: Transaction, content: Content, body: Written | BlobRef) -> BlobRef:
        """A record refers to the body from the commit of `tx` on; what it is to keep.

        Raises BlobDamaged for a reference that nobody holds any more, ValueError for a written file that is gone
        because its operation was over or has discarded it.
        """
        ref = body
        if isinstance(body, Written):
            ref = body.ref
            if body.entry is not None:
                tx.write(BULK, *body.entry)
                return ref
            if not self._blobs(content).is_unsure(ref):
                raise ValueError(f"the written body {ref.id.hex()} is its operation's no longer")
        assert isinstance(ref, BlobRef)
        if ref.packed:
            return self._copied(tx, content, ref)
        home = tx.at(self._home)
        held: Held | None = home.get(content.held, ref.id)
        if held is not None:
            home.replace(held, msgspec.structs.replace(held, count=held.count + 1))
        elif isinstance(body, Written):
            home.insert(content.held(ref.id, 1))
        else:
            raise BlobDamaged(f"nobody holds the body {ref.id.hex()}")
        return ref

    def release(self, tx: Transaction, content: Content, refs: Iterable[BlobRef]) -> None:
        """References go with the commit of `tx`; with its last one a body goes too, a file after its last reader.
        What nobody holds is passed over."""
        gone: list[BlobRef] = []
        for ref in refs:
            if ref.packed:
                tx.remove(BULK, self._blobs(content).key(ref))
                continue
            home = tx.at(self._home)
            held: Held | None = home.get(content.held, ref.id)
            if held is None:
                continue
            if held.count > 1:
                home.replace(held, msgspec.structs.replace(held, count=held.count - 1))
            else:
                home.delete(held)
                gone.append(ref)
        if gone:
            tx.effects.append(lambda: self._remove(content, gone))

    def open(self, tx: Transaction | None, content: Content, ref: BlobRef, *, later: bool = False) -> Reader:
        """A reader of a body that a record refers to. Raises BlobDamaged when it is not there or not whole, with
        `later` when it is read."""
        blobs = self._blobs(content)
        if not ref.packed:
            return blobs.open(ref, later=later)
        tx = tx or self._committer.begin(self._home, 0)
        return blobs.unpacked(ref, tx.plain(BULK, blobs.key(ref)))

    def discard(self, content: Content, written: Written) -> None:
        """Remove a written body unless a committed record holds it, once that is certain. Idempotent."""
        blobs = self._blobs(content)
        if not written.ref.packed and blobs.is_unsure(written.ref):
            self._later(lambda: blobs.tell(written.ref, kept=bool(self._live(content, [written.ref.id]))))

    # --- the cloud's ---

    def adopt(self, contents: Iterable[Content]) -> None:
        """Look, in the background, for files of earlier starts that nobody holds, where one was ended by a crash."""
        for content in contents:
            if self._directory is None or content.name in self._opened or not self._place(content).is_dir():
                continue
            self._open(content)
            if content.name not in self._known:
                self._sweeps = [run for run in self._sweeps if not run.over]
                self._sweeps.append(Run(self.sweep(content), lambda _, error: self._swept(error)))

    async def sweep(self, content: Content) -> int:
        """Remove the content files that nobody holds; how many they were."""

        async def live(ids: Sequence[bytes]) -> Collection[bytes]:
            kept = self._live(content, ids)
            durable: Future[None] = get_running_loop().create_future()
            self._committer.when_durable(lambda _: None if durable.done() else durable.set_result(None))
            await durable
            return kept

        removed = await self._blobs(content).sweep(live)
        self._known.add(content.name)
        return removed

    def has(self, service: str) -> bool:
        """Whether there may be content files of a service."""
        return self._directory is not None and (self._directory / service).is_dir()

    async def clear(self, services: Collection[str]) -> None:
        """Remove the files of services whose records have been forgotten. Operations under way keep theirs."""
        for content, _ in list(self._opened.values()):
            if content.service in services:
                await self.sweep(content)

    def held(self, content: Content, *, after: bytes | None = None, limit: int = 1000) -> list[Held]:
        """The files of a content that records refer to, by id and number of references, in the order of their ids;
        `after` the id given goes on."""
        tx = self._committer.begin(self._home, 0)
        found: list[Held] = tx.list(content.held, after=None if after is None else (after,), limit=limit)
        return found

    def spare(self) -> None:
        """Remove no file from now on: what the store refers to now is to be copied."""
        self._sparing = True
        for _, blobs in self._opened.values():
            blobs.spare()

    def spare_no_more(self) -> None:
        """Remove the files whose last reference has gone meanwhile."""
        self._sparing = False
        for _, blobs in self._opened.values():
            blobs.spare_no_more()

    async def emptied(self) -> None:
        """Wait until the files released so far are gone."""
        for _, blobs in list(self._opened.values()):
            await blobs.emptied()

    def close(self) -> None:
        """Give up what looks for files, and wait until what was released is gone. Idempotent."""
        self.closed = True
        for run in self._sweeps:
            run.cancel()
        for content, blobs in self._opened.values():
            blobs.close()
            if content.name in self._known and not self._awaited:
                blobs.leave_clean()

    def leave(self) -> None:
        """Close, and touch the directory no more: it is another state's from now on."""
        self.close()
        for _, blobs in self._opened.values():
            blobs.leave()

    # --- inside ---

    def _blobs(self, content: Content) -> Blobs:
        found = self._opened.get(content.name)
        return found[1] if found is not None else self._open(content)

    def _open(self, content: Content) -> Blobs:
        try:
            fresh = not self._place(content).is_dir()
            self._prefix(content)  # given its id now, so that no later step meets with a full disk for it
            blobs = Blobs(
                self._place(content),
                self._committer.store,
                self._tables.id_of(content.name),
                durability=self._durability,
            )
        except OSError as problem:
            raise refusal(refused(problem)) from problem
        except (StoreFull, StoreFailed) as problem:
            raise refusal(problem) from problem
        if blobs.was_clean() or fresh:
            self._known.add(content.name)
        if self._sparing:
            blobs.spare()
        self._opened[content.name] = (content, blobs)
        return blobs

    def _place(self, content: Content) -> Path:
        if self._directory is None:
            raise RuntimeError("this kernel was given no directory for bodies")
        return self._directory / content.service / content.name.partition("#")[2]

    def _copied(self, tx: Transaction, content: Content, ref: BlobRef) -> BlobRef:
        """Another entry with the same body: two records never share one."""
        blobs = self._blobs(content)
        reader = blobs.unpacked(ref, tx.plain(BULK, blobs.key(ref)))
        copy = blobs.pack(reader.read(0, ref.length))
        assert copy.entry is not None
        tx.write(BULK, *copy.entry)
        return copy.ref

    def _remove(self, content: Content, refs: Sequence[BlobRef]) -> None:
        """The commit that released them is made; once it is durable the files go."""

        def remove() -> None:
            held = self._live(content, [ref.id for ref in refs])
            self._blobs(content).delete([ref for ref in refs if ref.id not in held])

        self._later(remove)

    def _later(self, act: Callable[[], None]) -> None:
        """Act once what was merged so far is durable, or refused; what a close comes before, the next start does."""
        self._awaited += 1

        def settled(_: Exception | None) -> None:
            if not self.closed:
                self._awaited -= 1
                act()

        self._committer.when_durable(settled)

    def _live(self, content: Content, ids: Sequence[bytes]) -> Collection[bytes]:
        """Those of the ids that committed records refer to."""
        prefix = self._prefix(content)
        found = self._committer.store.many(RECORDS, [prefix + pack((each,)) for each in ids])
        return {each for each, value in zip(ids, found, strict=True) if value is not None}

    def _prefix(self, content: Content) -> bytes:
        """What the keys of the content's `Held` begin with."""
        return self._home.prefix(table_of(content.held))

    def _swept(self, error: BaseException | None) -> None:
        if error is not None and not isinstance(error, Cancelled):
            self._report("looking for files that nobody holds", error)
