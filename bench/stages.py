"""Microseconds per stage: the pipeline of a cloud in this process, driven by a fixed signed request.

What the HTTP server itself costs is not in here: the echo shows it. `python -m bench.stages [scenario …]` prints the
table; `--profile` prints the functions that take most, by cProfile, instead.
"""

import argparse
import asyncio
import cProfile
import pstats
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from copy import copy
from inspect import iscoroutinefunction
from pathlib import Path
from types import SimpleNamespace, coroutine
from typing import Any, cast

from bench.content import pieces
from bench.generator import build
from orrery.cloud import Cloud
from orrery.gateway.callers import Callers
from orrery.gateway.server import new_event_loop
from orrery.kernel.kernel import SlowOperation
from orrery.kernel.store.opening import open_directory
from orrery.settings import Settings
from orrery.wire.http import Answer, Head, Header, Headers

TICK = 16
"""Requests served in one turn of the loop, so that they share one commit: as with 16 connections."""

ROUNDS = 800
RUNS = 400
SCENARIOS = ("send", "send and receive", "identity")
OBJECT_SCENARIOS = ("put of 1 KB", "get of 1 KB")
SMALL = 1_000


class Sent:
    """An exchange without a socket: keeps its answer."""

    def __init__(self, head: Head) -> None:
        self.head = head
        self.context: Any = None
        self.on_close: list[Callable[[], None]] = []
        self.closed = False
        length = head.headers.get(b"content-length")
        self.length = int(length) if length is not None else None
        self.expects = ""
        self.body: Any = None
        self.size = self.length or 0
        self.given: Answer | None = None

    def answer(self, answer: Answer) -> None:
        """Take the answer."""
        self.given = answer


