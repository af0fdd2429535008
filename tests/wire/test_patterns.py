"""Java's regular expressions in Python's words: what is matched, and what has no counterpart."""

import re
import unicodedata

import pytest

from orrery.wire.patterns import python_pattern
from orrery.wire.unicode import property_spans


def matches(pattern: str, text: str) -> bool:
    translated = python_pattern(pattern)
    assert translated is not None
    return re.search(translated, text) is not None


@pytest.mark.parametrize(
    ("pattern", "accepted", "refused"),
    [
        ("[a-z]+", ["abc"], ["abC", "", "abc\n", "1abc"]),
        ("^[a-z]+$", ["abc"], ["abc\n"]),
        (r"\d{2}", ["42"], ["٤٢", "4"]),
        (r"\w+", ["a_1"], ["é", "-"]),
        (r"[\w-_]+", ["a-_"], ["."]),
        (r"[\s\S]+", ["\u00a0 x\n"], [""]),
        (r"[\S ]+", ["é x"], ["a\tb"]),
        (r".+", ["a b"], ["a\u2028b", "a\rb"]),
        (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", ["Name 1", "größe=漢字", ""], ["a!", "a\t"]),
        (r"\p{L}+", ["aé漢"], ["a1", "a_"]),
        (r"[^\p{C}]*", ["a b"], ["a\x00", "a\n", "\u200b"]),
        (r"\P{C}+", ["ab"], ["\x7f"]),
        (r"[\P{M}\p{M}]+", ["a\u0301\n"], [""]),
        (r"\p{XDigit}{2}\p{Punct}", ["aF!"], ["ag!"]),
        (r"[\p{Alnum}\-]+", ["a-1"], ["é"]),
        (r"(?i)true", ["TRUE"], ["no"]),
        (r"a(?i)b|c", ["aB", "C"], ["AB"]),
        (r"(?!(?i)AWS_)[a-zA-Z_]+", ["mine", "xaws_"], ["aws_x", "AwS_x"]),
        (r"\A[a-z]+\z", ["a"], ["a\n"]),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF]+", ["a\U0001f600"], ["\t"]),
        (r"\x{60}[\x{41}-\x{43}]", ["`B"], ["`D"]),
        (r"(?<year>\d{4})", ["2024"], ["24"]),
        (r"[\\p{L}\\-]+", ["é-"], ["!"]),
        (r"\Qa.b\E+", ["a.b"], ["aXb"]),
        (r"[a-c[x-z]]+", ["axz"], ["d"]),
        (r"[\h]+", [" \t"], ["\n"]),
        (r"^\\d{3}$", ["123"], ["12"]),
        (r"C:\\Users", ["C:\\Users"], ["C:Users"]),
        ("(?s).+", ["a\r\nb"], [""]),
        ("(?s:a.)b.", ["a\rbc"], ["a\rb\r"]),
        ("((?i)a)b", ["Ab"], ["AB"]),
        ("[a-d&&[^b]]+", ["acd"], ["ab"]),
        (r"[\p{Print}&&[^|:/]]+", ["a b"], ["a|b"]),
        ("[^a[b-c]]+", ["xyz"], ["xb"]),
        ("[a[^b]]", ["a", "c"], ["b"]),
        ("(a)${1,128}", ["a"], ["aa"]),
        ("a{11}{0,2}", ["", "a" * 11, "a" * 22], ["a"]),
        ("(?:a|b){2}c?", ["abc"], ["ac"]),
    ],
)
def test_a_pattern_is_held_against_the_whole_value_as_in_java(
    pattern: str, accepted: list[str], refused: list[str]
) -> None:
    assert [text for text in accepted if not matches(pattern, text)] == []
    assert [text for text in refused if matches(pattern, text)] == []


@pytest.fixture(scope="module")
def newer() -> frozenset[int]:
    """Code points that this Python's Unicode has assigned and the table's, an older one, has not."""
    spans = property_spans("Cn")
    points = (code for first, last in spans for code in range(first, last + 1))
    return frozenset(code for code in points if unicodedata.category(chr(code)) != "Cn")


@pytest.mark.parametrize("category", ["L", "M", "N", "P", "S", "Z", "C", "Lu", "Nd"])
def test_a_unicode_class_is_exactly_the_characters_of_its_category(category: str, newer: frozenset[int]) -> None:
    for name, expected in ((f"\\p{{{category}}}", True), (f"\\P{{{category}}}", False)):
        found = re.compile(python_pattern(name) or "")
        wrong = [
            code
            for code in range(0, 0x110000, 7)
            if code not in newer
            and bool(found.search(chr(code))) != (unicodedata.category(chr(code)).startswith(category) == expected)
        ]
        assert not wrong


@pytest.mark.parametrize("pattern", ["(", ")", "[a", r"\p{Nonsense}", "a\\"])
def test_what_has_no_counterpart_gives_none(pattern: str) -> None:
    assert python_pattern(pattern) is None
