"""A process that writes batches as fast as it can and says by a pipe which it may tell of; made to be
killed.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Literal, cast

from orrery.kernel.store.contract import BULK, RECORDS, Batch, Durability, Store
from orrery.kernel.store.opening import open_directory
from orrery.kernel.store.sqlite import SqliteStore

Kind = Literal["sqlite", "sqlite with many checkpoints", "rocksdb"]

WIDTH = 16


def open_store(directory: Path, kind: Kind, durability: Durability) -> Store:
    """The store the child writes to; its lock goes with the process."""
    if kind == "sqlite with many checkpoints":
        directory.mkdir(exist_ok=True)
        return SqliteStore.open(directory, durability=durability, threshold=100)
    return open_directory(directory, adapter=kind, durability=durability).store


def batch_of(number: int) -> Batch:
    """The batch with this number: records and payloads that all name it, a counter, and an earlier
    deletion.
    """
    batch = Batch()
    for place in range(WIDTH):
        key = b"m" + number.to_bytes(8, "big") + bytes((place,))
        batch.puts[RECORDS][key] = number.to_bytes(8, "big")
        batch.puts[BULK][key] = number.to_bytes(8, "big") * 50
    if number % 3 == 0:
        gone = b"m" + (number - 1).to_bytes(8, "big")
        batch.clears.append((RECORDS, gone, gone + b"\xff"))
        batch.clears.append((BULK, gone, gone + b"\xff"))
    batch.adds[b"count"] = 1
    return batch


async def write(directory: Path, kind: Kind, durability: Durability) -> None:
    store = open_store(directory, kind, durability)
    number = int.from_bytes(store.get(RECORDS, b"count") or b"", "big")
    while True:
        number += 1
        wait = store.durable(store.apply(batch_of(number)))
        if wait is not None:
            await wait
        os.write(1, number.to_bytes(8, "big"))
        if (pressure := store.pressure()) is not None:
            await pressure


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1]), cast(Kind, sys.argv[2]), cast(Durability, sys.argv[3])))
