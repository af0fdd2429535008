"""The models' regular expressions, which are Java's, as Python's.

What differs and is translated: Unicode classes (`\\p{L}`), ASCII-only `\\d`, `\\w` and `\\s`, what a dot matches, flags
in the middle of a pattern, surrogate pairs, hyphens after a class, `\\z`, `\\h`, `\\x{…}`, named groups. Some models
escape twice (`\\\\p{L}`, `\\\\d`): the backslash that is too many is dropped, since AWS does not demand one.
"""

import functools
import re
import unicodedata
import warnings

_ANY_CHARACTER = r"\x00-\U0010ffff"
_DOT = r"[^\n\r\x85\u2028\u2029]"
_SHORT = {
    "d": "0-9",
    "D": r"\x00-/:-\U0010ffff",
    "w": "A-Za-z0-9_",
    "W": r"\x00-/:-@\[-\^`{-\U0010ffff",
    "s": r" \t\n\x0b\f\r",
    "S": r"\x00-\x08\x0e-\x1f!-\U0010ffff",
    "h": r" \t\xa0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000",
}
"""Java's short classes, which are ASCII's, inside of a class."""
_SHORT_ALONE = {
    letter: f"[^{_SHORT[letter.lower()]}]" if letter.isupper() else f"[{ranges}]" for letter, ranges in _SHORT.items()
}
_LAST_LETTERS, _TAGS, _PRIVATE = 0x32400, 0xE0000, 0xF0000
"""Where the assigned characters end, where a few more begin, where private use begins."""
_PAIRS = re.compile(r"\\uD([89AB])([0-9A-F]{2})\\uD([C-F])([0-9A-F]{2})", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([\s\S])([dDwWsS][+*?{\]]|[pP]\{)?")
_PROPERTY = re.compile(r"\\([pP])(?:\{\^?(\w+)\}|(\w))")
_CODE = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")
_FLAGS = re.compile(r"\(\?([ims]+)\)")
_NAMED = re.compile(r"\(\?<(?![=!])")
_POSIX = {
    "alnum": "A-Za-z0-9",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": _SHORT["s"],
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
    "all": _ANY_CHARACTER,
}
_BINARY = {
    "alphabetic": ("L", "Nl"),
    "letter": ("L",),
    "digit": ("Nd",),
    "uppercase": ("Lu",),
    "lowercase": ("Ll",),
    "punctuation": ("P",),
    "control": ("Cc",),
    "ld": ("L", "Nd"),
}


@functools.cache
def python_pattern(pattern: str) -> str | None:
    """A Python pattern that finds what the whole of the model's pattern matches; None where there is none.

    Patterns that are no regular expressions in Java either, or use what Python has no means for, give None: such a
    member is not checked.
    """
    try:
        translated = _Translator(_PAIRS.sub(_pair, _escaped_once(pattern))).translate()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(translated)
    except (re.error, _Untranslatable, OverflowError):
        return None
    return translated


class _Untranslatable(Exception):
    """The pattern uses something without a counterpart."""


class _Translator:
    """Walks once over a pattern."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.place = 0
        self.flags: list[list[str]] = [[]]
        """For each open group, the flags set in it, each of which has opened a group of its own."""

    def translate(self) -> str:
        out: list[str] = []
        while self.place < len(self.pattern):
            out.append(self.token())
        if len(self.flags) != 1:
            raise _Untranslatable("a group that is not closed")
        return rf"\A(?:{''.join(out)}{')' * len(self.flags[0])})\Z"

    def token(self) -> str:
        """The next token outside of a class."""
        letter = self.pattern[self.place]
        if letter == "\\":
            return self.escape(inside=False)
        if letter == "[":
            return self.character_class()
        if letter == "(":
            return self.group()
        self.place += 1
        if letter == ".":
            return _DOT
        if letter == "|":
            opened = self.flags[-1]
            return ")" * len(opened) + "|" + "".join(f"(?{flags}:" for flags in opened)
        if letter == ")":
            if len(self.flags) == 1:
                raise _Untranslatable("a parenthesis too many")
            return ")" * (len(self.flags.pop()) + 1)
        return letter

    def group(self) -> str:
        flags = _FLAGS.match(self.pattern, self.place)
        if flags:
            self.place = flags.end()
            self.flags[-1].append(flags[1])
            return f"(?{flags[1]}:"
        self.flags.append([])
        named = _NAMED.match(self.pattern, self.place)
        self.place += 3 if named else 1
        return "(?P<" if named else "("

    def escape(self, *, inside: bool) -> str:
        """An escape, as a part of a class where `inside`."""
        pattern, start = self.pattern, self.place
        found = _PROPERTY.match(pattern, start)
        if found:
            self.place = found.end()
            ranges = _ranges(found[2] or found[3], negated=(found[1] == "P") != ("{^" in found[0]))
            return ranges if inside else f"[{ranges}]"
        code = _CODE.match(pattern, start)
        if code:
            self.place = code.end()
            return rf"\U{int(code[1], 16):08x}"
        letter = pattern[start + 1 : start + 2]
        self.place = start + 2
        if letter == "Q":
            end = pattern.find("\\E", self.place)
            quoted = pattern[self.place : end if end >= 0 else None]
            self.place = end + 2 if end >= 0 else len(pattern)
            return re.escape(quoted)
        if letter in _SHORT:
            return _SHORT[letter] if inside else _SHORT_ALONE[letter]
        if letter in ("z", "Z") and not inside:
            return r"\Z"
        if not letter:
            raise _Untranslatable("a backslash at the end")
        return f"\\{letter}"

    def character_class(self) -> str:
        """A class, up to its bracket; nested classes are united, intersections refused."""
        self.place += 1
        negated = self.pattern.startswith("^", self.place)
        self.place += negated
        parts: list[str] = []
        while True:
            rest = self.pattern[self.place : self.place + 2]
            if not rest:
                raise _Untranslatable("a class that is not closed")
            if rest == "&&":
                raise _Untranslatable("an intersection")
            letter = rest[0]
            if letter == "]" and parts:
                self.place += 1
                return f"[{'^' if negated else ''}{_joined(parts)}]"
            if letter == "[":
                inner = self.character_class()
                if inner.startswith("[^"):
                    raise _Untranslatable("a negated class in a class")
                parts.append(inner[1:-1])
            elif letter == "\\":
                parts.append(self.escape(inside=True))
            else:
                self.place += 1
                parts.append(self.literal(letter, parts))

    def literal(self, letter: str, parts: list[str]) -> str:
        """A character of a class; a hyphen beside a class of characters stands for itself."""
        if letter == "-":
            alone = not parts or self.pattern.startswith("]", self.place) or _is_class(parts[-1])
            after = self.pattern[self.place : self.place + 2]
            return r"\-" if alone or (after[:1] == "\\" and after[1:] in tuple("dDwWsSpPh")) else "-"
        return f"\\{letter}" if letter in "[]^" else letter


def _is_class(part: str) -> bool:
    return len(part) > 2 and "-" in part


def _joined(parts: list[str]) -> str:
    """The parts of a class; letters, numbers and underscore together are Python's `\\w`, which is quick to compile."""
    if any(_SHORT[letter] in parts and _SHORT[letter.upper()] in parts for letter in "dws"):
        return r"\s\S"
    letters, numbers = _ranges("L", negated=False), _ranges("N", negated=False)
    if letters in parts and numbers in parts and "_" in parts:
        parts = [r"\w", *(part for part in parts if part not in (letters, numbers))]
    return "".join(parts)


def _escaped_once(pattern: str) -> str:
    """The pattern, without every second backslash where a class such as `\\\\p{L}` shows that all are doubled."""
    doubled = any(match[1] == "\\" and match[2] for match in _ESCAPED.finditer(pattern))
    return pattern.replace("\\\\", "\\") if doubled else pattern


def _pair(match: re.Match[str]) -> str:
    """A surrogate pair as the character it stands for."""
    high, low = int(f"D{match[1]}{match[2]}", 16), int(f"D{match[3]}{match[4]}", 16)
    return rf"\x{{{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):X}}}"


def _ranges(name: str, *, negated: bool) -> str:
    """The characters of a Unicode or POSIX class, as the inside of a Python class."""
    plain = name.lower()
    posix = _POSIX.get(plain)
    if posix is not None and not negated:
        return posix
    plain = plain.removeprefix("is")
    if plain == "whitespace":
        categories: tuple[str, ...] = ("Z",)
    elif plain in _BINARY:
        categories = _BINARY[plain]
    elif name in ("L", "M", "N", "P", "S", "Z", "C") or (len(name) == 2 and name[0] in "LMNPSZC"):
        categories = (name,)
    else:
        raise _Untranslatable(f"the class {name}")
    found = _category_ranges(categories, negated)
    return found + _SHORT["s"] if plain == "whitespace" and not negated else found


@functools.cache
def _category_ranges(categories: tuple[str, ...], negated: bool) -> str:
    """The characters whose general category is, or starts with, one of those (or is none of them)."""
    low, tags, letters = _categories()
    wanted = "".join(letter for category, letter in letters.items() if category.startswith(categories) != negated)
    if not wanted:
        raise _Untranslatable(f"the classes {categories}")
    ranges = [found.span() for found in re.finditer(f"[{wanted}]+", low)]
    if letters["Cn"] in wanted:
        ranges += [(_LAST_LETTERS, _TAGS), (_TAGS + len(tags), _PRIVATE)]
    ranges += [(_TAGS + found.start(), _TAGS + found.end()) for found in re.finditer(f"[{wanted}]+", tags)]
    if letters["Co"] in wanted:
        ranges += [(_PRIVATE, 0xFFFFE), (0x100000, 0x10FFFE)]
    if letters["Cn"] in wanted:
        ranges += [(0xFFFFE, 0x100000), (0x10FFFE, 0x110000)]
    return "".join(rf"\U{start:08x}-\U{end - 1:08x}" for start, end in ranges)


@functools.cache
def _categories() -> tuple[str, str, dict[str, str]]:
    """General categories as one letter a character, below _LAST_LETTERS and from _TAGS on; and the letters."""
    letters: dict[str, str] = {"Cn": "0", "Co": "1"}
    texts = []
    for characters in (range(_LAST_LETTERS), range(_TAGS, _TAGS + 0x200)):
        categories = list(map(unicodedata.category, map(chr, characters)))
        for category in sorted(set(categories) - set(letters)):
            letters[category] = chr(ord("0") + len(letters))
        texts.append("".join(map(letters.__getitem__, categories)))
    return texts[0], texts[1], letters
