from pathlib import Path

import pytest
from tools.sources import Marked

from tools import coverage, sources

ROWS = coverage.read_rows("# comment\n\nSQS-001 | Making queues |\nSQS-002 | Metrics | CloudWatch\n")


def test_rows_are_read_with_what_they_wait_for() -> None:
    assert ROWS["SQS-001"].waiting == ""
    assert (ROWS["SQS-002"].title, ROWS["SQS-002"].waiting) == ("Metrics", "CloudWatch")


def test_the_page_counts_what_is_demonstrated_in_part_and_not_yet() -> None:
    nothing = coverage.page(ROWS, [])
    test = Marked(sources.ROOT / "tests/x.py", 1, "test_x", ("SQS-001", "SQS-002"))
    everything = coverage.page(ROWS, [test, test])
    assert "| SQS | 2 | 0 | 0 | 2 |" in nothing
    assert "| SQS-001 | Making queues | none yet |" in nothing
    assert "| SQS | 2 | 1 | 1 | 0 |" in everything
    assert "| SQS-002 | Metrics | [x.py](../tests/x.py) ×2, waiting for CloudWatch |" in everything


def test_marks_are_found_on_tests_classes_modules_and_parameters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_a.py").write_text(
        "import pytest\n"
        "pytestmark = [pytest.mark.row('A-1')]\n"
        "@pytest.mark.row('A-2', 'A-3')\n"
        "class TestB:\n"
        "    @pytest.mark.parametrize('x', [pytest.param(1, marks=pytest.mark.row('A-4'))])\n"
        "    def test_c(self, x): ...\n"
        "def test_d(): ...\n"
        "def helper(): ...\n"
    )
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    found = {each.test: each.rows for each in sources.marked_tests()}
    assert found == {"test_c": ("A-1", "A-2", "A-3", "A-4"), "test_d": ("A-1",)}


def test_every_mark_of_the_suite_names_a_row_of_the_specification() -> None:
    known = coverage.read_rows(coverage.ROWS.read_text())
    assert [(each.test, row) for each in sources.marked_tests() for row in each.rows if row not in known] == []
