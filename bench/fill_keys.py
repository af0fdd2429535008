"""Fill a bucket with small objects by the million: rows written straight into a data directory that no cloud has open.

`python -m bench.fill_keys DATA-DIRECTORY BUCKET FROM COUNT SECONDS` writes the objects numbered FROM to COUNT, keyed as
the load generator keys them, and prints up to which number it came. The bucket must hold object 0 already, put through
the API: all others are like it, each with content of its own, so that a cloud started on the directory afterwards
finds what so many puts would have left.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec

from bench.content import FOLDERS, key_of
from bench.fill import ACCOUNT, REGION
from orrery.cloud import Cloud
from orrery.gateway.server import new_event_loop
from orrery.kernel.blobs import BlobRef, Written
from orrery.kernel.keys import pack
from orrery.kernel.place import Place
from orrery.kernel.records import table_of
from orrery.kernel.store.contract import BULK, Batch
from orrery.kernel.store.opening import open_directory
from orrery.services.s3.records import Bucket, Object
from orrery.services.s3.service import BODIES
from orrery.settings import Settings

CHUNK = 20_000
SLAB = 2_000_000
MARKED = 87_654_321
"""A number whose key stands for all others while an object is taken apart."""


def slabs(first: int, count: int) -> Iterator[range]:
    """The numbers to write, two million at a time; within one of them the keys rise, which writes them faster."""
    while first < count:
        last = min(first + SLAB, count)
        yield range(first, last)
        first = last


def in_order(slab: range) -> Iterator[int]:
    """The numbers of a slab in the order of their keys."""
    for folder in range(FOLDERS):
        yield from range(slab.start + (folder - slab.start) % FOLDERS, slab.stop, FOLDERS)


class Filler:
    """Makes objects like the one that is there: all bytes are the same but those of key and content's id, which are
    always as long."""

    def __init__(self, place: Place, like: Object, packed: Written) -> None:
        table = table_of(Object)
        assert not table.indexes, f"{table.name} has indexes"
        assert packed.entry is not None
        entry, self._content = packed.entry
        self._id = packed.ref.id[:6].replace(b"\0", b"\1")  # a zero byte would be written as two in a key
        blob, key = self._id + b"f%08d!" % MARKED, key_of(MARKED)
        record = msgspec.structs.replace(like, key=key, body=BlobRef(blob, like.size, packed=True))
        self._space = table.space
        self._start, self._end = (place.prefix(table) + pack((record.bucket, key))).split(key.encode())
        self._head, rest = table.encode(record).split(key.encode())
        self._middle, self._tail = rest.split(blob)
        entries = entry.removesuffix(pack((packed.ref.id,))) + pack((blob,))
        self._entries, self._entries_end = entries.split(blob)

    def batch(self, numbers: list[int], serial: int) -> Batch:
        """Objects of those numbers; their contents are numbered from `serial` on, so that they are appended."""
        batch = Batch()
        records, contents = batch.puts[self._space], batch.puts[BULK]
        head, middle, tail, start, end = self._head, self._middle, self._tail, self._start, self._end
        for place, number in enumerate(numbers, serial):
            key = b"%02d/%08d" % (number % FOLDERS, number)
            blob = b"%bf%08d!" % (self._id, place)
            records[start + key + end] = head + key + middle + blob + tail
            contents[self._entries + blob + self._entries_end] = self._content
        return batch


async def write(cloud: Cloud, name: str, first: int, count: int, seconds: float) -> int:
    """Write objects into the bucket `name` for at most `seconds`; the number up to which all are there."""
    cloud.load("s3")
    place = cloud.kernel.place(ACCOUNT, REGION)
    tx = cloud.kernel.read(place)
    bucket = tx.one(Bucket, name)
    like = tx.one(Object, bucket.number, key_of(0))
    assert like.body is not None
    contents, store = cloud.kernel.contents, cloud.data.store
    packed = contents.pack(BODIES, contents.open(tx, BODIES, like.body).read(0, like.size))
    filler = Filler(place, like, packed)
    until, held = time.monotonic() + seconds, first
    for slab in slabs(max(first, 1), count):
        numbers, serial = in_order(slab), slab.start
        while chunk := list(islice(numbers, CHUNK)):
            store.apply(filler.batch(chunk, serial))
            serial += len(chunk)
            while (pressure := store.pressure()) is not None:
                await pressure
            await asyncio.sleep(0)
        held = slab.stop
        if time.monotonic() > until:
            break
    return held


def fill(directory: Path, name: str, first: int, count: int, seconds: float) -> int:
    """Fill the bucket `name` of a data directory that no cloud has open; up to which number."""
    loop = new_event_loop()
    settings = Settings(data_dir=str(directory))
    cloud = Cloud(settings, loop, open_directory(directory), report=lambda what, problem: None)
    held = loop.run_until_complete(write(cloud, name, first, count, seconds))
    cloud.close()
    loop.close()
    return held


def main() -> int:
    """Fill and print up to which number."""
    directory, name, *numbers = sys.argv[1:]
    first, count, seconds = numbers
    print(fill(Path(directory), name, int(first), int(count), float(seconds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
