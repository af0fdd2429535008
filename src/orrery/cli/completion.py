"""`orrery completion`: scripts for shells, which ask `orrery __complete WORDS…` what may come next.

One answer serves all shells: a line for each word that fits, with its meaning after a tab. Names that only the running
cloud knows (limits, failures) are asked of it, with little patience.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from orrery.cli import show
from orrery.cli.catalogue import COMMANDS, find
from orrery.cli.parser import Parser, build, leaf, within
from orrery.cli.remote import locate
from orrery.cli.trouble import NotRunning, Refused, WrongUsage
from orrery.settings import SettingsError, load

BASH = """\
_orrery() {
    local IFS=$'\\n'
    COMPREPLY=($(orrery __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F _orrery orrery
"""
ZSH = """\
#compdef orrery
_orrery() {
    local -a found
    found=("${(@f)$(orrery __complete "${(@)words[2,CURRENT]}" 2>/dev/null | sed 's/:/\\\\:/g' | tr '\\t' ':')}")
    if [[ -n "${found[1]}" ]]; then _describe 'orrery' found; else _files; fi
}
if [[ "${funcstack[1]}" == _orrery ]]; then _orrery "$@"; else compdef _orrery orrery; fi
"""
FISH = """\
function __orrery_complete
    set -l words (commandline -opc) (commandline -ct)
    orrery __complete $words[2..-1] 2>/dev/null
end
complete -c orrery -a '(__orrery_complete)'
"""
SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}

ASKED = {
    ("limits", 1): ("/_orrery/limits", "limits"),
    ("fail", 1): ("/_orrery/failures", "failures"),
    ("state load", 0): ("/_orrery/states", "states"),
    ("state delete", 0): ("/_orrery/states", "states"),
    ("state export", 0): ("/_orrery/states", "states"),
    ("state fork", 0): ("/_orrery/states", "states"),
}
"""Where names come from that only the cloud knows: by command and number of positional words before."""

PATIENCE = 1.0
Candidates = list[tuple[str, str]]


def add_commands(commands: Any, reaching: argparse.ArgumentParser) -> None:
    """Declare the command."""
    completing = commands.add_parser("completion", description="print the completion script for a shell")
    completing.add_argument("shell", choices=tuple(SCRIPTS), help="the shell that is to complete")
    completing.add_argument("--json", action="store_true", help="the script as a JSON string")
    completing.set_defaults(run=lambda loaded, options: script(options))


def script(options: argparse.Namespace) -> int:
    """Print the script."""
    text = SCRIPTS[options.shell]
    return show.answer({"shell": options.shell, "script": text}, options.json, text.rstrip("\n"))


def answer(words: list[str]) -> int:
    """Print what may stand in place of the last of `words`, which follow `orrery`."""
    for word, meaning in candidates(words or [""]):
        print(f"{word}\t{meaning}" if meaning else word)
    return 0


def candidates(words: list[str]) -> Candidates:
    """The words that fit, with their meanings; none where files are to be completed, or nothing is known."""
    *before, current = words
    if not before:
        return _fitting(((each.name, each.summary) for each in COMMANDS), current)
    if before[0] == "help":
        return _fitting(_topics(before[1:]), current)
    if before[0] == "aws":
        return _of_the_aws_cli(words)
    if find(before[0]) is None:
        return []
    parser = leaf(build(before[0]), before)
    below = within(parser)
    if below:
        return _fitting(((name, each.description or "") for name, each in below.items()), current)
    taking = _option(parser, before[-1])
    if taking is not None and taking.nargs != 0:
        return _fitting(((str(each), "") for each in taking.choices or ()), current)
    if current.startswith("-"):
        return _fitting(_options(parser), current)
    return _fitting(_positionals(parser, before), current)


def _fitting(offered: Iterable[tuple[str, str]], current: str) -> Candidates:
    return [
        (word, meaning.split(". ")[0].replace("\n", " ")[:80]) for word, meaning in offered if word.startswith(current)
    ]


def _of_the_aws_cli(words: list[str]) -> Candidates:
    """What the AWS CLI's own completer offers, where it is installed."""
    beside = Path(sys.executable).with_name("aws_completer")
    completer = str(beside) if beside.exists() else shutil.which("aws_completer")
    if completer is None:
        return []
    typed = " ".join(words)
    asked = os.environ | {"COMP_LINE": typed, "COMP_POINT": str(len(typed))}
    told = subprocess.run([completer], env=asked, capture_output=True, text=True, check=False).stdout
    return [(word.strip(), "") for word in told.splitlines() if word.strip()]


def _topics(before: list[str]) -> Iterable[tuple[str, str]]:
    if not before:
        return [(each.name, each.summary) for each in COMMANDS]
    if find(before[0]) is None:
        return []
    return [(name, each.description or "") for name, each in within(leaf(build(before[0]), before)).items()]


def _option(parser: Parser, word: str) -> argparse.Action | None:
    return next((action for action in parser._actions if word in action.option_strings), None)


def _options(parser: Parser) -> Iterable[tuple[str, str]]:
    for action in parser._actions:
        yield from ((name, action.help or "") for name in action.option_strings if name.startswith("--"))


def _positionals(parser: Parser, before: list[str]) -> Iterable[tuple[str, str]]:
    """What may be the next word that is no option."""
    name = parser.prog.removeprefix("orrery ")
    given = _plain(parser, before[len(name.split()) :])
    actions = [action for action in parser._actions if not action.option_strings]
    if name == "clock":
        forms = {"show": "", "set": "an ISO time", "rate": "virtual seconds a second", "freeze": "", "resume": ""}
        return [*forms.items(), ("autojump", ""), ("+1h", "let time pass"), ("+1d", ""), ("+45d", "")] * (not given)
    asked = ASKED.get((name, len(given)))
    if asked is not None and (not given or given[0] in ("set", "reset", "clear", "list")):
        return _known(*asked)
    if name == "era" and not given:
        return [("today", "AWS's limits of today"), ("notes2020", "those of 2020")]
    if len(given) < len(actions):
        return [(str(each), "") for each in actions[len(given)].choices or ()]
    return []


def _plain(parser: Parser, words: list[str]) -> list[str]:
    """The words that are neither options nor their values."""
    plain = []
    skip = False
    for word in words:
        action = _option(parser, word)
        if skip or action is not None:
            skip = not skip and action is not None and action.nargs is None
            continue
        if not word.startswith("-"):
            plain.append(word)
    return plain


def _known(path: str, member: str) -> Iterable[tuple[str, str]]:
    try:
        found = locate(load(), None, patience=PATIENCE).get(path)[member]
    except (NotRunning, Refused, SettingsError, WrongUsage):
        return []
    return [(each["name"], each.get("doc") or "") for each in found]
