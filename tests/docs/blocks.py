"""The code blocks of documents, and the cloud they are run against.

A `python` block is a whole program. A `console` block holds commands after `$ `, each followed by what it prints; `…`
stands for anything, also for several lines. An `output` block is what the program before it prints. A `python` or `ini`
block whose first line is a file's name, as `# test_orders.py`, is a file of the reader's; pytest runs it if it is one
of tests. Other blocks are for reading only.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from tests.loading import PLUGIN

from orrery import running

ROOT = Path(__file__).resolve().parents[2]
WRITTEN_ENDPOINT = "http://127.0.0.1:4566"
"""The endpoint that documents show; a test's cloud has another port."""

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"# ([\w.-]+\.(?:py|ini))\n")
_COMMAND = re.compile(r"^\$ (.*)\n?((?:(?!\$ ).*\n?)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Step:
    """One program or command of a page, in order, and what it prints (None: not said); `file` is to be there before."""

    line: int
    command: tuple[str, ...]
    prints: str | None
    file: tuple[str, str] | None = None


def pages() -> list[Path]:
    """Every document with something to run."""
    found = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
    return [page for page in found if list(steps(page.read_text()))]


def steps(text: str) -> Iterator[Step]:
    """What to run in a document, in order."""
    blocks = list(_BLOCK.finditer(text))
    for block, following in zip_longest(blocks, blocks[1:]):
        line = text.count("\n", 0, block.start()) + 1
        named = _NAMED.match(block[2]) if block[1] in ("python", "ini") else None
        if named is not None:
            run = (sys.executable, "-m", "pytest", "-q", "-W", "error", *PLUGIN, named[1])
            yield Step(line, run if named[1].startswith("test_") else ("true",), None, (named[1], block[2]))
        elif block[1] == "python":
            output = following[2] if following is not None and following[1] == "output" else None
            yield Step(line, (sys.executable, "-W", "error", "-c", block[2]), output)
        elif block[1] == "console":
            for command in _COMMAND.finditer(block[2]):
                yield Step(line, ("/bin/sh", "-c", command[1]), command[2])


def prints_as_written(printed: str, written: str) -> bool:
    """True when what was printed is what the document shows, `…` standing for anything."""
    pattern = re.escape(written.strip()).replace("…", ".*")
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


class DocumentCloud:
    """A cloud as a reader starts it, with a data directory of its own and an environment that points to it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._log = directory / "log"
        data = directory / "data"
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ORRERY_"))}
        bin_first = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        self.environ = clean | {"ORRERY_DATA_DIR": str(data), "HOME": str(directory), "PATH": bin_first}
        with self._log.open("w") as log:
            command = [sys.executable, "-m", "orrery.cli.main", "start", "--port", "0"]
            self._process = subprocess.Popen(
                command, env=self.environ, stdout=subprocess.PIPE, stderr=log, text=True, cwd=directory
            )
        self._wait_until_ready()
        found = running.find(data)
        assert found is not None
        self.endpoint = found.endpoint
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
        self.environ |= keys | {"AWS_ENDPOINT_URL": self.endpoint}

    def _wait_until_ready(self) -> None:
        assert self._process.stdout is not None
        assert any(line == "Ready.\n" for line in self._process.stdout), self._log.read_text()

    def run(self, step: Step) -> tuple[int, str]:
        """Run one step as the document says; its exit code and what it printed, with the endpoint as written."""
        command = [word.replace(WRITTEN_ENDPOINT, self.endpoint) for word in step.command]
        if step.file is not None:
            (self._directory / step.file[0]).write_text(step.file[1])
        done = subprocess.run(
            command,
            cwd=None if step.file is None else self._directory,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        printed = done.stdout if done.returncode == 0 else done.stdout + done.stderr
        return done.returncode, printed.replace(self.endpoint, WRITTEN_ENDPOINT)

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        self._process.terminate()
        self._process.communicate(timeout=30)
