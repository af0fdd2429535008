"""docs/coverage.md: which rows of the specification tests demonstrate, from the tests' `row` marks."""

import sys
from collections import defaultdict
from dataclasses import dataclass

from tools.generated import settle, table
from tools.sources import ROOT, Marked, marked_tests, relative

ROWS = ROOT / "docs/rows.txt"

PAGE = """# Coverage

Made from the marks of the tests (`@pytest.mark.row("SQS-012")`) and `docs/rows.txt`. A row counts as demonstrated when
a test with its mark passes and would fail without the behaviour. What a row asks of services that are not built yet is
named as waiting.

{summary}

{rows}
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the specification: its id, its subject, and what parts of it wait for."""

    id: str
    title: str
    waiting: str

    @property
    def area(self) -> str:
        """The letters of the id."""
        return self.id.partition("-")[0]


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` compare it. 1 also when a test names a row that does not exist."""
    rows = read_rows(ROWS.read_text())
    tests = marked_tests()
    unknown = [(each, row) for each in tests for row in each.rows if row not in rows]
    for each, row in unknown:
        print(f"{relative(each.file)}:{each.line}: there is no row {row}", file=sys.stderr)
    stale = settle({ROOT / "docs/coverage.md": page(rows, tests)}, check="--check" in arguments)
    return 1 if unknown else stale


def read_rows(text: str) -> dict[str, Row]:
    """The rows of a file of lines `ID | title | waiting for`; empty lines and lines after `#` are left out."""
    rows = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            row, title, waiting = (part.strip() for part in (line + "||").split("|")[:3])
            rows[row] = Row(row, title, waiting)
    return rows


def page(rows: dict[str, Row], tests: list[Marked]) -> str:
    """docs/coverage.md."""
    by_row: dict[str, list[Marked]] = defaultdict(list)
    for test in tests:
        for row in test.rows:
            by_row[row].append(test)
    lines: list[tuple[object, ...]] = [(row.id, row.title, _state(row, by_row[row.id])) for row in rows.values()]
    areas = list(dict.fromkeys(row.area for row in rows.values()))
    summary: list[tuple[object, ...]] = []
    for area in areas:
        own = [row for row in rows.values() if row.area == area]
        shown = [row for row in own if by_row[row.id]]
        whole = [row for row in shown if not row.waiting]
        summary.append((area, len(own), len(whole), len(shown) - len(whole), len(own) - len(shown)))
    return PAGE.format(
        summary=table(("area", "rows", "demonstrated", "in part, rest waiting", "not yet"), summary),
        rows=table(("row", "subject", "tests"), lines),
    )


def _state(row: Row, tests: list[Marked]) -> str:
    files: dict[str, int] = defaultdict(int)
    for test in tests:
        files[relative(test.file)] += 1
    parts = [f"[{name.removeprefix('tests/')}](../{name})" + (f" ×{n}" if n > 1 else "") for name, n in files.items()]
    if row.waiting:
        parts.append(f"waiting for {row.waiting}")
    return ", ".join(parts) or "none yet"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
