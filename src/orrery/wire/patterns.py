"""The models' regular expressions, which are Java's, as Python's; matched against the whole value, as AWS does.

What differs: `\\p{L}` and other properties, `\\x{22}`, surrogate pairs written as two escapes, `\\z`, flags in
the middle (`(?i)`), `.` (which in Java stops at every kind of line end), a bare `-` beside a class (`[\\w- ]`),
intersections and unions of classes (`[a-z&&[^x]]`), named groups, `\\Q…\\E`, `\\h`, quantifiers after quantifiers
or `$`. Classes such as `\\d` are ASCII, as in Java. Some models escape twice (`\\\\p{L}`): the backslash that is too
many is dropped, since AWS does not demand one.
"""

import re
from functools import cache

from orrery.wire.unicode import class_text, complement, property_spans

_DOT = r"[^\n\r\x85\u2028\u2029]"
_QUANTIFIER = re.compile(r"(?:[*+?]|\{\d*,?\d*\})[?+]?")
_FLAGS = re.compile(r"\(\?([a-zA-Z]*)(?:-([a-zA-Z]*))?([:)])")
_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_HEX = re.compile(r"\\x\{([0-9a-fA-F]+)\}")
_QUOTED = re.compile(r"\\Q(.*?)(?:\\E|\Z)", re.DOTALL)
_DOUBLED = re.compile(r"(?<!\\)(?:\\\\)+(?:[dDwWsS][+*?{\]]|[pP]\{)")
_HORIZONTAL = r"\t \xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000"
_PROPERTY = re.compile(r"\\([pP])(?:\{([^}]*)\}|([A-Z]))")


@cache
def python_pattern(pattern: str) -> str | None:
    """A Python pattern that finds a match exactly in the values that Java's `matches()` accepts.

    None for a pattern that says nothing Python could check (a syntax that is wrong in Java too).
    """
    try:
        translated = _Translator(pattern).translate()
        anchored = rf"(?a:\A(?:{translated})\Z)"
        re.compile(anchored)
    except (re.error, KeyError, IndexError, OverflowError):
        return None
    return anchored


