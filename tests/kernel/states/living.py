"""Kernels on data directories, to be saved and loaded."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from tests.kernel.harness import PICTURES, Bench, Toy
from tests.kernel.pictures import Picture

from orrery.kernel.states.loading import load
from orrery.kernel.states.saving import save
from orrery.kernel.states.shelf import Shelf
from orrery.kernel.store.opening import Adapter, Data, open_directory, open_memory


class Living(Bench):
    """A kernel on opened data, with a shelf for its states."""

    def __init__(self, data: Data, states: Path) -> None:
        super().__init__(asyncio.get_running_loop(), data.store, content=data.content, durability=data.durability)
        self.data = data
        data.tables = self.kernel.tables  # a store has one giver of ids
        self.shelf = Shelf(states)

    async def save(self, name: str, *, replace: bool = False) -> None:
        await save(self.kernel, self.data, self.shelf, name, ignored, replace=replace)

    async def load(self, name: str) -> None:
        await load(self.kernel, self.data, self.shelf.path(name), ignored)

    def names(self) -> list[str]:
        """The toys there are."""
        return [toy.name for toy in self.here().list(Toy)]

    def pictures(self) -> dict[str, bytes]:
        """The pictures there are, each with the byte that its body is made of and how often; bodies are read whole."""
        found = {}
        for picture in self.here().list(Picture):
            reader = self.kernel.contents.open(None, PICTURES, picture.body)
            body = reader.read(0, reader.length)
            reader.close()
            assert len(body) == picture.body.length
            assert body == body[:1] * len(body)
            found[picture.name] = body[:1]
        return found

    def here(self) -> Any:
        """A transaction for looking; places are another state's after a load."""
        return self.kernel.read(self.kernel.place("111111111111", "eu-west-3"))

    def write(self, function: Callable[[Any], Any]) -> Any:
        """Run in a transaction and commit."""
        value = self.kernel.change(function, self.kernel.place("111111111111", "eu-west-3"))
        self.kernel.committer.flush()
        return value


def ignored(size: int) -> None:
    """Nobody asks how far it is."""


def live(
    story: Callable[[Living], Coroutine[Any, Any, Any]],
    directory: Path | None,
    *,
    adapter: Adapter = "sqlite",
    states: Path | None = None,
    durability: Any = "crash",
) -> Any:
    """Run a story on a kernel in a data directory, or in memory."""

    async def play() -> Any:
        opened = (
            open_memory() if directory is None else open_directory(directory, adapter=adapter, durability=durability)
        )
        living = Living(opened, states or opened.directory / "states")
        try:
            return await story(living)
        finally:
            living.kernel.committer.flush()
            living.kernel.contents.close()
            opened.close()

    return asyncio.run(play())
