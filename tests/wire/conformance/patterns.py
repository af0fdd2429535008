"""Strings that satisfy a model's pattern, made from the parsed regular expression; not every pattern yields.

The models' patterns are Java's. What Python lacks is translated to an ASCII part of it, which is enough for
making examples; every example is matched by the product's own translation (test_patterns.py) before it is used.
"""

import functools
import importlib
import random
import re
import warnings
from collections.abc import Iterator
from typing import Any

from orrery.wire.patterns import python_pattern

_sre: Any = importlib.import_module("re._parser")
_constants: Any = importlib.import_module("re._constants")
_CLASSES = {
    "L": "A-Za-z",
    "Lu": "A-Z",
    "Ll": "a-z",
    "M": "\u0301",
    "N": "0-9",
    "Nd": "0-9",
    "Z": " ",
    "Zs": " ",
    "P": "!-/:;?@_",
    "Pc": "_",
    "Pd": r"\-",
    "S": "$+<=>^`|~",
    "C": "\x00-\x1f\x7f",
    "Cc": "\x00-\x1f\x7f",
    "Cntrl": "\x00-\x1f\x7f",
    "IsWhitespace": " \t\n\r",
    "Space": " \t\n\r",
    "IsAlphabetic": "A-Za-z",
    "Alpha": "A-Za-z",
    "Alnum": "A-Za-z0-9",
    "Digit": "0-9",
    "IsDigit": "0-9",
    "XDigit": "0-9A-Fa-f",
    "Print": " -~",
    "Graph": "!-~",
    "ASCII": "\x00-\x7f",
    "Punct": r"!-/:-@\[-`{-~",
    "Upper": "A-Z",
    "LD": "A-Za-z0-9",
    "Blank": " \t",
    "Cf": "",
    "all": " -~",
}
_NEGATED = {"C": " -~", "M": " -~", "Cc": " -~", "Z": "!-~"}
_BY_HAND = {
    r"^arn:\S+:rbin:[a-z\-0-9]{0,63}:[0-9]{12}:rule/[0-9a-zA-Z]{11}{0,1011}$": (
        "arn:aws:rbin:us-east-1:123456789012:rule/abcdefghijk"
    ),
}
"""Patterns of which Python cannot even be told, with a string that Java's reading matches."""
_HINTS = ("Passw0rd", "arn:aws:fsx:us-east-1:123456789012:volume/fs-1", "pL", "$a")
"""What the writer would hardly hit upon, tried for every pattern for which it found nothing."""
_SPREADS = (0, 1, 2, 4, 8, 16, 40, 100, 300, 1200)
_FIRST_CHOICES = "a1A-_./: "
_FREE = 120
_ATTEMPTS = _FREE + 120
_MOST_WRITTEN = 100_000


@functools.cache
def example(pattern: str, low: int, high: int) -> str | None:
    """A string of `low` to `high` characters that the whole pattern matches; None when none was found."""
    return next(_examples(pattern, low, high), None)


@functools.cache
def compiled(pattern: str) -> re.Pattern[str] | None:
    """The pattern as the product checks it; None when it does not."""
    ours = python_pattern(pattern)
    return None if ours is None else re.compile(ours)


