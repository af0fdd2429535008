"""What the kernel's parts ask of the whole: jobs, deliveries, expiry, lifecycles and contexts know no more of it."""

from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, TypeVar

from orrery.kernel.call import Call
from orrery.kernel.clock import Clock
from orrery.kernel.commit import Committer
from orrery.kernel.contents import Contents
from orrery.kernel.ids import Ids
from orrery.kernel.limits import Limits
from orrery.kernel.page import TokenMaker
from orrery.kernel.place import Place
from orrery.kernel.records import Record, Table
from orrery.kernel.service import Service
from orrery.kernel.store.contract import Store
from orrery.kernel.store.table_ids import TableIds
from orrery.kernel.transaction import Transaction
from orrery.kernel.waiters import Waiters

T = TypeVar("T")


class JobHandle(NamedTuple):
    """Names a scheduled job, so that it can be cancelled; plain values, so that records can keep it."""

    due: int
    number: int


class Planner(Protocol):
    """Whoever calls jobs when they are due."""

    home: Place

    def expect(self, due: int, foreground: bool) -> None:
        """A job is due then."""

    def cancel(self, tx: Transaction, handle: JobHandle) -> None:
        """Remove a job's row, if it is still there."""


class Carrier(Protocol):
    """Whoever makes deliveries."""

    home: Place

    def expect(self, lane: str) -> None:
        """A lane has something."""


class Work(Protocol):
    """The context as the kernel's own jobs see it."""

    now: int
    waits: bool

    @property
    def kernel(self) -> "Core": ...
    @property
    def account(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def tx(self) -> Transaction: ...
    def at(self, account: str, region: str) -> Transaction: ...
    def attempt(self, function: Callable[[Any], T]) -> T: ...
    def over(self) -> None: ...
    async def transaction(self, function: Callable[[Any], T]) -> T: ...


class Core(Protocol):
    """The kernel as its parts see it."""

    store: Store
    tables: TableIds
    loop: AbstractEventLoop
    clock: Clock
    committer: Committer
    contents: Contents
    waiters: Waiters
    limits: Limits
    tokens: TokenMaker
    ids: Ids
    home: tuple[str, str]
    place: Callable[[str, str], Place]
    report: Callable[[str, BaseException], None]
    stopping: bool
    running: int
    touched: float

    @property
    def resting(self) -> bool: ...
    def look_for_work(self) -> None: ...

    @property
    def busy(self) -> bool: ...
    @property
    def scheduler(self) -> Planner: ...
    @property
    def couriers(self) -> Carrier: ...
    def service(self, name: str) -> Service | None: ...
    def table(self, name: str) -> Table[Any]: ...
    def context(self, call: Call) -> Work: ...
    def read(self, place: Place) -> Transaction: ...
    def change(self, function: Callable[[Transaction], Any], place: Place | None = None) -> Any: ...
    async def durable(self) -> None: ...
    def arn(self, record: Record, place: Place) -> str: ...
    def resolve(self, ctx: Any, arn: str) -> Any: ...
