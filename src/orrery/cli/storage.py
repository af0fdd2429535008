"""Commands about what buckets hold: `s3 scrub`."""

import argparse
from typing import Any

from orrery.cli import show
from orrery.cli.progress import Progress
from orrery.cli.remote import locate
from orrery.settings import Loaded


def add_commands(commands: Any, reaching: argparse.ArgumentParser) -> None:
    """Declare them."""
    storing = commands.add_parser("s3", description="look after buckets and objects")
    within = storing.add_subparsers(dest="question", metavar="QUESTION", required=True, title="commands")
    said = "read every object again and verify it against its checksums"
    scrubbing = within.add_parser("scrub", parents=[reaching], help=said, description=said)
    scrubbing.set_defaults(run=scrub)


def scrub(loaded: Loaded, options: argparse.Namespace) -> int:
    """Verify everything, stretch by stretch; 1 when something is damaged."""
    remote = locate(loaded, options.endpoint)
    verified = size = 0
    damaged: list[dict[str, str]] = []
    after: str | None = None
    with Progress("verifying", lambda: f"{verified} bodies, {size / (1 << 20):.0f} MiB"):
        while True:
            found = remote.get("/_orrery/s3/scrub", after=after)
            verified += found["verified"]
            size += found["bytes"]
            damaged += found["damaged"]
            after = found["next"]
            if after is None:
                break
    rows = [(each["name"], each["problem"]) for each in damaged]
    text = f"{verified} bodies, {size} bytes verified; {len(damaged) or 'none'} damaged"
    show.answer(
        {"verified": verified, "bytes": size, "damaged": damaged},
        options.json,
        "\n".join(filter(None, (show.table(rows), text))),
    )
    return 1 if damaged else 0
