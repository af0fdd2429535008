import io
import sys
import threading

import pytest

from orrery.cli import progress
from orrery.cli.progress import Progress


class Screen(io.StringIO):
    """A terminal that says when something was written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.told = threading.Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        written = super().write(text)
        self.told.set()
        return written


def test_what_takes_long_is_told_of_on_a_terminal_and_wiped_away_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(progress, "AFTER", 0)
    with Progress("verifying", lambda: "7 bodies"):
        assert screen.told.wait(30)
    assert screen.getvalue().startswith("\r\033[Kverifying, 7 bodies, 0 s …")
    assert screen.getvalue().endswith("\r\033[K")


def test_what_is_quick_is_not_told_of_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    with Progress("verifying"):
        pass
    assert screen.getvalue() == ""


def test_where_no_terminal_is_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "AFTER", 0)
    with Progress("verifying", lambda: pytest.fail("asked")):
        pass
    assert capsys.readouterr().err == ""
