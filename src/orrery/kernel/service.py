"""What a service declares: tables, operations, jobs, limits, failures. Immutable once its package is imported."""

from collections.abc import Callable, Mapping
from inspect import iscoroutinefunction
from typing import Any, NamedTuple, TypeVar, overload

from orrery.kernel.held import Content, held_by
from orrery.kernel.records import Record, Scope, Table, Upgrade
from orrery.kernel.store.contract import RECORDS
from orrery.wire.instant import SECOND

R = TypeVar("R", bound=Record)
F = TypeVar("F", bound=Callable[..., Any])


class Limit(NamedTuple):
    """One figure AWS enforces: today's, and other eras' where they differ. `rate` ones bite only with limits=real."""

    name: str
    today: int
    eras: Mapping[str, int]
    doc: str
    rate: bool = False


class Failure(NamedTuple):
    """One way to fail on demand, set by `orrery fail`; `parameters` are its settings with their defaults."""

    name: str
    doc: str
    parameters: Mapping[str, Any]


class Job(NamedTuple):
    """Work done later: a function `(ctx, **arguments)`. Foreground jobs are what somebody asked for."""

    name: str
    run: Callable[..., Any]
    foreground: bool
    catch_up: str

    @property
    def is_async(self) -> bool:
        """Whether it is an `async def`."""
        return iscoroutinefunction(self.run)


class Sink(NamedTuple):
    """A kind of receiver: a function `(ctx, **payload)`; `def` ones write records, `async def` ones act outside.

    `attempts` are made with pauses of `pause`, twice that, four times that … milliseconds, at most an hour; then
    `dead(ctx, payload, reason)` is called in a transaction, or the loss is reported.
    """

    name: str
    run: Callable[..., Any]
    attempts: int
    pause: int
    dead: Callable[..., None] | None
    is_async: bool


class Log(NamedTuple):
    """The declaration of a kind of log: its full name, and how long entries are readable, in milliseconds."""

    name: str
    keep: int


