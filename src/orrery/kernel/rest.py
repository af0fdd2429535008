"""What the cloud does by itself pauses after the store has refused a batch, then is looked for anew."""

from asyncio import TimerHandle

from orrery.kernel.core import Core

REST = 1.0
"""Host seconds of a pause: enough not to keep a full disk busy, short enough to be nobody's wait once it has room."""


class Rest:
    """A refused batch brings its jobs, deliveries and endings back as they were, but nobody expects them any more."""

    def __init__(self, kernel: Core) -> None:
        self._kernel = kernel
        self._timer: TimerHandle | None = None

    @property
    def on(self) -> bool:
        """Whether nothing is to be begun now."""
        return self._timer is not None

    def begin(self) -> None:
        """A batch was refused."""
        if self._timer is None:
            self._timer = self._kernel.loop.call_later(REST, self._end)

    def stop(self) -> None:
        """Begin nothing any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _end(self) -> None:
        self._timer = None
        self._kernel.look_for_work()
