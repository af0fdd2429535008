"""Writes `src/orrery/wire/unicode.json`: the code points of each Unicode general category, as ranges.

The models' patterns use Java's `\\p{L}` and the like, which Python's `re` does not have. Run after an upgrade of Python
that brings a newer Unicode: `python tools/unicode_ranges.py`. With `--check` it only says whether the file is current.
"""

import json
import sys
import unicodedata
from pathlib import Path

TARGET = Path(__file__).parent.parent / "src" / "orrery" / "wire" / "unicode.json"


def ranges() -> dict[str, list[int]]:
    """Category (two letters) → first, last, first, last, …"""
    found: dict[str, list[int]] = {}
    for point in range(sys.maxunicode + 1):
        spans = found.setdefault(unicodedata.category(chr(point)), [])
        if spans and spans[-1] == point - 1:
            spans[-1] = point
        else:
            spans += (point, point)
    return dict(sorted(found.items()))


def render() -> str:
    """The file's text: one category a line."""
    lines = [f"{json.dumps(name)}: {json.dumps(spans, separators=(',', ':'))}" for name, spans in ranges().items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main(arguments: list[str]) -> int:
    """Write or check; 1 when the file is not current."""
    text = render()
    if "--check" in arguments:
        return int(TARGET.read_text() != text)
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
