"""The clouds of these tests: those of `orrery.testing`, from the inside."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from orrery.gateway.server import Front
from orrery.testing.hosted import Hosted, settings_of
from orrery.testing.thread import CloudThread
from orrery.workers.team import Team

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


class RunningCloud(Hosted):
    """A cloud in memory with a manual clock, where `options` say nothing else."""

    def __init__(self, thread: CloudThread, options: dict[str, Any]) -> None:
        workers = options.pop("workers", 0)
        settings = replace(settings_of({"clock": "manual", **options}), workers=workers)
        super().__init__(settings, thread=thread, cache=MODELS)
        self.clock = TestClock(self)

    def _front(self) -> Front:
        return Team(self.cloud) if self.settings.workers else super()._front()