class Stopwatch:
    """Time spent in wrapped functions, each without what the wrapped functions it calls took."""

    def __init__(self) -> None:
        self.spent: dict[str, int] = {}
        self._inner: list[int] = []

    def wrap(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed under `name`."""
        spent, inner, clock = self.spent, self._inner, time.perf_counter_ns
        spent.setdefault(name, 0)

        def timed(*values: Any, **named: Any) -> Any:
            inner.append(0)
            began = clock()
            try:
                return function(*values, **named)
            finally:
                took = clock() - began
                spent[name] += took - inner.pop()
                if inner:
                    inner[-1] += took

        return timed

    def wrap_async(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The coroutine function, each of whose steps is timed under `name`."""

        @coroutine
        def driven(running: Any) -> Generator[Any, Any, Any]:
            step = self.wrap(name, running.send)
            given = None
            try:
                while True:
                    given = yield step(given)
            except StopIteration as end:
                return end.value

        async def timed(*values: Any) -> Any:
            return await driven(function(*values))

        return timed

    def watch(self, name: str, owner: Any, *attributes: str) -> None:
        """Time methods of an object from now on."""
        for attribute in attributes:
            setattr(owner, attribute, self.wrap(name, getattr(owner, attribute)))


def attach(watch: Stopwatch, cloud: Cloud) -> None:
    """Time the stages of a cloud, in the order of their happening."""
    pipeline, kernel = cloud.pipeline, cloud.kernel
    watch.watch("identify", pipeline, "begin", "identify")
    pipeline.callers = cast(Callers, SimpleNamespace(verify=watch.wrap("verify", pipeline.callers.verify)))
    watch.watch("prepare for the body", pipeline, "expect_body", "check_body")
    watch.watch("parse and validate", pipeline, "validate")
    watch.watch("authorise", pipeline, "authorise", "find")
    watch.watch("call, transaction, merge", pipeline, "perform")
    for name, service in list(cloud.services.items()):
        cloud.services[name] = watched = copy(service)  # the declaration itself is every cloud's
        watched.operations = {
            operation: (watch.wrap_async if iscoroutinefunction(function) else watch.wrap)(
                "the operation itself", function
            )
            for operation, function in service.operations.items()
        }
    watch.watch("encode the batch, wake", kernel.committer, "flush")
    watch.watch("store: commit", cloud.data.store, "apply", "durable")
    watch.watch("serialise", pipeline, "serialise")
    watch.watch("answer, request ring", pipeline, "end")
    watch.watch("steps of the pipeline", pipeline, "serve")


class Driver:
    """A cloud on a temporary directory, and requests signed for it by the load generator."""

    def __init__(self, directory: Path) -> None:
        self.loop = new_event_loop()
        self.cloud = Cloud(
            Settings(data_dir=str(directory)), self.loop, open_directory(directory), report=_report, cache=None
        )

    def call(self, head: Head, body: bytes) -> Sent:
        """Serve one request up to the point where its answer waits for the commit."""
        exchange = Sent(head)
        exchange.context = None
        wanted = self.cloud.begin(exchange)  # type: ignore[arg-type]
        if wanted is not None:
            self.cloud.serve(exchange, body)  # type: ignore[arg-type]
        return exchange

    def tick(self, head: Head, body: bytes, count: int = TICK) -> list[Sent]:
        """Serve `count` requests in one turn of the loop and wait for their answers."""
        sent: list[Sent] = []

        async def turn() -> None:
            sent.extend(self.call(fresh(head), body) for _ in range(count))
            while any(exchange.given is None for exchange in sent):
                await asyncio.sleep(0)

        self.loop.run_until_complete(turn())
        return sent

    def rest(self, *words: str) -> None:
        """One request to S3. Raises AssertionError when it is refused."""
        given = self.tick(*signed("--scenario", *words), count=1)[0].given
        assert given is not None and given.status == 200, given and given.body

    def json(self, target: str, content: str) -> bytes:
        """One JSON call; its answer's body. Raises AssertionError when it is refused."""
        given = self.tick(*signed("--scenario", "call", "--target", target, "--body", content), count=1)[0].given
        assert given is not None and given.status == 200, given and given.body
        return given.body

    def close(self) -> None:
        """Close the cloud and the loop."""
        self.cloud.close()
        self.loop.close()


def _report(what: str, problem: BaseException) -> None:
    if isinstance(problem, SlowOperation):
        return  # the machine was busy with something else: the quickest runs are what counts
    sys.stderr.write(f"{what}: {problem!r}\n")


def signed(*words: str) -> tuple[Head, bytes]:
    """Head and body of one request, signed now by the load generator."""
    raw = subprocess.run([str(build()), "--print", *words], capture_output=True, check=True, timeout=10).stdout
    text, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = text.split(b"\r\n")
    method, target, _ = first.split(b" ")
    fields: list[Header] = []
    for line in lines:
        name, _, value = line.partition(b": ")
        fields.append((name, value))
    return Head(method.decode(), target, fields), body or b"".join(pieces(_length_of(fields)))


def _length_of(fields: list[Header]) -> int:
    """Bytes of the object that follows a head; the generator does not print it."""
    return next((int(value) for name, value in fields if name == b"content-length"), 0)


def fresh(head: Head) -> Head:
    """The same head as a request that has just come, as the server hands it on."""
    fields = head.headers.raw
    return Head(head.method, head.target, Headers(fields, {name.lower(): value for name, value in fields}))


def requests(driver: Driver, scenario: str) -> list[tuple[Head, bytes]]:
    """The requests of one round of a scenario."""
    if scenario == "identity":
        return [signed("--scenario", "identity")]
    if scenario in OBJECT_SCENARIOS:
        driver.rest("rest", "--method", "PUT", "--path", "/stages")
        words = ["--path", "/stages/", "--size", str(SMALL), "--keys", "1"]
        driver.rest("put", *words)
        return [signed("--scenario", scenario.partition(" ")[0], *words)]
    driver.json("AmazonSQS.CreateQueue", '{"QueueName": "stages"}')
    url = "http://127.0.0.1:4566/000000000000/stages"
    send = signed("--scenario", "send", "--queue-url", url)
    if scenario == "send":
        return [send]
    return [send, signed("--scenario", "receive-delete", "--queue-url", url)]


def serve(driver: Driver, asked: list[tuple[Head, bytes]], rounds: int) -> int:
    """Serve the requests again and again; how many were answered. Raises AssertionError for one that is not 200."""
    for _ in range(rounds):
        for head, body in asked:
            for exchange in driver.tick(head, body):
                assert exchange.given is not None and exchange.given.status == 200, (
                    exchange.given and exchange.given.body
                )
    return rounds * TICK * len(asked)


def measure(scenario: str, rounds: int = ROUNDS) -> tuple[dict[str, float], float]:
    """Microseconds a request for each stage of a scenario, and for all of it together without any stopwatch.

    Of many short runs, what a tenth of them undercut: what other processes take away only ever adds.
    """
    with tempfile.TemporaryDirectory(prefix="orrery-stages-") as directory:
        driver = Driver(Path(directory))
        asked = requests(driver, scenario)
        serve(driver, asked, 20)
        wholes = sorted(_timed(driver, asked, rounds // RUNS) for _ in range(RUNS))
        watch = Stopwatch()
        attach(watch, driver.cloud)
        serve(driver, asked, 20)
        runs = []
        for _ in range(RUNS):
            watch.spent.update(dict.fromkeys(watch.spent, 0))
            count = serve(driver, asked, rounds // RUNS)
            runs.append({name: nanoseconds / count / 1000 for name, nanoseconds in watch.spent.items()})
        driver.close()
    stages = {name: sorted(run[name] for run in runs)[RUNS // 10] for name in watch.spent}
    return stages, wholes[RUNS // 10]


def _timed(driver: Driver, asked: list[tuple[Head, bytes]], rounds: int) -> float:
    """Microseconds of processor time a request."""
    began = time.process_time_ns()
    count = serve(driver, asked, rounds)
    return (time.process_time_ns() - began) / count / 1000


def profiled(scenario: str, rounds: int) -> tuple[cProfile.Profile, int]:
    """A profile of a scenario, and the number of requests in it. cProfile makes calls dearer than they are."""
    with tempfile.TemporaryDirectory(prefix="orrery-stages-") as directory:
        driver = Driver(Path(directory))
        asked = requests(driver, scenario)
        serve(driver, asked, 20)
        profiler = cProfile.Profile()
        profiler.enable()
        count = serve(driver, asked, rounds)
        profiler.disable()
        driver.close()
    return profiler, count


def hotspots(scenario: str, rounds: int = ROUNDS, most: int = 15) -> list[tuple[str, float, float]]:
    """The functions that take most: name with place, calls a request, share of the time."""
    profiler, count = profiled(scenario, rounds)
    stats: dict[tuple[str, int, str], Any] = pstats.Stats(profiler).strip_dirs().stats  # type: ignore[attr-defined]
    whole = sum(entry[2] for entry in stats.values())
    dearest = sorted(stats.items(), key=lambda item: -item[1][2])[:most]
    return [
        (f"`{name}` {file}:{line}" if line else f"`{name}`", entry[1] / count, entry[2] / whole)
        for (file, line, name), entry in dearest
    ]


def main() -> int:
    """Print stages or a profile."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", nargs="*", default=["send"], choices=[*SCENARIOS, *OBJECT_SCENARIOS])
    parser.add_argument("--profile", action="store_true", help="the dearest functions instead")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    words = parser.parse_args()
    for scenario in words.scenario:
        if words.profile:
            profiler, _ = profiled(scenario, words.rounds)
            pstats.Stats(profiler).strip_dirs().sort_stats("tottime").print_stats(45)
            continue
        stages, whole = measure(scenario, words.rounds)
        print(f"{scenario}: {whole:.1f} us a request")
        for name, microseconds in stages.items():
            print(f"  {name:28} {microseconds:7.2f}")
        print(f"  {'sum':28} {sum(stages.values()):7.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
