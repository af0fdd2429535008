"""Where the parts of an object lie."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orrery.services.s3.runs import Runs, Span

PARTS = st.lists(
    st.tuples(st.integers(1, 40), st.sampled_from([0, 1, 5, 5, 5, 9])), min_size=1, unique_by=lambda p: p[0]
)


@given(PARTS.map(sorted))
def test_parts_are_found_by_place_offset_and_number(parts: list[tuple[int, int]]) -> None:
    runs = Runs(Runs.pack(parts), len(parts))
    starts = [0, *accumulate(size for _, size in parts)]
    spans = [Span(number, start, size) for (number, size), start in zip(parts, starts, strict=False)]

    assert list(runs.parts(0, len(parts))) == spans
    assert [runs.part(place) for place in range(len(parts))] == spans
    for offset in range(starts[-1]):
        span = spans[runs.place_of(offset)]
        assert span.offset <= offset < span.offset + span.size
    for number in range(42):
        assert runs.after(number) == sum(each <= number for each, _ in parts)


def test_what_a_program_uploads_is_two_runs_however_long() -> None:
    few = Runs.pack([(number, 8) for number in range(1, 10)] + [(10, 3)])
    many = Runs.pack([(number, 8) for number in range(1, 10_000)] + [(10_000, 3)])

    assert len(few) == len(many) == 48


@pytest.mark.parametrize(("first", "last"), [(0, 3), (-1, 1), (1, 1), (2, 1)])
def test_places_that_are_not_there(first: int, last: int) -> None:
    runs = Runs(Runs.pack([(1, 5), (2, 5)]), 2)

    with pytest.raises(IndexError):
        list(runs.parts(first, last))
