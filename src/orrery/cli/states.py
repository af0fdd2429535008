"""`orrery state`: save the running cloud, load, list, delete, reset, export, import, fork."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode

from orrery.cli import forking, show
from orrery.cli.progress import Progress
from orrery.cli.remote import Remote, locate
from orrery.cli.trouble import NotRunning, Refused
from orrery.settings import Loaded

STATES = "/_orrery/states"
SUFFIX = ".orrery"


def add_commands(commands: Any, reaching: argparse.ArgumentParser) -> None:
    """Declare them."""
    keeping = commands.add_parser("state", description="save the whole cloud, load it again, fork it")
    within = keeping.add_subparsers(dest="action", metavar="ACTION", required=True, title="commands")

    def add(name: str, said: str, run: Callable[[Loaded, argparse.Namespace], int]) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = within.add_parser(name, parents=[reaching], help=said, description=said)
        parser.set_defaults(run=run)
        return parser

    saving = add("save", "save the running cloud under a name", save)
    saving.add_argument("name", metavar="NAME", help="letters, digits, dots, hyphens, underscores; up to 64")
    saving.add_argument("--replace", action="store_true", help="take the place of a state of that name")
    add("load", "take a saved state in the place of the cloud's own", load).add_argument(
        "name", metavar="NAME", help="a saved state"
    )
    add("list", "what is saved", listed)
    add("delete", "remove a saved state", delete).add_argument("name", metavar="NAME", help="a saved state")
    add("reset", "forget everything the running cloud keeps", reset)
    exporting = add("export", "write a saved state into one file", export)
    exporting.add_argument("name", metavar="NAME", help="a saved state")
    exporting.add_argument("file", metavar="FILE", nargs="?", help="NAME.orrery unless given; - is standard output")
    exporting.add_argument("--force", action="store_true", help="write over a file that is there")
    importing = add("import", "save what an exported file holds", take_in)
    importing.add_argument("file", metavar="FILE", help="an exported file")
    importing.add_argument("name", metavar="NAME", nargs="?", help="the file's name unless given")
    importing.add_argument("--replace", action="store_true", help="take the place of a state of that name")
    forking.add_command(within)


def save(loaded: Loaded, options: argparse.Namespace) -> int:
    """Save the cloud."""
    remote = locate(loaded, options.endpoint)
    with Progress(f"saving {options.name}", under_way(remote)):
        saved = remote.post(STATES, {"name": options.name, "replace": options.replace})
    return show.answer(saved, options.json, f"Saved {saved['name']}: {size(saved['bytes'])}, {saved['virtual_now']}")


def load(loaded: Loaded, options: argparse.Namespace) -> int:
    """Load a state."""
    remote = locate(loaded, options.endpoint)
    with Progress(f"loading {options.name}", under_way(remote)):
        done = remote.post(f"{STATES}/load", {"name": options.name})
    return show.answer(done, options.json, f"Loaded {done['loaded']}: it is {done['now']}")


def listed(loaded: Loaded, options: argparse.Namespace) -> int:
    """List what is saved."""
    found = locate(loaded, options.endpoint).get(STATES)
    rows = [
        (
            each["name"],
            each["created"],
            each["virtual_now"],
            size(each["bytes"]),
            size(each["own_bytes"]),
            each["version"],
        )
        for each in found["states"]
    ]
    heading = ("state", "saved", "virtual time", "size", "its own", "release")
    return show.answer(found, options.json, show.table(rows, heading) or "Nothing is saved.")


def delete(loaded: Loaded, options: argparse.Namespace) -> int:
    """Delete a state."""
    done = locate(loaded, options.endpoint).delete(STATES, name=options.name)
    return show.answer(done, options.json, f"Deleted {options.name}")


def reset(loaded: Loaded, options: argparse.Namespace) -> int:
    """Forget what the cloud keeps."""
    with Progress("resetting"):
        done = locate(loaded, options.endpoint).post("/_orrery/reset", {})
    return show.answer(done, options.json, "The cloud is empty.")


def export(loaded: Loaded, options: argparse.Namespace) -> int:
    """Write a state into a file."""
    remote = locate(loaded, options.endpoint)
    if options.file == "-":
        download(remote, options.name, sys.stdout.buffer)
        return 0
    path = Path(options.file or options.name + SUFFIX)
    if path.exists() and not options.force:
        raise Refused(f"{path} is there already; --force writes over it")
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            part.chmod(0o600)
            written = download(remote, options.name, file)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    facts = {"exported": options.name, "file": str(path.absolute()), "bytes": written}
    return show.answer(facts, options.json, f"Exported {options.name} into {path}: {size(written)}")


def take_in(loaded: Loaded, options: argparse.Namespace) -> int:
    """Save what a file holds."""
    remote = locate(loaded, options.endpoint)
    path = Path(options.file)
    name = options.name or path.name.removesuffix(SUFFIX)
    query = urlencode({"name": name, "replace": "true" if options.replace else "false"})
    done = [0]

    def counted(more: int) -> None:
        done[0] += more

    with path.open("rb") as file, Progress(f"importing {name}", lambda: size(done[0])):
        saved = remote.upload(f"{STATES}/import?{query}", file, counted)
    return show.answer(saved, options.json, f"Imported {name}: {size(saved['bytes'])}, {saved['virtual_now']}")


def download(remote: Remote, name: str, file: IO[bytes]) -> int:
    """Write a saved state as one file; its bytes."""
    done = [0]

    def counted(more: int) -> None:
        done[0] += more

    with Progress(f"exporting {name}", lambda: size(done[0])):
        remote.download(f"{STATES}/export?{urlencode({'name': name})}", file, counted)
    return done[0]


def under_way(remote: Remote) -> Callable[[], str]:
    """What the cloud says of its progress."""

    def tell() -> str:
        try:
            doing = remote.get(STATES).get("under_way")
        except (NotRunning, Refused):
            return ""
        return "" if not doing else size(doing["bytes"])

    return tell


def size(count: int) -> str:
    """Bytes as people read them: 512 bytes, 1.4 MiB."""
    if count < 1024:
        return f"{count} bytes"
    amount, unit = count / 1024, "KiB"
    for larger in ("MiB", "GiB", "TiB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{amount:.1f} {unit}"
