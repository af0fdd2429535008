"""Futures for durability: one sync in flight, covering all that was applied before it began."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest

from orrery.kernel.store.contract import RECORDS, Batch
from orrery.kernel.store.ending import STATUS
from orrery.kernel.store.sqlite import SqliteStore
from orrery.kernel.store.syncing import Syncer


class Disk:
    """Syncs that take until they are let go."""

    def __init__(self) -> None:
        self.begun = 0
        self.go = Event()

    def sync(self) -> None:
        self.begun += 1
        assert self.go.wait(10)
        self.go.clear()


def test_one_sync_covers_all_batches_applied_before_it_began() -> None:
    async def scenario() -> None:
        disk, reasons = Disk(), list[str]()
        syncer = Syncer(disk.sync, reasons.append)
        syncer.applied(3)
        first, third = syncer.durable(1), syncer.durable(3)
        assert first is not None
        assert third is not None
        disk.go.set()
        await first
        await third
        assert disk.begun == 1
        assert syncer.durable(2) is None
        syncer.close()

    asyncio.run(scenario())


def test_what_is_applied_during_a_sync_waits_for_the_next_one() -> None:
    async def scenario() -> None:
        disk, reasons = Disk(), list[str]()
        syncer = Syncer(disk.sync, reasons.append)
        syncer.applied(1)
        first = syncer.durable(1)
        syncer.applied(2)
        second = syncer.durable(2)
        assert first is not None
        assert second is not None
        disk.go.set()
        await first
        assert not second.done()
        disk.go.set()
        await second
        assert disk.begun == 2
        syncer.close()

    asyncio.run(scenario())


def test_a_waiter_that_was_cancelled_is_passed_over() -> None:
    async def scenario() -> None:
        disk, reasons = Disk(), list[str]()
        syncer = Syncer(disk.sync, reasons.append)
        syncer.applied(1)
        gone, stays = syncer.durable(1), syncer.durable(1)
        assert gone is not None
        assert stays is not None
        gone.cancel()
        disk.go.set()
        await stays
        syncer.close()

    asyncio.run(scenario())


def test_after_a_failed_sync_the_process_ends_and_nothing_is_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        reasons: list[str] = []

        def failing(descriptor: int) -> None:
            raise OSError(5, "Input/output error")

        monkeypatch.setattr("orrery.kernel.store.sqlite.sync_file", failing)
        store = SqliteStore.open(tmp_path, durability="power", end=reasons.append)
        batch = Batch()
        batch.puts[RECORDS][b"k"] = b"v"
        pending = store.durable(store.apply(batch))
        later = store.durable(store.apply(batch))
        store.close()

        assert pending is not None
        assert later is not None
        assert not pending.done()
        assert not later.done()
        assert len(reasons) == 1
        assert "Input/output error" in reasons[0]

    asyncio.run(scenario())


def test_the_end_is_at_once_and_says_why() -> None:
    source = Path(__file__).parents[3] / "src"
    program = (
        "import atexit; from orrery.kernel.store.ending import end_process\n"
        "atexit.register(print, 'cleaned up')\n"
        "end_process('syncing failed: no luck')\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(source)}
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, env=environment, check=False)

    assert ended.returncode == STATUS
    assert ended.stdout == b""
    assert b"syncing failed: no luck" in ended.stderr
