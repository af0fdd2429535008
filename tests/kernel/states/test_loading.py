"""A load brings back everything, with its time, and leaves either the old state or the new one."""

import asyncio
from operator import methodcaller
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.kernel.harness import PICTURES, Loan, Machine, Toy, paint, send
from tests.kernel.pictures import Picture, drawn, drop, look, told
from tests.kernel.states.living import Living, live

from orrery.kernel.context import Context
from orrery.kernel.limits import EraChoice, FailureRule, Override
from orrery.kernel.rebuild import TableState
from orrery.kernel.states import manifest as manifests
from orrery.kernel.states.trouble import NoSuchState, StateFailed, UnusableState
from orrery.kernel.store import exchange
from orrery.kernel.store.contract import StoreFailed
from orrery.wire.fault import Fault
from orrery.wire.instant import HOUR, SECOND

DAY = 24 * HOUR


def later(ctx: Context, values: Any) -> dict[str, Any]:
    """A job in a minute, a loan for an hour, a machine that leaves in an hour."""
    ctx.schedule(paint, at=ctx.now + 60 * SECOND, name="ball", colour="red")
    ctx.tx.put(Loan("book", ctx.now + HOUR))
    ctx.tx.put(Machine("mill", "leaving"))
    ctx.deliver(send, order="one", delay=90 * SECOND, name="letter")
    return {}


def test_timers_go_off_when_they_would_have_and_nothing_fires_because_the_hosts_time_passed(tmp_path: Path) -> None:
    async def story(living: Living) -> None:
        await living.kernel.advance(30 * DAY)
        await living.call(later)
        saved = living.clock.now()
        await living.save("one")
        await living.kernel.advance(DAY)
        assert living.names() == ["ball", "sent-letter"]
        living.host += DAY
        await living.load("one")
        assert living.clock.now() == saved
        await living.kernel.advance(59 * SECOND)
        assert living.names() == []
        await living.kernel.advance(1 * SECOND)
        assert living.names() == ["ball"]
        await living.kernel.advance(30 * SECOND)
        assert living.names() == ["ball", "sent-letter"]
        assert living.here().get(Loan, "book") is not None
        await living.kernel.advance(HOUR)
        assert living.here().get(Loan, "book") is None
        assert living.here().get(Machine, "mill") is None

    live(story, tmp_path / "data")


@pytest.mark.row("CLK-006")
def test_a_running_clock_goes_on_from_the_time_of_the_save_also_after_a_start(tmp_path: Path) -> None:
    async def save(living: Living) -> None:
        living.clock.set_mode("real")
        await living.kernel.advance(30 * DAY)
        await living.call(later)
        await living.save("one")
        saved.append(living.clock.now())

    async def load(living: Living) -> None:
        living.clock.set_mode("real")
        living.host += 7 * DAY
        host = living.host
        await living.load("one")
        assert living.clock.now() == saved[0]
        assert living.clock.at_host(host - DAY) == saved[0]  # between the save and the load no time went by
        living.host += 5 * SECOND
        assert living.clock.now() == saved[0] + 5 * SECOND
        assert living.names() == []

    saved: list[int] = []
    live(save, tmp_path / "data", states=tmp_path / "states")
    live(load, tmp_path / "other", states=tmp_path / "states")

    async def start(living: Living) -> None:
        assert living.clock.now() == saved[0]  # the host's clock stands before the load here: time does not go back
        assert living.names() == []

    live(start, tmp_path / "other")


def test_limits_eras_and_failures_come_back(tmp_path: Path) -> None:
    async def story(living: Living) -> None:
        for row in (Override("toy.size", "", "", 3), EraChoice("", "notes2020"), FailureRule("toy.break", "", "", {})):
            living.kernel.change(methodcaller("put", row))
        living.kernel.load_limits()
        await living.save("one")
        for row in (Override("toy.size", "", "", 3), EraChoice("", "notes2020"), FailureRule("toy.break", "", "", {})):
            living.kernel.change(methodcaller("delete", row))
        living.kernel.load_limits()
        limits = living.kernel.limits
        assert (limits.get("toy.size", living.place), limits.era(""), limits.failing) == (10, "today", False)
        await living.load("one")
        place = living.kernel.place("111111111111", "eu-west-3")
        assert (limits.get("toy.size", place), limits.era(""), limits.failing) == (3, "notes2020", True)

    live(story, tmp_path / "data")


def test_who_waits_is_let_go_and_what_is_under_way_is_told_503(tmp_path: Path) -> None:
    never: list[asyncio.Future[None]] = []

    async def poll(ctx: Context, values: Any) -> dict[str, Any]:
        def take(ctx: Context) -> tuple[None, None]:
            ctx.watch("toy")
            return None, None

        return {"found": await ctx.until(take, within=DAY)}

    async def stuck(ctx: Context, values: Any) -> dict[str, Any]:
        never.append(asyncio.get_running_loop().create_future())
        try:
            await never[0]
        finally:
            ended.append(True)
        return {}

    ended: list[bool] = []

    async def story(living: Living) -> None:
        living.write(lambda tx: tx.put(Toy("ball")))
        await living.save("one")
        polling, working = living.call(poll), living.call(stuck)
        loading = asyncio.ensure_future(living.load("one"))
        while not living.kernel.closed:
            await asyncio.sleep(0)
        refused = living.call(later)
        await loading
        assert await polling == {"found": None}
        for future in (working, refused):
            with pytest.raises(Fault) as told_of:
                await future
            assert (told_of.value.code, told_of.value.status) == ("ServiceUnavailable", 503)
        assert ended == [True]
        assert await living.call(later) == {}
        assert living.names() == ["ball"]

    live(story, tmp_path / "data")


