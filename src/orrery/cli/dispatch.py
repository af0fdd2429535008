"""From words to a command's function."""

import argparse
import importlib
from pathlib import Path

from orrery.cli.catalogue import overview
from orrery.cli.outcome import guarded
from orrery.cli.parser import VERSION, build
from orrery.cli.trouble import WrongUsage
from orrery.settings import declared, load

PASSING_ON = ("aws", "__complete")
"""Commands whose words are another program's: none of them is ours."""


def run(given: list[str]) -> int:
    """Run the command that the words name; its exit code."""
    as_json = "--json" in given and given[0] not in PASSING_ON
    return guarded(lambda: _run(given), as_json=as_json)


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
