import pytest

from orrery.cli import durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("+45d", 3_888_000), ("+1h30m", 5400), ("+90", 90), ("+2w3d", 1_468_800), ("+250ms", 0.25), ("+1.5H", 5400)],
)
def test_a_length_of_time_is_read(text: str, seconds: float) -> None:
    assert durations.seconds(text) == seconds


@pytest.mark.parametrize("text", ["+", "45d", "-1h", "+1y", "+d", "+1h x", "+1h-1m", "++1"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no length of time"):
        durations.seconds(text)


@pytest.mark.parametrize(("seconds", "text"), [(0, "0s"), (3930, "1h5m30s"), (86400, "1d"), (-60, "-1m")])
def test_a_length_of_time_is_written(seconds: float, text: str) -> None:
    assert durations.words(seconds) == text
