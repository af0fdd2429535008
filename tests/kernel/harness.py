"""A kernel in memory with a toy service, driven step by step: what the kernel's tests share."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from orrery.kernel.call import Call, root_of
from orrery.kernel.clock import Clock, Mode
from orrery.kernel.context import Context
from orrery.kernel.ids import Ids
from orrery.kernel.jobs import Again
from orrery.kernel.kernel import Kernel
from orrery.kernel.lifecycle import GONE, After, Lifecycle, Until
from orrery.kernel.records import Index, Record
from orrery.kernel.service import Service
from orrery.kernel.store.contract import Durability, Store
from orrery.kernel.store.sqlite import SqliteStore
from orrery.kernel.store.table_ids import TableIds
from orrery.wire.instant import HOUR, SECOND

START = 1_700_000_000_000

toy = Service("toy")
PLAYED = toy.counter("played")
NUMBERS = toy.counter("number")
SIZE = toy.limit("size", today=10, notes2020=5, doc="How big a toy may be")
PICTURES = toy.content("pictures")
BREAK = toy.failure("break", doc="Toys break", rate=0.5)


@toy.table(key="name", arn="box/{name}", missing=("NoSuchToy", "There is no toy called {}"))
class Toy(Record, frozen=True):
    """A toy with everything a table can have."""

    name: str
    colour: str | None = None
    weight: int = 0
    owner: str | None = None

    by_colour = Index("colour", "weight")
    by_owner = Index("owner", unique=True, scope="partition", taken=("OwnerHasOne", "{} has a toy"))


@toy.table(key=("box", "number"))
class Part(Record, frozen=True):
    """A part of a box: all of a box's are cleared at once."""

    box: str
    number: int
    size: int = 0

    by_size = Index("box", "size")


@toy.table(key="name", expires="until")
class Loan(Record, frozen=True):
    """Something that is over at a time."""

    name: str
    until: int | None


@toy.table(key="name", expires="until")
class Lease(Record, frozen=True):
    """Something that is over at a time, found by who has it."""

    name: str
    until: int
    holder: str

    by_holder = Index("holder")


@toy.table(key="name", expires="until")
class Badge(Record, frozen=True):
    """Something that is over at a time, with a number that nobody else has meanwhile."""

    name: str
    until: int
    number: int

    by_number = Index("number", unique=True, scope="partition", taken=("Worn", "{} is worn"))


async def build(ctx: Context, machine: Any) -> None:
    """Build a machine, unless it is a bad one."""
    if machine.name.startswith("bad"):
        raise OSError("no parts")


@toy.table(key="name")
class Machine(Record, frozen=True):
    """Something with states of its own."""

    name: str
    state: str = "pending"

    by_state = Index("state")
    life = Lifecycle(
        "state",
        {
            "pending": Until(build, then="running", failed="broken"),
            "stopping": After(20 * SECOND, then="stopped"),
            "leaving": After(HOUR, then=GONE),
        },
    )


@toy.job
def paint(ctx: Context, name: str, colour: str) -> None:
    """Paint a toy."""
    ctx.tx.put(Toy(name, colour))


EVENTS = toy.log("events", keep=HOUR)


@toy.sink
def store(ctx: Context, name: str) -> None:
    """A receiver that writes a record."""
    ctx.tx.insert(Toy(f"{name}-{ctx.tx.next(NUMBERS)}"))


def bury(ctx: Context, payload: dict[str, Any], reason: str) -> None:
    """What becomes of what cannot be delivered."""
    ctx.tx.insert(Toy(f"dead-{payload['name']}", colour=reason))


@toy.sink(attempts=3, pause=10 * SECOND, dead=bury)
async def send(ctx: Context, name: str) -> None:
    """A receiver outside, which refuses some."""
    if name.startswith("bad"):
        raise OSError("refused")
    await ctx.transaction(lambda ctx: ctx.tx.put(Toy(f"sent-{name}")))


@toy.job
def count_down(ctx: Context, number: int) -> Again | None:
    """Count in chunks, one record each."""
    ctx.tx.put(Part("count", number))
    return Again({"number": number - 1}) if number > 1 else None


class Bench:
    """One kernel and short ways to use it."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        store: Store,
        *,
        mode: Mode = "manual",
        content: Path | None = None,
        durability: Durability = "crash",
    ) -> None:
        self.host = START
        self.reports: list[tuple[str, BaseException]] = []
        self.loop = loop
        self.store = store
        self.clock = Clock(loop, mode=mode, host=lambda: self.host)
        self.kernel = Kernel(
            store,
            loop,
            tables=TableIds(store),
            clock=self.clock,
            services={"toy": toy},
            load=lambda name: None,
            report=lambda what, problem: self.reports.append((what, problem)),
            ids=Ids(seed=1),
            content=content,
            durability=durability,
        )
        self.kernel.start()
        self.place = self.kernel.place("111111111111", "eu-west-3")

    def call(self, function: Callable[..., Any], values: Any = None) -> "asyncio.Future[Any]":
        """Perform an operation; the future has its value or its error."""
        future: asyncio.Future[Any] = self.loop.create_future()

        def finish(value: Any, error: BaseException | None) -> None:
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(value)

        call = Call(
            None,
            values,
            account=self.place.account,
            region=self.place.region,
            principal=root_of(self.place.account),
            request_id="request",
        )
        future.run = self.kernel.perform(function, call, finish)  # type: ignore[attr-defined]
        return future

    def change(self, function: Callable[[Any], Any]) -> Any:
        """Run in a transaction and commit."""
        value = self.kernel.change(function, self.place)
        self.kernel.committer.flush()
        return value

    def read(self) -> Any:
        """A transaction for looking."""
        return self.kernel.read(self.place)


def run(
    story: Callable[[Bench], Any],
    *,
    store: Store | None = None,
    mode: Mode = "manual",
    content: Path | None = None,
    durability: Durability = "crash",
) -> Any:
    """Run an async story on a fresh kernel; with a directory for bodies, if `content` is one."""

    async def play() -> Any:
        kept = store or SqliteStore.memory()
        bench = Bench(asyncio.get_running_loop(), kept, mode=mode, content=content, durability=durability)
        try:
            return await story(bench)
        finally:
            bench.kernel.contents.close()
            if store is None:
                kept.close()

    return asyncio.run(play())
