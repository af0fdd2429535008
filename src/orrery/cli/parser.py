"""Arguments of commands: parsers that suggest what was meant, and show manual pages as their help."""

import argparse
import importlib
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from orrery import __version__
from orrery.cli import manual
from orrery.cli.catalogue import COMMANDS, did_you_mean, find, nearest
from orrery.cli.trouble import WrongUsage


class Parser(argparse.ArgumentParser):
    """A parser whose errors are WrongUsage with the nearest name, and whose help is the manual's page."""

    def __init__(self, *given: Any, **options: Any) -> None:
        options.setdefault("allow_abbrev", False)  # a script's short form must not change its meaning one day
        super().__init__(*given, **options)

    def error(self, message: str) -> NoReturn:
        """Raise WrongUsage."""
        choice = re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)", message)
        if choice:
            message += did_you_mean(choice[1], re.findall(r"[\w.-]+", choice[2]))
        raise WrongUsage(message, self.prog)

    def format_help(self) -> str:
        """The manual page of the command."""
        return manual.text(self)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does; an unknown option is answered with the nearest one."""
        given = list(sys.argv[1:] if args is None else args)
        options, rest = self.parse_known_args(given, namespace)
        if rest:
            reached = leaf(self, given)
            if reached.prog == "orrery clock" and rest[0][1:2].isdigit():
                raise WrongUsage("the clock never goes back; only loading a saved state does", reached.prog)
            known = [name for action in reached._actions for name in action.option_strings]
            meant = did_you_mean(rest[0], known) if rest[0].startswith("-") else ""
            kind = "option" if rest[0].startswith("-") else "argument"
            raise WrongUsage(f"there is no {kind} {rest[0]!r}{meant}", reached.prog)
        return options


def build(command: str) -> Parser:
    """The parser with one command. Raises WrongUsage for a command that does not exist."""
    found = find(command)
    if found is None:
        raise WrongUsage(f"there is no command {command!r}{nearest(command)}")
    parser = Parser(prog="orrery", add_help=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    importlib.import_module(found.module).add_commands(commands, reaching())
    return parser


def every() -> list[Parser]:
    """The parsers of all commands and of the commands within them, in the order of the catalogue."""
    found: list[Parser] = []
    for command in COMMANDS:
        top = leaf(build(command.name), [command.name])
        below = list(within(top).values())
        found += below or [top]
    return found


def within(parser: argparse.ArgumentParser) -> dict[str, Parser]:
    """The commands within a command, by name, without aliases."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def leaf(parser: argparse.ArgumentParser, words: Sequence[str]) -> Parser:
    """The parser that the words lead to: that of `s3 scrub` for `s3 scrub --json`."""
    for word in words:
        below = within(parser)
        if not below:
            break
        if word in below:
            parser = below[word]
    return parser if isinstance(parser, Parser) else Parser(prog=parser.prog)


def reaching() -> argparse.ArgumentParser:
    """Options of every command that talks to a running cloud."""
    parser = argparse.ArgumentParser(add_help=False)
    where = parser.add_argument_group("which cloud")
    where.add_argument("--endpoint", metavar="URL", help="the cloud to talk to (or ORRERY_ENDPOINT)")
    where.add_argument("--port", metavar="PORT", default=argparse.SUPPRESS, help="its port on this machine")
    where.add_argument(
        "--data-dir", metavar="DIRECTORY", dest="data-dir", default=argparse.SUPPRESS, help="its data directory"
    )
    where.add_argument("--config", metavar="FILE", help="settings file instead of ./orrery.toml")
    parser.add_argument("--json", action="store_true", help="answer with JSON")
    return parser


VERSION = f"orrery {__version__}"
