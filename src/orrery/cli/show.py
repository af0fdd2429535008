"""How answers are printed: tables of plain columns for people, JSON for programs."""

import json
from collections.abc import Iterable, Sequence
from typing import Any


def table(rows: Iterable[Sequence[object]], heading: Sequence[str] = ()) -> str:
    """Columns as wide as their widest cell, two spaces apart, without trailing white space."""
    cells = [[("" if cell is None else str(cell)) for cell in row] for row in rows]
    if heading and cells:
        cells.insert(0, list(heading))
    if not cells:
        return ""
    widths = [max(len(row[i]) for row in cells if i < len(row)) for i in range(max(map(len, cells)))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in cells
    )


def value(given: object) -> str:
    """A JSON value in the shortest readable form: strings bare, the rest as JSON."""
    if isinstance(given, str):
        return given
    return "-" if given is None else json.dumps(given, ensure_ascii=False, separators=(", ", ": "))


def document(given: Any) -> str:
    """Indented JSON."""
    return json.dumps(given, indent=2, ensure_ascii=False)


def answer(given: Any, as_json: bool, text: str) -> int:
    """Print `given` as JSON or `text`, and return the exit code 0."""
    shown = document(given) if as_json else text
    if shown:
        print(shown)
    return 0
