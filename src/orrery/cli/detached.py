"""A cloud in the background: a process of its own whose output is a log file, waited for until it is ready."""

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from orrery.cli import logfile, show
from orrery.cli.progress import Progress
from orrery.cli.trouble import Refused
from orrery.settings import Loaded

PATIENCE = 60.0
"""Seconds in which a cloud must be ready: opening a large store after a crash takes its time."""
PAUSE = 0.02
_ENDPOINT = re.compile(r"Orrery on (https?://[^\s\"]+)")
_READY = re.compile(r"^Ready\.$|\"message\": ?\"Ready\.\"", re.MULTILINE)


def start(loaded: Loaded, options: argparse.Namespace) -> int:
    """Start the process, wait for `Ready.`, and say where it runs. Raises Refused with the log's end when it ends."""
    settings = loaded.settings
    data_dir = None if settings.in_memory else Path(settings.data_dir)
    log = Path(settings.log_file) if settings.log_file else logfile.default_path(data_dir, settings.port)
    if data_dir is not None:
        _make(data_dir)
    begin = logfile.prepare(log)
    words = [word for word in options.given[1:] if word not in ("-d", "--detach", "--json")]
    command = [sys.executable, "-m", "orrery.cli.main", "start", *words, "--log-file", str(log)]
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND)
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=descriptor, stderr=descriptor, start_new_session=True
        )
    finally:
        os.close(descriptor)
    try:
        with Progress("starting"):
            written = _wait(process, log, begin)
    except KeyboardInterrupt:
        process.terminate()
        raise
    endpoint = _ENDPOINT.search(written)
    facts = {"endpoint": endpoint[1] if endpoint else "", "pid": process.pid, "log": str(log)}
    lines = [f"Orrery on {facts['endpoint']} (process {process.pid})", f"  log   {log}", "  stop  orrery stop"]
    if data_dir is None and endpoint:
        lines[2] += f" --endpoint {endpoint[1]}"
    return show.answer(facts, options.json, "\n".join(lines))


def _make(data_dir: Path) -> None:
    """The data directory for its owner only, as the cloud makes it, which finds the log in it."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if data_dir.stat().st_uid == os.geteuid() and not any(data_dir.iterdir()):
        data_dir.chmod(0o700)


def _wait(process: subprocess.Popen[bytes], log: Path, begin: int) -> str:
    """What the process has written when it is ready."""
    deadline = time.monotonic() + PATIENCE
    while True:
        ended = process.poll()
        written = _since(log, begin)
        if _READY.search(written):
            process.returncode = 0  # it goes on without us: nothing is to be collected
            return written
        if ended is not None:
            told = written.strip() or "it wrote nothing"
            raise Refused(f"the cloud ended with code {ended} before it was ready. {log} says:\n{told[-2000:]}")
        if time.monotonic() > deadline:
            process.terminate()
            raise Refused(f"the cloud was not ready within {PATIENCE:g} seconds and was ended; see {log}")
        time.sleep(PAUSE)


def _since(log: Path, begin: int) -> str:
    with log.open("rb") as opened:
        opened.seek(begin)
        return opened.read().decode(errors="replace")
