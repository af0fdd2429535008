"""What is measured of S3, server by server; each figure comes from one bounded run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.content import FOLDERS, crc32, etag, key_of
from bench.generator import Objects
from bench.measures import Bench, Figure, ObjectFigure, Plan, Result, Say
from bench.orrery import fill_keys, orrery
from bench.pinning import cores
from bench.servers import Server
from bench.transfers import transfers

KILO, MEGA, GIBI = 1_000, 1_000_000, 1 << 30
LARGE = 100 * MEGA
SIZES = (KILO, 100 * KILO, MEGA, LARGE)
NAMES = {KILO: "1 KB", 100 * KILO: "100 KB", MEGA: "1 MB", LARGE: "100 MB"}
PUT_KEYS = {KILO: 100_000, 100 * KILO: 5_000, MEGA: 256, LARGE: 4}
GET_KEYS = {KILO: 1_000, 100 * KILO: 500, MEGA: 64, LARGE: 4}
SDK = "SHA-256 signed, CRC-32"
EVERY_CORE = "on every core"
BUCKET = "bench"
STRIDE = 7_919
"""A prime: gets of keys in this step come from everywhere among them."""

KEPT = 100
"""Bytes of an object in the bucket that is filled to millions of keys."""

PAGE = 100
"""Keys, or folders, of a page: a bucket of a thousand keys has so many beyond its middle."""


@dataclass(frozen=True, slots=True)
class ObjectPlan:
    """How long and how far: seconds a figure, connection counts, sizes of what whole programs move, numbers of keys."""

    seconds: float = 1.25
    warmup: float = 0.25
    large_seconds: float = 20
    sizes: tuple[int, ...] = SIZES
    connections: tuple[int, ...] = (1, 16, 64)
    peer_large_connections: tuple[int, ...] = (1, 16)
    """Peers that keep the bodies under way in memory need too much of it for more."""

    depths: tuple[int, ...] = (1_000, 100_000, 10_000_000)
    fill_seconds: float = 180
    file: int = 5 * GIBI
    files: int = 10_000
    long: int = 3 * GIBI


class ObjectBench:
    """A started server that is asked for objects, and the result that grows."""

    def __init__(self, server: Server, result: Result, plan: ObjectPlan, core: int | None, say: Say) -> None:
        self.server = server
        self.result = result
        self.plan = plan
        self.say = say
        self.bench = Bench(server, result, Plan(plan.seconds, plan.warmup), core, say)

    def bucket(self) -> None:
        """Create the bucket of all that follows."""
        self.bench.generator.rest("PUT", f"/{BUCKET}")

    def run(self, kind: str, connections: int, objects: Objects, form: str = "") -> None:
        """One figure of puts or gets: so many seconds, or so many requests where objects are large."""
        large = objects.size >= LARGE
        with self.bench.noting(f"{kind}, {NAMES[objects.size]}, {connections}"):
            figure = self.bench.run(
                kind,
                connections,
                seconds=self.plan.large_seconds if large else self.plan.seconds,
                warmup=0 if large else self.plan.warmup,
                requests=max(16, connections) if large else 0,
                more=objects.words(),
            )
            self.result.objects.append(ObjectFigure(kind, objects.size, figure, form))

    def puts(self, size: int, connections: int, form: str = "") -> None:
        """Puts of objects of that size."""
        path = f"/{BUCKET}/{size}/"
        extra = f"x-amz-checksum-crc32:{crc32(size)}" if form == SDK else ""
        objects = Objects(path, size, PUT_KEYS[size], etag=etag(size), payload=form == SDK, extra=extra)
        self.run("put", connections, objects, form)

    def gets(self, size: int, connections: int, form: str = "") -> None:
        """Gets of objects of that size, which are there."""
        self.run("get", connections, Objects(f"/{BUCKET}/{size}/", size, GET_KEYS[size], stride=STRIDE), form)

    def stock(self, size: int) -> None:
        """Put what the gets of that size ask for."""
        keys = GET_KEYS[size]
        objects = Objects(f"/{BUCKET}/{size}/", size, keys)
        with self.bench.noting(f"filling, {NAMES[size]}"):
            self.bench.generator.load("put", 2, seconds=30, requests=keys, more=objects.words())

    def connections(self, size: int, *, peer: bool) -> tuple[int, ...]:
        """Numbers of connections for objects of that size."""
        return self.plan.peer_large_connections if peer and size == LARGE else self.plan.connections


def objects(bench: ObjectBench, *, peer: bool) -> None:
    """Puts and gets of every size at every number of connections."""
    for size in bench.plan.sizes:
        for count in bench.connections(size, peer=peer):
            bench.puts(size, count)
        bench.stock(size)
        for count in bench.connections(size, peer=peer):
            bench.gets(size, count)


def variants(bench: ObjectBench) -> None:
    """Puts as SDKs send them; and long bodies while the server may use every core."""
    small, large = bench.plan.sizes[0], bench.plan.sizes[-1]
    for size in (small, large):
        bench.puts(size, 16, SDK)
    with bench.server.on_all_cores():
        for count in (1, 16):
            bench.puts(large, count, EVERY_CORE)
            bench.gets(large, count, EVERY_CORE)


def ours(bench: ObjectBench) -> None:
    """Everything that needs no server of its own, for Orrery."""
    bench.bucket()
    objects(bench, peer=False)
    variants(bench)


def theirs(bench: ObjectBench) -> None:
    """Puts and gets, for a peer."""
    bench.bucket()
    objects(bench, peer=True)


def static(bench: ObjectBench) -> None:
    """Gets alone, for a server of files."""
    for size in bench.plan.sizes:
        for count in bench.plan.connections:
            bench.gets(size, count)


@contextmanager
def started(data: Path, work: Path, result: Result, plan: ObjectPlan, say: Say) -> Iterator[ObjectBench]:
    """Orrery on a data directory."""
    server_core, load_core = cores()
    with Server(orrery(data), work, core=server_core) as server:
        yield ObjectBench(server, result, plan, load_core, say)


def streaming(result: Result, plan: ObjectPlan, work: Path, say: Say) -> None:
    """One long object into a fresh process and out of it again: the most memory that it held meanwhile."""
    with started(work / "long", work, result, plan, say) as bench:
        bench.bucket()
        words = Objects(f"/{BUCKET}/", plan.long, 1).words()
        for kind in ("put", "get"):
            with bench.bench.noting(f"{kind} of {plan.long:,} bytes"):
                bench.bench.run(kind, 1, seconds=60, warmup=0, requests=1, more=words)
        result.streamed = bench.server.peak()
        say(f"  {plan.long:,} bytes in and out: at most {result.streamed / MEGA:.0f} MB")


def programs(result: Result, plan: ObjectPlan, work: Path, say: Say) -> None:
    """The AWS CLI beside a fresh process."""
    with started(work / "programs", work, result, plan, say) as bench:
        bench.bucket()
        for whole in transfers(bench.server, BUCKET, work / "files", plan.file, plan.files, result.notes):
            result.wholes.append(whole)
            say(f"  {whole.what}: {whole.seconds:.1f} s, at most {whole.peak / MEGA:.0f} MB")


def keys(result: Result, plan: ObjectPlan, work: Path, say: Say) -> None:
    """One bucket filled beneath the API to more and more keys: what a page, a put and a get cost at each number."""
    data = work / "keys"
    with started(data, work, result, plan, say) as bench:
        bench.bucket()
        seed = Objects(f"/{BUCKET}/", KEPT, 1)
        bench.bench.generator.load("put", 1, seconds=5, requests=1, more=seed.words())
    held = 1
    for depth in plan.depths:
        say(f"  filling a bucket to {depth:,} keys")
        held = fill_keys(data, BUCKET, held, depth, plan.fill_seconds)
        if held < depth:
            result.notes.append(f"filling stopped at {held:,} of {depth:,} keys after {plan.fill_seconds:.0f} s")
        with started(data, work, result, plan, say) as bench:
            say(f"  first answer after {bench.server.first_answer * 1e3:.0f} ms")
            result.keys[held] = at_depth(bench, held)


def at_depth(bench: ObjectBench, held: int) -> dict[str, Figure]:
    """The figures of a bucket that holds that many keys in a hundred folders; all pages are of the same length."""
    middle = key_of(FOLDERS // 2).replace("/", "%2F")
    pages = {
        "first page": (f"list-type=2&max-keys={PAGE}", "<Contents>"),
        "middle page": (f"list-type=2&max-keys={PAGE}&start-after={middle}", "<Contents>"),
        "page of folders": (f"delimiter=%2F&list-type=2&max-keys={PAGE}", "<CommonPrefixes>"),
    }
    figures = {}
    for name, (query, must) in pages.items():
        words = ["--path", f"/{BUCKET}", "--query", query, "--must", must]
        with bench.bench.noting(f"{name} at {held:,} keys"):
            figures[name] = bench.bench.run("rest", 4, more=words)
    new = Objects(f"/{BUCKET}/", KEPT, 1_000_000, first=90_000_000)
    there = Objects(f"/{BUCKET}/", KEPT, held, stride=STRIDE)
    for kind, which in (("put", new), ("get", there)):
        with bench.bench.noting(f"{kind} at {held:,} keys"):
            figures[kind] = bench.bench.run(kind, 16, more=which.words())
    return figures
