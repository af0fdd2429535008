"""The manual: pages about commands, written in manual.toml, with the options that their parsers declare."""

import argparse
import os
import shutil
import textwrap
import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

COMMON_CODES = {
    "0": "done",
    "1": "refused by the cloud, or failed",
    "2": "wrong usage or settings",
    "3": "no cloud runs",
}
WIDTH = 100
INDENT = 26


class Page(NamedTuple):
    """What the manual says of one command beside its options."""

    usage: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    examples: tuple[tuple[str, str], ...] = ()
    codes: tuple[tuple[str, str], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, str], ...] = ()


class Options(NamedTuple):
    """A group of options: its title and, for each, how it is written and what it does."""

    title: str
    rows: tuple[tuple[str, str], ...]


@cache
def pages() -> dict[str, Page]:
    """Every page by the command's words, as `s3 scrub`."""
    content = tomllib.loads(Path(__file__).with_name("manual.toml").read_text(encoding="utf-8"))
    variables = content.pop("variables")
    found = {}
    for name, given in content.items():
        about = given.get("about", "").strip().split("\n\n")
        codes = COMMON_CODES | given.get("codes", {})
        if given.get("local"):
            del codes["3"]
        named = {variable: variables[variable] for variable in given.get("reads", ())}
        found[name] = Page(
            tuple(given["usage"]),
            tuple(" ".join(paragraph.split()) for paragraph in about if paragraph),
            tuple((command, meaning) for command, meaning in given.get("examples", ())),
            tuple((code, text) for code, text in codes.items() if text),
            tuple((named | given.get("environment", {})).items()),
            tuple(given.get("files", {}).items()),
        )
    return found


def page_of(parser: argparse.ArgumentParser) -> Page:
    """The page about a parser's command; an empty one for a command that only holds others."""
    return pages().get(parser.prog.removeprefix("orrery").strip(), Page())


def options_of(parser: argparse.ArgumentParser) -> list[Options]:
    """The arguments and options of a command by groups, as they are to be read."""
    groups = []
    for group in parser._action_groups:
        rows = []
        for action in group._group_actions:
            if isinstance(action, argparse._SubParsersAction):
                rows += [(each.dest, each.help or "") for each in action._choices_actions]
            elif action.help is not argparse.SUPPRESS and "--help" not in action.option_strings:
                rows.append((_form(action), (action.help or "").replace("%%", "%")))
        title = "arguments" if group.title == "positional arguments" else str(group.title)
        if rows:
            groups.append(Options(title, tuple(rows)))
    return groups


def _form(action: argparse.Action) -> str:
    """`-n, --limit N`, or a positional's name."""
    takes = "" if action.nargs == 0 else action.metavar or "|".join(map(str, action.choices or ()))
    if isinstance(takes, tuple):
        takes = " ".join(takes)
    if not action.option_strings:
        return takes or action.dest
    names = ", ".join(action.option_strings)
    if action.nargs == "?":
        return f"{names} [{takes}]"
    return f"{names} {takes}".rstrip()


def text(parser: argparse.ArgumentParser) -> str:
    """The whole page for the terminal."""
    page = page_of(parser)
    parts = [f"{parser.prog}: {parser.description}"] if parser.description else []
    usage = page.usage or (f"{parser.prog} COMMAND",)
    parts.append("\n".join(["Usage:", *(f"  {line}" for line in usage)]))
    parts += [textwrap.fill(paragraph, _width()) for paragraph in page.about]
    parts += [_rows(group.title.capitalize(), group.rows) for group in options_of(parser)]
    parts.append("\n".join(["Examples:", *(_example(*each) for each in page.examples)]) if page.examples else "")
    parts.append(_rows("Exit codes", page.codes))
    parts.append(_rows("Environment", page.environment))
    parts.append(_rows("Files", page.files))
    return "\n\n".join(filter(None, parts)) + "\n"


def _example(command: str, meaning: str) -> str:
    return f"  {command}\n      {meaning}"


def _rows(title: str, rows: tuple[tuple[str, str], ...]) -> str:
    lines = [f"{title}:"] if rows else []
    for name, meaning in rows:
        first = f"  {name}"
        start = first.ljust(INDENT) if len(first) < INDENT - 1 else ""
        if not start:
            lines.append(first)
        wrapped = textwrap.wrap(meaning, max(_width() - INDENT, 20)) or [""]
        lines.append((start or " " * INDENT) + wrapped[0])
        lines += [" " * INDENT + line for line in wrapped[1:]]
    return "\n".join(line.rstrip() for line in lines)


def _width() -> int:
    """The terminal's width, within what is read with ease; a fixed one where there is no terminal."""
    columns = shutil.get_terminal_size((WIDTH, 24)).columns if os.environ.get("COLUMNS") or os.isatty(1) else WIDTH
    return max(60, min(WIDTH, columns))
