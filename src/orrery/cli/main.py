"""The command `orrery`: arguments in, a command's function called, its exit code out.

Exit codes: 0 done; 1 refused by the cloud or failed; 2 wrong usage or settings; 3 no cloud runs.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from orrery import __version__
from orrery.cli.start import add_flags, start
from orrery.cli.trouble import NotRunning, Refused
from orrery.settings import SettingsError, declared, load

MODULES = {
    "orrery.cli.lifecycle": ("stop", "status"),
    "orrery.cli.control": ("clock", "limits", "era", "fail"),
    "orrery.cli.clients": ("env", "aws", "ca"),
    "orrery.cli.inspection": ("doctor", "requests", "explain", "sqs"),
    "orrery.cli.storage": ("s3",),
}
"""The commands that talk to a running cloud, by module. Only the module of the command given is loaded."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. `arguments` are those after the command's name, by default the process's."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    parser = _parser(given[0] if given else "")
    if given[:1] == ["aws"]:
        options, _ = parser.parse_known_args(["aws"])
        options.rest = given[1:]
    else:
        options = parser.parse_args(given)
    if not hasattr(options, "run"):
        parser.print_help()
        return 2
    return _guarded(options)


def _guarded(options: argparse.Namespace) -> int:
    try:
        return _run(options)
    except SettingsError as problem:
        print(f"orrery: {problem}", file=sys.stderr)
        return 2
    except NotRunning as problem:
        print(f"orrery: {problem}\nStart one with: orrery start", file=sys.stderr)
        return 3
    except Refused as problem:
        print(f"orrery: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _run(options: argparse.Namespace) -> int:
    given = vars(options)
    flags = {each.name: given[each.name] for each in declared() if isinstance(given.get(each.name), str)}
    loaded = load(flags, file=Path(given["config"]) if given.get("config") else None)
    if options.command == "start":
        return start(loaded)
    return int(options.run(loaded, options))


def _parser(command: str) -> argparse.ArgumentParser:
    """The parser of one command; of all when there is no such command."""
    parser = argparse.ArgumentParser(
        prog="orrery", description="A complete working model of the AWS cloud on one's own machine."
    )
    parser.add_argument("--version", action="version", version=f"orrery {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    wanted = [name for name, given in MODULES.items() if command in given]
    if command == "start" or not wanted:
        starting = commands.add_parser("start", help="run a cloud in the foreground until Ctrl-C")
        starting.set_defaults(run=start)
        starting.add_argument("--config", metavar="FILE", help="settings file instead of ./orrery.toml")
        add_flags(starting)
    if command != "start":
        reaching = _reaching()
        for name in wanted or MODULES:
            importlib.import_module(name).add_commands(commands, reaching)
    return parser


def _reaching() -> argparse.ArgumentParser:
    """Options of every command that talks to a running cloud."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--endpoint", metavar="URL", help="the cloud to talk to (or ORRERY_ENDPOINT)")
    parser.add_argument("--port", metavar="PORT", default=argparse.SUPPRESS, help="its port on this machine")
    parser.add_argument(
        "--data-dir",
        metavar="DIRECTORY",
        dest="data-dir",
        default=argparse.SUPPRESS,
        help="its data directory",
    )
    parser.add_argument("--config", metavar="FILE", help="settings file instead of ./orrery.toml")
    parser.add_argument("--json", action="store_true", help="answer with JSON")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
