"""Bodies and records: nothing half visible, nothing lost, nothing left over."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.kernel.harness import PICTURES, Bench, run
from tests.kernel.pictures import LARGE, Picture, copy, drawn, drop, files, keep, look, told

from orrery.kernel.blob_file import BlobDamaged
from orrery.kernel.blobs import CLEAN, PACKED, BlobRef
from orrery.kernel.context import Context
from orrery.kernel.store.contract import BULK
from orrery.kernel.store.sqlite import SqliteStore
from orrery.kernel.waiters import Cancelled


@pytest.mark.parametrize("size", [0, 1, PACKED, PACKED + 1, 1_000_000])
def test_a_body_comes_back_with_its_record(tmp_path: Path, size: int) -> None:
    async def story(bench: Bench) -> None:
        await bench.call(drawn("sea", size))

        assert await bench.call(look, "sea") == {"body": b"x" * size}
        assert len(files(tmp_path)) == (size > PACKED)

    run(story, content=tmp_path)


def test_a_small_body_is_read_by_an_operation_of_the_same_tick(tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        def pack(ctx: Context, values: Any) -> None:
            keep(ctx, "sea", ctx.hold(PICTURES, ctx.pack(PICTURES, b"blue")))

        packed, seen = bench.call(pack), bench.call(look, "sea")

        assert not packed.done()
        assert await seen == {"body": b"blue"}

    run(story, content=tmp_path)


def test_a_packed_body_goes_with_its_record_and_a_file_after_the_commit(tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        await bench.call(drawn("small", 10))
        await bench.call(drawn("large"))
        assert len(bench.store.keys(BULK, b"\0", b"\xff")) == 1

        small, large = bench.call(drop, "small"), bench.call(drop, "large")
        assert len(files(tmp_path)) == 1
        await small
        await large
        await told(bench)

        assert files(tmp_path) == []
        assert bench.store.keys(BULK, b"\0", b"\xff") == []
        assert bench.kernel.contents.held(PICTURES) == []

    run(story, content=tmp_path)


@pytest.mark.parametrize("size", [10, LARGE])
def test_a_copy_stays_when_its_source_goes(tmp_path: Path, size: int) -> None:
    async def story(bench: Bench) -> None:
        await bench.call(drawn("sea", size))
        await bench.call(copy, ("sea", "copy"))
        await bench.call(copy, ("copy", "copy"))
        assert len(files(tmp_path)) == (size == LARGE)

        await bench.call(drop, "sea")
        await told(bench)
        assert await bench.call(look, "copy") == {"body": b"x" * size}

        await bench.call(drop, "copy")
        await told(bench)
        assert files(tmp_path) == []
        assert bench.store.keys(BULK, b"\0", b"\xff") == []

    run(story, content=tmp_path)


def test_a_body_is_read_to_its_end_though_it_was_replaced_meanwhile(tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        await bench.call(drawn("sea", mark=b"1"))

        def begin(ctx: Context, values: Any) -> dict[str, Any]:
            return {"reader": ctx.open(PICTURES, ctx.tx.one(Picture, "sea").body)}

        reader = (await bench.call(begin))["reader"]
        await bench.call(drawn("sea", mark=b"2"))
        await told(bench)

        assert reader.read(0, LARGE) == b"1" * LARGE
        assert len(files(tmp_path)) == 2
        reader.close()
        await told(bench)
        assert len(files(tmp_path)) == 1

    run(story, content=tmp_path)


def test_what_nobody_holds_is_not_held_again_and_released_without_harm(tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        for ref in (BlobRef(bytes(16), LARGE, packed=False), BlobRef(bytes(16), 10, packed=True)):
            with pytest.raises(BlobDamaged):
                await bench.call(lambda ctx, _, ref=ref: ctx.hold(PICTURES, ref) and None)
            with pytest.raises(BlobDamaged):
                await bench.call(lambda ctx, _, ref=ref: ctx.open(PICTURES, ref) and None)
            await bench.call(lambda ctx, _, ref=ref: ctx.release(PICTURES, ref))

    run(story, content=tmp_path)


def test_a_start_looks_for_nothing_after_an_end_that_left_nothing_over(tmp_path: Path) -> None:
    store = SqliteStore.memory()
    run(lambda bench: bench.call(drawn("kept")), store=store, content=tmp_path)
    mark = tmp_path / "toy" / "pictures" / CLEAN
    assert mark.exists()

    async def again(bench: Bench) -> None:
        assert bench.kernel.contents._sweeps == []
        assert not mark.exists()  # a crash from here on is found
        await bench.call(drawn("second"))

    run(again, store=store, content=tmp_path)
    assert mark.exists()
    store.close()


def test_an_end_in_the_middle_of_an_operation_is_no_clean_one(tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        async def begin(ctx: Context, values: Any) -> None:
            writer = ctx.write(PICTURES)
            writer.write(bytes(LARGE))
            await writer.commit()
            await asyncio.get_running_loop().create_future()

        bench.call(begin)

    run(story, content=tmp_path)

    assert not (tmp_path / "toy" / "pictures" / CLEAN).exists()


def test_a_start_sweeps_what_nobody_holds_and_nothing_else(tmp_path: Path) -> None:
    store = SqliteStore.memory()

    async def before(bench: Bench) -> None:
        await bench.call(drawn("kept"))
        blobs = bench.kernel.contents._blobs(PICTURES)
        writer = blobs.writer()
        writer.write(bytes(LARGE))
        await writer.commit()
        (tmp_path / "toy" / "pictures" / "00").mkdir(exist_ok=True)
        (tmp_path / "toy" / "pictures" / "00" / "not-ours").write_bytes(b"")

    async def after(bench: Bench) -> None:
        held = bench.kernel.contents.held(PICTURES)

        async def draw(ctx: Context, values: Any) -> dict[str, Any]:
            writer = ctx.write(PICTURES)
            writer.write(bytes(LARGE))
            written = await writer.commit()
            for sweep in bench.kernel.contents._sweeps:
                while not sweep.over:
                    await asyncio.sleep(0)
            await bench.kernel.contents.emptied()
            assert sorted(files(tmp_path)) == sorted([held[0].id.hex(), written.ref.id.hex(), "not-ours"])
            await ctx.transaction(lambda ctx: keep(ctx, "young", ctx.hold(PICTURES, written)))
            return {}

        await bench.call(draw)
        assert len(files(tmp_path)) == 3

    run(before, store=store, content=tmp_path)
    assert len(files(tmp_path)) == 3
    assert not (tmp_path / "toy" / "pictures" / CLEAN).exists()
    run(after, store=store, content=tmp_path)
    store.close()


def test_a_reset_removes_bodies_and_leaves_an_operation_under_way_its_own(tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        await bench.call(drawn("small", 10))
        await bench.call(drawn("large"))

        async def draw(ctx: Context, values: Any) -> dict[str, Any]:
            writer = ctx.write(PICTURES)
            writer.write(bytes(LARGE))
            written = await writer.commit()
            bench.kernel.forget(lambda name: name.startswith(("toy.", "toy#")))
            await bench.kernel.durable()
            await bench.kernel.contents.clear(["toy"])
            await bench.kernel.contents.emptied()
            assert files(tmp_path) == [written.ref.id.hex()]
            await ctx.transaction(lambda ctx: keep(ctx, "after", ctx.hold(PICTURES, written)))
            return {}

        await bench.call(draw)

        assert bench.store.keys(BULK, b"\0", b"\xff") == []
        assert (await bench.call(look, "after"))["body"] == bytes(LARGE)

    run(story, content=tmp_path)


def test_with_power_a_body_is_on_the_disk_before_its_record_and_goes_after_the_record_is_off_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr("orrery.kernel.blobs.sync_file", lambda _: seen.append("content"))
    monkeypatch.setattr("orrery.kernel.blobs.sync_path", lambda path: seen.append("name"))

    async def story(bench: Bench) -> None:
        apply = bench.store.apply
        durable: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def applied(batch: Any) -> int:
            seen.append("record")
            return apply(batch)

        await bench.call(drawn("first"))
        seen.clear()
        monkeypatch.setattr(bench.store, "apply", applied)
        await bench.call(drawn("sea"))
        assert seen == ["content", "name", "name", "record"]

        monkeypatch.setattr(bench.store, "durable", lambda version: None if durable.done() else durable)
        dropped = bench.call(drop, "sea")
        bench.kernel.committer.flush()
        await bench.kernel.contents.emptied()
        assert len(bench.kernel.contents.held(PICTURES)) == 1
        assert len(files(tmp_path)) == 2

        durable.set_result(None)
        await dropped
        await told(bench)
        assert len(files(tmp_path)) == 1

    run(story, content=tmp_path, durability="power")


def test_what_is_held_is_gone_through_in_pages(tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        for name in "abc":
            await bench.call(drawn(name))
        await bench.call(copy, ("a", "d"))
        contents = bench.kernel.contents

        first = contents.held(PICTURES, limit=2)
        rest = contents.held(PICTURES, after=first[-1].id, limit=2)

        assert sorted(held.id.hex() for held in [*first, *rest]) == files(tmp_path)
        assert [held.count for held in [*first, *rest]] == [2, 1, 1]

    run(story, content=tmp_path)


def test_a_kernel_without_a_directory_keeps_no_bodies() -> None:
    async def story(bench: Bench) -> None:
        with pytest.raises(RuntimeError, match="no directory"):
            await bench.call(drawn("sea"))

    run(story)


def test_an_upload_that_ends_after_the_cloud_has_closed_is_given_up(tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        all_came = asyncio.get_running_loop().create_future()

        async def draw(ctx: Context, values: Any) -> None:
            writer = ctx.write(PICTURES)
            writer.write(b"x" * LARGE)
            await all_came
            written = await writer.commit()
            await ctx.transaction(lambda ctx: keep(ctx, "sea", ctx.hold(PICTURES, written)))

        drawing = bench.call(draw)
        bench.kernel.contents.close()
        all_came.set_result(None)

        with pytest.raises(Cancelled):
            await drawing
        assert files(tmp_path) == []

    run(story, content=tmp_path)