class Service:
    """One AWS service. `name` is that of its model; `title` how people call it.

    `protocol_patch` lies beside the package. The decorators `table`, `operation` and `job` fill the registries while
    the package is imported; nobody changes them after that.
    """

    def __init__(self, name: str, *, principal: str | None = None) -> None:
        self.name = name
        self.principal = principal or f"{name}.amazonaws.com"
        self.tables: dict[str, Table[Any]] = {}
        self.operations: dict[str, Callable[..., Any]] = {}
        self.jobs: dict[str, Job] = {}
        self.limits: dict[str, Limit] = {}
        self.failures: dict[str, Failure] = {}
        self.sinks: dict[str, Sink] = {}
        self.contents: dict[str, Content] = {}
        self.views: dict[str, Callable[..., Any]] = {}
        self.inert: dict[str, frozenset[str]] = {}
        self.shares: Callable[..., Any] | None = None

    def table(
        self,
        *,
        key: tuple[str, ...] | str,
        scope: Scope = "region",
        arn: str | None = None,
        shape: str | None = None,
        missing: tuple[str, str] | None = None,
        expires: str | None = None,
        version: int = 1,
        upgrades: Mapping[int, Upgrade] | None = None,
        space: int = RECORDS,
    ) -> Callable[[type[R]], type[R]]:
        """Declare the table of a record class.

        `key` names its key fields, `scope` how widely a key is unique, `arn` the resource part of its ARN, `shape`
        AWS's structure it answers as, `missing` the fault of an absent one (its message formatted with the key),
        `expires` the field that holds the instant it is over, `upgrades` the functions from one version's list of
        fields to the next's, `space` where its values lie (payloads: BULK).
        """

        def declare(record: type[R]) -> type[R]:
            assert record.__struct_config__.frozen, f"{record.__name__} must be frozen"
            lifecycle = next((v for v in vars(record).values() if getattr(v, "is_lifecycle", False)), None)
            table = Table(
                f"{self.name}.{record.__name__}",
                record,
                key=(key,) if isinstance(key, str) else key,
                scope=scope,
                arn=arn,
                shape=shape,
                missing=missing,
                expires=expires,
                version=version,
                upgrades=upgrades,
                lifecycle=lifecycle,
                space=space,
            )
            record.__table__ = table  # type: ignore[attr-defined]
            self.tables[record.__name__] = table
            return record

        return declare

    @overload
    def operation(self, function: F) -> F: ...
    @overload
    def operation(self, *, inert: tuple[str, ...] = ()) -> Callable[[F], F]: ...
    def operation(self, function: F | None = None, *, inert: tuple[str, ...] = ()) -> Any:
        """Register a function as the operation of its name (`create_queue`: CreateQueue).

        `inert` names members (paths with dots) that are read nowhere because they mean nothing here.
        """

        def register(function: F) -> F:
            self.operations[function.__name__] = function
            self.inert[function.__name__] = frozenset(inert)
            return function

        return register if function is None else register(function)

    @overload
    def job(self, function: F) -> F: ...
    @overload
    def job(self, *, foreground: bool = True, catch_up: str = "each") -> Callable[[F], F]: ...
    def job(self, function: F | None = None, *, foreground: bool = True, catch_up: str = "each") -> Any:
        """Register a function as a job: `ctx.schedule(function, at=…, **arguments)` has it called then.

        A `def` job is one transaction, in which its row goes too: exactly once. An `async def` job is at least once.
        `catch_up` says what a repeated job does after a leap of the clock: run for `each` time missed, or only `last`.
        """

        def register(function: F) -> F:
            name = f"{self.name}.{function.__name__}"
            self.jobs[function.__name__] = Job(name, function, foreground, catch_up)
            function.__job__ = self.jobs[function.__name__]  # type: ignore[attr-defined]
            return function

        return register if function is None else register(function)

    @overload
    def sink(self, function: F) -> F: ...
    @overload
    def sink(
        self, *, attempts: int = 8, pause: int = SECOND, dead: Callable[..., None] | None = None
    ) -> Callable[[F], F]: ...
    def sink(
        self,
        function: F | None = None,
        *,
        attempts: int = 8,
        pause: int = SECOND,
        dead: Callable[..., None] | None = None,
    ) -> Any:
        """Register a function as a receiver of deliveries: `ctx.deliver(function, order=…, **payload)`."""

        def register(function: F) -> F:
            name = function.__name__
            sink = Sink(f"{self.name}.{name}", function, attempts, pause, dead, iscoroutinefunction(function))
            self.sinks[name] = sink
            function.__sink__ = sink  # type: ignore[attr-defined]
            return function

        return register if function is None else register(function)

    def log(self, name: str, *, keep: int) -> Log:
        """Declare a kind of log whose entries are readable for `keep` milliseconds."""
        return Log(f"{self.name}#{name}", keep)

    def content(self, name: str) -> Content:
        """Declare a store of bodies, for `ctx.write`, `ctx.pack`, `ctx.hold`, `ctx.release` and `ctx.open`."""
        held = self.table(key="id", scope="partition")(held_by(name))
        self.contents[name] = Content(f"{self.name}#{name}", held)
        return self.contents[name]

    def view(self, function: F) -> F:
        """Register a function `(kernel, query)`, plain or async, whose value is shown at `/_orrery/SERVICE/NAME` and
        `/_aws/…`."""
        self.views[function.__name__] = function
        return function

    def sharing(self, function: F) -> F:
        """Register the function `(tx, labels, origin, method)` that says what every answer tells a browser whose page
        of another origin asked: members of the model's PreflightRequestOutput, none of them where rules refuse it,
        None where there are no rules. It only reads."""
        self.shares = function
        return function

    def limit(self, name: str, *, today: int, doc: str, rate: bool = False, **eras: int) -> str:
        """Declare a limit; returns its full name for `ctx.limit`."""
        full = f"{self.name}.{name}"
        self.limits[full] = Limit(full, today, dict(eras), doc, rate)
        return full

    def failure(self, name: str, *, doc: str, **parameters: Any) -> str:
        """Declare a failure that can be asked for; returns its full name for `ctx.failure`."""
        full = f"{self.name}.{name}"
        self.failures[full] = Failure(full, doc, parameters)
        return full

    def counter(self, name: str) -> str:
        """The full name of a counter or sequence, for `tx.add`, `tx.count` and `tx.next`."""
        return f"{self.name}#{name}"
