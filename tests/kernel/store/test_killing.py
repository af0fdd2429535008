"""A process killed under load has lost nothing it acknowledged, and left no batch in part."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from tests.kernel.store import writing_child
from tests.kernel.store.writing_child import WIDTH, Kind

from orrery.kernel.store.contract import BULK, RECORDS, Durability, Store
from orrery.kernel.store.opening import open_directory
from orrery.kernel.store.sqlite import SqliteStore

ROOT = Path(__file__).parents[3]
END = b"\xff"


def killed(directory: Path, kind: Kind, durability: Durability, acknowledgements: int) -> int:
    """Run the writing child until it has acknowledged so many batches, kill it; the last number it told
    of.
    """
    command = [sys.executable, "-m", writing_child.__name__, str(directory), kind, durability]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        told = child.stdout.read(8 * acknowledgements)
        child.kill()
        told += child.stdout.read()
    assert len(told) >= 8 * acknowledgements, "the child ended before it was killed"
    whole = len(told) // 8 * 8
    return int.from_bytes(told[whole - 8 : whole], "big")


def check(store: Store, told: int) -> None:
    """The state is that after batch n, n being at least what was told."""
    count = int.from_bytes(store.get(RECORDS, b"count") or b"", "big")
    assert count >= told
    kept = [number for number in range(1, count + 1) if number % 3 != 2 or number == count]
    expected = [b"m" + number.to_bytes(8, "big") + bytes((place,)) for number in kept for place in range(WIDTH)]
    records, payloads = store.range(RECORDS, b"m", END), store.range(BULK, b"m", END)
    assert [key for key, _ in records] == expected
    assert [key for key, _ in payloads] == expected
    assert all(value == key[1:9] for key, value in records)
    assert all(value == key[1:9] * 50 for key, value in payloads)


def kill_repeatedly(directory: Path, kind: Kind, durability: Durability, times: int, seed: int) -> None:
    source = random.Random(seed)
    for _ in range(times):
        told = killed(directory, kind, durability, source.choice((1, 5, 30, source.randrange(1, 300))))
        if kind == "sqlite with many checkpoints":
            store: Store = SqliteStore.open(directory)
            check(store, told)
            store.close()
        else:
            data = open_directory(directory, adapter=kind, durability=durability)
            check(data.store, told)
            data.close()


@pytest.mark.parametrize("seed", range(2))
def test_batches_acknowledged_by_sqlite_survive_a_kill_under_load(tmp_path: Path, seed: int) -> None:
    kill_repeatedly(tmp_path / "data", "sqlite", "crash", 10, seed)


@pytest.mark.parametrize("durability", ["crash", "power"])
def test_batches_survive_a_kill_among_many_checkpoints(tmp_path: Path, durability: Durability) -> None:
    kill_repeatedly(tmp_path / "data", "sqlite with many checkpoints", durability, 15, 6)


def test_batches_acknowledged_as_durable_for_power_survive_a_kill_under_load(tmp_path: Path) -> None:
    kill_repeatedly(tmp_path / "data", "sqlite", "power", 10, 4)


@pytest.mark.parametrize("durability", ["crash", "power"])
def test_batches_acknowledged_by_rocksdb_survive_a_kill_under_load(tmp_path: Path, durability: Durability) -> None:
    kill_repeatedly(tmp_path / "data", "rocksdb", durability, 3, 5)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 130))
def test_batches_survive_many_kills_under_load(tmp_path: Path, seed: int) -> None:
    kind: Kind = "sqlite" if seed % 2 else "sqlite with many checkpoints"
    kill_repeatedly(tmp_path / "data", kind, "crash" if seed % 3 else "power", 10, seed)
