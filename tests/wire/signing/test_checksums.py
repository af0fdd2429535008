"""Every checksum S3 knows: check values, botocore's own computation, combination."""

import hashlib
from base64 import b64encode

import pytest
from botocore import httpchecksum
from hypothesis import given
from hypothesis import strategies as st

from orrery.wire.signing import checksums
from orrery.wire.signing.checksums import ALGORITHMS

# CRC check values of "123456789": https://reveng.sourceforge.io/crc-catalogue/all.htm
CHECKS = {"CRC32": "cbf43926", "CRC32C": "e3069283", "CRC64NVME": "ae8b14860a799888"}


@pytest.mark.parametrize(("name", "expected"), CHECKS.items())
def test_the_crcs_give_their_catalogued_check_values(name: str, expected: str) -> None:
    assert ALGORITHMS[name].of(b"123456789").hex() == expected


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_algorithm_agrees_with_botocores(name: str) -> None:
    data = b"the quick brown fox" * 100
    theirs = httpchecksum._CHECKSUM_CLS.get(name.lower())

    expected = theirs().handle(data) if theirs else b64encode(hashlib.new(name.lower(), data).digest()).decode()

    assert checksums.write(ALGORITHMS[name].of(data)) == expected
    assert len(ALGORITHMS[name].of(data)) == ALGORITHMS[name].size


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_checksum_does_not_depend_on_how_its_data_is_cut(name: str) -> None:
    running = ALGORITHMS[name].start()
    for piece in (b"one", b"", b"two", b"three" * 1000):
        running.update(piece)

    assert running.digest() == running.digest() == ALGORITHMS[name].of(b"onetwo" + b"three" * 1000)


@given(one=st.binary(max_size=200), other=st.binary(max_size=200), name=st.sampled_from(sorted(CHECKS)))
def test_crcs_of_two_blocks_join_into_the_crc_of_both(one: bytes, other: bytes, name: str) -> None:
    algorithm = ALGORITHMS[name]

    assert algorithm.join(algorithm.of(one), algorithm.of(other), len(other)) == algorithm.of(one + other)


@pytest.mark.parametrize("name", sorted(set(ALGORITHMS) - set(CHECKS)))
def test_hashes_cannot_be_joined(name: str) -> None:
    algorithm = ALGORITHMS[name]

    with pytest.raises(TypeError):
        algorithm.join(algorithm.of(b"a"), algorithm.of(b"b"), 1)


def test_a_field_names_its_algorithm_in_any_case() -> None:
    assert checksums.by_header("X-Amz-Checksum-CRC64NVME") is ALGORITHMS["CRC64NVME"]
    assert checksums.by_header("x-amz-checksum-type") is None


@pytest.mark.parametrize("text", ["", "x", "AAAA", "AAAAAA", "AAAAA===", "AAAAAAAA", "ÄÄÄÄÄÄ=="])
def test_a_stated_digest_of_another_length_or_spelling_is_none(text: str) -> None:
    assert checksums.read(ALGORITHMS["CRC32"], text) is None


def test_a_composite_is_the_checksum_of_the_parts_checksums_and_their_number() -> None:
    parts = [hashlib.sha256(part).digest() for part in (b"one", b"two")]

    expected = b64encode(hashlib.sha256(b"".join(parts)).digest()).decode() + "-2"

    assert checksums.composite(ALGORITHMS["SHA256"], parts) == expected
