"""Documents that are made: written anew, or compared with what is there."""

import difflib
import sys
from pathlib import Path

from tools.sources import relative


def settle(made: dict[Path, str], *, check: bool) -> int:
    """Write each file, or with `check` print how it differs from what was made and return 1."""
    stale = 0
    for path, text in made.items():
        present = path.read_text() if path.exists() else ""
        if present == text:
            continue
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            print(f"wrote {relative(path)}")
            continue
        stale = 1
        shown = relative(path)
        difference = difflib.unified_diff(present.splitlines(), text.splitlines(), shown, f"{shown} as made", "", "", 1)
        print("\n".join(list(difference)[:40]), file=sys.stderr)
        print(f"{shown} is out of date: run `make docs`", file=sys.stderr)
    return stale


def between(text: str, name: str, content: str) -> str:
    """`text` with `content` between its markers `<!-- name -->` and `<!-- /name -->`; a ValueError when it has none."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"the markers {begin} and {end} are missing")
    return f"{before}{begin}\n{content.rstrip()}\n{end}{after}"


def cells(*texts: object) -> str:
    """A row of a Markdown table."""
    return "| " + " | ".join(str(text).replace("|", "\\|").replace("\n", " ") for text in texts) + " |"


def table(heading: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """A Markdown table."""
    return "\n".join([cells(*heading), cells(*("---" for _ in heading)), *(cells(*row) for row in rows)])
