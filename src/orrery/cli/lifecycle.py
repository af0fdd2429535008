"""`orrery stop` and `orrery status`."""

import argparse
import os
import signal
import time
from pathlib import Path
from typing import Any

from orrery import running
from orrery.cli import show
from orrery.cli.clock import clock_words
from orrery.cli.progress import Progress
from orrery.cli.remote import Remote, locate
from orrery.cli.trouble import NotRunning, Refused, WrongUsage
from orrery.settings import Loaded

PAUSE = 0.1
PATIENCE = 30.0
"""Seconds that `stop` waits for the process to end."""


def add_commands(commands: Any, reaching: argparse.ArgumentParser) -> None:
    """Declare the two commands."""
    stopping = commands.add_parser("stop", parents=[reaching], description="stop the running cloud")
    stopping.set_defaults(run=stop)
    reporting = commands.add_parser("status", parents=[reaching], description="say what runs, and where")
    reporting.add_argument("--wait", metavar="SECONDS", help="wait so long at most until a cloud answers")
    reporting.set_defaults(run=status)


def stop(loaded: Loaded, options: argparse.Namespace) -> int:
    """Ask the cloud to end, and wait for its process; 3 when none runs."""
    remote = locate(loaded, options.endpoint)
    pid = remote.pid
    try:
        pid = int(remote.post("/_orrery/stop", {}).get("pid") or 0) or pid
    except (NotRunning, Refused):
        if pid is None or not running.held(Path(loaded.settings.data_dir)):
            raise  # without the directory's lock, the process with this id is somebody else's
        os.kill(pid, signal.SIGTERM)
    if pid is not None and remote.loopback:
        with Progress(f"process {pid} finishes its requests"):
            ended = _ended(pid)
    else:
        ended = True
    if not ended:
        raise Refused(f"process {pid} was told to stop {PATIENCE:g} seconds ago and still runs")
    return show.answer({"stopped": True, "pid": pid}, options.json, "Stopped.")


def _ended(pid: int) -> bool:
    """True as soon as the process is gone; False after PATIENCE seconds."""
    deadline = time.monotonic() + PATIENCE
    while running.alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def status(loaded: Loaded, options: argparse.Namespace) -> int:
    """Print what the cloud says of itself; 3 when none runs."""
    seconds = _seconds(options.wait)
    with Progress("waiting for a cloud"):
        remote, health = _answered(loaded, options.endpoint, time.monotonic() + seconds)
    return show.answer({"endpoint": remote.endpoint, **health}, options.json, _status(remote, health))


def _seconds(text: str | None) -> float:
    try:
        seconds = float(text or 0)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise WrongUsage(f"--wait {text!r} is no number of seconds", "orrery status")
    return seconds


def _answered(loaded: Loaded, endpoint: str | None, deadline: float) -> tuple[Remote, dict[str, Any]]:
    """A cloud and its health, as soon as one answers. Raises NotRunning when none does by the deadline."""
    while True:
        try:
            remote = locate(loaded, endpoint)
            return remote, remote.get("/_orrery/health")
        except NotRunning:
            if time.monotonic() >= deadline:
                raise
        time.sleep(PAUSE)


def _status(remote: Remote, health: dict[str, Any]) -> str:
    rows = [("endpoint", remote.endpoint)]
    plain = {name: each for name, each in health.items() if name not in ("services", "clock")}
    rows += [(name.replace("_", " "), show.value(each)) for name, each in plain.items()]
    if "clock" in health:
        rows.append(("clock", clock_words(health["clock"])))
    rows.append(("services", " ".join(health.get("services", ()))))
    return show.table(rows)
