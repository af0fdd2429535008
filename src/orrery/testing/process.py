"""A cloud in a process of its own, for tests that are not Python's or that want `orrery start` itself."""

import collections
import subprocess
import sys
import threading
from typing import Any

from orrery.settings import given, show
from orrery.testing.place import Place

READY = "Ready.\n"
LINES = 200
"""How many of the last lines the process wrote are kept to be shown."""


class NotStarted(Exception):
    """The cloud did not start; the message has what it wrote."""


class Cloud(Place):
    """`orrery start` on a free port with nothing kept, up when this returns; ended by `close` or a `with`.

    `settings` are those of `orrery start`, as for `orrery.testing.Cloud`; what they do not say is said by the
    environment's variables and `orrery.toml`, as at any start. Raises SettingsError for one that is unknown
    or impossible, NotStarted when the process ends or says nothing of being ready for `patience` seconds.
    """

    def __init__(self, *, patience: float = 60.0, **settings: Any) -> None:
        values = {"port": 0, "data_dir": ":memory:", **settings}
        checked = given(values, "tests")
        flags = [f"--{name.replace('_', '-')}={show(getattr(checked, name.replace('-', '_')))}" for name in values]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "orrery.cli.main", "start", *flags],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._lines: collections.deque[str] = collections.deque(maxlen=LINES)
        self._url = ""
        self._up = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        in_time = self._up.wait(patience)
        if not self._url or not in_time or self._process.poll() is not None:
            self.close()
            why = "ended" if in_time else f"was not ready after {patience:g} seconds"
            raise NotStarted(f"orrery start {why}:\n{self.output}")
        super().__init__(self._url, region=checked.region)

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def output(self) -> str:
        """The last lines the process wrote."""
        return "".join(self._lines)

    def close(self) -> None:
        """End the process as Ctrl-C does and wait for it. Nothing happens the second time."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()

    def __enter__(self) -> "Cloud":
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def _read(self) -> None:
        """Read what the process writes until it ends, so that it never waits for a reader."""
        output: Any = self._process.stdout
        with output:
            for line in output:
                self._lines.append(line)
                if not self._url and line.startswith("Orrery on "):
                    self._url = line.removeprefix("Orrery on ").strip()
                if line == READY:
                    self._up.set()
        self._up.set()
