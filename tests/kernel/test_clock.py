"""Virtual time as a function of the host's."""

from collections.abc import Callable
from typing import Any, cast

import pytest
from tests.kernel.harness import START

from orrery.kernel.clock import Clock
from orrery.wire.instant import DAY, HOUR, SECOND


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


def test_an_alarm_is_looked_for_again_soon_after_the_hosts_clock_has_jumped() -> None:
    armed: list[tuple[float, Callable[[], None]]] = []

    class Loop:
        def call_later(self, delay: float, callback: Callable[[], None]) -> Any:
            armed.append((delay, callback))
            return Timer()

    class Timer:
        def cancel(self) -> None: ...

    host = [1_000_000]
    rung: list[int] = []
    clock = Clock(cast("Any", Loop()), host=lambda: host[0])
    clock.call_at(1_000_000 + HOUR, lambda: rung.append(clock.now()))
    delay, ring = armed[-1]
    assert delay <= 10
    host[0] += HOUR
    ring()
    assert rung == [1_000_000 + HOUR]


def test_the_history_stays_in_order_when_the_hosts_clock_was_put_back() -> None:
    host = [1_000_000]
    clock = Clock(host=lambda: host[0])
    for _ in range(3):
        host[0] += 1000
        clock.turn_to(clock.now() + 5)
    host[0] -= 2500
    clock.turn_to(clock.now() + 5)
    hosts = [piece.host for piece in clock.pieces]
    assert hosts == sorted(hosts)
    assert clock.at_host(host[0]) == clock.now()
