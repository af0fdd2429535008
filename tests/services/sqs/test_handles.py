"""Receipt handles: what they say, and what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orrery.services.sqs.handles import read, write

WORDS = st.integers(0, 2**64 - 1)


@given(WORDS, WORDS, st.integers(0, 2**32 - 1), WORDS)
def test_a_handle_says_what_it_was_made_of(space: int, seq: int, receives: int, received: int) -> None:
    assert read(write(space, seq, receives, received)) == (space, seq, receives, received)


@given(st.text())
def test_a_text_is_no_handle(text: str) -> None:
    assert read(text) is None


@pytest.mark.row("SQS-015")
@given(st.integers(0, 47), st.integers(0, 63))
def test_a_changed_character_is_noticed(place: int, character: int) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    handle = write(1, 2, 3, 4)
    place = min(place, len(handle.rstrip("=")) - 1)
    changed = handle[:place] + alphabet[character] + handle[place + 1 :]

    assert changed == handle or read(changed) in (None, read(handle))
