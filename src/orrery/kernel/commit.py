"""The batch: what the operations of one event-loop tick wrote, committed once, and the answers that wait for it."""

from asyncio import AbstractEventLoop, Future
from collections.abc import Callable, Iterable
from typing import Any

from orrery.kernel.cache import RecordCache
from orrery.kernel.overlay import Overlay
from orrery.kernel.place import Place
from orrery.kernel.store.contract import RECORDS, Batch, Store, StoreFailed, StoreFull
from orrery.kernel.transaction import Notice, Transaction
from orrery.wire.fault import Fault

Done = Callable[[Exception | None], None]
"""Called once the batch is durable (None) or refused (why)."""

COUNTERS = 50_000
ID = 2
"""Bytes of a table's id, with which its keys begin."""


class Committer:
    """The one writer of one store.

    Merged transactions pile up in `tick` until the loop comes round; then they are applied as one batch. Whoever
    waits by `when_durable` hears of it after that. If the batch is refused, nothing of it was seen by waiters or
    caches and every one of its answers fails.
    """

    def __init__(self, store: Store, loop: AbstractEventLoop, *, notice: Notice) -> None:
        self.store = store
        self.cache = RecordCache()
        self.tick = Overlay()
        self.notice = notice
        self.no_space: Callable[[], bool] = lambda: False
        self.refused: Callable[[], None] = lambda: None
        self.woken: Callable[[tuple[Any, ...]], object] = lambda channel: None
        self.version = 0
        self.batches = 0
        self.full = False
        self._watchers: dict[bytes, Callable[[], None]] = {}
        self._loop = loop
        self._counters: dict[bytes, int] = {}
        self._waiting: list[Done] = []
        self._wakes: list[tuple[Any, ...]] = []
        self._effects: list[Callable[[], None]] = []
        self._scheduled = False

    @property
    def pending(self) -> bool:
        """Whether something merged is not yet committed."""
        return self._scheduled

    @property
    def waiting(self) -> int:
        """How many answers wait for the batch under way."""
        return len(self._waiting)

    def begin(self, place: Place, now: int) -> Transaction:
        """A transaction in `place`; it sees everything merged so far.

        While the disk is full each transaction is a batch of its own, so that those that free space succeed beside
        those that need some.
        """
        if self.full and self._scheduled:
            self.flush()
        return Transaction(self, place, now)

    def merge(self, transaction: Transaction) -> bool:
        """Add a finished transaction to the batch; False when it wrote nothing."""
        overlay = transaction.overlay
        if not overlay and not transaction.wakes and not transaction.effects:
            return False
        self.tick.merge(overlay)
        self._wakes += transaction.wakes
        self._effects += transaction.effects
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self.flush)
        return True

    def when_durable(self, done: Done) -> None:
        """Call `done` when everything merged so far is durable: at once when it already is."""
        if self._scheduled:
            self._waiting.append(done)
            return
        pending = self.store.durable(self.version)
        if pending is None:
            done(None)
        else:
            pending.add_done_callback(lambda future: done(_why(future)))

    def flush(self) -> None:
        """Commit the batch now."""
        if not self._scheduled:
            return
        pressure = self.store.pressure()
        if pressure is not None:
            pressure.add_done_callback(lambda _: self.flush())
            return
        self._scheduled = False
        tick, self.tick = self.tick, Overlay()
        waiting, self._waiting = self._waiting, []
        wakes, self._wakes = self._wakes, []
        effects, self._effects = self._effects, []
        batch = Batch()
        problem: Exception | None = None
        if tick:
            try:
                batch = encode(tick)
            except (TypeError, ValueError, OverflowError) as unfit:
                problem = Fault("InternalFailure", f"A record cannot be written: {unfit}", status=500)
            else:
                problem = self._apply(batch)
        if problem is None:
            try:
                self._settle(tick, batch, wakes, effects)
            finally:  # what is committed is answered, whatever an effect runs into
                pending = self.store.durable(self.version)
                if pending is not None:
                    pending.add_done_callback(lambda future: self._tell(waiting, _why(future)))
                else:
                    self._tell(waiting, None)
            return
        tick.lift()
        self.refused()
        self._tell(waiting, problem)

    def counter(self, key: bytes) -> int:
        """The committed value of a counter."""
        value = self._counters.get(key)
        if value is None:
            stored = self.store.get(RECORDS, key)
            value = int.from_bytes(stored, "big", signed=True) if stored else 0
            if len(self._counters) >= COUNTERS:
                self._counters.clear()
            self._counters[key] = value
        return value

    def forget(self) -> None:
        """Drop every cache: the store was changed from outside."""
        self.cache.clear()
        self._counters.clear()
        for changed in set(self._watchers.values()):
            changed()

    def watch(self, tables: Iterable[bytes], changed: Callable[[], None]) -> None:
        """Call `changed` after every commit that may have changed what lies under the ids `tables`, before anybody is
        told of it."""
        self._watchers |= dict.fromkeys(tables, changed)

    def _tell(self, waiting: list[Done], problem: Exception | None) -> None:
        """Tell everybody. One who fails at it is the loop's to report, and the others' turn comes all the same."""
        told = 0
        try:
            for done in waiting:
                told += 1
                done(problem)
        finally:
            if told < len(waiting):
                self._loop.call_soon(self._tell, waiting[told:], problem)

    def _apply(self, batch: Batch) -> Exception | None:
        """Apply one batch; the reason when the store refused it."""
        try:
            if self.no_space() and not batch.frees():
                raise StoreFull("as asked for by the failure kernel.full-disk")
            self.version = self.store.apply(batch)
        except (StoreFull, StoreFailed) as problem:
            self.full = isinstance(problem, StoreFull)
            return refusal(problem)
        self.full = self.full and batch.frees()  # only what took space shows that there is some again
        self.batches += 1
        return None

    def _settle(
        self, tick: Overlay, batch: Batch, wakes: list[tuple[Any, ...]], effects: list[Callable[[], None]]
    ) -> None:
        """Make a committed batch seen: caches, then effects, then waiters."""
        cache = self.cache
        if self._watchers:
            self._notify(tick)
        if tick.clears:
            cache.clear()
            self._counters.clear()
        puts = batch.puts
        for key, (space, record, _) in tick.writes.items():
            value = puts[space][key]
            if record is not None and value is not None:
                cache.keep(key, record, len(value))
            else:
                cache.drop(key)
        counters = self._counters
        for key, amount in tick.adds.items():
            if key in counters:
                counters[key] += amount
        tick.lift()
        for effect in effects:
            effect()
        for channel in wakes:
            self.woken(channel)

    def _notify(self, tick: Overlay) -> None:
        watchers = self._watchers
        found = {watchers[key[:ID]] for key in tick.writes if key[:ID] in watchers}
        for changed in set(watchers.values()) if tick.clears else found:
            changed()


def encode(tick: Overlay) -> Batch:
    """An overlay as the store's batch."""
    batch = Batch()
    puts = batch.puts
    for key, (space, record, value) in tick.writes.items():
        if record is not None:
            value = record.__table__.encode(record)  # type: ignore[attr-defined]
        puts[space][key] = value
    batch.adds = tick.adds
    batch.clears = tick.clears
    return batch


def refusal(problem: StoreFull | StoreFailed) -> Fault:
    """What a client is told when the store takes nothing."""
    if isinstance(problem, StoreFull):
        return Fault("ServiceUnavailable", f"The disk is full: {problem}. Deletes and reads go on.", status=503)
    return Fault("InternalFailure", f"The store refused the change: {problem}", status=500)


def closed() -> Fault:
    """What a client is told while one state gives way to another."""
    return Fault("ServiceUnavailable", "Another state of the cloud is being loaded. Try again.", status=503)


def _why(future: "Future[None]") -> Exception | None:
    problem = future.exception()
    return problem if isinstance(problem, Exception) or problem is None else StoreFailed(str(problem))
