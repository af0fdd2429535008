"""Packed tuples sort as the tuples they were made of, and come back whole."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orrery.kernel.keys import Key, pack, prefix_range, unpack

RANKS = (type(None), bytes, str, tuple, int, float, bool)

text = st.text(st.characters(codec=None, exclude_categories=()), max_size=6) | st.text("\0\x01a\xff", max_size=5)
integers = st.integers() | st.integers(-3, 3) | st.sampled_from([1 << 63, (1 << 63) - 1, -(1 << 63), 1 << 64])
integers |= integers.map(lambda n: -n - 1)
scalars = (
    st.none()
    | st.binary(max_size=6)
    | st.binary(max_size=5).map(lambda raw: raw.replace(b"a", b"\0"))
    | text
    | integers
    | st.floats(allow_nan=False)
    | st.booleans()
)
elements: st.SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=6
)
tuples = st.lists(elements, max_size=4).map(tuple)


def comparable(value: Any) -> Any:
    """A value whose Python order is the one that keys promise, unlike types included."""
    kind = RANKS.index(type(value))
    if isinstance(value, tuple):
        return (kind, tuple(comparable(inner) for inner in value))
    return (kind, 0 if value is None else value)


@given(tuples)
def test_a_packed_tuple_comes_back_whole(values: tuple[Key, ...]) -> None:
    again = unpack(pack(values))

    assert again == values
    assert [type(value) for value in again] == [type(value) for value in values]


@settings(max_examples=300)
@given(tuples, tuples)
def test_packed_tuples_sort_as_the_tuples_do(left: tuple[Key, ...], right: tuple[Key, ...]) -> None:
    expected = comparable(left) < comparable(right)

    assert (pack(left) < pack(right)) is expected


@settings(max_examples=300)
@given(st.lists(integers, max_size=4).map(tuple), st.lists(integers, max_size=4).map(tuple))
def test_integers_of_any_size_sort_as_integers(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    assert (pack(left) < pack(right)) is (left < right)


@given(tuples, tuples)
def test_equal_tuples_and_only_they_have_equal_bytes(left: tuple[Key, ...], right: tuple[Key, ...]) -> None:
    assert (pack(left) == pack(right)) is (comparable(left) == comparable(right))


@settings(max_examples=300)
@given(tuples, tuples)
def test_a_prefix_range_holds_the_extensions_of_the_prefix_and_nothing_else(
    prefix: tuple[Key, ...], other: tuple[Key, ...]
) -> None:
    start, stop = prefix_range(pack(prefix))
    extends = comparable(other)[1][: len(prefix)] == comparable(prefix)[1]

    assert (start <= pack(other) < stop) is extends
    assert start <= pack(prefix + other) < stop


@given(tuples, tuples)
def test_packing_is_concatenation(left: tuple[Key, ...], right: tuple[Key, ...]) -> None:
    assert pack(left + right) == pack(left) + pack(right)


def test_a_string_that_continues_with_a_zero_is_outside_the_range_of_its_prefix() -> None:
    start, stop = prefix_range(pack(("a",)))

    assert not start <= pack(("a\0b",)) < stop
    assert not start <= pack(("ab",)) < stop
    assert start <= pack(("a", -(10**40))) < stop


def test_the_borders_of_the_integer_forms_are_in_order() -> None:
    borders = [-(2**80), -(2**64), -(2**63) - 1, -(2**63), -1, 0, 1, 2**63 - 1, 2**63, 2**64, 2**80]

    assert all(pack((small,)) < pack((large,)) for small, large in pairwise(borders))
    assert [len(pack((n,))) for n in (-(2**63), -1, 0, 2**63 - 1)] == [9, 9, 9, 9]


def test_subclasses_of_str_and_int_pack_as_what_they_are() -> None:
    class Name(str):
        pass

    class Number(int):
        pass

    assert pack((Name("a\0"), Number(-7))) == pack(("a\0", -7))


def test_minus_zero_is_zero() -> None:
    assert pack((-0.0,)) == pack((0.0,))


def test_a_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        pack((float("nan"),))


def test_what_no_key_may_hold_is_refused() -> None:
    unfit: Any = [1]
    with pytest.raises(TypeError, match="list"):
        pack((unfit,))


@pytest.mark.parametrize(
    "digits",
    ["00", "03616263", "036100ff", "1500", "160000000901", "0501", "03ff00", "99"],
)
def test_bytes_that_are_no_packed_tuple_are_refused(digits: str) -> None:
    with pytest.raises(ValueError, match="not a packed tuple"):
        unpack(bytes.fromhex(digits))


@given(st.binary(max_size=12))
def test_unpacking_anything_ends_in_a_tuple_or_a_value_error(data: bytes) -> None:
    try:
        values = unpack(data)
    except ValueError:
        return
    assert isinstance(values, tuple)
