"""The kernel's side of a body that a gateway brings: an `Incoming` (kernel/bodies.py) whose bytes come by messages."""

from __future__ import annotations

from asyncio import Future, get_running_loop
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from orrery.gateway.body import BodyLost
from orrery.wire.fault import Fault
from orrery.workers.messages import Brought, Poured
from orrery.workers.values import fault_of

SHORT: Final = 128 << 10
"""Bytes that are taken in at once; more go to worker threads."""


class DistantBody:
    """A body that a gateway checks and brings. `ask` has it sent, `taken(size)` says what was taken in."""

    def __init__(self, brought: Brought, ask: Callable[[], None], taken: Callable[[int], None]) -> None:
        self.length = brought.length
        self.algorithm = brought.algorithm
        self.digest = brought.digest
        self.fields: Mapping[str, str] = {}
        self.asked: Any = None
        self.tagging: Any = None
        self._brought = brought
        self._ask = ask
        self._taken = taken
        self._come: list[bytes] = []
        self._over = False
        self._problem: Exception | None = None
        self._waiter: Future[None] | None = None

    async def pour(self, *takers: Callable[[bytes], object]) -> None:
        """See `Incoming.pour`."""
        if self._brought.data is not None:
            for take in takers:
                if self._brought.data:
                    take(self._brought.data)
            if self._brought.trouble is not None:
                raise fault_of(self._brought.trouble)
            return
        self._ask()
        while batch := await self._next():
            await _give(takers, batch)
            self._taken(sum(map(len, batch)))

    def feed(self, data: bytes) -> None:
        """More has come."""
        self._come.append(data)
        self._wake()

    def end(self, poured: Poured) -> None:
        """That was all, or the rest will not come."""
        self._over = True
        self.digest = poured.digest
        if poured.trouble is not None:
            self._problem = fault_of(poured.trouble)
        elif poured.lost is not None:
            self._problem = BodyLost(poured.lost)
        self._wake()

    async def _next(self) -> Sequence[bytes]:
        """What has come since; nothing at the end. Raises what made the body worthless."""
        while not self._come:
            if self._problem is not None:
                raise self._problem
            if self._over:
                return ()
            self._waiter = get_running_loop().create_future()
            await self._waiter
        batch, self._come = self._come, []
        return batch

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


async def _give(takers: Sequence[Callable[[bytes], object]], batch: Sequence[bytes]) -> None:
    """Give a batch to every taker, side by side. Whoever hears of a failure closes what they write to: all are done."""
    if sum(map(len, batch)) <= SHORT:
        for take in takers:
            _hand(take, batch)
        return
    run = get_running_loop().run_in_executor
    jobs = [run(None, _hand, take, batch) for take in takers]
    problem: BaseException | None = None
    for job in jobs:
        try:
            await job
        except (Exception, Fault) as failed:  # noqa: BLE001 - raised below, when all have come to rest
            problem = problem or failed
    if problem is not None:
        raise problem


def _hand(take: Callable[[bytes], object], batch: Sequence[bytes]) -> None:
    for piece in batch:
        take(piece)
