"""A thread that does what it is given, in order: syncing and checkpoints beside the event loop."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread


class Worker:
    """Starts its thread with the first piece of work. What it is given must not raise."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: Thread | None = None

    def run(self, work: Callable[[], None]) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._loop, name=self._name, daemon=True)
            self._thread.start()
        self._queue.put(work)

    def close(self) -> None:
        """Wait until everything given has been done, and end the thread."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join()
            self._thread = None

    def _loop(self) -> None:
        while (work := self._queue.get()) is not None:
            work()
