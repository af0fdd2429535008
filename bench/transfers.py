"""The AWS CLI as a whole program beside a server: one long file up and down, and a directory of many files."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.content import PERIOD
from bench.measures import Whole
from bench.pinning import cores, on_core
from bench.servers import Server

PATIENCE = 150.0
MARK_EVERY = 8 << 20
"""The CLI's part size: a part that came to another's place is found."""

SMALL = 4_096
FOLDER = 100


def long_file(path: Path, size: int) -> None:
    """A file with holes, so that its bytes need not come from the disk; every eight MiB begin with others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for offset in range(0, size, MARK_EVERY):
            file.seek(offset)
            file.write(b"%020d" % offset)
        file.truncate(size)


def marks_hold(path: Path, size: int) -> bool:
    """Whether a file is what `long_file` made, where it can differ."""
    if path.stat().st_size != size:
        return False
    with path.open("rb") as file:
        for offset in range(0, size, MARK_EVERY):
            file.seek(offset)
            if file.read(20) != b"%020d" % offset:
                return False
    return True


def many_files(directory: Path, count: int) -> None:
    """Files of four KiB, a hundred in a folder."""
    for number in range(count):
        folder = directory / f"{number // FOLDER:04d}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number % FOLDER:02d}").write_bytes(PERIOD[number : number + SMALL])


class Cli:
    """The AWS CLI, bound to a server and to the generator's core."""

    def __init__(self, program: str, port: int) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
        self._program = program
        self._environment = {
            **inherited,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def run(self, *words: str) -> float:
        """Seconds from start to end. Raises subprocess.SubprocessError when it fails or takes too long."""
        began = time.perf_counter()
        with on_core(cores()[1]):
            subprocess.run(
                [self._program, "s3", *words, "--only-show-errors"],
                env=self._environment, check=True, capture_output=True, timeout=PATIENCE,
            )  # fmt: skip
        return time.perf_counter() - began


def transfers(server: Server, bucket: str, work: Path, size: int, count: int, notes: list[str]) -> Iterator[Whole]:
    """Each program's run in turn; what cannot be run, or fails, becomes a note."""
    program = shutil.which("aws")
    if program is None:
        notes.append("aws s3: left out: there is no aws command")
        return
    cli = Cli(program, server.recipe.port)
    up, down, many = work / "up", work / "down", work / "many"
    long_file(up, size)
    many_files(many, count)
    gibibytes = f"{size / (1 << 30):g} GiB"
    steps: list[tuple[str, tuple[str, ...], Callable[[], bool]]] = [
        (f"aws s3 cp of {gibibytes} up", ("cp", str(up), f"s3://{bucket}/long"), lambda: True),
        (f"aws s3 cp of {gibibytes} down", ("cp", f"s3://{bucket}/long", str(down)), lambda: marks_hold(down, size)),
        (f"aws s3 sync of {count:,} files up", ("sync", str(many), f"s3://{bucket}/many"), lambda: True),
    ]
    for what, words, is_right in steps:
        server.forget_peak()
        try:
            seconds = cli.run(*words)
        except subprocess.SubprocessError as problem:
            said = getattr(problem, "stderr", None) or b""
            notes.append(f"{what}: {problem}: {said.decode(errors='replace')[-300:]}")
            continue
        if is_right():
            yield Whole(what, seconds, server.peak())
        else:
            notes.append(f"{what}: what came is not what was sent")
    shutil.rmtree(work)
