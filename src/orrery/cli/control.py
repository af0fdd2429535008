"""Commands that change how the running cloud behaves: `limits`, `era`, `fail`."""

import argparse
import json
from typing import Any

from orrery.cli import show
from orrery.cli.catalogue import did_you_mean
from orrery.cli.remote import locate
from orrery.cli.trouble import Refused, WrongUsage
from orrery.settings import Loaded


def add_commands(commands: Any, reaching: argparse.ArgumentParser) -> None:
    """Declare the three commands."""
    bounding = commands.add_parser("limits", parents=[reaching], description="list the limits, set one, or reset them")
    bounding.add_argument(
        "action", nargs="?", choices=("list", "set", "reset"), default="list", help="list unless given"
    )
    bounding.add_argument("name", nargs="?", metavar="NAME", help="a limit, as sqs.message-size")
    bounding.add_argument("value", nargs="?", metavar="VALUE", help="its new figure, as 1024 or 120_000")
    bounding.add_argument("--account", metavar="ID", help="for this account only")
    bounding.add_argument("--region", metavar="REGION", dest="place", help="in this Region only")
    bounding.set_defaults(run=limits)
    dating = commands.add_parser("era", parents=[reaching], description="show or choose whose limits apply")
    dating.add_argument("name", nargs="?", metavar="ERA", help="today or notes2020")
    dating.add_argument("--account", metavar="ID", help="of this account only")
    dating.set_defaults(run=era)
    failing = commands.add_parser(
        "fail", parents=[reaching], description="list the failures that can be asked for, set one, or clear them"
    )
    failing.add_argument(
        "action", nargs="?", choices=("list", "set", "clear"), default="list", help="list unless given"
    )
    failing.add_argument("name", nargs="?", metavar="NAME", help="a failure, as sqs.duplicate")
    failing.add_argument("rule", nargs="*", metavar="KEY=VALUE", help="its rule, as rate=0.1 count=5")
    failing.add_argument("--account", metavar="ID", help="for this account only")
    failing.add_argument("--region", metavar="REGION", dest="place", help="in this Region only")
    failing.set_defaults(run=fail)


def limits(loaded: Loaded, options: argparse.Namespace) -> int:
    """List limits (those whose name contains NAME), set one, or reset one or all."""
    remote = locate(loaded, options.endpoint)
    place = {"account": options.account, "region": options.place}
    if options.action == "set":
        if options.name is None or options.value is None:
            raise WrongUsage("set: give the limit's name and its value", "orrery limits")
        wanted = {"name": options.name, "value": _number(options.value), **place}
        state = remote.post("/_orrery/limits", _given(wanted))
    elif options.action == "reset":
        state = remote.delete("/_orrery/limits", name=options.name, **place)
    else:
        state = remote.get("/_orrery/limits", **place)
    chosen = options.name if options.action == "list" else None
    shown = [each for each in state["limits"] if not chosen or chosen in each["name"]]
    if chosen and not shown:
        known = [each["name"] for each in state["limits"]]
        raise Refused(f"no limit's name contains {chosen!r}{did_you_mean(chosen, known)}")
    rows = [
        (each["name"], each["value"], "" if each.get("enforced", True) else "not enforced", each.get("doc"))
        for each in shown
    ]
    listed = {**state, "limits": shown}
    return show.answer(listed, options.json, show.table(rows, ("limit", "value", "", "meaning")))


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _number(text: str) -> int:
    try:
        return int(text.replace("_", ""))
    except ValueError:
        raise WrongUsage(f"set: {text!r} is not a whole number", "orrery limits") from None


def era(loaded: Loaded, options: argparse.Namespace) -> int:
    """Show the era, or choose another."""
    remote = locate(loaded, options.endpoint)
    if options.name:
        state = remote.post("/_orrery/era", _given({"era": options.name, "account": options.account}))
    else:
        state = remote.get("/_orrery/era", account=options.account)
    return show.answer(state, options.json, str(state["era"]))


def fail(loaded: Loaded, options: argparse.Namespace) -> int:
    """List what can be made to fail and what is, set a rule, or clear one or all."""
    remote = locate(loaded, options.endpoint)
    if options.action == "set":
        if options.name is None:
            raise WrongUsage("set: give the failure's name, as sqs.duplicate, and its rule, as rate=0.1", "orrery fail")
        wanted = {"name": options.name, "rule": _rule(options.rule)}
        wanted |= _given({"account": options.account, "region": options.place})
        state = remote.post("/_orrery/failures", wanted)
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
            raise WrongUsage(f"set: {word!r} is not KEY=VALUE, as rate=0.1", "orrery fail")
        try:
            rule[key] = json.loads(text)
        except ValueError:
            rule[key] = text
    return rule
