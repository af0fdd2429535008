"""Commands that look: `doctor`, `requests`, `explain`, `sqs why`."""

import argparse
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import socket
from pathlib import Path
from typing import Any
from urllib.parse import quote

from orrery import __version__
from orrery.cli import show
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


def add_commands(commands: Any, reaching: argparse.ArgumentParser) -> None:
    """Declare the four commands."""
    examining = commands.add_parser("doctor", parents=[reaching], help="what is in use, what is missing, what it costs")
    examining.set_defaults(run=doctor)
    listing = commands.add_parser("requests", parents=[reaching], help="the last requests the cloud answered")
    listing.add_argument("--limit", metavar="N", default="50", help="at most this many; default 50")
    listing.set_defaults(run=requests)
    explaining = commands.add_parser("explain", parents=[reaching], help="why a request was answered as it was")
    explaining.add_argument("request_id", metavar="REQUEST-ID")
    explaining.set_defaults(run=explain)
    queueing = commands.add_parser("sqs", help="look into queues")
    within = queueing.add_subparsers(dest="question", metavar="QUESTION", required=True)
    asking = within.add_parser("why", parents=[reaching], help="why messages of a queue cannot be received now")
    asking.add_argument("queue", metavar="QUEUE", help="name, URL or ARN")
    asking.add_argument("--region", default=None, help="its Region (AWS_REGION, AWS_DEFAULT_REGION)")
    asking.add_argument("--account", default="000000000000", help="its account")
    asking.set_defaults(run=why)


def doctor(loaded: Loaded, options: argparse.Namespace) -> int:
    """Print what this machine offers and, when a cloud runs, what it uses."""
    findings = _machine(loaded.settings)
    findings["settings"] = {
        name: f"{show.value(source)}" for name, source in loaded.sources.items() if source != "default"
    }
    remote = locate(loaded, options.endpoint)
    try:
        findings["cloud"] = remote.get("/_orrery/doctor")
    except (NotRunning, Refused) as problem:
        findings["cloud"] = {"running": f"no: {problem}"}
    sections = []
    for title, facts in findings.items():
        rows = [(f"  {name}", show.value(fact)) for name, fact in facts.items()]
        sections.append(f"{title}\n{show.table(rows) or '  all by default'}")
    return show.answer(findings, options.json, "\n".join(sections))


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
        "port": {str(settings.port): _port(settings)},
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
    return {
        "path": str(path) + ("" if path.exists() else " (made at the first start)"),
        "writable": "yes" if os.access(existing, os.W_OK | os.X_OK) else f"no: {existing} cannot be written to",
        "free": f"{free / (1 << 30):.1f} GiB",
    }


def _port(settings: Settings) -> str:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", settings.port))
        except OSError as problem:
            return f"in use ({problem.strerror})"
    return "free"


def requests(loaded: Loaded, options: argparse.Namespace) -> int:
    """Print the ring of requests, oldest first."""
    remote = locate(loaded, options.endpoint)
    found = remote.get("/_orrery/requests", limit=options.limit)
    rows = [
        (
            each.get("time"),
            each.get("operation"),
            each.get("status"),
            _took(each),
            each.get("error"),
            each.get("id"),
        )
        for each in found["requests"]
    ]
    return show.answer(found, options.json, show.table(rows))


def _took(entry: dict[str, Any]) -> str:
    return f"{entry['milliseconds']:.1f} ms" if "milliseconds" in entry else ""


def explain(loaded: Loaded, options: argparse.Namespace) -> int:
    """Print all that is known of one request."""
    remote = locate(loaded, options.endpoint)
    found = remote.get("/_orrery/requests/" + quote(options.request_id, safe=""))
    return show.answer(found, options.json, show.table((name, show.value(fact)) for name, fact in found.items()))


def why(loaded: Loaded, options: argparse.Namespace) -> int:
    """Print, for every message of the queue that cannot be received now, the reason and until when."""
    remote = locate(loaded, options.endpoint)
    region = options.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    place = {"region": region or loaded.settings.region, "account": options.account}
    found = remote.get("/_orrery/sqs/why", queue=options.queue, **place)
    messages = found.get("messages", ())
    heading = tuple(dict.fromkeys(name for each in messages for name in each))
    rows = [tuple(show.value(each[name]) if name in each else "" for name in heading) for each in messages]
    facts = [(name.replace("_", " "), show.value(fact)) for name, fact in found.items() if name != "messages"]
    return show.answer(found, options.json, "\n\n".join(filter(None, (show.table(facts), show.table(rows, heading)))))
