"""`orrery doctor`: what this machine offers, what a cloud uses of it, and what is wrong with either."""

import argparse
import importlib.metadata
import os
import platform
import shutil
from pathlib import Path
from typing import Any

from orrery import __version__
from orrery.cli import occupied, show
from orrery.cli.remote import locate
from orrery.cli.trouble import NotRunning, Refused
from orrery.settings import Loaded, Settings

PARTS = {
    "uvloop": "the event loop; without it, Python's own, which is slower",
    "httptools": "the HTTP parser",
    "msgspec": "decoding and checking",
    "cryptography": "certificates and encryption",
    "awscrt": "checksums, and SigV4A",
    "botocore": "the service models, read as data",
    "rocksdict": "--store rocksdb",
    "awscli": "orrery aws",
}
OPTIONAL = ("uvloop", "rocksdict", "awscli")
LITTLE_SPACE = 512 << 20
"""Free bytes below which the disk is near full."""


def add_commands(commands: Any, reaching: argparse.ArgumentParser) -> None:
    """Declare the command."""
    examining = commands.add_parser(
        "doctor", parents=[reaching], description="look for what is missing or wrong, and say what to do"
    )
    examining.set_defaults(run=doctor)


def doctor(loaded: Loaded, options: argparse.Namespace) -> int:
    """Print what this machine offers and, when a cloud runs, what it uses; 1 when something is wrong."""
    findings: dict[str, Any] = _machine(loaded.settings)
    findings["settings"] = {name: source for name, source in loaded.sources.items() if source != "default"}
    wrong = [*loaded.warnings, *_wrong_here(findings)]
    try:
        remote = locate(loaded, options.endpoint)
        found = remote.get("/_orrery/doctor")
        findings["cloud"] = {"endpoint": remote.endpoint, **found}
        wrong += _wrong_there(found)
    except (NotRunning, Refused) as problem:
        findings["cloud"] = {"running": f"no: {problem}"}
        port = loaded.settings.port
        if port and occupied.taken(port):
            findings["port"] = {str(port): f"in use {occupied.holder(port)}"}
            wrong.append(f"port {port} is in use {occupied.holder(port)}: choose another with --port")
    findings["wrong"] = wrong
    told = {title: facts for title, facts in findings.items() if title != "wrong"}
    sections = [f"{title}\n{show.tree(facts, '  ') or '  all by default'}" for title, facts in told.items()]
    sections.append("\n".join(["wrong", *(f"  {each}" for each in wrong)]) if wrong else "Nothing is wrong.")
    show.answer(findings, options.json, "\n".join(sections))
    return 1 if wrong else 0


def _machine(settings: Settings) -> dict[str, dict[str, Any]]:
    return {
        "orrery": {
            "version": __version__,
            "python": f"{platform.python_version()} {platform.python_implementation()}",
            "system": f"{platform.system()} {platform.release()} {platform.machine()}",
            "processors": os.cpu_count(),
        },
        "parts": {name: _part(name, purpose) for name, purpose in PARTS.items()},
        "data directory": _directory(settings),
    }


def _part(name: str, purpose: str) -> str:
    try:
        return f"{importlib.metadata.version(name)} ({purpose})"
    except importlib.metadata.PackageNotFoundError:
        return f"not installed ({purpose})"


def _directory(settings: Settings) -> dict[str, Any]:
    if settings.in_memory:
        return {"path": "in memory: nothing is kept"}
    path = Path(settings.data_dir)
    existing = next(each for each in (path, *path.parents) if each.exists())
    free = shutil.disk_usage(existing).free
    if not existing.is_dir():
        writable = f"no: {existing} is no directory"
    elif not os.access(existing, os.W_OK | os.X_OK):
        writable = f"no: {existing} cannot be written to"
    else:
        writable = "yes"
    return {
        "path": str(path) + ("" if path.exists() else " (made at the first start)"),
        "writable": writable,
        "free": f"{free / (1 << 30):.1f} GiB",
    }


def _wrong_here(findings: dict[str, Any]) -> list[str]:
    """What stands in the way of a cloud on this machine, and what to do about it."""
    wrong = [
        f"{name} is not installed: pip install {name}"
        for name, told in findings["parts"].items()
        if told.startswith("not installed") and name not in OPTIONAL
    ]
    directory = findings["data directory"]
    if directory.get("writable", "yes") != "yes":
        wrong.append(f"the data directory is not writable ({directory['writable'][4:]}): choose another (--data-dir)")
    if float(directory.get("free", "1e9").split()[0]) * (1 << 30) < LITTLE_SPACE:
        wrong.append(f"the disk of the data directory has {directory['free']} left: make room, or choose another")
    return wrong


def _wrong_there(found: dict[str, Any]) -> list[str]:
    """What the running cloud complains of."""
    wrong = []
    if found.get("disk_full"):
        wrong.append("the cloud's disk is full, so it refuses changes: make room, it goes on by itself")
    wrong += [f"the job {job.get('name')} is parked: {job.get('reason')}" for job in found.get("parked_jobs") or ()]
    version = found.get("version")
    if version and version != __version__:
        wrong.append(f"the cloud is of version {version}, this command of {__version__}: stop and start the cloud")
    return wrong
