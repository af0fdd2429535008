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


def tree(given: Any, indent: str = "") -> str:
    """Members of an object in two columns, objects within it indented below their names, lists of objects as tables."""
    rows: list[str] = []
    width = max((len(str(name)) for name, each in given.items() if not _holds(each)), default=0)
    for name, each in given.items():
        word = str(name).replace("_", " ")
        if isinstance(each, dict) and each:
            rows += [f"{indent}{word}", tree(each, indent + "  ")]
        elif _holds(each):
            heading = tuple(dict.fromkeys(member for row in each for member in row))
            cells = [tuple(value(row[member]) if member in row else "" for member in heading) for row in each]
            rows += [f"{indent}{word}", *(f"{indent}  {line}" for line in table(cells, heading).splitlines())]
        else:
            rows.append(f"{indent}{word.ljust(width)}  {value(each)}")
    return "\n".join(rows)


def _holds(given: object) -> bool:
    """True for objects with members, and lists of objects."""
    if isinstance(given, list):
        return bool(given) and all(isinstance(each, dict) for each in given)
    return isinstance(given, dict) and bool(given)


def line(given: Any) -> str:
    """JSON in one line."""
    return json.dumps(given, ensure_ascii=False)
