"""Operations that hold the event loop, and with it everybody, are named in the log."""

from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Final

HELD: Final = 0.02
"""Host seconds an operation may hold the loop before it is named in the log."""


class SlowOperation(Exception):
    """An operation that kept everybody else waiting; it belongs into chunks."""


class Slowness:
    """Reports the first such operation of a second, and how many since went untold."""

    def __init__(self, loop: AbstractEventLoop, report: Callable[[str, BaseException], None]) -> None:
        self._loop = loop
        self._report = report
        self._second = -1
        self._untold = 0

    def note(self, name: str, held: float) -> None:
        """An operation held the loop for `held` seconds."""
        second = int(self._loop.time())
        if second == self._second:
            self._untold += 1
            return
        others = f" ({self._untold} more since the last report)" if self._untold else ""
        self._second, self._untold = second, 0
        self._report(name, SlowOperation(f"held the loop for {held * 1000:.0f} ms{others}"))
