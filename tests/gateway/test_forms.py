"""Forms taken apart as they come: in pieces of any size, whole or broken, and not more of them than is wanted."""

from collections.abc import Iterable

import pytest

from orrery.gateway.forms import LONGEST_FIELDS, PATIENCE, FormFile, FormReader
from orrery.wire.fault import Fault
from orrery.wire.http import Head
from orrery.wire.signing.post_policy import PostPolicy

BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
FILE = b"line\r\n--not-it\r\n------WebKitFormBoundary\r\n\x00\xff"


def head(kind: str = f"multipart/form-data; boundary={BOUNDARY}") -> Head:
    return Head("POST", b"/bucket", [(b"Content-Type", kind.encode())])


def part(name: str, content: bytes | str, more: str = "") -> bytes:
    data = content if isinstance(content, bytes) else content.encode()
    start = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return start.encode() + data + b"\r\n"


def closed(*parts: bytes) -> bytes:
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


WHOLE = closed(
    part("key", "up/${filename}"),
    part("X-Amz-Meta-Name", "größe"),
    part("policy", "${filename}"),
    part("file", FILE, '; filename="a b.txt"\r\nContent-Type: image/png'),
    part("submit", "Send"),
)


def taken(form: FormReader, pieces: Iterable[bytes]) -> bytes:
    """The form's file: read as the pipeline does, fields first."""
    found: list[bytes] = []
    for piece in pieces:
        if form.begun:
            found += form.feed(piece)
        else:
            form.begin(piece)
    found += form.feed(b"")
    form.finish()
    return b"".join(found)


def refusal(body: bytes, start: Head | None = None) -> Fault:
    with pytest.raises(Fault) as caught:
        taken(FormReader(start or head()), [body])
    return caught.value


@pytest.mark.parametrize("size", [1, 2, 3, 7, 61, 1000])
def test_a_form_comes_apart_the_same_in_pieces_of_any_size(size: int) -> None:
    form = FormReader(head())

    file = taken(form, (WHOLE[place : place + size] for place in range(0, len(WHOLE), size)))

    assert file == FILE
    assert form.fields == {"key": "up/a b.txt", "x-amz-meta-name": "größe", "policy": "${filename}"}


def test_a_form_comes_apart_the_same_wherever_it_is_cut_in_two() -> None:
    for place in range(len(WHOLE)):
        assert taken(FormReader(head()), [WHOLE[:place], WHOLE[place:]]) == FILE


def test_what_stands_behind_the_file_is_no_field() -> None:
    form = FormReader(head())
    taken(form, [closed(part("key", "k"), part("file", "x"), part("key", "other"), part("acl", "private"))])

    assert form.fields == {"key": "k"}


def test_a_field_that_comes_twice_has_both_values() -> None:
    form = FormReader(head())
    taken(form, [closed(part("key", "a"), part("KEY", "b"), part("file", "x"))])

    assert form.fields == {"key": "a,b"}


def test_line_breaks_before_the_form_and_words_behind_it_do_not_count() -> None:
    assert taken(FormReader(head()), [b"\r\n" + WHOLE + b"more"]) == FILE


def test_a_boundary_may_stand_in_quotes() -> None:
    kind = f'Multipart/Form-Data; charset=utf-8; boundary="{BOUNDARY}"'

    assert taken(FormReader(head(kind)), [WHOLE]) == FILE


@pytest.mark.parametrize("kind", ["", "text/plain", "multipart/mixed; boundary=x", "application/x-www-form-urlencoded"])
def test_another_type_of_body_is_refused(kind: str) -> None:
    fault = refusal(WHOLE, head(kind))

    assert (fault.code, fault.status) == ("PreconditionFailed", 412)


@pytest.mark.parametrize("boundary", ["", "; boundary=", f"; boundary={'x' * 300}"])
def test_a_boundary_that_is_none_is_malformed(boundary: str) -> None:
    assert refusal(WHOLE, head(f"multipart/form-data{boundary}")).code == "MalformedPOSTRequest"


@pytest.mark.parametrize(
    "body",
    [
        b"nonsense",
        b"words before\r\n" + WHOLE,
        WHOLE[:-6],
        WHOLE.replace(b'name="key"', b""),
        WHOLE.replace(b"form-data; name", b"attachment; name", 1),
        WHOLE.replace(b"Content-Disposition", b"Content Disposition", 1),
        part("key", "k") + part("file", "x"),
        closed(part("key", b"\xff"), part("file", "x")),
        closed(part("key", "k"), part("file", "x").replace(b'"file"', b'"file"; filename="\xff"')),
        f"--{BOUNDARY}\r\n".encode() + b"A: b\r\n" * 100,
        closed(part("key", "k"), part("file", "x"), part("more", "") * 1000),
    ],
)
def test_a_form_that_is_none_is_malformed(body: bytes) -> None:
    fault = refusal(body)

    assert (fault.code, fault.status) == ("MalformedPOSTRequest", 400)


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (closed(part("key", "k")), "0"),
        (closed(part("key", "k"), part("file", "a"), part("file", "b")), "2"),
        (f"--{BOUNDARY}--\r\n".encode(), "0"),
    ],
)
def test_a_form_has_one_file(body: bytes, count: str) -> None:
    fault = refusal(body)

    assert (fault.code, fault.members) == ("InvalidArgument", {"ArgumentName": "file", "ArgumentValue": count})


def test_the_fields_may_fill_their_room_and_no_more() -> None:
    rest = part("file", FILE, '; filename="f"')
    overhead = len(part("key", "")) + rest.index(FILE)
    full = part("key", "x" * (LONGEST_FIELDS - overhead))

    assert taken(FormReader(head()), [closed(full, rest)]) == FILE
    fault = refusal(closed(part("key", "x" * (LONGEST_FIELDS - overhead + 1)), rest))
    assert (fault.code, fault.members) == ("MaxPostPreDataLengthExceeded", {"MaxPostPreDataLengthBytes": "20480"})


def test_a_file_that_is_too_large_is_counted_but_not_for_ever() -> None:
    form = FormReader(head())
    form.begin(part("key", "k") + part("file", "")[:-2])
    file = FormFile(form, PostPolicy(0, (), None, 10))

    assert file.feed(b"x" * 10) == [b"x" * 10]
    assert file.feed(b"y" * (1 << 20)) == []
    with pytest.raises(Fault) as caught:
        for _ in range(PATIENCE >> 20):
            file.feed(b"y" * (1 << 20))
    assert caught.value.code == "EntityTooLarge"
