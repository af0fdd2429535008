"""Commands that change how the running cloud behaves: `clock`, `limits`, `era`, `fail`."""

import argparse
import json
from typing import Any

from orrery.cli import durations, show
from orrery.cli.remote import locate
from orrery.settings import Loaded, SettingsError


def add_commands(commands: Any, reaching: argparse.ArgumentParser) -> None:
    """Declare the four commands."""
    turning = commands.add_parser(
        "clock",
        parents=[reaching],
        help="show the virtual clock, or turn it",
        description="clock · clock +45d · clock +1h30m · clock set 2030-01-01T00:00:00Z · clock rate 60 · "
        "clock freeze · clock real · clock autojump",
    )
    turning.add_argument("change", nargs="*", metavar="CHANGE")
    turning.set_defaults(run=clock)
    bounding = commands.add_parser("limits", parents=[reaching], help="list the limits, set one, or reset them")
    bounding.add_argument("action", nargs="?", choices=("list", "set", "reset"), default="list")
    bounding.add_argument("name", nargs="?", metavar="NAME", help="a limit, as sqs.message-size")
    bounding.add_argument("value", nargs="?", metavar="VALUE")
    bounding.add_argument("--account", metavar="ID", help="for this account only")
    bounding.set_defaults(run=limits)
    dating = commands.add_parser("era", parents=[reaching], help="show or choose whose limits apply")
    dating.add_argument("name", nargs="?", metavar="ERA", help="today or notes2020")
    dating.set_defaults(run=era)
    failing = commands.add_parser("fail", parents=[reaching], help="list failures on demand, set one, clear them")
    failing.add_argument("action", nargs="?", choices=("list", "set", "clear"), default="list")
    failing.add_argument("name", nargs="?", metavar="NAME", help="a failure, as sqs.duplicate")
    failing.add_argument("rule", nargs="*", metavar="KEY=VALUE", help="its rule, as rate=0.1 count=5")
    failing.set_defaults(run=fail)


def clock(loaded: Loaded, options: argparse.Namespace) -> int:
    """Show the clock, or change it and wait until everything that fell due has run."""
    remote = locate(loaded, options.endpoint)
    change = _change(options.change)
    state = remote.get("/_orrery/clock") if change is None else remote.post("/_orrery/clock", change)
    return show.answer(state, options.json, clock_words(state))


def _change(words: list[str]) -> dict[str, object] | None:
    """What to POST for the words after `orrery clock`; None to look only."""
    match words:
        case [] | ["show"]:
            return None
        case [length] if length.startswith(("+", "-")):
            try:
                return {"advance": durations.seconds(length)}
            except ValueError as problem:
                raise SettingsError(f"clock: {problem}; the clock never goes back") from None
        case ["set", instant]:
            return {"set": instant}
        case ["rate", number]:
            try:
                return {"mode": "real", "rate": float(number)}
            except ValueError:
                raise SettingsError(f"clock: {number!r} is no rate; give virtual seconds a second") from None
        case ["freeze"] | ["manual"]:
            return {"mode": "manual"}
        case ["real"] | ["autojump"]:
            return {"mode": words[0]}
    raise SettingsError(
        f"clock: {' '.join(words)!r} is not understood; try +45d, set ISO-TIME, rate N, freeze, real or autojump"
    )


def clock_words(state: dict[str, Any]) -> str:
    """The clock in one line: `2030-01-01T00:00:00.000Z  manual  45d ahead of the host`."""
    mode = str(state["mode"]) if state.get("rate", 1) == 1 else f"{state['mode']} at rate {state['rate']:g}"
    text = f"{state['now']}  {mode}"
    if offset := state.get("offset_seconds"):
        text += f"  {durations.words(offset)} {'ahead of' if offset > 0 else 'behind'} the host"
    if "fired" in state:
        text += f"  {state['fired']} jobs run"
    return text


def limits(loaded: Loaded, options: argparse.Namespace) -> int:
    """List limits (those whose name contains NAME), set one, or reset one or all."""
    remote = locate(loaded, options.endpoint)
    if options.action == "set":
        if options.name is None or options.value is None:
            raise SettingsError("limits set: give the limit's name and its value")
        wanted = {"name": options.name, "value": _number(options.value), "account": options.account}
        state = remote.post("/_orrery/limits", {k: v for k, v in wanted.items() if v is not None})
    elif options.action == "reset":
        state = remote.delete("/_orrery/limits", name=options.name, account=options.account)
    else:
        state = remote.get("/_orrery/limits", account=options.account)
    chosen = options.name if options.action == "list" else None
    rows = [
        (each["name"], each["value"], "" if each.get("enforced", True) else "not enforced", each.get("doc"))
        for each in state["limits"]
        if not chosen or chosen in each["name"]
    ]
    return show.answer(state, options.json, show.table(rows, ("limit", "value", "", "meaning")))


def _number(text: str) -> int:
    try:
        return int(text.replace("_", ""))
    except ValueError:
        raise SettingsError(f"limits set: {text!r} is not a whole number") from None


def era(loaded: Loaded, options: argparse.Namespace) -> int:
    """Show the era, or choose another."""
    remote = locate(loaded, options.endpoint)
    state = remote.post("/_orrery/era", {"era": options.name}) if options.name else remote.get("/_orrery/era")
    return show.answer(state, options.json, str(state["era"]))


def fail(loaded: Loaded, options: argparse.Namespace) -> int:
    """List what can be made to fail and what is, set a rule, or clear one or all."""
    remote = locate(loaded, options.endpoint)
    if options.action == "set":
        if options.name is None:
            raise SettingsError("fail set: give the failure's name, as sqs.duplicate, and its rule, as rate=0.1")
        state = remote.post("/_orrery/failures", {"name": options.name, "rule": _rule(options.rule)})
    elif options.action == "clear":
        state = remote.delete("/_orrery/failures", name=options.name)
    else:
        state = remote.get("/_orrery/failures")
    rows = [
        (each["name"], _asked(each.get("rule")), _written(each.get("parameters") or {}), each.get("doc"))
        for each in state["failures"]
    ]
    return show.answer(state, options.json, show.table(rows, ("failure", "asked for", "takes", "meaning")))


def _asked(rule: dict[str, Any] | None) -> str:
    return "-" if rule is None else _written(rule) or "yes"


def _written(settings: dict[str, Any]) -> str:
    """Settings as they are given on the command line: `rate=0.1 count=5`."""
    return " ".join(f"{key}={show.value(value)}" for key, value in settings.items())


def _rule(words: list[str]) -> dict[str, Any]:
    """`rate=0.1 queue=orders` as {"rate": 0.1, "queue": "orders"}."""
    rule: dict[str, Any] = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not key or not equals:
            raise SettingsError(f"fail set: {word!r} is not KEY=VALUE")
        try:
            rule[key] = json.loads(text)
        except ValueError:
            rule[key] = text
    return rule