class _Translator:
    """One pass over a pattern. `_out` holds the pieces so far, `_atom` where the last atom begins in it."""

    def __init__(self, pattern: str) -> None:
        if _DOUBLED.search(pattern):
            pattern = pattern.replace("\\\\", "\\")
        pattern = _QUOTED.sub(lambda found: re.escape(found.group(1)), pattern)
        self._pattern = _HEX.sub(lambda found: _escape(int(found.group(1), 16)), _PAIR.sub(_joined, pattern))
        self._place = 0
        self._out: list[str] = []
        self._atom = 0
        self._dot_all = False
        self._ignore_case = False
        self._repeated = False
        self._groups: list[tuple[int, bool, bool]] = []

    def translate(self) -> str:
        while self._place < len(self._pattern):
            self._step(self._pattern[self._place])
        return self._closed("".join(self._out))

    def _closed(self, text: str) -> str:
        return text + ")" if self._ignore_case else text

    def _step(self, character: str) -> None:
        if character == "\\":
            self._add(self._escape_sequence())
        elif character == "[":
            self._add(self._character_class())
        elif character == "(":
            self._open_group()
        elif character == ")":
            self._close_group()
        elif character == "|":
            self._out.append(")|(?i:" if self._ignore_case else "|")
            self._place += 1
            self._atom = len(self._out)
        elif character == ".":
            self._add("(?s:.)" if self._dot_all else _DOT, 1)
        elif character in "*+?{" and (found := _QUANTIFIER.match(self._pattern, self._place)):
            self._quantify(found.group())
            return
        else:
            self._add(f"(?:{character})" if character == "$" else character, 1)
        self._repeated = False

    def _add(self, text: str, consumed: int = 0) -> None:
        self._place += consumed
        self._atom = len(self._out)
        self._out.append(text)

    def _quantify(self, quantifier: str) -> None:
        self._place += len(quantifier)
        if quantifier.startswith("{") and not any(character.isdigit() for character in quantifier):
            self._out.append(re.escape(quantifier))
            return
        if self._repeated:
            self._out[self._atom :] = [f"(?:{''.join(self._out[self._atom :])})"]
        self._out.append(quantifier)
        self._repeated = True

    def _open_group(self) -> None:
        flags = _FLAGS.match(self._pattern, self._place)
        if flags is not None and flags.group(3) == ")":
            self._place = flags.end()
            self._set_flags(flags.group(1), flags.group(2) or "")
            return
        self._groups.append((len(self._out), self._dot_all, self._ignore_case))
        if flags is not None:
            self._place = flags.end()
            self._out.append("(?:")
            self._ignore_case = False
            self._dot_all = ("s" in flags.group(1) or self._dot_all) and "s" not in (flags.group(2) or "")
            if "i" in flags.group(1):
                self._set_flags("i", "")
            return
        opening = re.compile(r"\((?:\?(?:<?[=!]|>|<([A-Za-z]\w*)>))?").match(self._pattern, self._place)
        text = opening.group() if opening else "("
        self._place += len(text)
        self._ignore_case = False
        self._out.append(f"(?P<{opening.group(1)}>" if opening and opening.group(1) else text)
        if self._groups[-1][2]:
            self._set_flags("i", "")

    def _set_flags(self, on: str, off: str) -> None:
        if "s" in on + off:
            self._dot_all = "s" in on
        if "i" in on and not self._ignore_case:
            self._out.append("(?i:")
            self._ignore_case = True
        elif "i" in off and self._ignore_case:
            self._out.append(")")
            self._ignore_case = False
        self._atom = len(self._out)

    def _close_group(self) -> None:
        self._place += 1
        self._out.append("))" if self._ignore_case else ")")
        self._atom, self._dot_all, self._ignore_case = self._groups.pop()
        if self._ignore_case and self._out[self._atom].startswith("(?i:"):
            self._atom += 1

    def _escape_sequence(self) -> str:
        """The escape at this place outside a class; the place moves behind it."""
        found = _PROPERTY.match(self._pattern, self._place)
        if found is not None:
            self._place = found.end()
            return f"[{_property_class(found)}]"
        following = self._pattern[self._place + 1]
        self._place += 2
        if following == "z":
            return r"\Z"
        if following == "h":
            return f"[{_HORIZONTAL}]"
        if following == "Z":
            return r"(?=\n?\Z)"
        if following in "ux":
            length = 4 if following == "u" else 2
            digits = self._pattern[self._place : self._place + length]
            self._place += length
            return _escape(int(digits, 16))
        if following == "U":
            digits = self._pattern[self._place : self._place + 8]
            self._place += 8
            return _escape(int(digits, 16))
        return re.escape(following) if not following.isalnum() else f"\\{following}"

    def _character_class(self) -> str:
        """The class at this place; the place moves behind it. A `[` that closes nothing stands for itself."""
        start = self._place
        try:
            return self._class(nested=True)
        except IndexError:
            self._place = start
            return self._class(nested=False)

    def _class(self, *, nested: bool) -> str:
        self._place += 1
        negated = self._pattern.startswith("^", self._place)
        self._place += negated
        pieces: list[str] = []
        others: list[str] = []
        unions: list[str] = []
        start = self._place
        while True:
            character = self._pattern[self._place]
            if character == "]" and self._place > start:
                self._place += 1
                break
            if self._pattern.startswith("&&", self._place):
                self._place += 2
                others.append(self._intersected())
            elif nested and character == "[":
                unions.append(self._class(nested=True))
            else:
                self._class_piece(pieces)
        return _combined(negated, "".join(pieces), unions, others)

    def _intersected(self) -> str:
        """What stands after `&&`: a class in brackets, or the rest of this one."""
        if self._pattern[self._place] == "[":
            return self._character_class()
        pieces: list[str] = []
        while self._pattern[self._place] != "]" and not self._pattern.startswith("&&", self._place):
            self._class_piece(pieces)
        return f"[{''.join(pieces)}]"

    def _class_piece(self, pieces: list[str]) -> None:
        """One character, escape or range inside a class, appended to `pieces`."""
        first, is_set = self._class_item()
        if not is_set and self._is_range():
            self._place += 1
            last, _ = self._class_item()
            pieces.append(f"{first}-{last}")
        else:
            pieces.append(first)

    def _is_range(self) -> bool:
        """Whether a `-` here joins two single characters (and is neither the last nor beside a class)."""
        rest = self._pattern[self._place : self._place + 3]
        return rest.startswith("-") and len(rest) > 1 and rest[1] != "]" and not re.match(r"-\\[dwsDWSpP]", rest)

    def _class_item(self) -> tuple[str, bool]:
        """One item inside a class, and whether it stands for several characters."""
        character = self._pattern[self._place]
        if character != "\\":
            self._place += 1
            return (re.escape(character) if character in "[]&~|-^#" else character), False
        found = _PROPERTY.match(self._pattern, self._place)
        if found is not None:
            self._place = found.end()
            return _property_class(found), True
        following = self._pattern[self._place + 1]
        if following in "dwsDWS":
            self._place += 2
            return f"\\{following}", True
        if following == "h":
            self._place += 2
            return _HORIZONTAL, True
        if following == "b":
            self._place += 2
            return r"\x08", False
        return self._escape_sequence(), False


def _combined(negated: bool, inside: str, unions: list[str], others: list[str]) -> str:
    """A class out of its own characters, the classes united with it and those it is intersected with."""
    positive = "|".join([*([f"[{inside}]"] if inside else []), *unions])
    if not unions and not others:
        return f"[{'^' if negated else ''}{inside}]"
    wanted = "".join(f"(?={other})" for other in others) + f"(?:{positive})"
    return f"(?:(?!{wanted})[\\s\\S])" if negated else f"(?:{wanted})"


def _property_class(found: re.Match[str]) -> str:
    spans = property_spans(found.group(2) or found.group(3))
    return class_text(complement(spans) if found.group(1) == "P" else spans)


def _joined(found: re.Match[str]) -> str:
    high, low = int(found.group(1), 16), int(found.group(2), 16)
    return _escape(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def _escape(point: int) -> str:
    return f"\\x{point:02x}" if point < 256 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
