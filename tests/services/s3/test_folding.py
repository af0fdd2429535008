"""The walk of a listing, beside a model that looks at every key."""

from bisect import bisect_left
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orrery.services.s3.folding import Folded, fold, successor

TOP = "\U0010ffff"

unhurried = settings(deadline=None, derandomize=True, database=None)


class Row(NamedTuple):
    key: str


class Keys:
    """Sorted keys that count how many of them are read."""

    def __init__(self, keys: set[str]) -> None:
        self.rows = [Row(key) for key in sorted(keys, key=lambda key: key.encode("utf-8"))]
        self.read = 0
        self.calls = 0

    def fetch(self, start: str, stop: str | None, most: int) -> list[Row]:
        low = bisect_left(self.rows, (start,))
        found = [row for row in self.rows[low : low + most] if stop is None or row.key < stop]
        self.read += len(found)
        self.calls += 1
        return found


def told(keys: set[str], prefix: str, delimiter: str) -> list[str]:
    """Everything a listing tells, in order: keys and common prefixes, each as its text."""
    found = set()
    for key in keys:
        if key.startswith(prefix):
            end = key.find(delimiter, len(prefix)) if delimiter else -1
            found.add(key if end < 0 else key[: end + len(delimiter)])
    return sorted(found, key=lambda text: text.encode("utf-8"))


def entries(page: Folded) -> list[str]:
    return sorted([row.key for row in page.rows] + page.prefixes)


letters = st.sampled_from(["a", "b", "/", "\0", "\n", "é", "\ud7ff", "\ue000", "\uffff", "😀", TOP])
texts = st.text(letters, max_size=6)


@unhurried
@given(st.sets(texts, max_size=40), st.text(letters, max_size=2), st.text(letters, max_size=2), st.integers(1, 9))
def test_pages_joined_are_the_whole(keys: set[str], prefix: str, delimiter: str, limit: int) -> None:
    store = Keys(keys - {""})
    after, found, more = "", [], True

    while more:
        page = fold(store.fetch, prefix, delimiter, after, limit)
        assert len(entries(page)) == limit or not page.more
        found += entries(page)
        after, more = page.last, page.more

    assert found == told(keys - {""}, prefix, delimiter)


@unhurried
@given(st.sets(texts, max_size=40), texts, texts, st.text(letters, max_size=2), st.integers(1, 50))
def test_a_listing_begins_with_what_sorts_after_the_marker(
    keys: set[str], after: str, prefix: str, delimiter: str, limit: int
) -> None:
    store = Keys(keys - {""})

    page = fold(store.fetch, prefix, delimiter, after, limit)

    whole = [text for text in told(keys - {""}, prefix, delimiter) if text > after]
    assert entries(page) == whole[:limit]
    assert page.more == (len(whole) > limit)
    assert page.last == (entries(page)[-1] if whole else "")
    assert page.folded == (page.last in page.prefixes and page.last not in [row.key for row in page.rows])


@unhurried
@given(
    st.sets(texts, max_size=30),
    st.lists(st.tuples(texts, st.booleans()), max_size=30),
    st.text(letters, max_size=1),
    st.integers(1, 4),
)
def test_what_stays_is_told_once_while_keys_come_and_go(
    keys: set[str], changes: list[tuple[str, bool]], delimiter: str, limit: int
) -> None:
    present = keys - {""}
    touched = {key for key, _ in changes}
    after, found, more = "", [], True

    while more:
        page = fold(Keys(present).fetch, "", delimiter, after, limit)
        found += entries(page)
        after, more = page.last, page.more
        if changes:
            key, comes = changes.pop()
            present = (present | {key}) - {""} if comes else present - {key}

    assert found == sorted(set(found))
    assert set(told(keys - touched - {""}, "", delimiter)) <= set(found)


@unhurried
@given(texts, texts)
def test_a_successor_parts_what_begins_with_a_prefix_from_all_that_comes_later(prefix: str, other: str) -> None:
    beyond = successor(prefix)

    under = beyond is None or other < beyond
    assert (other >= prefix and under) == other.startswith(prefix)


@pytest.mark.parametrize(
    ("prefix", "beyond"), [("", None), ("a", "b"), ("a" + TOP, "b"), (TOP * 2, None), ("\ud7ff", "\ud800")]
)
def test_successors_at_the_edges_of_the_code_points(prefix: str, beyond: str | None) -> None:
    assert successor(prefix) == beyond


@pytest.mark.row("S3-006")
@pytest.mark.parametrize("inside", [1, 100, 5_000])
def test_a_common_prefix_is_left_by_seeking_whatever_it_holds(inside: int) -> None:
    store = Keys({f"{folder:02}/{number}" for folder in range(20) for number in range(inside)})

    page = fold(store.fetch, "", "/", "", 1000)

    assert page.prefixes == [f"{folder:02}/" for folder in range(20)]
    assert store.read <= 80


def test_a_page_of_few_among_many_folders_reads_few() -> None:
    store = Keys({f"{folder:05}/x" for folder in range(10_000)})

    page = fold(store.fetch, "", "/", "05000/", 3)

    assert page.prefixes == ["05001/", "05002/", "05003/"]
    assert store.read <= 4


def test_folders_of_one_key_are_read_in_long_batches() -> None:
    store = Keys({f"{folder:05}/x" for folder in range(5_000)})

    page = fold(store.fetch, "", "/", "", 1000)

    assert len(page.prefixes) == 1000
    assert store.calls <= 10


def test_a_page_of_nothing_reads_nothing() -> None:
    store = Keys({"a"})

    page = fold(store.fetch, "", "", "", 0)

    assert page == Folded([], [], "", False, False)
    assert store.calls == 0
