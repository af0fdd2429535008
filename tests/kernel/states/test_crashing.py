"""A crash at any step of a save or a load: what a new start finds is whole, and is the old state or the new one.

A run saves, replaces and loads while, before each step that changes the disk, the data directory is copied as a crash
would leave it. Every copy is then started anew.
"""

import os
import random
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.kernel.harness import PICTURES, Toy
from tests.kernel.pictures import Picture, drawn, drop, files, told
from tests.kernel.states.living import Living, live

from orrery.kernel.states import manifest as manifests
from orrery.kernel.states.shelf import Shelf
from orrery.kernel.store.opening import Adapter

State = tuple[tuple[str, ...], tuple[tuple[str, bytes], ...]]
"""The names of toys, and of pictures with their bytes."""

STEPS: dict[str, Callable[..., Any]] = {
    "orrery.kernel.store.copying.os.open": os.open,
    "orrery.kernel.store.copying.os.link": os.link,
    "orrery.kernel.store.copying.os.copy_file_range": os.copy_file_range,
    "orrery.kernel.blobs.os.rename": os.rename,
    "orrery.kernel.blobs.os.unlink": os.unlink,
}


class Story:
    """A seeded run; `images` are copies of the directory, with what the cloud and its saved states may hold in them."""

    def __init__(
        self, seed: int, directory: Path, adapter: Adapter, patch: pytest.MonkeyPatch, share: float = 1
    ) -> None:
        self.random = random.Random(seed)
        self.choice = random.Random(seed)
        self.share = share
        self.directory = directory
        self.adapter: Adapter = adapter
        self.data = directory / "data"
        self.images: list[tuple[Path, set[State], dict[str, set[State | None]]]] = []
        self.now: set[State] = set()
        self.saved: dict[str, set[State | None]] = {}
        self.copying = False
        for name, function in STEPS.items():
            patch.setattr(name, self.stepping(function))
        for name in ("rename", "mkdir", "rmdir", "unlink", "write_bytes"):
            patch.setattr(Path, name, self.stepping(getattr(Path, name), always=name == "rename"))

    def stepping(self, function: Callable[..., Any], *, always: bool = False) -> Callable[..., Any]:
        """The function, with a copy of the data directory before it; before a share of the calls of most."""

        def step(*arguments: Any, **options: Any) -> Any:
            if not self.copying and self.now and (always or self.choice.random() < self.share):
                self.image()
            return function(*arguments, **options)

        return step

    def image(self) -> None:
        """Copy the directory as it is now."""
        self.copying = True
        target = self.directory / f"image-{len(self.images)}"
        shutil.copytree(self.data, target, ignore=shutil.ignore_patterns("lock"))
        self.images.append((target, set(self.now), {name: set(found) for name, found in self.saved.items()}))
        self.copying = False

    async def play(self, living: Living) -> None:
        """Change, save, change, save again under the same name, load both."""
        for turn in range(3):
            await self.change(living, turn)
            name = ("one", "two", "one")[turn]
            state = held(living)
            self.now = {state}
            self.saved.setdefault(name, {None}).add(state)
            await living.save(name, replace=True)
            self.saved[name] = {state}
            self.now = set()
        for name in ("two", "one"):
            (wanted,) = self.saved[name]
            assert wanted is not None
            self.now = {held(living), wanted}
            await living.load(name)
            self.now = {wanted}
            assert held(living) == wanted
            self.now = set()
            await self.change(living, 10)

    async def change(self, living: Living, turn: int) -> None:
        for _ in range(4):
            name = self.random.choice("abcdef")
            there = living.here().get(Picture, name) is not None
            if there and self.random.random() < 0.5:
                await living.call(drop, name)
            else:
                await living.call(drawn(name, mark=self.random.randbytes(1)))
            living.write(lambda tx, name=name: tx.put(Toy(f"{name}-{turn}")))  # type: ignore[misc]
        await told(living)

    async def check(self, living: Living, allowed: set[State], saved: dict[str, set[State | None]]) -> None:
        """A start from an image: nothing is left over, and every state that is listed is whole."""
        assert held(living) in allowed
        assert {path.name for path in living.data.directory.iterdir()} <= {
            "ballast", "content", "format", "lock", "states", "store"
        }  # fmt: skip
        living.shelf.recover()
        for name, states in saved.items():
            assert living.shelf.directory.exists() or None in states
            if name not in living.shelf.names():
                assert None in states
        for name in living.shelf.names():
            assert manifests.read(living.shelf.path(name))
            await living.load(name)
            assert held(living) in saved[name]
            await living.kernel.contents.sweep(PICTURES)
            await told(living)
            counted = [each.id.hex() for each in living.kernel.contents.held(PICTURES)]
            assert files(living.data.content) == sorted(counted)
        if living.shelf.directory.exists():
            assert all(path.name[0] != "." for path in living.shelf.directory.iterdir())


def held(living: Living) -> State:
    """What the cloud holds; bodies are read whole."""
    return tuple(living.names()), tuple(sorted(living.pictures().items()))


def crash_everywhere(directory: Path, adapter: Adapter, share: float) -> int:
    """Crash before a share of all steps; before how many that was."""
    with pytest.MonkeyPatch.context() as patch:
        story = Story(7, directory, adapter, patch, share)
        live(story.play, story.data, adapter=adapter)
    for image, allowed, saved in story.images:
        live(partial(story.check, allowed=allowed, saved=saved), image, adapter=adapter)
        shutil.rmtree(image)
    return len(story.images)


def test_steps_of_saving_and_loading_leave_a_whole_state(tmp_path: Path) -> None:
    assert crash_everywhere(tmp_path, "sqlite", 0.04) > 15


@pytest.mark.slow
@pytest.mark.parametrize("adapter", ["sqlite", "rocksdb"])
def test_every_step_of_saving_and_loading_leaves_a_whole_state(tmp_path: Path, adapter: Adapter) -> None:
    assert crash_everywhere(tmp_path, adapter, 1) > 60


def test_a_state_half_replaced_is_put_back_and_what_others_write_is_left_alone(tmp_path: Path) -> None:
    for name in (".old-one", f".new-{os.getppid()}-two", ".new-4194305-three", ".old-four", "four"):
        (tmp_path / name).mkdir()
    Shelf(tmp_path).recover()
    assert sorted(path.name for path in tmp_path.iterdir()) == [f".new-{os.getppid()}-two", "four", "one"]
