"""A server under measurement: started on a loopback port and one core, asked, weighed, stopped by its process id."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.generator import Generator
from bench.pinning import on_core

UNWELL = 5.0
"""Seconds without an answer to a single request after which a server is started anew."""


class ServerError(Exception):
    """The server did not start; the message holds the end of what it wrote."""


def _shown(word: str) -> str:
    head, equals, tail = word.rpartition("=")
    kept = 2 if tail.endswith("/*") else 1
    return head + equals + ("/".join(Path(tail).parts[-kept:]) if tail.startswith("/") else tail)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a server is started: its command, what is added to the environment, and what all this is called."""

    name: str
    version: str
    command: tuple[str, ...]
    port: int
    environment: dict[str, str] = field(default_factory=dict)
    first: str = "identity"  # the first request to be answered: a scenario, or an operation as X-Amz-Target names it
    identity: bool = True  # whether it has STS
    warming: float = 0  # seconds of sends before anything is measured
    display: str = ""  # the command line as people would write it, where that is another
    remark: str = ""

    @property
    def shown(self) -> str:
        """The command line as the page shows it: no directories, no interpreter's path."""
        if self.display:
            return self.display
        words = [f"{key}={value}" for key, value in self.environment.items() if key != "PYTHONPATH"]
        return " ".join([*words, *(_shown(word) for word in self.command)])


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident and proportional set size of a server and its children, in bytes."""

    rss: int
    pss: int


def free_port() -> int:
    """A loopback port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answered(port: int, request: bytes, timeout: float) -> bool:
    """True when a server on the port answers the request with 200 within `timeout` seconds."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
            connection.sendall(request)
            return connection.recv(65536).startswith((b"HTTP/1.1 200", b"HTTP/1.0 200"))
    except OSError:
        return False


class Server:
    """A started server; a context manager that stops it. `first_answer` is seconds from start to the first 200."""

    def __init__(self, recipe: Recipe, work: Path, *, core: int | None, patience: float = 60) -> None:
        work.mkdir(parents=True, exist_ok=True)
        self.recipe = recipe
        self._work = work
        self._core = core
        self._patience = patience
        self.first_answer = self._start()

    def _start(self) -> float:
        recipe = self.recipe
        log = self._work / f"{recipe.name}.log"
        request = self._signed()
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        environment = {**inherited, **recipe.environment, "AWS_EC2_METADATA_DISABLED": "true"}
        with log.open("wb") as output, on_core(self._core):
            began = time.perf_counter()
            self.process = subprocess.Popen(
                recipe.command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd=self._work, env=environment
            )
        while not answered(recipe.port, request, self._patience):
            if self.process.poll() is not None or time.perf_counter() - began > self._patience:
                self.stop()
                raise ServerError(f"{recipe.name}: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.002)
        return time.perf_counter() - began

    def _signed(self) -> bytes:
        """The first request, signed now: signatures live for a quarter of an hour."""
        return Generator(self.recipe.port).request(self.recipe.first)

    def ensure(self) -> bool:
        """Start the server anew where it has become too busy to answer; False when that was needed."""
        if answered(self.recipe.port, self._signed(), UNWELL):
            return True
        self.stop()
        self._start()
        return False

    @property
    def processes(self) -> list[int]:
        """The process and all below it."""
        found = [self.process.pid]
        for pid in found:
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                try:
                    found += [int(word) for word in task.read_text().split()]
                except OSError:
                    continue
        return found

    def memory(self) -> Memory:
        """What the server holds in memory now."""
        rss = pss = 0
        for pid in self.processes:
            try:
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            except OSError:
                continue
            sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines[1:]}
            rss += sizes.get("Rss", 0)
            pss += sizes.get("Pss", 0)
        return Memory(rss, pss)

    def forget_peak(self) -> None:
        """From now on, `peak` tells of what comes."""
        for pid in self.processes:
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    def peak(self) -> int:
        """The most that the server and its children held in memory, each at its own moment, in bytes."""
        most = 0
        for pid in self.processes:
            try:
                lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            except OSError:
                continue
            most += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
        return most

    @contextmanager
    def on_all_cores(self) -> Iterator[None]:
        """Let the server use every core inside, not only its own."""
        if self._core is None:
            yield
            return
        self._allow(os.sched_getaffinity(0))
        try:
            yield
        finally:
            self._allow({self._core})

    def _allow(self, cores: set[int]) -> None:
        for pid in self.processes:
            for task in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setaffinity(int(task.name), cores)

    def cpu(self) -> float:
        """Seconds of processor time the server has used so far, user and system."""
        ticks = 0
        for pid in self.processes:
            try:
                words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            ticks += int(words[11]) + int(words[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """End the server: SIGTERM, and SIGKILL where five seconds do not suffice."""
        children = self.processes[1:]
        self.process.terminate()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pid in children:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
