"""Bodies on a disk that is really full: refused whole, the others unharmed, and room again after deletions."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.kernel.harness import PICTURES, Bench, run
from tests.kernel.pictures import LARGE, drawn, drop, files, look

from orrery.kernel.store.ballast import Ballast
from orrery.kernel.store.sqlite import SqliteStore
from orrery.wire.fault import Fault

DISK = 12 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 12 MB of its own."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "orrery-test", str(tmp_path)]
    try:
        made = subprocess.run(mount, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if made.returncode:
        pytest.skip(f"no file system can be mounted here: {made.stderr.decode().strip()}")
    try:
        yield tmp_path
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


@pytest.mark.parametrize("size", [20_000, LARGE, 3_000_000])
def test_a_full_disk_refuses_bodies_whole_and_takes_them_again_when_some_are_gone(disk: Path, size: int) -> None:
    (disk / "store").mkdir()
    store = SqliteStore.open(disk / "store", ballast=Ballast(disk / "ballast", 1 << 20), threshold=200)

    async def story(bench: Bench) -> None:
        kept: list[str] = []
        with pytest.raises(Fault, match="The disk is full") as raised:
            while True:
                await bench.call(drawn(f"{len(kept):04}", size))
                kept.append(f"{len(kept):04}")
        assert (raised.value.code, raised.value.status) == ("ServiceUnavailable", 503)
        await bench.kernel.contents.emptied()
        assert files(disk / "content") == sorted(held.id.hex() for held in bench.kernel.contents.held(PICTURES))
        for name in kept:
            assert len((await bench.call(look, name))["body"]) == size

        for name in kept[:-1]:
            await bench.call(drop, name)
        await bench.kernel.contents.emptied()
        await bench.call(drawn("again", size))
        assert len((await bench.call(look, kept[-1]))["body"]) == size
        assert len(files(disk / "content")) == (2 if size > 32 << 10 else 0)

    run(story, store=store, content=disk / "content")
    store.close()
