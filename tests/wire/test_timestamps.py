"""Instants in AWS's three forms."""

from datetime import UTC, datetime

import pytest

from orrery.wire.timestamps import iso8601, iso8601_millis, parse_timestamp, rfc822, unix_seconds

AT_TEN = 1_793_700_000_000
"""2026-11-03T10:00:00Z."""


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        (1793700000, AT_TEN),
        (1793700000.25, AT_TEN + 250),
        ("1793700000", AT_TEN),
        ("1.7937E9", AT_TEN),
        ("-1.5", -1500),
        ("2026-11-03T10:00:00Z", AT_TEN),
        ("2026-11-03T10:00:00.123456Z", AT_TEN + 123),
        ("2026-11-03T12:00:00+02:00", AT_TEN),
        ("2026-11-03T04:30:00-0530", AT_TEN),
        ("2026-11-03T10:00", AT_TEN),
        ("2026-11-03", AT_TEN - 36_000_000),
        ("20261103T100000Z", AT_TEN),
        ("Tue, 03 Nov 2026 10:00:00 GMT", AT_TEN),
        ("Tuesday, 03-Nov-26 10:00:00 GMT", AT_TEN),
        ("Tue, 3 Nov 2026 12:00:00 +0200", AT_TEN),
        ("Tue, 03 Nov 2026 10:00:00.120 GMT", AT_TEN + 120),
        (datetime(2026, 11, 3, 10, tzinfo=UTC), AT_TEN),
    ],
)
def test_every_form_is_read(value: object, instant: int) -> None:
    assert parse_timestamp(value) == instant


@pytest.mark.parametrize(
    "value",
    ["", "soon", "2026-13-01T00:00:00Z", "99 Foo 2026 10:00:00 GMT", True, None, [], 1e300, 10**18, float("nan")],
)
def test_what_is_no_timestamp_is_a_value_error(value: object) -> None:
    with pytest.raises(ValueError):
        parse_timestamp(value)


def test_every_form_is_written() -> None:
    assert iso8601(AT_TEN) == "2026-11-03T10:00:00Z"
    assert iso8601(AT_TEN + 7) == "2026-11-03T10:00:00.007Z"
    assert iso8601_millis(AT_TEN) == "2026-11-03T10:00:00.000Z"
    assert rfc822(AT_TEN) == "Tue, 03 Nov 2026 10:00:00 GMT"
    assert unix_seconds(AT_TEN) == 1793700000
    assert unix_seconds(AT_TEN + 1) == 1793700000.001
    assert iso8601(-1) == "1969-12-31T23:59:59.999Z"


@pytest.mark.parametrize("write", [iso8601, iso8601_millis, unix_seconds])
def test_what_was_written_is_read_as_it_was(write: object) -> None:
    for instant in (0, AT_TEN, AT_TEN + 999, 253_402_300_799_000):
        assert parse_timestamp(write(instant)) == instant  # type: ignore[operator]
