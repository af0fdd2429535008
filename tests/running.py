"""A cloud that runs in another thread's event loop, on a free loopback port."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from orrery.cloud import Cloud
from orrery.gateway.server import Server
from orrery.kernel.kernel import SlowOperation
from orrery.kernel.store.opening import open_directory, open_memory
from orrery.settings import Settings
from orrery.settings_forms import ClockMode

T = TypeVar("T")
MODELS = Path(__file__).parent.parent / ".orrery" / "models"


class TestClock:
    """The clock of a running cloud, in seconds as tests think."""

    __test__ = False

    def __init__(self, running: "RunningCloud") -> None:
        self._running = running

    def advance(self, seconds: float) -> None:
        """Let time pass; returns when everything due has happened."""
        self._running.run(lambda: self._running.cloud.kernel.advance(round(seconds * 1000)))

    def now(self) -> int:
        """Virtual now, in milliseconds."""
        return self._running.cloud.clock.now()


class RunningCloud:
    """A cloud with its server. `url` is its endpoint; `problems` are failures that were nobody's answer."""

    def __init__(self, loop: asyncio.AbstractEventLoop, settings: Settings) -> None:
        self.loop = loop
        self.settings = settings
        self.problems: list[tuple[str, BaseException]] = []
        self.clock = TestClock(self)
        self.cloud: Cloud
        self.server: Server
        self.url = ""
        self.port = 0

    @classmethod
    def start(cls, loop: asyncio.AbstractEventLoop, options: dict[str, Any]) -> "RunningCloud":
        """Start a cloud with these settings; by default in memory, with a manual clock."""
        options = {"clock": ClockMode("manual"), **options}
        running = cls(loop, Settings(**options))
        running.run(running._open)
        return running

    async def _open(self) -> None:
        kept = None if self.settings.in_memory else Path(self.settings.data_dir)
        data = open_memory() if kept is None else open_directory(kept)
        self.cloud = Cloud(self.settings, self.loop, data, report=self._report, cache=MODELS)
        self.server = Server(self.cloud, now=self.cloud.clock.now, report=self._report_request)
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        await self.server.listen_socket(listener)
        self.port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def run(self, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine in the cloud's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(make(), self.loop).result(60)

    def do(self, function: Callable[[], T]) -> T:
        """Run a plain function in the cloud's loop."""

        async def call() -> T:
            return function()

        return self.run(call)

    def stop(self) -> None:
        """Stop serving and close; failures nobody was told of fail the test."""

        async def close() -> None:
            self.server.close()
            self.cloud.close()
            await asyncio.sleep(0)

        self.run(close)
        problems, self.problems = self.problems, []
        for what, problem in problems:
            raise AssertionError(f"{what} failed") from problem

    def _report(self, what: str, problem: BaseException) -> None:
        if not isinstance(problem, SlowOperation):  # a busy machine is no failure of the cloud
            self.problems.append((what, problem))

    def _report_request(self, head: Any, problem: BaseException) -> None:
        self._report("a request" if head is None else f"{head.method} {head.path!r}", problem)
