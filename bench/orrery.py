"""Orrery itself and the bare echo of its server, as they are started for measurement."""

import os
import subprocess
import sys
from pathlib import Path

from bench.servers import Recipe, free_port
from orrery import __version__

ROOT = Path(__file__).parents[1]
START = "import sys; from orrery.cli.main import main; sys.exit(main())"


class FillError(Exception):
    """A data directory could not be filled; the message is what the filler said."""


def _version() -> str:
    ask = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    done = subprocess.run(ask, capture_output=True, text=True, check=False)
    return f"{__version__} ({done.stdout.strip()})" if done.stdout.strip() else __version__


def _environment() -> dict[str, str]:
    parts = [str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")]
    return {"PYTHONPATH": os.pathsep.join(part for part in parts if part)}


def orrery(data: Path) -> Recipe:
    """The cloud of this checkout on a data directory of its own, otherwise with its defaults."""
    remark = "its defaults: durable over kill -9, signatures verified, calls authorised"
    return _cloud("orrery", data, remark)


def orrery_power(data: Path) -> Recipe:
    """The same, durable over a loss of power as well."""
    return _cloud("orrery-power", data, "durable over a loss of power too: every answer waits for a sync of the disk",
                  "--durability", "power")  # fmt: skip


def _cloud(name: str, data: Path, remark: str, *flags: str) -> Recipe:
    port = free_port()
    script = Path(sys.executable).with_name("orrery")
    head = (sys.executable, str(script)) if script.exists() else (sys.executable, "-c", START)
    command = (*head, "start", "--host", "127.0.0.1", "--port", str(port), "--data-dir", str(data), *flags)
    display = " ".join(("orrery", "start", "--data-dir", "DIRECTORY", *flags))
    return Recipe(name, _version(), command, port, _environment(), display=display, remark=remark)


def echo() -> Recipe:
    """The bare echo: Orrery's HTTP server with a handler that answers what it was sent."""
    port = free_port()
    command = (sys.executable, "-m", "bench.echo", str(port))
    remark = "Orrery's HTTP server alone: no parsing of the body, no signature, no store"
    return Recipe("echo", _version(), command, port, _environment(), first="echo", remark=remark)


def fill(data: Path, queue: str, count: int, seconds: float) -> int:
    """Fill a queue to `count` messages beneath the API (bench/fill.py); how many it holds. The cloud is stopped."""
    return _filled("bench.fill", data, queue, count, seconds=seconds)


def fill_keys(data: Path, bucket: str, first: int, count: int, seconds: float) -> int:
    """Fill a bucket from `first` to `count` keys beneath the API (bench/fill_keys.py); up to which number it came.
    The cloud is stopped."""
    return _filled("bench.fill_keys", data, bucket, first, count, seconds=seconds)


def _filled(program: str, data: Path, *words: object, seconds: float) -> int:
    command = [sys.executable, "-m", program, str(data), *(str(word) for word in words), str(seconds)]
    environment = {**os.environ, **_environment()}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=seconds + 60, check=False)
    if done.returncode:
        raise FillError(done.stderr.strip()[-2000:])
    return int(done.stdout)
