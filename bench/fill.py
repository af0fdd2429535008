"""Fill a queue with messages by the million: rows written straight into a data directory that no cloud has open.

`python -m bench.fill DATA-DIRECTORY QUEUE COUNT SECONDS` prints how many were written. The queue must hold one message
already, sent through the API: all others are like it, with ids and numbers of their own, so that a cloud started on
the directory afterwards finds what COUNT sends would have left.
"""

import asyncio
import sys
import time
from pathlib import Path

import msgspec

from orrery.cloud import Cloud
from orrery.gateway.server import new_event_loop
from orrery.kernel.keys import pack
from orrery.kernel.place import Place
from orrery.kernel.records import Record, table_of
from orrery.kernel.store.contract import Batch
from orrery.kernel.store.opening import open_directory
from orrery.services.sqs.records import Level, Message, Queue
from orrery.settings import Settings

ACCOUNT = "000000000000"
REGION = "us-east-1"
CHUNK = 20_000


def put(batch: Batch, place: Place, record: Record) -> None:
    """Add a record without index entries to a batch."""
    table = table_of(type(record))
    assert not table.indexes, f"{table.name} has indexes"
    batch.puts[table.space][place.prefix(table) + pack(table.key_of(record))] = table.encode(record)


def chunk(place: Place, like: Message, level: Level, count: int) -> tuple[Batch, Level]:
    """The next `count` messages like `like`, and the queue's level with them."""
    batch = Batch()
    replace = msgspec.structs.replace
    for seq in range(level.seq + 1, level.seq + count + 1):
        put(batch, place, replace(like, seq=seq, id=f"{like.id[:-12]}{seq:012x}"))
    level = replace(level, seq=level.seq + count, total=level.total + count, fresh=level.fresh + count)
    put(batch, place, level)
    return batch, level


async def write(cloud: Cloud, name: str, count: int, seconds: float) -> int:
    """Fill the queue `name` up to `count` messages, for at most `seconds`; how many it holds then."""
    cloud.load("sqs")
    place = cloud.kernel.place(ACCOUNT, REGION)
    tx = cloud.kernel.read(place)
    queue = tx.one(Queue, name)
    level = tx.one(Level, queue.space)
    like = tx.list(Message, queue.space, limit=1)[0]
    store = cloud.data.store
    until = time.monotonic() + seconds
    while level.total < count and time.monotonic() < until:
        batch, level = chunk(place, like, level, min(CHUNK, count - level.total))
        store.apply(batch)
        while (pressure := store.pressure()) is not None:
            await pressure
        await asyncio.sleep(0)
    return level.total


def main() -> int:
    """Fill and print how many messages the queue holds."""
    directory, name, count, seconds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    loop = new_event_loop()
    settings = Settings(data_dir=str(directory))
    cloud = Cloud(settings, loop, open_directory(directory), report=lambda what, problem: None)
    held = loop.run_until_complete(write(cloud, name, count, seconds))
    cloud.close()
    loop.close()
    print(held)
    return 0


if __name__ == "__main__":
    sys.exit(main())
