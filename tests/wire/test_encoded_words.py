"""Metadata beyond ASCII, as S3 gives it back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orrery.wire.encoded_words import decode_words, encode_words


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain", "plain"),
        ("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
        ("ÄMÄZÕÑ S3", "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?="),
        ("test_—_file%E2%80%94_é_2?.pdf", "=?UTF-8?Q?test=5F=E2=80=94=5Ffile%E2%80%94=5F=C3=A9=5F2=3F.pdf?="),
        ("\x00\x01\x02\x03", "=?UTF-8?B?AAECAw==?="),
        ("\ufffd" * 7, "=?UTF-8?B?77+977+977+977+977+977+977+9?="),
        ("\ufffda\ufffd", "=?UTF-8?B?77+9Ye+/vQ==?="),
    ],
)
def test_what_is_not_ascii_is_written_in_encoded_words(text: str, written: str) -> None:
    assert encode_words(text) == written
    assert decode_words(written) == text


def test_a_long_text_is_cut_into_words_of_75_characters_at_most() -> None:
    words = encode_words("é" * 100).split(" ")

    assert len(words) > 1
    assert all(len(word) <= 75 for word in words)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200).filter(lambda text: "=?" not in text))
def test_whatever_is_encoded_is_decoded_again(text: str) -> None:
    assert decode_words(encode_words(text)) == text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("=?utf-8?b?YWJj?=", "abc"),
        ("=?UTF-8?Q?actually-ascii?=", "actually-ascii"),
        ("=?ISO-8859-1?Q?caf=E9?=", "café"),
        ("before =?UTF-8?Q?=C3=A9?= after", "before é after"),
        ("=?UTF-8?Q?a?= =?UTF-8?Q?b?=", "ab"),
        ("=?UTF-8?B?YWJj", "=?UTF-8?B?YWJj"),
        ("=?no-such-charset?Q?a?=", "=?no-such-charset?Q?a?="),
        ("=?UTF-8?Q?=FF?=", "\ufffd"),
        ("=?UTF-8?B?4?=", "=?UTF-8?B?4?="),
    ],
)
def test_encoded_words_are_read_where_they_can_be(written: str, text: str) -> None:
    assert decode_words(written) == text
