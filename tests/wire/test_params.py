"""Form parameters as pairs and as a tree."""

import tracemalloc
from collections.abc import Callable
from contextlib import suppress

import pytest

from orrery.wire.fault import Fault
from orrery.wire.params import MAX_PARAMETERS, first, pairs, tree


def test_names_and_values_are_decoded_in_order() -> None:
    assert pairs(b"a=1&b=x+y%26&&c&a=%C3%A9") == [("a", "1"), ("b", "x y&"), ("c", ""), ("a", "é")]


def test_the_first_of_a_name_is_found_without_the_others() -> None:
    assert first(b"XAction=no&Action=Create+It&Action=other", b"Action") == "Create It"
    assert first(b"a=1", b"Action") is None


def test_the_first_of_a_name_is_found_at_either_end() -> None:
    assert first(b"Action=", b"Action") == ""
    assert first(b"&a=1&&Action=It", b"Action") == "It"


@pytest.mark.parametrize("find", [lambda text: first(text, b"Action"), lambda text: len(pairs(text))])
def test_a_form_of_separators_alone_costs_no_more_memory_than_its_text(find: Callable[[bytes], object]) -> None:
    text = b"&" * 1_000_000
    tracemalloc.start()
    try:
        with suppress(Fault):
            find(text)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert most < len(text)


def test_dots_nest() -> None:
    assert tree(pairs(b"A.1.Name=x&A.1.Value=y&A.2.Name=z&B=1")) == {
        "A": {"1": {"Name": "x", "Value": "y"}, "2": {"Name": "z"}},
        "B": "1",
    }


def test_a_name_may_have_a_text_and_parts() -> None:
    expected = {"A": {"": "x", "1": "y"}}

    assert tree(pairs(b"A=x&A.1=y")) == expected
    assert tree(pairs(b"A.1=y&A=x")) == expected


@pytest.mark.parametrize("text", [b"a=1&" * (MAX_PARAMETERS + 1), b"a." * 100 + b"a=1"], ids=["wide", "deep"])
def test_forms_without_measure_are_refused(text: bytes) -> None:
    with pytest.raises(Fault) as caught:
        tree(pairs(text))

    assert caught.value.code == "MalformedQueryString"
