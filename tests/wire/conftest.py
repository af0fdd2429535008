"""The models, read once a test process, and what the tests of the wire tell at the end of a run."""

from collections import Counter
from pathlib import Path

import pytest

from orrery.wire.catalog import Models


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    """Every service's model, compiled models kept for this session only."""
    folder: Path = tmp_path_factory.mktemp("models")
    return Models(folder)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many constraints were tried, and which could not be."""
    counts: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        if report.when == "call":
            for name, count in report.user_properties:
                if name.startswith("constraints: "):
                    counts[name.removeprefix("constraints: ")] += count
    if counts:
        parts = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
        terminalreporter.write_line(f"Constraints tried: {parts}")
