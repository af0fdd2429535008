from pathlib import Path

import pytest

from orrery.cli.parser import every
from orrery.settings import declared
from tools import commands, docs, generated


def test_a_page_is_written_once_and_then_up_to_date(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = {tmp_path / "docs/a.md": "new\n"}
    assert generated.settle(made, check=True) == 1
    assert not (tmp_path / "docs/a.md").exists()
    assert generated.settle(made, check=False) == 0
    assert generated.settle(made, check=True) == 0
    assert "is out of date: run `make docs`" in capsys.readouterr().err


def test_only_what_is_between_the_markers_changes() -> None:
    text = "above\n<!-- limits -->\nold\n<!-- /limits -->\nbelow\n"
    assert generated.between(text, "limits", "new\n") == "above\n<!-- limits -->\nnew\n<!-- /limits -->\nbelow\n"
    with pytest.raises(ValueError, match="missing"):
        generated.between("no markers", "limits", "new")


def test_cells_keep_the_table_whole() -> None:
    assert generated.table(("a",), [("x|y\nz",)]) == "| a |\n| --- |\n| x\\|y z |"


def test_the_settings_page_has_a_line_for_every_setting() -> None:
    page = docs.settings_page()
    assert "| `--port` | `ORRERY_PORT` | `PORT` | `4566` |" in page
    assert page.count("| `--") == len(declared())


def test_the_commands_page_has_a_section_for_every_command_and_its_options() -> None:
    page = commands.commands_page()
    for parser in every():
        assert f"\n## {parser.prog}\n" in page
    assert "`-f, --follow`" in page
    assert "orrery clock +45d" in page
