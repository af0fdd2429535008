"""Virtual time as a function of the host's."""

import pytest
from tests.kernel.harness import START

from orrery.kernel.clock import Clock
from orrery.wire.instant import DAY, SECOND


def test_virtual_time_follows_the_host_at_its_rate_and_never_goes_back() -> None:
    host = START
    clock = Clock(host=lambda: host)
    host += 5000
    assert clock.now() == START + 5000
    clock.set_mode("real", 60)
    host += 1000
    assert clock.now() == START + 65_000
    host -= 10_000
    assert clock.now() == START + 65_000
    with pytest.raises(ValueError, match="never goes back"):
        clock.turn_to(START)


@pytest.mark.row("CLK-003")
def test_a_host_time_of_the_past_maps_to_the_virtual_time_it_meant() -> None:
    host = START
    clock = Clock(host=lambda: host)
    host += 1000
    clock.turn_to(clock.now() + 365 * DAY)
    host += 1000
    assert clock.at_host(START + 500) == START + 500
    assert clock.at_host(START + 1500) == START + 1500 + 365 * DAY


@pytest.mark.row("CLK-006")
def test_a_restored_clock_goes_on_from_the_saved_instant_whatever_time_passed_on_the_host() -> None:
    host = START
    clock = Clock(host=lambda: host)
    clock.turn_to(START + 30 * DAY)
    saved, pieces = clock.now(), clock.pieces
    host += 3600 * SECOND
    again = Clock(host=lambda: host)
    again.restore(pieces, saved)
    assert again.now() == saved
    host += 1000
    assert again.now() == saved + 1000
    assert again.at_host(START) == START + 30 * DAY
