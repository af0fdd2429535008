"""`orrery state fork`: a second cloud in the background, from the bytes of a saved state or of the running cloud."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

from orrery.cli import detached, occupied
from orrery.cli.progress import Progress
from orrery.cli.remote import Remote, locate
from orrery.cli.trouble import Refused
from orrery.settings import MEMORY, Loaded, load

STATES = "/_orrery/states"
NOW = "fork-of-now"
"""The name under which a running cloud is saved until its fork has begun."""


def add_command(within: Any) -> None:
    """Declare it: its --port and --data-dir are the new cloud's."""
    said = "start a second cloud from a saved state, or from the running cloud as it is"
    parser = within.add_parser("fork", help=said, description=said)
    parser.add_argument("name", metavar="NAME", nargs="?", help="a saved state; without it the cloud as it is now")
    parser.add_argument("--port", metavar="PORT", dest="fork_port", default="0", help="the new cloud's; a free one")
    parser.add_argument(
        "--data-dir", metavar="DIRECTORY", dest="fork_dir", help="the new cloud's; one beside the running cloud's"
    )
    parser.add_argument("--endpoint", metavar="URL", help="the running cloud (or ORRERY_ENDPOINT)")
    parser.add_argument("--config", metavar="FILE", help="settings file instead of ./orrery.toml")
    parser.add_argument("--json", action="store_true", help="answer with JSON")
    parser.set_defaults(run=fork)


def fork(loaded: Loaded, options: argparse.Namespace) -> int:
    """Start the cloud and say where it runs."""
    remote = locate(loaded, options.endpoint)
    directory = options.fork_dir or _beside(str(remote.get("/_orrery/health")["data_directory"]), options.name)
    if directory != MEMORY and (Path(directory) / "format").exists():
        raise Refused(f"{directory} holds a cloud already; choose another with --data-dir")
    words = ["--port", options.fork_port, "--data-dir", directory, *_clock(remote)]
    with _state(remote, options.name) as state:
        words += ["--state", str(state)]
        flags = dict(zip((word.removeprefix("--") for word in words[::2]), words[1::2], strict=True))
        begun = load(flags, file=Path(options.config) if options.config else None)
        occupied.refuse(begun.settings)
        if options.config:
            words += ["--config", options.config]
        starting = argparse.Namespace(given=["start", *words], json=options.json)
        return detached.start(begun, starting)


def _beside(directory: str, name: str | None) -> str:
    """A directory beside that of the running cloud."""
    return MEMORY if directory == MEMORY else f"{directory.rstrip('/')}-{name or 'fork'}"


def _clock(remote: Remote) -> list[str]:
    """The setting by which a clock runs as the running one does."""
    state = remote.get("/_orrery/clock")
    if state["mode"] == "real" and state["rate"] != 1:
        return ["--clock", f"rate={state['rate']:g}"]
    return ["--clock", str(state["mode"])]


@contextmanager
def _state(remote: Remote, name: str | None) -> Iterator[Path]:
    """What the new cloud begins with: a state's directory on this machine, or its file from another one."""
    wanted = name or NOW
    if name is None:
        with Progress("saving the running cloud"):
            remote.post(STATES, {"name": NOW, "replace": True})
    try:
        if remote.loopback:
            paths = [each["path"] for each in remote.get(STATES)["states"] if each["name"] == wanted]
            if not paths:
                raise Refused(f"no state is saved as {wanted!r}; `orrery state list` lists those that are")
            if Path(paths[0]).is_dir():
                yield Path(paths[0])
                return
        with TemporaryDirectory() as directory:  # another machine's, or a container's
            path = Path(directory) / wanted
            with path.open("wb") as file, Progress(f"exporting {wanted}"):
                remote.download(f"{STATES}/export?{urlencode({'name': wanted})}", file, lambda size: None)
            yield path
    finally:
        if name is None:
            remote.delete(STATES, name=NOW)
