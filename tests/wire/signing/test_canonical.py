"""One spelling for both sides: paths, queries and header fields."""

import pytest

from orrery.wire.http import Headers
from orrery.wire.signing.canonical import canonical_headers, canonical_query, query_pairs, s3_path, service_path
from orrery.wire.signing.problem import SignatureProblem


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [
        (b"", b"/"),
        (b"/", b"/"),
        (b"//", b"/"),
        (b"/a/b-_.~", b"/a/b-_.~"),
        (b"/a//b/", b"/a/b/"),
        (b"/a/./b/../c", b"/a/c"),
        (b"/../..", b"/"),
        (b"/a%20b", b"/a%2520b"),
        (b"/a:b", b"/a%3Ab"),
        (b"/.hidden", b"/.hidden"),
        ("/é".encode(), b"/%C3%A9"),
    ],
)
def test_a_services_path_is_normalised_and_encoded_once_more(sent: bytes, canonical: bytes) -> None:
    assert service_path(sent) == canonical


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [
        (b"", b"/"),
        (b"/a//b/", b"/a//b/"),
        (b"/a/./b/../c", b"/a/./b/../c"),
        (b"/a%20b", b"/a%20b"),
        (b"/a%2fb", b"/a%2Fb"),
        (b"/a$b+c:d", b"/a%24b%2Bc%3Ad"),
        (b"/%41", b"/A"),
        ("/é".encode(), b"/%C3%A9"),
    ],
)
def test_s3s_path_is_encoded_once_and_never_normalised(sent: bytes, canonical: bytes) -> None:
    assert s3_path(sent) == canonical


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [
        (b"acl", b"acl="),
        (b"b=2&a=1", b"a=1&b=2"),
        (b"a=2&a=1&A=3", b"A=3&a=1&a=2"),
        (b"a-b=1&a=2", b"a=2&a-b=1"),
        (b"a=b+c", b"a=b%20c"),
        (b"a=%7e%2f%41", b"a=~%2FA"),
        (b"a=b=c", b"a=b%3Dc"),
        (b"&&a=1&", b"a=1"),
        (b"a=\xc3\xa9", b"a=%C3%A9"),
    ],
)
def test_a_query_is_encoded_strictly_and_sorted_by_name_then_value(sent: bytes, canonical: bytes) -> None:
    assert canonical_query(query_pairs(sent)) == canonical


def test_header_values_are_trimmed_their_spaces_made_one_and_repeats_joined() -> None:
    headers = Headers([(b"Host", b"h"), (b"X-A", b" a   b\tc "), (b"x-b", b"2"), (b"X-B", b"1")])

    block = canonical_headers(headers, (b"host", b"x-a", b"x-b"))

    assert block == b"host:h\nx-a:a b c\nx-b:2,1\n"


def test_a_signed_header_that_did_not_come_is_named() -> None:
    with pytest.raises(SignatureProblem) as caught:
        canonical_headers(Headers([(b"Host", b"h")]), (b"host", b"x-a"))

    assert (caught.value.kind, caught.value.details) == ("header-absent", {"header": "x-a"})
