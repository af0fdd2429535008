"""`orrery requests` and `orrery explain`: what the cloud was asked, and why it answered as it did."""

import argparse
import time
from typing import Any
from urllib.parse import quote

from orrery.cli import show
from orrery.cli.remote import Remote, locate
from orrery.cli.trouble import WrongUsage
from orrery.settings import Loaded

PAUSE = 0.3
FILTERS = ("service", "operation", "status", "error", "account", "since")
AT_ONCE = "2000"
"""How many requests are asked for when following: as many as a cloud remembers."""


def add_commands(commands: Any, reaching: argparse.ArgumentParser) -> None:
    """Declare the two commands."""
    listing = commands.add_parser(
        "requests", parents=[reaching], description="the last requests the cloud answered, or requests as they come"
    )
    listing.add_argument("-f", "--follow", action="store_true", help="go on printing as they come, until Ctrl-C")
    listing.add_argument("-n", "--limit", metavar="N", help="at most this many; 50, with --follow 10, unless given")
    listing.add_argument("--service", metavar="NAME[,NAME]", help="of these services, as sqs")
    listing.add_argument("--operation", metavar="NAME[,NAME]", help="of these operations, as SendMessage or s3.Put*")
    listing.add_argument("--status", metavar="STATUS", help="answered so, as 200, 404 or 4xx,5xx")
    listing.add_argument("--error", metavar="CODE", nargs="?", const="*", help="failed, or failed with this code")
    listing.add_argument("--account", metavar="ID", help="of this account")
    listing.add_argument("--since", metavar="TIME", help="since an ISO time, or in the last 10m, 1h30m …; virtual time")
    listing.set_defaults(run=requests)
    explaining = commands.add_parser(
        "explain", parents=[reaching], description="why a request was answered as it was, and where its time went"
    )
    explaining.add_argument(
        "request_id", metavar="REQUEST-ID", nargs="?", help="as the answer tells it; without one, the last that failed"
    )
    explaining.set_defaults(run=explain)


def requests(loaded: Loaded, options: argparse.Namespace) -> int:
    """Print the ring of requests, oldest first, and with --follow what comes after."""
    remote = locate(loaded, options.endpoint)
    limit = options.limit or ("10" if options.follow else "50")
    if not limit.isdecimal():
        raise WrongUsage(f"--limit {limit!r} is not a whole number", "orrery requests")
    wanted = {name: getattr(options, name) for name in FILTERS}
    if options.follow:
        return _follow(remote, limit, wanted, options.json)
    found = remote.get("/_orrery/requests", limit=limit, **wanted)
    return show.answer(found, options.json, show.table(map(_row, found["requests"])))


def _follow(remote: Remote, limit: str, wanted: dict[str, str | None], as_json: bool) -> int:
    """Ask again and again for those after the last one seen; ends with the cloud (NotRunning) or Ctrl-C."""
    widths = [24, 24, 3, 9]
    found = remote.get("/_orrery/requests", limit=limit if limit != "0" else "1", **wanted)["requests"]
    last = found[-1]["id"] if found else None
    for each in found if limit != "0" else []:
        _print(each, as_json, widths)
    while True:
        time.sleep(PAUSE)
        for each in remote.get("/_orrery/requests", limit=AT_ONCE, after=last, **wanted)["requests"]:
            last = each["id"]
            _print(each, as_json, widths)


def _print(entry: dict[str, Any], as_json: bool, widths: list[int]) -> None:
    """One line; columns are as wide as the widest of them so far."""
    if as_json:
        print(show.line(entry), flush=True)
        return
    cells = ["" if cell is None else str(cell) for cell in _row(entry)]
    widths[:] = [max(width, len(cell)) for width, cell in zip(widths, cells, strict=False)]
    padded = [cell.ljust(width) for cell, width in zip(cells, [*widths, 0, 0], strict=False)]
    print("  ".join(padded).rstrip(), flush=True)


def _row(entry: dict[str, Any]) -> tuple[object, ...]:
    took = f"{entry['milliseconds']:.1f} ms" if "milliseconds" in entry else ""
    return entry.get("time"), entry.get("operation"), entry.get("status"), took, entry.get("error"), entry.get("id")


def explain(loaded: Loaded, options: argparse.Namespace) -> int:
    """Print all that is known of one request."""
    remote = locate(loaded, options.endpoint)
    request_id = options.request_id
    if request_id is None:
        failed = remote.get("/_orrery/requests", limit="1", error="*")["requests"]
        if not failed:
            return show.answer({}, options.json, "No request that is remembered has failed.")
        request_id = failed[0]["id"]
    found = remote.get("/_orrery/requests/" + quote(request_id, safe=""))
    return show.answer(found, options.json, _told(found))


def _told(found: dict[str, Any]) -> str:
    """A request's facts, and what each stage of it took as a part of the whole."""
    stages = found.get("stages")
    facts = show.tree({name: each for name, each in found.items() if name not in ("stages", "milliseconds")})
    whole = found.get("milliseconds")
    if not isinstance(stages, dict) or not stages:
        return facts if whole is None else f"{facts}\ntook  {whole:.3f} ms"
    longest = max(stages.values()) or 1
    rows = [(f"  {name}", f"{took:.3f}".rjust(9), "▇" * round(took / longest * 30)) for name, took in stages.items()]
    total = f"{whole:.3f} ms" if whole is not None else "milliseconds"
    return f"{facts}\ntook {total}, of it in\n{show.table(rows)}"
