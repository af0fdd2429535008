from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docs.blocks import ROOT, DocumentCloud, pages, prints_as_written, steps


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[DocumentCloud]:
    """A cloud started as the documents say."""
    cloud = DocumentCloud(tmp_path)
    yield cloud
    cloud.stop()


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_document_shows_is_what_happens(page: Path, reader: DocumentCloud) -> None:
    for step in steps(page.read_text()):
        code, printed = reader.run(step)
        where = f"{page.name}:{step.line}: {step.command[-1]}"
        assert code == 0, f"{where}\n{printed}"
        if step.prints is not None:
            assert prints_as_written(printed, step.prints), f"{where}\nprints:\n{printed}\nnot:\n{step.prints}"


def test_programs_commands_and_their_output_are_found() -> None:
    text = "```python\nprint(1)\n```\n\n```output\n1\n```\n```console\n$ a b\nx\ny\n$ c\n```\n```sh\nrm\n```\n"
    assert [(step.command[-1], step.prints) for step in steps(text)] == [
        ("print(1)\n", "1\n"),
        ("a b", "x\ny\n"),
        ("c", ""),
    ]


def test_a_block_that_names_a_file_is_that_file_and_tests_are_run() -> None:
    text = "```ini\n# pytest.ini\n[pytest]\n```\n```python\n# test_it.py\nx = 1\n```\n```ini\n[other]\n```\n"
    found = list(steps(text))

    assert [step.file for step in found] == [
        ("pytest.ini", "# pytest.ini\n[pytest]\n"),
        ("test_it.py", "# test_it.py\nx = 1\n"),
    ]
    assert found[0].command == ("true",)
    assert (found[1].command[1:3], found[1].command[-1]) == (("-m", "pytest"), "test_it.py")


def test_an_ellipsis_stands_for_anything_and_nothing_else_does() -> None:
    assert prints_as_written("a 17 b\nmore\n", "a … b\n…")
    assert prints_as_written("", "")
    assert not prints_as_written("a 17 c", "a … b")
    assert not prints_as_written("something", "")
    assert not prints_as_written("axb", "a.b")
