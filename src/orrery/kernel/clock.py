"""The one virtual clock: real, at a rate, manual or leaping to the next thing due.

Instants are ints of milliseconds since 1970. Virtual time is a piecewise linear function of host time; its pieces are
kept, so that a host time of the past (a signature's) can be mapped to the virtual time it meant.
"""

import heapq
import time
from asyncio import AbstractEventLoop, TimerHandle
from bisect import bisect_right
from collections.abc import Callable
from typing import Literal, NamedTuple

Mode = Literal["real", "manual", "autojump"]

FAR = 10.0
"""Seconds a loop timer is set for at most; longer waits are re-armed. The loop's time does not jump with the host's
clock and stands still while the machine sleeps, so this is how late an alarm is after either."""

CROWDED = 1024
"""Alarms from which those that were taken back are looked for: a clock that stands still never comes to them."""

PIECES = 512
"""How much of the history is kept; older host times are mapped by the oldest piece."""


class Piece(NamedTuple):
    """From host time `host` on, virtual time is `virtual` + (host time - `host`) × `rate`."""

    host: int
    virtual: int
    rate: float

    def at(self, host: int) -> int:
        """The virtual time of a host time in this piece."""
        return self.virtual + int((host - self.host) * self.rate)


def piece_end(piece: Piece, host: int) -> int:
    """Where a piece of virtual time has got to."""
    return piece.at(max(host, piece.host))


class Alarm:
    """A callback set for a virtual time."""

    __slots__ = ("callback", "foreground", "when")

    def __init__(self, when: int, callback: Callable[[], None], foreground: bool) -> None:
        self.when = when
        self.callback: Callable[[], None] | None = callback
        self.foreground = foreground

    def cancel(self) -> None:
        """Take it back; nothing happens when it has gone off."""
        self.callback = None


stopwatch = time.perf_counter
"""Host seconds for measuring how long things take; never what time it is."""