def _tree(pattern: str) -> Any:
    """The parsed pattern after translation; None when Python does not understand it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _sre.parse(translated(pattern))
        except (re.error, OverflowError):
            return None


def translated(pattern: str) -> str:
    """Java's classes and anchors in Python's words; backslashes that a model has doubled are dropped."""
    if re.search(r"\\\\(?:[dDwWsS][+*?{\]]|[pP]\{)", pattern):
        pattern = pattern.replace("\\\\", "\\")

    def replace(match: re.Match[str]) -> str:
        negated, name = match[1] == "P", match[2] or match[3]
        ranges = _NEGATED.get(name) if negated else _CLASSES.get(name)
        if ranges is None:
            return match[0]
        before = pattern[: match.start()]
        inside = len(re.findall(r"(?<!\\)\[", before)) > len(re.findall(r"(?<!\\)\]", before))
        return ranges if inside else f"[{ranges}]"

    text = re.sub(r"\\([pP])(?:\{(\w+)\}|(\w))", replace, pattern)
    text = re.sub(r"(\\[wsd])-(?=[^\]])", r"\1\\-", text)
    text = re.sub(r"(?<=[^\[\\])-(\\[wsd])", r"\\-\1", text)
    text = re.sub(r"\\x\{([0-9A-Fa-f]{4})\}", r"\\u\1", text).replace(r"\x{60}", "`")
    text = text.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
    return text.replace(r"\z", r"\Z").replace("(?i)", "") if "(?i)" not in text[:4] else text.replace(r"\z", r"\Z")


def _examples(pattern: str, low: int, high: int) -> Iterator[str]:
    matcher, tree = compiled(pattern), _tree(pattern)
    if matcher is None or tree is None:
        if pattern in _BY_HAND:
            yield _BY_HAND[pattern]
        return
    chance = random.Random(pattern)
    written = 0
    for attempt in range(_ATTEMPTS):
        if written > _MOST_WRITTEN:
            break
        exact = low - (attempt - _FREE) // 3 if attempt >= _FREE else 0
        spread = min(_SPREADS[attempt % len(_SPREADS)], high)
        writer = _Writer(chance, spread, exact, room=high, plain=attempt < 4 * len(_SPREADS))
        text = writer.sequence(tree)
        written += len(text)
        if low <= len(text) <= high and matcher.search(text) and text == text.strip() and _is_plain(text):
            yield text
    yield from (hint for hint in _HINTS if low <= len(hint) <= high and matcher.search(hint))


def _is_plain(text: str) -> bool:
    """Whether every protocol can carry the text: XML has no control characters but the line feed."""
    return text.replace("\n", "").isprintable()


class _Writer:
    """Writes one string along a parsed pattern.

    `spread` bounds how often more than needed it repeats; `exact`, where given, is how often it repeats the
    first part that may be repeated that often; after `room` characters nothing is repeated more than needed. A
    `plain` writer prefers letters and digits.
    """

    def __init__(self, chance: random.Random, spread: int, exact: int, *, room: int, plain: bool) -> None:
        self.room = room
        self.chance = chance
        self.spread = spread
        self.exact = exact
        self.plain = plain
        self.groups: dict[int, str] = {}

    def sequence(self, tree: Any) -> str:
        return "".join(self.part(name, argument) for name, argument in tree)

    def part(self, name: Any, argument: Any) -> str:
        match str(name):
            case "LITERAL":
                return chr(argument)
            case "NOT_LITERAL":
                return "x" if argument != ord("x") else "y"
            case "ANY":
                self.room -= 1
                return "a"
            case "IN":
                self.room -= 1
                return self.one_of(argument)
            case "BRANCH":
                return self.sequence(self.chance.choice(argument[1]))
            case "SUBPATTERN":
                group, _, _, tree = argument
                self.groups[group] = self.sequence(tree)
                return self.groups[group]
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                low, high, tree = argument
                count = low + self.chance.randint(0, max(0, min(int(high) - low, self.spread, self.room)))
                if low <= self.exact <= int(high) and self.exact > 0:
                    count, self.exact, self.spread = self.exact, 0, 0
                pieces: list[str] = []
                for _ in range(count):
                    if len(pieces) >= low and self.room <= 0:
                        break
                    pieces.append(self.sequence(tree))
                return "".join(pieces)
            case "GROUPREF":
                return self.groups.get(argument, "")
            case "ATOMIC_GROUP":
                return self.sequence(argument)
        return ""  # anchors and assertions: the whole is matched afterwards

    def one_of(self, choices: Any) -> str:
        negated = str(choices[0][0]) == "NEGATE"
        if negated or self.plain:
            fits = [letter for letter in _FIRST_CHOICES if _in(ord(letter), choices) != negated]
            if fits:
                return self.chance.choice(fits)
        if negated:
            return next((chr(code) for code in range(33, 0x300) if not _in(code, choices)), "")
        name, argument = self.chance.choice(choices)
        match str(name):
            case "LITERAL":
                return chr(argument)
            case "RANGE":
                return chr(self.chance.randint(argument[0], min(argument[1], max(argument[0], 0x17F))))
        return next((letter for letter in _FIRST_CHOICES if _in(ord(letter), [(name, argument)])), "")


def _in(code: int, choices: Any) -> bool:
    """Whether a parsed character class, its negation aside, holds the character."""
    for name, argument in choices:
        match str(name):
            case "LITERAL":
                found = code == argument
            case "RANGE":
                found = argument[0] <= code <= argument[1]
            case "CATEGORY":
                found = _in_category(chr(code), str(argument))
            case _:
                found = False
        if found:
            return True
    return False


def _in_category(letter: str, category: str) -> bool:
    kind = category.removeprefix("CATEGORY_")
    positive = kind.removeprefix("NOT_")
    found = bool(re.match({"WORD": r"\w", "DIGIT": r"\d", "SPACE": r"\s"}[positive], letter))
    return found if positive == kind else not found
