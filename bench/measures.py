"""What is measured, server by server; each figure comes from one bounded run."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.generator import Generator, GeneratorError, Load
from bench.servers import Memory, Recipe, Server, ServerError

FIFO = {"FifoQueue": "true", "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
DEPTH_CONNECTIONS = 16
SLOW_STARTS = 6.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how far: seconds a figure, connection counts, waiting long polls, queue depths."""

    seconds: float = 4
    warmup: float = 0.5
    connections: tuple[int, ...] = (1, 16, 64)
    waiting: int = 1000
    starts: int = 5
    depths: tuple[int, ...] = (1_000, 100_000)
    peer_depths: tuple[int, ...] = (1_000, 10_000)
    peer_fill_seconds: float = 90
    deep: int = 10_000_000
    deep_seconds: float = 240
    prefill: int = 40_000
    peer_prefill: int = 2_000


@dataclass(frozen=True, slots=True)
class Figure:
    """One run: what the generator counted, and the server's processor time a request in microseconds."""

    load: Load
    cpu_us: float


@dataclass(frozen=True, slots=True)
class ObjectFigure:
    """A run of puts or gets of objects of one size, in bytes; `form` tells how, where that is not the usual way."""

    kind: str
    size: int
    figure: Figure
    form: str = ""

    @property
    def speed(self) -> float:
        """Bytes of objects a second."""
        return self.figure.load.rate * self.size


@dataclass(frozen=True, slots=True)
class Whole:
    """A program run from its start to its end beside the server: seconds, and the most memory the server held."""

    what: str
    seconds: float
    peak: int


@dataclass(slots=True)
class Result:
    """All figures of one server."""

    recipe: Recipe
    first_answers: list[float] = field(default_factory=list)  # seconds; the first with an empty data directory
    idle: Memory = Memory(0, 0)
    loaded: Memory = Memory(0, 0)
    figures: list[Figure] = field(default_factory=list)
    depths: dict[int, list[Figure]] = field(default_factory=dict)
    objects: list[ObjectFigure] = field(default_factory=list)
    keys: dict[int, dict[str, Figure]] = field(default_factory=dict)  # keys held: what was asked
    wholes: list[Whole] = field(default_factory=list)
    streamed: int = 0  # the most memory held while one long object came and went, in bytes
    notes: list[str] = field(default_factory=list)

    def figure(self, scenario: str, connections: int) -> Figure | None:
        """The run of a scenario with that many connections, if there was one."""
        for figure in self.figures:
            if (figure.load.scenario, figure.load.connections) == (scenario, connections):
                return figure
        return None

    def object(self, kind: str, size: int, connections: int, form: str = "") -> ObjectFigure | None:
        """The run of puts or gets of that size with that many connections, if there was one."""
        for found in self.objects:
            if (found.kind, found.size, found.figure.load.connections, found.form) == (kind, size, connections, form):
                return found
        return None


Say = Callable[[str], None]


