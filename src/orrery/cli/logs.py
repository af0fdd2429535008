"""`orrery logs`: the log of a cloud in the background, whole, its end, or as it is written."""

import argparse
import os
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from orrery.cli import durations, show
from orrery.cli.logfile import LEVELS, Record, default_path, records
from orrery.cli.remote import locate
from orrery.cli.trouble import NotRunning, Refused, WrongUsage
from orrery.settings import Loaded

PAUSE = 0.2


def add_commands(commands: Any, reaching: argparse.ArgumentParser) -> None:
    """Declare the command."""
    reading = commands.add_parser(
        "logs", parents=[reaching], description="print the log of a cloud in the background, also when it has ended"
    )
    reading.add_argument("-f", "--follow", action="store_true", help="go on printing as it is written, until Ctrl-C")
    reading.add_argument("-n", "--lines", metavar="N", help="the last N lines only; with --follow, 10 by default")
    reading.add_argument("--since", metavar="TIME", help="lines since an ISO time, or of the last 10m, 1h30m …")
    reading.add_argument("--level", choices=LEVELS, default="debug", help="the least severity shown")
    reading.add_argument("--log-file", metavar="FILE", dest="file", help="read this file")
    reading.set_defaults(run=logs)


def logs(loaded: Loaded, options: argparse.Namespace) -> int:
    """Print the wanted lines of the log."""
    path = _path(loaded, options)
    since = _since(options.since)
    count = _count(options)
    try:
        opened = path.open(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        raise Refused(
            f"there is no log at {path}. Clouds started with --detach or --log-file keep one; "
            "others write to the terminal they were started in"
        ) from None
    with opened:
        wanted = [each for each in records(opened) if _wanted(each, since, options.level)]
        for each in wanted if count is None else wanted[len(wanted) - min(count, len(wanted)) :]:
            _print(each, options.json)
        if options.follow:
            for each in records(_new_lines(opened, path)):
                if _wanted(each, since, options.level):
                    _print(each, options.json)
    return 0


def _path(loaded: Loaded, options: argparse.Namespace) -> Path:
    """The file that was asked for, the one the running cloud tells of, or the one it would have."""
    if options.file:
        return Path(options.file)
    settings = loaded.settings
    try:
        remote = locate(loaded, options.endpoint)
        health = remote.get("/_orrery/health")
    except (NotRunning, Refused):
        health = None
    if health is not None:
        if not remote.loopback:
            raise Refused(f"the cloud at {remote.endpoint} runs on another machine, and its log is there")
        if not health.get("log_file"):
            raise Refused(
                f"the cloud at {remote.endpoint} writes its log to where it was started; "
                "clouds started with --detach or --log-file keep one"
            )
        return Path(str(health["log_file"]))
    if settings.log_file:
        return Path(settings.log_file)
    return default_path(None if settings.in_memory else Path(settings.data_dir), settings.port)


def _since(text: str | None) -> datetime | None:
    if not text:
        return None
    if re.fullmatch(r"\+?[0-9][0-9.wdhms]*", text):
        try:
            return datetime.now(UTC) - timedelta(seconds=durations.seconds("+" + text.lstrip("+")))
        except ValueError:
            pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUsage(f"--since {text!r} is no time; give 10m, 1h30m or an ISO time", "orrery logs") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _count(options: argparse.Namespace) -> int | None:
    text = options.lines
    if text is None:
        return 10 if options.follow and options.since is None else None
    if not text.isdecimal():
        raise WrongUsage(f"--lines {text!r} is not a whole number", "orrery logs")
    return int(text)


def _wanted(record: Record, since: datetime | None, level: str) -> bool:
    if since is not None and (record.at is None or record.at < since):
        return False
    return LEVELS.index(record.level) >= LEVELS.index(level)


def _print(record: Record, as_json: bool) -> None:
    if not as_json or record.text.startswith("{"):
        print(record.text, flush=True)
        return
    at = record.at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if record.at else None
    text = re.sub(r"^\S+ (debug|info|warning|error) ", "", record.text) if record.at else record.text
    print(show.line({"time": at, "level": record.level, "message": text}), flush=True)


def _new_lines(opened: Any, path: Path) -> Iterator[str]:
    """Lines as they are written; the file is opened anew when another has taken its place."""
    rest = ""
    while True:
        text = opened.read()
        if text:
            whole, end, rest = (rest + text).rpartition("\n")
            if end:
                yield from (line + "\n" for line in whole.split("\n"))
            continue
        time.sleep(PAUSE)
        if path.exists() and path.stat().st_ino != os.fstat(opened.fileno()).st_ino:
            with path.open(encoding="utf-8", errors="replace") as fresh:
                yield from _new_lines(fresh, path)
