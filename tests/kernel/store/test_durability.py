"""A crash at any point leaves every acknowledged batch, and each batch whole or not at all.

Every write, truncation and sync of a seeded workload is recorded, checkpoints included, and played back
up to points chosen by the seed. The death of the process leaves what was written so far, the last write
perhaps in part (`crash`). The loss of power leaves, of what was written since a file's last sync, any
sectors (`power`).
"""

import asyncio
import random
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import pytest
from tests.kernel.store.traced_vfs import Acknowledged, Applied, Delete, Event, Sync, Trace, Truncate, Write, traced

from orrery.kernel.store import sqlite
from orrery.kernel.store.contract import BULK, LOG, RECORDS, Batch, Durability
from orrery.kernel.store.sqlite import SqliteStore

SECTOR = 512
BATCHES = 60
END = b"\xff"

State = tuple[dict[bytes, bytes], ...]


def workload(source: random.Random) -> Iterator[tuple[Batch, State]]:
    """Random batches, each with the state that follows it; version n leaves n in a counter."""
    state: State = ({}, {}, {})
    count = 0
    while True:
        batch = Batch()
        if source.random() < 0.1:
            space, low, high = source.randrange(3), source.randrange(250), source.randrange(250)
            start, stop = bytes((min(low, high),)), bytes((max(low, high),))
            batch.clears.append((space, start, stop))
            for key in [key for key in state[space] if start <= key < stop]:
                del state[space][key]
        for _ in range(source.randrange(1, 9)):
            space, key = source.choice((RECORDS, BULK, LOG)), bytes((source.randrange(1, 250),))
            value = None if source.random() < 0.2 else source.randbytes(source.choice((8, 60, 400, 3000)))
            batch.puts[space][key] = value
            if value is None:
                state[space].pop(key, None)
            else:
                state[space][key] = value
        batch.adds[b"\xfe"] = 1
        count += 1
        state[RECORDS][b"\xfe"] = count.to_bytes(8, "big")
        yield batch, tuple(dict(each) for each in state)


def record(
    directory: Path, seed: int, durability: Durability, monkeypatch: pytest.MonkeyPatch
) -> tuple[Trace, list[State]]:
    """The trace of a workload and the state after each version."""
    source = random.Random(seed)
    states: list[State] = [({}, {}, {})]

    async def work(trace: Trace) -> None:
        store = SqliteStore.open(directory, durability=durability, threshold=source.randrange(20, 60))
        waiting = []

        def acknowledge(version: int, _: "asyncio.Future[None] | None" = None) -> None:
            trace.events.append(Acknowledged(version))

        for batch, state in islice(workload(source), BATCHES):
            states.append(state)
            version = store.apply(batch)
            trace.events.append(Applied(version))
            pending = store.durable(version)
            if pending is None:
                acknowledge(version)
                continue
            pending.add_done_callback(partial(acknowledge, version))
            waiting.append(pending)
            if source.random() < 0.5:
                await asyncio.sleep(0)
            if source.random() < 0.3:
                await pending
        await asyncio.gather(*waiting)
        trace.events.append(Applied(0))
        store.close()

    with traced(directory) as trace:
        monkeypatch.setattr(sqlite, "sync_file", lambda _: trace.events.append(Sync("store.sqlite-wal")))
        asyncio.run(work(trace))
    return trace, states


