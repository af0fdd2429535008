"""A saved state holds what was acknowledged before one commit, whatever goes on meanwhile."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.kernel.harness import NUMBERS, Part, Toy
from tests.kernel.pictures import drawn, drop, files, told
from tests.kernel.states.living import Living, live

from orrery.kernel.context import Context
from orrery.kernel.states.trouble import NoSuchState, StateExists, StateFailed, UnusableState
from orrery.kernel.store.contract import StoreFull
from orrery.kernel.store.opening import Adapter

ADAPTERS: list[Adapter] = ["sqlite", "rocksdb"]
WRITERS = 16


def two(ctx: Context, number: Any) -> dict[str, Any]:
    """Two records and a counter, which are there together or not at all."""
    ctx.tx.put(Part("left", number))
    ctx.tx.put(Part("right", number))
    ctx.tx.next(NUMBERS)
    return {}


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_save_under_load_holds_exactly_what_was_acknowledged_before_one_commit(
    tmp_path: Path, adapter: Adapter
) -> None:
    marks: list[tuple[int, int]] = []

    async def story(living: Living) -> None:
        acknowledged: set[int] = set()
        begun = 0
        saving = True

        async def write() -> None:
            nonlocal begun
            while saving:
                begun += 1
                number = begun
                await living.call(two, number)
                acknowledged.add(number)
                if number % 10 == 0:
                    await living.call(drawn(f"{number}", mark=b"p"))
                    if number > 100:
                        await living.call(drop, f"{number - 100}")
                await asyncio.sleep(0)

        writers = [asyncio.ensure_future(write()) for _ in range(WRITERS)]
        for turn in range(3):
            for _ in range(30):
                await asyncio.sleep(0)
            before = len(acknowledged)
            await living.save(f"state-{turn}")
            marks.append((before, begun))
        saving = False
        await asyncio.gather(*writers)

    live(story, tmp_path / "data", adapter=adapter)

    async def check(living: Living) -> None:
        for turn, (before, after) in enumerate(marks):
            await living.load(f"state-{turn}")
            left = {part.number for part in living.here().list(Part, "left")}
            assert left == {part.number for part in living.here().list(Part, "right")}
            assert before <= len(left) <= after
            assert living.write(lambda tx: tx.next(NUMBERS)) == len(left) + 1
            assert set(living.pictures().values()) <= {b"p"}
            await told(living)
            await living.kernel.contents.sweep(next(iter(living.kernel.services["toy"].contents.values())))
            await told(living)
            held = living.kernel.contents.held(next(iter(living.kernel.services["toy"].contents.values())))
            assert files(living.data.content) == sorted(each.id.hex() for each in held)

    live(check, tmp_path / "data", adapter=adapter)


def test_bodies_of_a_saved_state_survive_their_deletion_in_the_cloud_and_share_the_disk(tmp_path: Path) -> None:
    async def story(living: Living) -> None:
        await living.call(drawn("sunset"))
        await living.save("one")
        name = files(living.data.content)[0]
        body = next((living.shelf.path("one") / "content").rglob(name))
        assert body.stat().st_nlink == 2
        shared = living.shelf.list()[0]
        await living.call(drop, "sunset")
        await told(living)
        assert files(living.data.content) == []
        alone = living.shelf.list()[0]
        assert alone.own_bytes - shared.own_bytes >= body.stat().st_size
        assert body.stat().st_nlink == 1

    live(story, tmp_path / "data")


def test_no_body_goes_while_a_save_goes_through_them_and_all_that_were_dropped_go_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(living: Living) -> None:
        await living.call(drawn("sunset"))
        there = asyncio.Event()
        loop = asyncio.get_running_loop()
        snapshot = living.data.store.snapshot

        def held(target: Path) -> Any:
            write = snapshot(target)

            def slowly() -> None:
                loop.call_soon_threadsafe(there.set)
                asyncio.run_coroutine_threadsafe(gone(), loop).result(30)
                write()

            return slowly

        async def gone() -> None:
            await living.call(drop, "sunset")
            await living.call(drawn("later"))
            await told(living)

        monkeypatch.setattr(living.data.store, "snapshot", held)
        await living.save("one")
        assert there.is_set()
        await told(living)
        assert len(files(living.data.content)) == 1
        await living.load("one")
        assert living.pictures() == {"sunset": b"x"}

    live(story, tmp_path / "data")


def test_a_name_is_taken_once_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    async def story(living: Living) -> None:
        living.write(lambda tx: tx.put(Toy("ball")))
        await living.save("one")
        living.write(lambda tx: tx.put(Toy("kite")))
        with pytest.raises(StateExists):
            await living.save("one")
        await living.save("one", replace=True)
        assert [path.name for path in living.shelf.directory.iterdir()] == ["one"]
        await living.load("one")
        assert living.names() == ["ball", "kite"]

    live(story, tmp_path / "data")


@pytest.mark.parametrize("name", ["", ".", "..", "../up", "a/b", ".hidden", "x" * 65, "ü", "a b", "-x"])
def test_what_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    async def story(living: Living) -> None:
        with pytest.raises(UnusableState):
            await living.save(name)
        with pytest.raises((UnusableState, NoSuchState)):
            await living.load(name)
        assert not living.shelf.directory.exists()

    live(story, tmp_path / "data")


def test_a_full_disk_leaves_nothing_of_a_save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(living: Living) -> None:
        await living.call(drawn("sunset"))

        def full(target: Path) -> Any:
            target.mkdir()
            raise StoreFull("there is no room for the snapshot")

        monkeypatch.setattr(living.data.store, "snapshot", full)
        with pytest.raises(StateFailed, match="no room"):
            await living.save("one")
        monkeypatch.undo()
        assert list(living.shelf.directory.iterdir()) == []
        await living.call(drop, "sunset")
        await told(living)
        assert files(living.data.content) == []

    live(story, tmp_path / "data")


def test_bodies_are_copied_where_the_file_system_gives_no_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: str, target: str) -> None:
        raise PermissionError(1, "no links here")

    async def story(living: Living) -> None:
        await living.call(drawn("sunset"))
        monkeypatch.setattr("orrery.kernel.store.copying.os.link", refuse)
        await living.save("one")
        await living.call(drop, "sunset")
        await living.load("one")
        assert living.pictures() == {"sunset": b"x"}

    live(story, tmp_path / "data")


def test_a_cloud_in_memory_is_saved_and_loaded_too(tmp_path: Path) -> None:
    async def story(living: Living) -> None:
        await living.call(drawn("sunset"))
        living.write(lambda tx: tx.put(Toy("ball")))
        await living.save("one")
        await living.call(drop, "sunset")
        living.write(lambda tx: tx.put(Toy("kite")))
        await living.load("one")
        assert (living.names(), living.pictures()) == (["ball"], {"sunset": b"x"})
        await living.call(drawn("dawn", mark=b"y"))

    live(story, None, states=tmp_path / "states")

    async def kept(living: Living) -> None:
        await living.load("one")
        assert (living.names(), living.pictures()) == (["ball"], {"sunset": b"x"})

    live(kept, tmp_path / "data", states=tmp_path / "states")
    live(kept, tmp_path / "other", adapter="rocksdb", states=tmp_path / "states")