def test_a_reader_of_the_old_state_reads_on_and_takes_nothing_from_the_new_one(tmp_path: Path) -> None:
    async def story(living: Living) -> None:
        await living.call(drawn("sunset"))
        await living.save("one")
        reader = living.kernel.contents.open(None, PICTURES, living.here().one(Picture, "sunset").body)
        await living.call(drop, "sunset")  # its file is to go when the reader is closed
        await living.load("one")
        assert reader.read(0, 10) == b"x" * 10
        reader.close()
        await told(living)
        assert (await living.call(look, "sunset"))["body"][:3] == b"xxx"

    live(story, tmp_path / "data")


def test_loads_under_load_give_every_caller_an_answer_and_mix_nothing(tmp_path: Path) -> None:
    async def story(living: Living) -> None:
        for name in ("red", "blue"):
            living.write(lambda tx: [tx.delete(toy) for toy in tx.list(Toy)])
            for number in range(5):
                living.write(methodcaller("put", Toy(f"{name}-{number}")))
            await living.call(drawn("sunset", mark=name[:1].encode()))
            await living.save(name)
        loading = True
        answered = []

        def recolour(ctx: Context, values: Any) -> dict[str, Any]:
            names = {toy.name.partition("-")[0] for toy in ctx.tx.list(Toy)}
            assert len(names) == 1, names
            ctx.tx.put(Toy(f"{names.pop()}-new"))
            return {}

        async def write() -> None:
            while loading:
                try:
                    await living.call(recolour)
                    await living.call(look, "sunset")
                except Fault as fault:
                    assert fault.status == 503
                else:
                    answered.append(1)
                await asyncio.sleep(0)

        writers = [asyncio.ensure_future(write()) for _ in range(8)]
        for turn in range(6):
            await living.load(("red", "blue")[turn % 2])
            for _ in range(20):
                await asyncio.sleep(0)
        loading = False
        await asyncio.gather(*writers)
        assert answered
        assert {name.partition("-")[0] for name in living.names()} == {"blue"}
        assert living.pictures() == {"sunset": b"b"}

    live(story, tmp_path / "data")


@pytest.mark.parametrize("where", ["copy", "decide", "complete", "open"])
def test_whatever_fails_the_old_state_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    async def story(living: Living) -> None:
        living.write(lambda tx: tx.put(Toy("ball")))
        await living.call(drawn("sunset"))
        await living.save("one")
        living.write(lambda tx: tx.put(Toy("kite")))
        await living.call(drawn("dawn", mark=b"y"))
        with monkeypatch.context() as patch:
            if where == "copy":
                patch.setattr("orrery.kernel.states.loading.copy_bodies", failing)
            elif where == "open":
                opener = living.data._open
                turns = iter([failing, opener])
                patch.setattr(living.data, "_open", lambda: next(turns)())
            else:
                patch.setattr(exchange, where, failing)
            with pytest.raises(StateFailed):
                await living.load("one")
        assert living.names() == ["ball", "kite"]
        assert living.pictures() == {"sunset": b"x", "dawn": b"y"}
        await living.call(drop, "dawn")
        await living.load("one")
        assert living.names() == ["ball"]
        assert living.pictures() == {"sunset": b"x"}

    live(story, tmp_path / "data")


def failing(*given: Any, **options: Any) -> Any:
    raise StoreFailed("the disk is on fire")


def test_what_was_saved_by_a_newer_release_is_refused_and_nothing_is_changed(tmp_path: Path) -> None:
    async def story(living: Living) -> None:
        living.write(lambda tx: tx.put(Toy("ball")))
        await living.save("one")
        path = living.shelf.path("one") / manifests.FILE
        saved = manifests.read(living.shelf.path("one"))
        path.write_bytes(b'{"format": 2, "release": "9.0.0", "shape": "unknown"}')
        with pytest.raises(UnusableState, match=r"newer Orrery \(9\.0\.0, format 2; this one reads up to 1\)"):
            await living.load("one")
        assert living.shelf.list() == []

        path.write_bytes(manifests.encode(msgspec.structs.replace(saved, release="9.0.0")))
        living.kernel.change(lambda tx: tx.put(TableState("toy.Toy", 7)))
        await living.save("two")
        living.kernel.change(lambda tx: tx.put(TableState("toy.Toy", 1)))
        with pytest.raises(UnusableState, match=r"toy\.Toy has version 7, this one knows 1"):
            await living.load("two")
        assert living.names() == ["ball"]
        assert not (living.data.directory / exchange.INCOMING).exists()

    live(story, tmp_path / "data")


@pytest.mark.parametrize("damage", ["manifest", "store", "no store"])
def test_a_damaged_state_is_refused(tmp_path: Path, damage: str) -> None:
    async def story(living: Living) -> None:
        living.write(lambda tx: tx.put(Toy("ball")))
        await living.save("one")
        state = living.shelf.path("one")
        if damage == "manifest":
            (state / manifests.FILE).write_text("{")
        else:
            for file in (state / "store").iterdir():
                file.unlink()
            if damage == "store":
                (state / "store" / "store.sqlite").write_bytes(b"no database at all" * 1000)
        with pytest.raises((UnusableState, StateFailed)):
            await living.load("one")
        with pytest.raises(NoSuchState):
            await living.load("none")
        assert living.names() == ["ball"]

    live(story, tmp_path / "data")
