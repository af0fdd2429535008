"""Word of what goes on, on standard error, when something takes more than a second and a person looks on."""

import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType

AFTER = 1.0
EVERY = 0.5


class Progress:
    """Around work that may take long: after a second a line that is renewed until the work is done.

    `tell` returns what to add to the text, as `3,200 bodies`; it is called from another thread, and must not raise.
    Nothing is written where standard error is no terminal.
    """

    def __init__(self, text: str, tell: Callable[[], str] | None = None) -> None:
        self._text = text
        self._tell = tell
        self._done = threading.Event()
        self._thread: threading.Thread | None = None
        self._written = False

    def __enter__(self) -> "Progress":
        if sys.stderr.isatty():
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        if self._thread is not None:
            self._thread.join(2)
        if self._written:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()

    def _run(self) -> None:
        begun = time.monotonic()
        pause = AFTER
        while not self._done.wait(pause):
            told = self._tell() if self._tell is not None else ""
            parts = [self._text, told, f"{time.monotonic() - begun:.0f} s"]
            sys.stderr.write("\r\033[K" + ", ".join(filter(None, parts)) + " …")
            sys.stderr.flush()
            self._written = True
            pause = EVERY
