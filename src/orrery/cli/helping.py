"""`orrery help`: a command's page, or all commands."""

import argparse
from typing import Any

from orrery.cli import manual, show
from orrery.cli.catalogue import COMMANDS, did_you_mean, overview
from orrery.cli.parser import Parser, build, leaf, within
from orrery.cli.trouble import WrongUsage
from orrery.settings import Loaded

WRAPPERS = {
    "awslocal": "run the AWS CLI that is in PATH against the cloud, as users of LocalStack know it",
    "tflocal": "run Terraform against the cloud, as users of LocalStack know it",
}
"""Programs beside `orrery` that the manual tells about."""


def add_commands(commands: Any, reaching: argparse.ArgumentParser) -> None:
    """Declare the command."""
    telling = commands.add_parser("help", description="print a command's manual page, or the list of commands")
    telling.add_argument("topic", nargs="*", metavar="COMMAND", help="a command, as clock or s3 scrub")
    telling.add_argument("--json", action="store_true", help="the page, or the list, as JSON")
    telling.set_defaults(run=tell)


def tell(loaded: Loaded, options: argparse.Namespace) -> int:
    """Print the page of a command."""
    words = list(options.topic)
    if not words:
        listed = {"commands": [{"name": each.name, "group": each.group, "about": each.summary} for each in COMMANDS]}
        return show.answer(listed, options.json, overview())
    if words[0] in WRAPPERS:
        parser = wrapper(words[0])
    else:
        parser = leaf(build(words[0]), words)
        if len(words) > 1 and parser.prog != " ".join(["orrery", *words]):
            below = list(within(leaf(build(words[0]), words[:1])))
            raise WrongUsage(f"there is no command {' '.join(words)!r}{did_you_mean(words[1], below)}", "orrery help")
    page = manual.page_of(parser)
    facts = {
        "command": parser.prog,
        "about": parser.description,
        **page._asdict(),
        "options": manual.options_of(parser),
    }
    return show.answer(facts, options.json, parser.format_help().rstrip("\n"))


def wrapper(name: str) -> Parser:
    """A parser that stands for a program of ours that passes its words on."""
    return Parser(prog=name, add_help=False, description=WRAPPERS[name])