def host_clock() -> int:
    """The machine's time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Clock:
    """Virtual time of one cloud. It never goes back, except by `restore`.

    `mode` "real" and "autojump" run with host time times `rate`; "manual" stands still between advances. Alarms go
    off in order of their virtual time, those set for the same time in the order they were set.
    """

    def __init__(
        self,
        loop: AbstractEventLoop | None = None,
        *,
        mode: Mode = "real",
        rate: float = 1.0,
        host: Callable[[], int] = host_clock,
        pieces: list[Piece] | None = None,
    ) -> None:
        self._loop = loop
        self._host = host
        self.mode: Mode = mode
        self.rate = rate
        self.changed: Callable[[], None] = lambda: None
        self._heap: list[tuple[int, int, Alarm]] = []
        self._order = 0
        self._crowded = CROWDED
        self._timer: TimerHandle | None = None
        self._timer_for: int | None = None
        self._floor = 0
        self._ahead: int | None = None  # virtual minus host time, where time runs at the host's rate
        start = host()
        self._pieces = list(pieces) if pieces else [Piece(start, start, 1.0)]
        self._current = self._pieces[-1]
        self._turn_to(self._current.at(start))

    # --- reading ---

    def now(self) -> int:
        """Virtual now."""
        host = self._host()
        now = self._current.at(host) if self._ahead is None else host + self._ahead
        if now < self._floor:
            return self._floor
        self._floor = now
        return now

    def host_now(self) -> int:
        """The host's time."""
        return self._host()

    def at_host(self, host: int) -> int:
        """The virtual time that a host time meant when it was."""
        pieces = self._pieces
        place = bisect_right(pieces, host, key=lambda piece: piece.host) - 1
        return pieces[max(place, 0)].at(host)

    @property
    def pieces(self) -> list[Piece]:
        """The history, oldest first: what has to be kept for `restore`."""
        return list(self._pieces)

    # --- turning ---

    def set_mode(self, mode: Mode, rate: float = 1.0) -> None:
        """Change how time passes from now on. Raises ValueError for a rate that is not above zero."""
        if rate <= 0:
            raise ValueError("the rate must be above 0")
        now = self.now()
        self.mode, self.rate = mode, rate
        self._turn_to(now)

    def turn_to(self, instant: int) -> None:
        """Make it `instant` now. Raises ValueError when that lies in the past."""
        if instant < self.now():
            raise ValueError("the clock never goes back")
        self._turn_to(instant)

    def resume(self, pieces: list[Piece]) -> None:
        """Go on with a kept history after a restart: a running clock counts the time it was down, a standing one
        stands where it stood."""
        if pieces:
            self._pieces = list(pieces)
            self._floor = 0
            self._turn_to(max(piece_end(pieces[-1], self._host()), pieces[-1].virtual))

    def restore(self, pieces: list[Piece], virtual: int) -> None:
        """Take over a saved history and let time go on from `virtual`, whatever time passed on the host."""
        self._pieces = list(pieces) or [Piece(self._host(), virtual, 1.0)]
        self._floor = 0
        self._turn_to(virtual)

    def _turn_to(self, instant: int) -> None:
        rate = 0.0 if self.mode == "manual" else self.rate
        self._current = Piece(self._host(), instant, rate)
        while self._pieces and self._pieces[-1].host >= self._current.host:
            self._pieces.pop()  # so that they stay in order when the host's clock was put back
        self._pieces.append(self._current)
        del self._pieces[:-PIECES]
        self._ahead = instant - self._current.host if rate == 1 else None
        self._floor = instant
        self.changed()
        self._arm()

    # --- alarms ---

    def call_at(self, when: int, callback: Callable[[], None], *, foreground: bool = True) -> Alarm:
        """Call back once virtual time reaches `when`. `autojump` leaps only to foreground alarms."""
        alarm = Alarm(when, callback, foreground)
        self._order += 1
        if len(self._heap) >= self._crowded:
            self._heap = [entry for entry in self._heap if entry[2].callback is not None]
            heapq.heapify(self._heap)
            self._crowded = max(CROWDED, 2 * len(self._heap))
        heapq.heappush(self._heap, (when, self._order, alarm))
        if self._timer_for is None or when < self._timer_for:
            self._arm()
        return alarm

    def next_due(self, *, foreground: bool = False) -> int | None:
        """When the next alarm is due; None when there is none."""
        heap = self._heap
        while heap and heap[0][2].callback is None:
            heapq.heappop(heap)
        if not foreground:
            return heap[0][0] if heap else None
        return min((when for when, _, alarm in heap if alarm.callback is not None and alarm.foreground), default=None)

    def fire_due(self) -> int:
        """Set off every alarm due by now, in order; how many went off."""
        fired = 0
        while (due := self.next_due()) is not None and due <= self.now():
            _, _, alarm = heapq.heappop(self._heap)
            callback, alarm.callback = alarm.callback, None
            if callback is not None:
                fired += 1
                callback()
        return fired

    def forget_alarms(self) -> None:
        """Take back every alarm: those who set them are gone."""
        for _, _, alarm in self._heap:
            alarm.cancel()
        self._heap.clear()
        self._arm()

    def stop(self) -> None:
        """Set off nothing any more."""
        self._loop = None
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self) -> None:
        """Set the loop's timer for the next alarm; a clock that stands still has none."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = self._timer_for = None
        due = self.next_due()
        rate = self._current.rate
        if due is None or self._loop is None:
            return
        late = due <= self.now()
        if rate == 0 and not late:
            return
        delay = 0 if late else (due - self.now()) / 1000 / rate
        self._timer_for = due
        self._timer = self._loop.call_later(min(delay, FAR), self._ring)

    def _ring(self) -> None:
        self._timer = self._timer_for = None
        try:
            self.fire_due()
        finally:  # an alarm that fails is the loop's to report; the others go off all the same
            self._arm()
