"""From words to a command's function, and from what went wrong to a message and an exit code."""

import argparse
import importlib
import os
import sys
from pathlib import Path

from orrery.cli import show
from orrery.cli.catalogue import overview
from orrery.cli.parser import VERSION, build
from orrery.cli.trouble import NotRunning, Refused, WrongUsage
from orrery.settings import SettingsError, declared, load

PASSING_ON = ("aws", "__complete")
"""Commands whose words are another program's: none of them is ours."""


def run(given: list[str]) -> int:
    """Run the command that the words name; its exit code."""
    as_json = "--json" in given and given[0] not in PASSING_ON
    try:
        return _run(given)
    except WrongUsage as problem:
        name = problem.command.removeprefix("orrery").strip()
        return _failed(2, str(problem), f"Try: orrery help {name}".rstrip(), as_json, problem.command)
    except SettingsError as problem:
        return _failed(2, str(problem), "", as_json)
    except NotRunning as problem:
        return _failed(3, str(problem), "Start one with: orrery start", as_json)
    except Refused as problem:
        return _failed(1, str(problem), "", as_json)
    except OSError as problem:
        if isinstance(problem, BrokenPipeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 141
        return _failed(1, str(problem), "", as_json)
    except KeyboardInterrupt:
        return 130


def _run(given: list[str]) -> int:
    if not given:
        print(overview())
        return 2
    if given[0] in ("-h", "--help"):
        print(overview())
        return 0
    if given[0] in ("-V", "--version"):
        print(VERSION)
        return 0
    if given[0] == "__complete":
        return int(importlib.import_module("orrery.cli.completion").answer(given[1:]))
    if given[0].startswith("-"):
        raise WrongUsage(f"the command comes first, then its options; {given[0]!r} is none")
    if given[0] == "aws" and given[1:] not in (["-h"], ["--help"]):
        options = argparse.Namespace(command="aws", run=build("aws").parse_args(["aws"]).run, rest=given[1:])
    else:
        options = build(given[0]).parse_args(given)
        options.given = given
    flags = {each.name: value for each in declared() if isinstance(value := vars(options).get(each.name), str)}
    file = getattr(options, "config", None)
    loaded = load(flags, file=Path(file) if file else None)
    return int(options.run(loaded, options))


def _failed(code: int, message: str, advice: str, as_json: bool, command: str = "orrery") -> int:
    if as_json:
        print(show.document({"message": message, "exit_code": code}), file=sys.stderr)
    else:
        print(f"{command}: {message}" + (f"\n{advice}" if advice else ""), file=sys.stderr)
    return code
