import sys
import types

import pytest

from orrery.cli.main import main
from orrery.settings import ClockMode, Settings


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings with which the server was run, in place of running it."""
    ran: list[Settings] = []
    app = types.ModuleType("orrery.app")

    def run(settings: Settings) -> int:
        ran.append(settings)
        return 7

    vars(app)["main"] = run
    monkeypatch.setitem(sys.modules, "orrery.app", app)
    return ran


def test_start_runs_the_server_with_the_flags_and_returns_its_code(started: list[Settings]) -> None:
    words = "start --port 0 --data-dir :memory: --durability power --auth audit --strict --clock rate=60 --host ::"
    assert main(words.split()) == 7
    [settings] = started
    assert (settings.port, settings.in_memory, settings.durability, settings.auth) == (0, True, "power", "audit")
    assert (settings.strict, settings.clock, settings.host) == (True, ClockMode("rate", 60), ("::",))


def test_a_switch_can_be_turned_off(started: list[Settings]) -> None:
    main(["start", "--sqs-60-second-rules", "off"])
    assert started[0].sqs_60_second_rules is False


def test_a_misspelt_variable_is_warned_of(
    started: list[Settings], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ORRERY_PROT", "1")
    main(["start"])
    assert "orrery: warning: ORRERY_PROT is no setting" in capsys.readouterr().err
