"""`orrery clock`: look at virtual time, and turn it."""

import argparse
from dataclasses import replace
from typing import Any

from orrery.cli import durations, show
from orrery.cli.catalogue import did_you_mean
from orrery.cli.progress import Progress
from orrery.cli.remote import Remote, locate
from orrery.cli.trouble import NotRunning, Refused, WrongUsage
from orrery.settings import Loaded

WORDS = ("show", "set", "rate", "freeze", "resume", "real", "manual", "autojump")


def add_commands(commands: Any, reaching: argparse.ArgumentParser) -> None:
    """Declare the command."""
    turning = commands.add_parser("clock", parents=[reaching], description="show the virtual clock, or turn it")
    turning.add_argument(
        "change",
        nargs="*",
        metavar="CHANGE",
        help="show, +LENGTH, set TIME, rate N, freeze, resume or autojump; without one, show",
    )
    turning.set_defaults(run=clock)


def clock(loaded: Loaded, options: argparse.Namespace) -> int:
    """Show the clock, or change it and wait until everything that fell due has run."""
    remote = locate(loaded, options.endpoint)
    change = _change(options.change)
    if change is None:
        state = remote.get("/_orrery/clock")
    else:
        watched = replace(remote, patience=1.0)
        with Progress("letting time pass", lambda: _reached(watched)):
            state = remote.post("/_orrery/clock", change)
    return show.answer(state, options.json, clock_words(state))


def _reached(remote: Remote) -> str:
    try:
        return f"it is {remote.get('/_orrery/clock')['now']}"
    except (NotRunning, Refused):
        return ""


def _change(words: list[str]) -> dict[str, object] | None:
    """What to POST for the words after `orrery clock`; None to look only."""
    match words:
        case [] | ["show"]:
            return None
        case [length] if length.startswith("+"):
            try:
                return {"advance": durations.seconds(length)}
            except ValueError as problem:
                raise WrongUsage(str(problem), "orrery clock") from None
        case [length] if length.startswith("-"):
            raise WrongUsage("the clock never goes back; only loading a saved state does", "orrery clock")
        case ["set", *instant] if instant:
            return {"set": "T".join(instant)}
        case ["rate", number]:
            return {"mode": "real", "rate": _rate(number)}
        case ["freeze" | "manual"]:
            return {"mode": "manual"}
        case ["resume" | "real"]:
            return {"mode": "real"}
        case ["autojump"]:
            return {"mode": "autojump"}
    meant = did_you_mean(words[0], list(WORDS)) if words[0] not in WORDS else ""
    raise WrongUsage(
        f"{' '.join(words)!r} is not understood{meant or '; give +45d, set TIME, rate N, freeze, resume or autojump'}",
        "orrery clock",
    )


def _rate(text: str) -> float:
    try:
        rate = float(text.removesuffix("x"))
    except ValueError:
        rate = 0.0
    if not 0 < rate < float("inf"):
        raise WrongUsage(f"{text!r} is no rate; give virtual seconds a second, above 0", "orrery clock")
    return rate


def clock_words(state: dict[str, Any]) -> str:
    """The clock in one line: `2030-01-01T00:00:00.000Z  manual  45d ahead of the host`."""
    mode = str(state["mode"]) if state.get("rate", 1) == 1 else f"{state['mode']} at rate {state['rate']:g}"
    text = f"{state['now']}  {mode}"
    if offset := state.get("offset_seconds"):
        text += f"  {durations.words(offset)} {'ahead of' if offset > 0 else 'behind'} the host"
    if "fired" in state:
        text += f"  {state['fired']} jobs run"
    return text
