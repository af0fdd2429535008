"""`kill -9` while objects are written, overwritten and deleted: what was acknowledged is whole, what was not is whole
or not there, and no content stays that nothing refers to."""

import hashlib
import http.client
import random
import threading
from pathlib import Path

import pytest
from tests.crash.objects import ObjectClient
from tests.crash.program import Program

from orrery.kernel.blobs import CLEAN

GONE = (OSError, http.client.HTTPException)
SIZES = (0, 100, 30_000, 40_000, 100_000, 700_000)
PACKED = 32 << 10


class Writer(threading.Thread):
    """Writes and deletes under its own keys until the program has gone, keeping what each may hold: an MD5, or None
    where it was deleted."""

    def __init__(self, port: int, seed: int) -> None:
        super().__init__()
        self._client = ObjectClient(port)
        self._random = random.Random(seed)
        self.seed = seed
        self.may_hold: dict[str, set[str | None]] = {}
        self.busy = threading.Event()

    def run(self) -> None:
        try:
            for count in range(1_000_000):
                self._step()
                if count == 8:
                    self.busy.set()
        except GONE:
            self._client.close()

    def _step(self) -> None:
        key = f"{self.seed}/{self._random.randrange(6)}"
        before = self.may_hold.setdefault(key, {None})
        if self._random.random() < 0.2:
            before.add(None)
            self._client.delete(key)
            self.may_hold[key] = {None}
            return
        body = self._random.randbytes(self._random.choice(SIZES))
        md5 = hashlib.md5(body).hexdigest()
        before.add(md5)
        self._client.put(key, body)
        self.may_hold[key] = {md5}


def content_files(directory: Path) -> list[Path]:
    """Every content file below a data directory, those being written too."""
    return [path for path in directory.glob("content/s3/**/*") if path.is_file() and path.name != CLEAN]


@pytest.mark.row("S3-013")
@pytest.mark.parametrize("round_", range(4))
def test_every_object_is_whole_after_a_kill_under_load(tmp_path: Path, round_: int) -> None:
    program = Program(tmp_path)
    setup = ObjectClient(program.port)
    setup.create()
    writers = [Writer(program.port, seed=round_ * 10 + n) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        assert writer.busy.wait(30)
    program.kill()
    for writer in writers:
        writer.join(30)
    setup.close()

    again = Program(tmp_path)
    client = ObjectClient(again.port)
    files = 0
    for writer in writers:
        for key, may_hold in writer.may_hold.items():
            body = client.get(key)
            md5 = None if body is None else hashlib.md5(body).hexdigest()
            assert md5 in may_hold, key
            files += body is not None and len(body) > PACKED
    listed = client.keys()
    damaged = client.scrub()
    again.terminate()
    client.close()

    assert listed == sorted(listed)
    assert damaged == []
    assert len(content_files(tmp_path)) == files
