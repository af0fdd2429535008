from pathlib import Path

import pytest
from tools.removals import Removal

from tools import removals


def test_a_removal_whose_text_has_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    assert "stands there 0 times" in str(removals.misplaced(Removal("a.py", "y = 2", "", ()), tmp_path))
    assert "there is no t.py" in str(removals.misplaced(Removal("a.py", "x = 1", "", ("t.py",)), tmp_path))
    assert removals.misplaced(Removal("a.py", "x = 1", "", ()), tmp_path) is None


def tree(root: Path, test: str) -> Removal:
    (root / "src").mkdir()
    (root / "src/sum.py").write_text("def add(a, b):\n    return a + b\n")
    (root / "tests").mkdir()
    (root / "tests/test_sum.py").write_text(test)
    (root / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["src"]\n')
    return Removal("src/sum.py", "a + b", "a", ("tests/test_sum.py",))


@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        ("from sum import add\ndef test_add(): assert add(2, 2) == 4\n", None),
        ("from sum import add\ndef test_add(): assert add(2, 0) == 2\n", "nobody noticed"),
        ("from sum import subtract\n", "could not run"),
    ],
)
def test_a_removal_must_be_noticed_by_a_test_that_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, test: str, outcome: str | None
) -> None:
    monkeypatch.setattr(removals, "ROOT", tmp_path)
    told = removals.attempt(tree(tmp_path, test))
    assert told is None if outcome is None else outcome in str(told)
    assert (tmp_path / "src/sum.py").read_text() == "def add(a, b):\n    return a + b\n"
