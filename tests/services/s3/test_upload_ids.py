"""Ids of uploads."""

from orrery.services.s3.upload_ids import SECRET, is_of, make_id

BEGAN = 1_800_000_000_000


def test_ids_sort_as_their_uploads_began() -> None:
    secrets = [bytes([255 - number]) * SECRET for number in range(4)]

    ids = [
        make_id(BEGAN, 1, "z", secrets[0]),
        make_id(BEGAN, 2, "y", secrets[1]),
        make_id(BEGAN + 1, 1, "x", secrets[2]),
        make_id(BEGAN * 2, 1, "w", secrets[3]),
    ]

    assert ids == sorted(ids)
    assert len({len(each) for each in ids}) == 1


def test_an_id_is_of_its_key() -> None:
    made = make_id(BEGAN, 1 << 40, "key", bytes(SECRET))

    assert is_of(made, "key")
    assert not is_of(made, "other")
    assert not any(is_of(text, "key") for text in ("", "x", made[:-1], made + "0", made.lower(), "é" * 52))
