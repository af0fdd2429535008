"""The mode `autojump`: when nothing happens, virtual time leaps to the next thing somebody asked for."""

from asyncio import TimerHandle

from orrery.kernel.core import Core

LOOK = 0.02
"""Host seconds between looks."""
QUIET = 0.05
"""Host seconds without a request before time leaps: an SDK's next call comes sooner."""


class Leaper:
    """Leaps to foreground alarms only (a transition, a delay, a message coming back), never to housekeeping or to
    the end of a long poll, and only while no operation works, no job runs and no request came for a moment."""

    def __init__(self, kernel: Core) -> None:
        self._kernel = kernel
        self._timer: TimerHandle | None = None

    def watch(self) -> None:
        """Begin looking, while the clock's mode is `autojump`; asked again at every change of the clock."""
        if self._kernel.clock.mode == "autojump" and self._timer is None:
            self._timer = self._kernel.loop.call_later(LOOK, self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        kernel = self._kernel
        working = kernel.running - len(kernel.waiters)
        quiet = kernel.loop.time() - kernel.touched >= QUIET
        if kernel.clock.mode == "autojump" and quiet and working <= 0 and not kernel.busy:
            due = kernel.clock.next_due(foreground=True)
            if due is not None and due > kernel.clock.now():
                kernel.clock.turn_to(due)
                kernel.clock.fire_due()
        self.watch()