class Bench:
    """A started server, its generator on the other core, and the result that grows."""

    def __init__(self, server: Server, result: Result, plan: Plan, core: int | None, say: Say) -> None:
        self.server = server
        self.result = result
        self.plan = plan
        self.generator = Generator(server.recipe.port, core)
        self.say = say
        self._made = 0

    def run(self, scenario: str, connections: int, queue_url: str = "", **options: Any) -> Figure:
        """One run of the generator, with the processor time that the server spent on it."""
        options = {"seconds": self.plan.seconds, "warmup": self.plan.warmup, **options}
        before = self.server.cpu()
        load = self.generator.load(scenario, connections, queue_url=queue_url, **options)
        spent = self.server.cpu() - before
        share = load.seconds / (load.seconds + options["warmup"]) if load.seconds else 0
        figure = Figure(load, spent * share * 1e6 / load.requests if load.requests else 0)
        errors = f"  ERRORS {load.errors}: {load.error[:200]}" if load.errors else ""
        self.say(f"  {scenario:15} {connections:5} connections {load.rate:10.0f}/s {figure.cpu_us:8.1f} us{errors}")
        return figure

    def queue(self, attributes: dict[str, str] | None = None) -> str:
        """A fresh queue's URL."""
        self._made += 1
        name = f"bench-{self._made}-{time.time_ns() % 10**9}" + (".fifo" if attributes else "")
        values: dict[str, Any] = {"QueueName": name}
        if attributes:
            values["Attributes"] = attributes
        return str(self.generator.call("AmazonSQS.CreateQueue", values)["QueueUrl"])

    def fill(self, url: str, messages: int, seconds: float) -> int:
        """Send `messages` in batches of ten, for at most `seconds`; how many were taken."""
        load = self.generator.load("fill", 4, seconds=seconds, requests=-(-messages // 10), queue_url=url)
        return load.requests * 10

    @contextmanager
    def noting(self, what: str) -> Iterator[None]:
        """Begin with a server that answers; record a failure as a note instead of ending the whole run."""
        try:
            if not self.server.ensure():
                self.result.notes.append(f"started anew before {what}: it no longer answered")
            yield
        except (GeneratorError, ServerError) as problem:
            self.result.notes.append(f"{what}: {problem}")
            self.say(f"  {what}: {problem}")


def echo(bench: Bench) -> None:
    """The echo at every number of connections."""
    bench.result.figures += [bench.run("echo", count) for count in bench.plan.connections]


def sends(bench: Bench) -> None:
    """Sends alone at every number of connections."""
    for count in bench.plan.connections:
        with bench.noting(f"send, {count}"):
            bench.result.figures.append(bench.run("send", count, bench.queue()))


def warm(bench: Bench) -> None:
    """Let a server whose code is compiled while it runs come up to speed, by rounds that leave nothing behind."""
    seconds = bench.server.recipe.warming
    if seconds:
        with bench.noting("warming"):
            bench.run("cycle", 16, bench.queue(), seconds=seconds)


def messages(bench: Bench, prefill: int) -> None:
    """Send, receive with delete, FIFO batches and GetCallerIdentity at every number of connections."""
    for count in bench.plan.connections:
        with bench.noting(f"send, {count}"):
            bench.result.figures.append(bench.run("send", count, bench.queue()))
        with bench.noting(f"receive-delete, {count}"):
            url = bench.queue()
            bench.fill(url, prefill, 30)
            bench.result.figures.append(bench.run("receive-delete", count, url, warmup=0))
        with bench.noting(f"fifo-batch, {count}"):
            bench.result.figures.append(bench.run("fifo-batch", count, bench.queue(FIFO)))
        if not bench.server.recipe.identity:
            continue
        with bench.noting(f"identity, {count}"):
            bench.result.figures.append(bench.run("identity", count))


def waiting(bench: Bench) -> None:
    """Long polls waiting on one queue, one message at a time: from handing the send to the kernel to the receipt."""
    with bench.noting("longpoll"):
        url = bench.queue()
        bench.result.figures.append(bench.run("longpoll", bench.plan.waiting, url, warmup=1.0))


def depth(bench: Bench, url: str, held: int, label: int) -> None:
    """Sends, and rounds of send, receive and delete, on a queue that already holds `held` messages."""
    bench.say(f"  a queue of {held:,} messages")
    with bench.noting(f"depth {label}"):
        runs = [bench.run(scenario, DEPTH_CONNECTIONS, url) for scenario in ("cycle", "send")]
        bench.result.depths[held] = runs


def depths(bench: Bench, targets: tuple[int, ...], fill_seconds: float) -> None:
    """Grow one queue through the API to each depth and measure there."""
    url, held = "", 0
    for target in targets:
        with bench.noting(f"fill to {target}"):
            url = url or bench.queue()
            if held < target:
                held += bench.fill(url, target - held, fill_seconds)
        if not held:
            return
        depth(bench, url, held, target)
        sent = sum(figure.load.requests for figure in bench.result.depths.get(held, ())[1:])
        if held < target * 0.9:
            bench.result.notes.append(f"filling stopped at {held:,} of {target:,} after {fill_seconds:.0f} s")
            break
        held += sent


def starts(recipe: Recipe, result: Result, plan: Plan, work: Path, core: int | None) -> None:
    """Start to first answer, again and again on the same data directory; idle memory after the last of them."""
    for turn in range(plan.starts):
        with Server(recipe, work, core=core) as server:
            result.first_answers.append(server.first_answer)
            enough = turn == plan.starts - 1 or sum(result.first_answers) > SLOW_STARTS
            if enough:
                time.sleep(1.0)
                result.idle = server.memory()
                return
