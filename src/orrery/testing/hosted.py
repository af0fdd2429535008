"""A cloud that runs in this process's cloud thread, with its server: the inside of `orrery.testing.Cloud`."""

from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

from orrery.app import model_cache, open_data
from orrery.cloud import Cloud
from orrery.gateway.limits import Limits
from orrery.gateway.server import Front, Server
from orrery.kernel.kernel import SlowOperation
from orrery.settings import Settings, SettingsError, given
from orrery.testing.thread import CloudThread, cloud_thread
from orrery.wire.http import Head

T = TypeVar("T")

HERE = {"host": "127.0.0.1", "port": "0"}
"""Settings of clouds in tests where none are given: a free port, on loopback only."""

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Addresses that stand for all of the machine's, and by which of them it is reached from itself."""

ELSEWHERE = ("init_dir", "log_level", "log_format", "log_file", "drain_timeout", "workers")
"""Settings of a process that is a cloud; a cloud within another process cannot follow them."""


class Failed(ExceptionGroup[Exception]):
    """What failed in a cloud and was nobody's answer: each of these is a defect of Orrery."""


def settings_of(values: Mapping[str, object]) -> Settings:
    """The settings of a cloud in this process. Raises SettingsError for one that is unknown, impossible or of no
    effect here."""
    for name in values:
        if name.replace("-", "_") in ELSEWHERE:
            raise SettingsError(
                f"{name} has no effect on a cloud in the process of the tests; "
                "orrery.testing.process.Cloud starts one in a process of its own"
            )
    return given({**HERE, **values}, "tests")


class Hosted:
    """A cloud with its server. `url` is its endpoint; `problems` are failures that were nobody's answer.

    `cloud`, `server` and `loop` may be touched from within the loop only (`run`, `do`). Raises SettingsError,
    UnusableDirectory for a data directory that cannot be used, UnusableState for a saved state to begin with, and
    OSError for a port that cannot be had.
    """

    def __init__(self, settings: Settings, *, thread: CloudThread | None = None, cache: Path | None = None) -> None:
        self.settings = settings
        self.thread = thread or cloud_thread()
        self.loop = self.thread.loop
        self.problems: list[tuple[str, BaseException]] = []
        self.cloud: Cloud
        self.server: Front
        self.port = 0
        self.url = ""
        self.thread.run(lambda: self._open(cache or model_cache()))
        self.thread.open[self] = self.stop

    async def _open(self, cache: Path) -> None:
        settings = self.settings
        models = self.thread.models(cache)
        self.cloud = Cloud(settings, self.loop, open_data(settings), report=self._report, cache=cache, models=models)
        self.server = self._front()
        try:
            bound = await self.server.listen_all(settings.host, settings.port)
        except OSError:
            self.server.close()
            self.cloud.close()
            raise
        host, self.port = bound[0]
        host = EVERYWHERE.get(host, host)
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def _front(self) -> Front:
        """What clients speak to."""
        settings = self.settings
        limits = Limits(
            head=settings.max_head_size,
            connections=settings.max_connections,
            head_seconds=settings.head_timeout,
            idle_seconds=settings.idle_timeout,
        )
        server = Server(self.cloud, now=self.cloud.clock.now, report=self._report_request, limits=limits)
        self.cloud.keeper.connections = lambda: len(server.hub.members)
        return server

    def run(self, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine in the cloud's loop and wait for it."""
        return self.thread.run(make)

    def do(self, function: Callable[[], T]) -> T:
        """Run a plain function in the cloud's loop."""
        return self.thread.do(function)

    def stop(self) -> None:
        """Stop serving and close; idempotent. Raises Failed with the failures nobody was told of."""
        if self.thread.open.pop(self, None) is None:
            return

        def close() -> None:
            self.server.close()
            self.cloud.close()

        self.do(close)
        self.do(lambda: None)  # another turn of the loop, in which the connections do what they still have to
        problems, self.problems = self.problems, []
        if problems:
            failures = [problem if isinstance(problem, Exception) else RuntimeError(what) for what, problem in problems]
            raise Failed("failed in the cloud: " + ", ".join(what for what, _ in problems), failures)

    def _report(self, what: str, problem: BaseException) -> None:
        if not isinstance(problem, SlowOperation):  # a busy machine is no failure of the cloud
            self.problems.append((what, problem))

    def _report_request(self, head: Head | None, problem: BaseException) -> None:
        self._report("a request" if head is None else f"{head.method} {head.path!r}", problem)
