"""A crash at any boundary between a body and its record: what a new start finds is whole, and nothing is left over.

A seeded run of writes, copies, deletions, failures, departures and refused commits goes on while, before each step
that changes the disk, the data directory is copied as a crash would leave it. Every copy is then started anew.
"""

import asyncio
import os
import random
import shutil
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.kernel.harness import PICTURES, Bench, run
from tests.kernel.pictures import LARGE, Picture, copy, drawn, drop, files, keep

from orrery.kernel.context import Context
from orrery.kernel.store.contract import BULK, StoreFailed
from orrery.kernel.store.sqlite import SqliteStore
from orrery.kernel.store.worker import Worker
from orrery.kernel.waiters import Cancelled
from orrery.wire.fault import Fault

NAMES = "abcdefgh"
ROUNDS = 7

Value = tuple[bytes, int] | None
"""What makes up a body: one byte, so many times; None: no record."""


class Story:
    """A seeded run on a data directory; `images` are its copies, with the values each name may have in them."""

    def __init__(self, seed: int, directory: Path, patch: pytest.MonkeyPatch) -> None:
        self.random = random.Random(seed)
        self.directory = directory
        self.data = directory / "data"
        self.known: dict[str, Value] = dict.fromkeys(NAMES)
        self.changing: dict[str, Value] = {}
        self.images: list[tuple[Path, dict[str, set[Value]]]] = []
        self.marks = iter(range(1, 256))
        for path in ("store", "content"):
            (self.data / path).mkdir(parents=True)
        self.store = SqliteStore.open(self.data / "store")
        patch.setattr(Worker, "run", lambda worker, work: work())
        for name in ("open", "write", "rename", "unlink"):
            patch.setattr(f"orrery.kernel.blobs.os.{name}", self.stepping(getattr(os, name)))
        patch.setattr(self.store, "apply", self.stepping(self.store.apply))
        self.patch = patch

    def stepping(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with a copy of the data directory before it."""

        def step(*arguments: Any, **options: Any) -> Any:
            if not self.copying:
                self.image()
            return function(*arguments, **options)

        return step

    copying = False

    def image(self) -> None:
        """Copy the data directory as it is now."""
        self.copying = True
        target = self.directory / f"image-{len(self.images)}"
        shutil.copytree(self.data, target)
        allowed = {name: {value} for name, value in self.known.items()}
        for name, value in self.changing.items():
            allowed[name].add(value)
        self.images.append((target, allowed))
        self.copying = False

    async def play(self, bench: Bench) -> None:
        """All rounds: a few operations at once, on names of their own, then what became of them."""
        for _ in range(ROUNDS):
            names = self.random.sample(NAMES, len(NAMES))
            refused = self.random.random() < 0.2
            begun = [self.begin(bench, names) for _ in range(4)]
            with self.patch.context() as patch:
                if refused:
                    patch.setattr(self.store, "apply", refuse)
                for name, future in begun:
                    await self.end(bench, name, future)
                await bench.kernel.contents.emptied()
            self.check_nothing_left(bench, self.data)
        self.image()

    def begin(self, bench: Bench, names: list[str]) -> tuple[str, "asyncio.Future[Any]"]:
        """Begin one operation."""
        name, other = names.pop(), names[0]
        value: Value = (bytes((next(self.marks),)), self.random.choice([100, LARGE, LARGE + 1]))
        kind = self.random.choice(["draw", "draw", "draw", "copy", "drop", "fail"])
        if kind == "copy" and self.known[other] is not None:
            self.changing[name] = self.known[names.pop(0)]
            return name, bench.call(copy, (other, name))
        if kind == "drop" and self.known[name] is not None:
            self.changing[name] = None
            return name, bench.call(drop, name)
        assert value is not None
        if kind == "fail":
            return name, bench.call(failing(*value))
        self.changing[name] = value
        return name, bench.call(drawn(name, value[1], value[0]))

    async def end(self, bench: Bench, name: str, future: "asyncio.Future[Any]") -> None:
        """Wait for an operation, or let its caller go; what is true of its name then."""
        if future.run is not None and self.random.random() < 0.3:  # type: ignore[attr-defined]
            future.run.cancel()  # type: ignore[attr-defined]
        try:
            await future
        except Cancelled:
            bench.kernel.committer.flush()
            now = seen(bench, name)
            assert now in (self.known[name], self.changing.get(name))
            self.known[name] = now
        except Fault:
            assert seen(bench, name) == self.known[name]
        else:
            self.known[name] = self.changing[name]
            assert seen(bench, name) == self.known[name]
        self.changing.pop(name, None)

    def check_nothing_left(self, bench: Bench, data: Path) -> None:
        """What lies on the disk and in the store is what records refer to, no more and no less."""
        refs = [picture.body for picture in bench.read().list(Picture)]
        counted = Counter(ref.id for ref in refs if not ref.packed)
        assert {held.id: held.count for held in bench.kernel.contents.held(PICTURES)} == counted
        assert files(data / "content") == sorted(each.hex() for each in counted)
        packed = {bench.kernel.contents._blobs(PICTURES).key(ref) for ref in refs if ref.packed}
        assert set(bench.store.keys(BULK, b"\0", b"\xff")) == packed

    async def check_image(self, bench: Bench, data: Path, allowed: dict[str, set[Value]]) -> None:
        """A start from an image: every name has a value it may have, and the sweep leaves nothing."""
        for name, values in allowed.items():
            assert seen(bench, name) in values
        sweeps = bench.kernel.contents._sweeps
        while not all(sweep.over for sweep in sweeps):
            await asyncio.sleep(0)
        bench.kernel.committer.flush()
        self.check_nothing_left(bench, data)


def failing(mark: bytes, size: int) -> Callable[..., Any]:
    """An operation that fails with its body written."""

    async def fail(ctx: Context, values: Any) -> None:
        writer = ctx.write(PICTURES)
        writer.write(mark * size)
        written = await writer.commit()

        def change(ctx: Context) -> None:
            keep(ctx, "never", ctx.hold(PICTURES, written))
            raise Fault("NotNow", "Not now")

        await ctx.transaction(change)

    return fail


def refuse(batch: object) -> int:
    """A store that takes nothing."""
    raise StoreFailed("broken")


def seen(bench: Bench, name: str) -> Value:
    """The value of a name; its body is read whole."""
    picture = bench.read().get(Picture, name)
    if picture is None:
        return None
    reader = bench.kernel.contents.open(None, PICTURES, picture.body)
    body = reader.read(0, reader.length)
    reader.close()
    assert body == body[:1] * picture.body.length
    return body[:1], len(body)


@pytest.mark.parametrize("seed", range(3))
def test_every_boundary_leaves_a_state_that_starts_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    with monkeypatch.context() as patch:
        story = Story(seed, tmp_path, patch)
        run(story.play, store=story.store, content=story.data / "content")
        story.store.close()

    assert len(story.images) > 40
    for data, allowed in story.images:
        store = SqliteStore.open(data / "store")
        check = partial(story.check_image, data=data, allowed=allowed)
        run(check, store=store, content=data / "content")
        store.close()
