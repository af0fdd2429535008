"""Percent-encoding as in S3's listings."""

import pytest

from orrery.wire.percent import percent_encode


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("photos/2006/", "photos/2006/"),
        ("test_file(3).png", "test_file%283%29.png"),
        ("a b+c", "a+b%2Bc"),
        ("a-b_c.d*~", "a-b_c.d*%7E"),
        ("é\x01\n", "%C3%A9%01%0A"),
        ("test%40key", "test%2540key"),
    ],
)
def test_a_key_is_encoded_as_s3_does(key: str, written: str) -> None:
    assert percent_encode(key) == written
