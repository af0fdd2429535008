"""What the connections of one server share: limits, the handler, the tick, and who is connected."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from orrery.gateway.exchange import Handler
from orrery.gateway.limits import Limits
from orrery.wire.http import Head

Report = Callable[[Head | None, BaseException], None]
"""Told of every exception that a handler let out, with the request's head."""


class Member(Protocol):
    """A connection as the hub sees it; `deadline` and `stall` are ticks."""

    deadline: int
    stall: int

    def flush(self) -> None: ...
    def expire(self) -> None: ...
    def drain(self) -> None: ...
    def abort(self) -> None: ...


class Hub:
    """Shared state of one server's connections.

    Time is counted in ticks, one a second: a connection notes the tick at which its patience ends in a slot, which
    costs a request one addition, and `sweep` looks at all slots once a tick. No connection has a timer of its own.
    """

    __slots__ = ("_dirty", "_idle", "_loop", "date", "handler", "limits", "members", "report", "tick")

    def __init__(
        self,
        handler: Handler,
        limits: Limits,
        date: Callable[[], bytes],
        report: Report,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.handler = handler
        self.limits = limits
        self.date = date
        self.report = report
        self.tick = 0
        self.members: set[Member] = set()
        self._dirty: list[Member] = []
        self._loop = loop
        self._idle: asyncio.Future[None] | None = None

    def soon(self, member: Member) -> None:
        """Flush `member` at the end of this turn of the loop, together with all others that asked."""
        if not self._dirty:
            self._loop.call_soon(self._flush)
        self._dirty.append(member)

    def sweep(self) -> None:
        """One tick: end the patience with those whose deadline has come."""
        self.tick += 1
        tick = self.tick
        for member in [m for m in self.members if m.deadline <= tick or m.stall <= tick]:
            member.expire()

    def forget(self, member: Member) -> None:
        """The connection is gone."""
        self.members.discard(member)
        if not self.members and self._idle is not None and not self._idle.done():
            self._idle.set_result(None)

    def emptied(self) -> asyncio.Future[None]:
        """Done when no connection is left."""
        self._idle = self._loop.create_future()
        if not self.members:
            self._idle.set_result(None)
        return self._idle

    def _flush(self) -> None:
        dirty, self._dirty = self._dirty, []
        for member in dirty:
            member.flush()
