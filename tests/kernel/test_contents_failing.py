"""Bodies whose operation fails, is refused or loses its caller: neither lost nor left over."""

import asyncio
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.kernel.harness import PICTURES, Bench, run, toy
from tests.kernel.pictures import LARGE, drawn, drop, files, keep, look, told

from orrery.kernel.context import Context
from orrery.kernel.limits import FULL_DISK, FailureRule
from orrery.kernel.store.contract import StoreFailed, StoreFull
from orrery.kernel.waiters import Cancelled
from orrery.wire.fault import Fault


def test_a_body_whose_transaction_fails_leaves_nothing(tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        async def refuse(ctx: Context, values: Any) -> None:
            writer = ctx.write(PICTURES)
            writer.write(bytes(LARGE))
            written = await writer.commit()

            def change(ctx: Context) -> None:
                keep(ctx, "sea", ctx.hold(PICTURES, written))
                raise Fault("NotNow", "Not now")

            await ctx.transaction(change)

        with pytest.raises(Fault, match="Not now"):
            await bench.call(refuse)
        await told(bench)

        assert files(tmp_path) == []
        assert bench.kernel.contents.held(PICTURES) == []

    run(story, content=tmp_path)


def test_a_body_that_its_operation_forgets_leaves_nothing(tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        async def forget(ctx: Context, values: Any) -> dict[str, Any]:
            begun, done = ctx.write(PICTURES), ctx.write(PICTURES)
            begun.write(bytes(LARGE))
            done.write(bytes(LARGE))
            await done.commit()
            assert len(files(tmp_path)) == 2
            return {}

        await bench.call(forget)
        await told(bench)

        assert files(tmp_path) == []

    run(story, content=tmp_path)


def test_a_caller_who_goes_between_the_merge_and_the_commit_leaves_record_and_body(tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        future = bench.call(drawn("sea"))
        assert bench.kernel.committer.pending
        future.run.cancel()  # type: ignore[attr-defined]
        with pytest.raises(Cancelled):
            await future
        await told(bench)

        assert (await bench.call(look, "sea"))["body"] == b"x" * LARGE

    run(story, content=tmp_path)


def test_a_caller_who_goes_while_a_thread_writes_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, go_on = threading.Event(), threading.Event()
    really = os.write

    def slow(descriptor: int, data: memoryview) -> int:
        reached.set()
        go_on.wait(10)
        return int(really(descriptor, data))

    async def story(bench: Bench) -> None:
        written: list[asyncio.Future[None]] = []

        async def draw(ctx: Context, values: Any) -> None:
            writer = ctx.write(PICTURES)
            writer.write(bytes(LARGE))
            monkeypatch.setattr("orrery.kernel.blobs.os.write", slow)
            written.append(asyncio.get_running_loop().run_in_executor(None, writer.write, bytes(LARGE)))
            await asyncio.shield(written[0])

        future = bench.call(draw)
        await asyncio.to_thread(reached.wait, 10)
        future.run.cancel()  # type: ignore[attr-defined]
        with pytest.raises(Cancelled):
            await future
        assert len(files(tmp_path)) == 1
        go_on.set()
        await written[0]

        assert files(tmp_path) == []

    run(story, content=tmp_path)


@pytest.mark.parametrize("problem", [StoreFull("no room"), StoreFailed("broken")])
def test_a_refused_commit_leaves_the_body_before_and_nothing_of_the_new(
    tmp_path: Path, problem: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(batch: object) -> int:
        raise problem

    async def story(bench: Bench) -> None:
        await bench.call(drawn("sea", mark=b"1"))
        before = files(tmp_path)
        with monkeypatch.context() as patched:
            patched.setattr(bench.store, "apply", refuse)
            with pytest.raises(Fault):
                await bench.call(drawn("sea", mark=b"2"))
            with pytest.raises(Fault):
                await bench.call(drop, "sea")
            await told(bench)

        assert files(tmp_path) == before
        assert (await bench.call(look, "sea"))["body"] == b"1" * LARGE
        assert [held.count for held in bench.kernel.contents.held(PICTURES)] == [1]

    run(story, content=tmp_path)


@pytest.mark.parametrize("size", [10, LARGE])
def test_on_a_full_disk_bodies_are_refused_and_can_be_deleted(tmp_path: Path, size: int) -> None:
    async def story(bench: Bench) -> None:
        await bench.call(drawn("sea", size))
        bench.change(lambda tx: tx.put(FailureRule(FULL_DISK, "", "", {})))
        bench.kernel.load_limits()

        with pytest.raises(Fault) as raised:
            await bench.call(drawn("lake", size))
        assert (raised.value.code, raised.value.status) == ("ServiceUnavailable", 503)
        await bench.call(drop, "sea")
        await told(bench)

        assert files(tmp_path) == []

    run(story, content=tmp_path)


def test_a_disk_without_room_for_a_body_is_told_in_the_same_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, data: memoryview) -> int:
        raise OSError(28, "No space left on device")

    async def story(bench: Bench) -> None:
        monkeypatch.setattr("orrery.kernel.blobs.os.write", full)
        with pytest.raises(Fault, match="The disk is full") as raised:
            await bench.call(drawn("sea"))
        assert (raised.value.code, raised.value.status) == ("ServiceUnavailable", 503)

        assert files(tmp_path) == []

    run(story, content=tmp_path)


def test_a_disk_that_fails_otherwise_is_not_called_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(descriptor: int, data: memoryview) -> int:
        raise OSError(5, "Input/output error")

    async def story(bench: Bench) -> None:
        monkeypatch.setattr("orrery.kernel.blobs.os.write", broken)
        with pytest.raises(Fault, match="Input/output error") as raised:
            await bench.call(drawn("sea"))
        assert raised.value.code == "InternalFailure"

    run(story, content=tmp_path)


def test_a_discarded_body_goes_at_once_and_is_held_no_more(tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        async def change_mind(ctx: Context, values: Any) -> dict[str, Any]:
            writer = ctx.write(PICTURES)
            writer.write(bytes(LARGE))
            written = await writer.commit()
            ctx.discard(PICTURES, written)
            await told(bench)
            assert files(tmp_path) == []
            with pytest.raises(ValueError, match="no longer"):
                await ctx.transaction(lambda ctx: ctx.hold(PICTURES, written))
            return {}

        await bench.call(change_mind)

    run(story, content=tmp_path)


def test_discarding_after_a_commit_leaves_the_body(tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        async def fear(ctx: Context, values: Any) -> dict[str, Any]:
            writer = ctx.write(PICTURES)
            writer.write(b"y" * LARGE)
            written = await writer.commit()
            ctx.attempt(lambda ctx: keep(ctx, "sea", ctx.hold(PICTURES, written)))
            ctx.discard(PICTURES, written)
            ctx.discard(PICTURES, written)
            return {}

        await bench.call(fear)
        await told(bench)

        assert (await bench.call(look, "sea"))["body"] == b"y" * LARGE

    run(story, content=tmp_path)


def test_a_transaction_tried_again_holds_the_same_body_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(batch: object) -> int:
        raise StoreFailed("for once")

    async def story(bench: Bench) -> None:
        await bench.call(drawn("sea"))

        async def insist(ctx: Context, values: Any) -> dict[str, Any]:
            writer = ctx.write(PICTURES)
            writer.write(bytes(LARGE))
            written = await writer.commit()
            with monkeypatch.context() as patched:
                patched.setattr(bench.store, "apply", refuse)
                with pytest.raises(Fault):
                    await ctx.transaction(lambda ctx: keep(ctx, "sea", ctx.hold(PICTURES, written)))
            await ctx.transaction(lambda ctx: keep(ctx, "sea", ctx.hold(PICTURES, written)))
            return {}

        await bench.call(insist)
        await told(bench)

        assert [held.count for held in bench.kernel.contents.held(PICTURES)] == [1]
        assert len(files(tmp_path)) == 1

    run(story, content=tmp_path)


def test_a_job_that_ends_early_leaves_no_body(tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        await bench.call(lambda ctx, _: ctx.schedule(sketch, at=ctx.now + 1000) and None)
        await bench.kernel.advance(1000)
        await told(bench)

        assert files(tmp_path) == []
        assert len(bench.reports) == 1

    run(story, content=tmp_path)


@toy.job
async def sketch(ctx: Context) -> None:
    """Write a body and fail."""
    writer = ctx.write(PICTURES)
    writer.write(bytes(LARGE))
    await writer.commit()
    raise OSError("no pencil")


def test_a_caller_who_goes_while_a_body_is_synced_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def slow(descriptor: int) -> None:
        reached.set()
        go_on.wait(10)

    monkeypatch.setattr("orrery.kernel.blobs.sync_file", slow)

    async def story(bench: Bench) -> None:
        future = bench.call(drawn("sea"))
        await asyncio.to_thread(reached.wait, 10)
        future.run.cancel()  # type: ignore[attr-defined]
        with pytest.raises(Cancelled):
            await future
        go_on.set()
        while bench.kernel.contents._blobs(PICTURES)._unsure:
            await asyncio.sleep(0)
        await told(bench)

        assert files(tmp_path) == []

    run(story, content=tmp_path, durability="power")