class Disk:
    """Files as they are at a point of a trace: what is surely on the disk, and what was written since."""

    def __init__(self) -> None:
        self.files: dict[str, bytearray] = {}
        self.loose: dict[str, list[Write | Truncate]] = {}

    def play(self, event: Event) -> None:
        if isinstance(event, Write | Truncate):
            self.loose.setdefault(event.file, []).append(event)
        elif isinstance(event, Delete):
            self.files.pop(event.file, None)
            self.loose.pop(event.file, None)
        elif isinstance(event, Sync):
            for change in self.loose.pop(event.file, ()):
                carry_out(self.files.setdefault(event.file, bytearray()), change)

    def after_death(self, source: random.Random, following: Event | None) -> dict[str, bytearray]:
        """All that was written, and perhaps a part of the write that followed."""
        files = {name: bytearray(content) for name, content in self.files.items()}
        for name, changes in self.loose.items():
            for change in changes:
                carry_out(files.setdefault(name, bytearray()), change)
        if isinstance(following, Write) and source.random() < 0.5:
            part = following.data[: source.randrange(len(following.data) + 1)]
            name = following.file
            carry_out(files.setdefault(name, bytearray()), Write(name, following.offset, part))
        return files

    def after_power_loss(self, source: random.Random) -> dict[str, bytearray]:
        """All that was synced, and any of the sectors that were not: a beginning of them, or a random
        choice.
        """
        files = {name: bytearray(content) for name, content in self.files.items()}
        for name, changes in self.loose.items():
            content = files.setdefault(name, bytearray())
            share = source.choice((0.0, 0.1, 0.5, 0.9, 1.0))
            in_order = source.random() < 0.5
            for change in islice(changes, source.randrange(len(changes) + 1) if in_order else None):
                if isinstance(change, Truncate):
                    carry_out(content, change)
                    continue
                for start in range(0, len(change.data), SECTOR):
                    if in_order or source.random() < share:
                        sector = change.data[start : start + SECTOR]
                        carry_out(content, Write(name, change.offset + start, sector))
        return files


def carry_out(content: bytearray, change: Write | Truncate) -> None:
    if isinstance(change, Truncate):
        del content[change.size :]
        return
    if len(content) < change.offset:
        content.extend(bytes(change.offset - len(content)))
    content[change.offset : change.offset + len(change.data)] = change.data


def check(directory: Path, files: dict[str, bytearray], states: list[State], acknowledged: int, applied: int) -> None:
    """Open what a crash has left: a state not older than what was acknowledged nor newer than what was
    begun.
    """
    for name, content in files.items():
        (directory / name).write_bytes(content)
    store = SqliteStore.open(directory)
    try:
        found = tuple(dict(store.range(space, b"", END)) for space in (RECORDS, BULK, LOG))
    finally:
        store.close()
        for left in directory.iterdir():
            left.unlink()
    version = int.from_bytes(found[RECORDS].get(b"\xfe", b""), "big")
    assert acknowledged <= version <= applied + 1
    assert found == states[version]


def crash(tmp_path: Path, seed: int, durability: Durability, points: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Record a workload and open what is left at so many points of it."""
    live, dead = tmp_path / "live", tmp_path / "dead"
    live.mkdir()
    dead.mkdir()
    trace, states = record(live, seed, durability, monkeypatch)
    source = random.Random(seed)
    chosen = sorted(source.choices(range(1, len(trace.events) + 1), k=points))
    disk, played, acknowledged, applied = Disk(), 0, 0, 0
    with traced(dead) as unwanted:  # which spares the syncs
        for point in chosen:
            for event in trace.events[played:point]:
                disk.play(event)
                if isinstance(event, Acknowledged):
                    acknowledged = max(acknowledged, event.version)
                elif isinstance(event, Applied):
                    applied = max(applied, event.version)
            played = point
            following = trace.events[point] if point < len(trace.events) else None
            left = disk.after_power_loss(source) if durability == "power" else disk.after_death(source, following)
            check(dead, left, states, acknowledged, applied)
            unwanted.events.clear()


@pytest.mark.parametrize("durability", ["crash", "power"])
@pytest.mark.parametrize("seed", range(15))
def test_acknowledged_batches_survive_at_every_point_of_a_trace(
    tmp_path: Path, seed: int, durability: Durability, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash(tmp_path, seed, durability, 50, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("durability", ["crash", "power"])
@pytest.mark.parametrize("seed", range(1000, 1100))
def test_acknowledged_batches_survive_at_very_many_points(
    tmp_path: Path, seed: int, durability: Durability, monkeypatch: pytest.MonkeyPatch
) -> None:
    crash(tmp_path, seed, durability, 500, monkeypatch)
