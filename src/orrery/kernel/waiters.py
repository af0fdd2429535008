"""Coroutines of operations, driven by hand, and the channels on which they wait."""

from asyncio import AbstractEventLoop, Future, get_running_loop
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from typing import Any, TypeVar

from orrery.kernel.clock import Alarm, Clock

T = TypeVar("T")
Outcome = Callable[[Any, BaseException | None], None]
Channel = tuple[Any, ...]


class Park:
    """Awaitable: suspends the operation until somebody calls the `resume` handed to `start`.

    `start(resume)` is called once, when the coroutine has stopped; the value given to `resume` is what `await` gives.
    """

    __slots__ = ("start",)

    def __init__(self, start: Callable[[Callable[[Any], None]], None]) -> None:
        self.start = start

    def __await__(self) -> Generator["Park", Any, Any]:
        return (yield self)


class Run:
    """One coroutine being driven without a Task: the first step runs at once, in the caller's stack.

    A coroutine may await a `Park` or an asyncio future (so streams and engines work too). `outcome(value, error)` is
    called once at its end. `cancel` throws `Cancelled` into it where it waits.
    """

    __slots__ = ("_at_once", "_coroutine", "_outcome", "_turn", "over")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], outcome: Outcome) -> None:
        self._coroutine = coroutine
        self._outcome = outcome
        self._turn = 0
        self._at_once: list[Any] | None = None
        self.over = False
        self._step(None, None)

    def cancel(self) -> None:
        """End the coroutine where it waits."""
        if not self.over:
            self._turn += 1
            self._step(None, Cancelled())

    def _step(self, value: Any, error: BaseException | None) -> None:
        """Go on, and on again for as long as what is waited for is there at once: in a loop, not deeper and deeper."""
        while True:
            given = self._advance(value, error)
            if not given:
                return
            value, error = given[0], None

    def _advance(self, value: Any, error: BaseException | None) -> list[Any]:
        """One step; the value to go on with, when it is there already."""
        try:
            waits_for = self._coroutine.throw(error) if error is not None else self._coroutine.send(value)
        except StopIteration as end:
            self.over = True
            self._outcome(end.value, None)
            return []
        except (Exception, Cancelled) as problem:  # noqa: BLE001 - handed to the outcome, which answers it
            self.over = True
            self._outcome(None, problem)
            return []
        self._turn = turn = self._turn + 1
        if type(waits_for) is Park:
            given: list[Any] = []
            self._at_once = given
            waits_for.start(lambda value: self._resume(turn, value, None))
            self._at_once = None
            return given
        if waits_for is None:  # asyncio.sleep(0): give others their turn
            get_running_loop().call_soon(self._resume, turn, None, None)
        else:
            waits_for._asyncio_future_blocking = False
            waits_for.add_done_callback(lambda future: self._resume_future(turn, future))
        return []

    def _resume(self, turn: int, value: Any, error: BaseException | None) -> None:
        if turn != self._turn or self.over:
            return
        if self._at_once is None:
            self._step(value, error)
        elif not self._at_once:
            self._at_once.append(value)

    def _resume_future(self, turn: int, future: "Future[Any]") -> None:
        if future.cancelled():
            self._resume(turn, None, Cancelled())
        else:
            error = future.exception()
            self._resume(turn, None if error else future.result(), error)


class Cancelled(BaseException):
    """The one who asked has gone, or the cloud is stopping."""


class Waiter:
    """One operation waiting on channels, until woken, until a virtual time, or until its deadline."""

    __slots__ = ("alarm", "channels", "deadline", "resume", "woken")

    def __init__(self, channels: list[Channel], resume: Callable[[Any], None]) -> None:
        self.channels = channels
        self.resume: Callable[[Any], None] | None = resume
        self.alarm: Any = None
        self.deadline: Any = None
        self.woken: Channel | None = None


class Waiters:
    """Who waits on which channel, in order of arrival. Waking costs nothing on a channel nobody waits on."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._channels: dict[Channel, deque[Waiter]] = {}
        self._alarms: dict[Channel, Alarm] = {}
        self._parked = 0

    def __len__(self) -> int:
        return self._parked

    def add(self, waiter: Waiter) -> None:
        """Let `waiter` wait on its channels, behind those who already do."""
        self._parked += 1
        for channel in waiter.channels:
            self._channels.setdefault(channel, deque()).append(waiter)

    def wake(self, channel: Channel) -> bool:
        """Resume the longest-waiting waiter of `channel`, soon; False when there is none."""
        queue = self._channels.get(channel)
        while queue:
            waiter = queue.popleft()
            if waiter.resume is not None:
                waiter.woken = channel
                self.release(waiter, channel)
                return True
        if queue is not None:
            del self._channels[channel]
        return False

    def wake_all(self, channel: Channel) -> None:
        """Resume everybody who waits on `channel`, soon."""
        while self.wake(channel):
            pass

    def wake_at(self, clock: Clock, when: int, channel: Channel) -> None:
        """Wake one waiter of `channel` at `when`, if anybody waits on it now and nobody is to be woken sooner."""
        if channel not in self._channels:
            return
        alarm = self._alarms.get(channel)
        if alarm is not None and alarm.callback is not None:
            if alarm.when <= when:
                return
            alarm.cancel()
        self._alarms[channel] = clock.call_at(when, lambda: self._ring(channel))

    def _ring(self, channel: Channel) -> None:
        del self._alarms[channel]
        self.wake(channel)

    def release(self, waiter: Waiter, value: Any) -> None:
        """Take a waiter off all channels and resume it in the loop's next turn."""
        resume = waiter.resume
        if resume is None:
            return
        self.leave(waiter)
        self._loop.call_soon(resume, value)

    def release_all(self) -> None:
        """Resume every waiter, as at its deadline."""
        for queue in list(self._channels.values()):
            for waiter in list(queue):
                self.release(waiter, None)

    def leave(self, waiter: Waiter) -> None:
        """Forget a waiter; where it stands between others, its place is skipped when its turn comes."""
        if waiter.resume is None:
            return
        self._parked -= 1
        waiter.resume = None
        for handle in (waiter.alarm, waiter.deadline):
            if handle is not None:
                handle.cancel()
        for channel in waiter.channels:
            queue = self._channels.get(channel)
            while queue and queue[0].resume is None:
                queue.popleft()
            while queue and queue[-1].resume is None:
                queue.pop()
            if not queue:
                self._channels.pop(channel, None)
