"""The one thread of this process in whose event loop all its clouds live."""

import asyncio
import atexit
import os
import threading
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from orrery.gateway.server import new_event_loop
from orrery.wire.catalog import Models

T = TypeVar("T")

PATIENCE = 600.0
"""Seconds to wait for what was asked of the loop: advancing the clock by years runs everything that falls due."""


class CloudThread:
    """An event loop in a thread of its own; a daemon, so that it keeps no process alive.

    Its clouds share the compiled `models`, which say nothing of any cloud.
    """

    def __init__(self) -> None:
        self.loop = new_event_loop()
        self.open: dict[object, Callable[[], None]] = {}  # what lives here, and how it is closed
        self._models: dict[Path, Models] = {}
        self._thread = threading.Thread(target=self.loop.run_forever, name="orrery", daemon=True)
        self._thread.start()

    def models(self, cache: Path) -> Models:
        """AWS's models, compiled once for all clouds that live here; those kept in `cache` need not be compiled."""
        if cache not in self._models:
            self._models[cache] = Models(cache)
        return self._models[cache]

    def run(self, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine in the loop and wait for what it returns or raises."""
        return asyncio.run_coroutine_threadsafe(make(), self.loop).result(PATIENCE)

    def do(self, function: Callable[[], T]) -> T:
        """Run a plain function in the loop and wait for it."""

        async def call() -> T:
            return function()

        return self.run(call)

    def stop(self) -> None:
        """Close what is still open, end the thread and close its loop."""
        with ExitStack() as stack:
            stack.callback(self._end)
            for close in self.open.values():
                stack.callback(close)

    def _end(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


def cloud_thread() -> CloudThread:
    """This process's thread, started at the first call. A process that was forked has none of its parent's threads,
    and gets its own."""
    return _thread_of(os.getpid())


@cache
def _thread_of(process: int) -> CloudThread:
    thread = CloudThread()

    def stop() -> None:
        if os.getpid() == process:
            thread.stop()

    atexit.register(stop)
    return thread
