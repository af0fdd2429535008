"""What can be wrong with a request's values, and the words that a patch has for it."""

from typing import Any, NamedTuple

from orrery.wire.fault import Fault
from orrery.wire.shapes import Member

Path = tuple[str | int, ...]
"""Where a value stands: member names, list places (from 1) followed by "member", map keys followed by "value"."""


class Problem(NamedTuple):
    """A constraint that a value breaks.

    `kind` is "required", "pattern", "enum", "most", "least" (numbers), "longest", "shortest" (lengths), "elements",
    "keys" or "values" (a list's or map's scalars: `bound` is the element's Member), or "rule" (a patch's worded rule:
    `bound` is its entry).
    """

    kind: str
    path: Path
    member: Member
    value: Any
    bound: Any


class Unreadable(Exception):
    """A value whose type is not what the model says; its text is AWS's message.

    `member` is the member of the input that holds it, `value` what was given there.
    """

    member: Member | None = None
    value: Any = None


def worded(rule: dict[str, Any], member: Member, value: Any, path: str = "") -> Fault:
    """The Fault of a rule that a patch words itself."""

    def filled(text: str) -> str:
        text = text.replace("{value}", "" if value is None or value == [] else str(value))
        return text.replace("{member}", member.location_name or member.name).replace("{path}", path)

    facts: dict[str, Any] = {name: filled(text) for name, text in rule.get("members", {}).items()}
    return Fault(rule["code"], filled(rule["message"]), **facts)
