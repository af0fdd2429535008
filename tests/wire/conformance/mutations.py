"""Requests spoilt in ways that a seed decides, and bodies that are made to exhaust their reader."""

import random
from collections.abc import Iterator

_TOKENS = (
    b"{", b"}", b"[", b"]", b'"', b":", b",", b"null", b"true", b"1e400", b"-", b"9" * 400, b"\\u0000",
    b"\\ud800", b"<", b"</", b">", b"/>", b"<a>", b"</a>", b"&amp;", b"&x;", b"&#0;", b"&#55296;",
    b"<!--", b"<![CDATA[", b"<?x?>", b"<!DOCTYPE a>", b"xmlns=", b"=", b"&", b"%", b"%zz", b"%ff", b"+",
    b".", b".1", b".0", b".-1", b".1000000000", b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80",
    b"\xef\xbb\xbf", b"\x1f\x8b", b"\x9f", b"\xbf", b"\xa1", b"\x5b", b"\xfb", b"\xc1", b"NaN",
    b"Infinity", b"9999-99-99T99:99:99Z", b"", b" ", b"\r\n",
)  # fmt: skip


def spoilt(seed: str, body: bytes, count: int) -> Iterator[bytes]:
    """`count` variants of `body`: bytes changed, removed, inserted, repeated, cut off."""
    chance = random.Random(seed)
    for _ in range(count):
        data = bytearray(body)
        for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
            start = chance.randrange(len(data) + 1)
            end = min(len(data), start + chance.choice((0, 1, 1, 2, 5, 20, 100)))
            match chance.randrange(6):
                case 0:
                    data[start:end] = b""
                case 1:
                    data[start:end] = chance.choice(_TOKENS)
                case 2:
                    data[start:start] = chance.choice(_TOKENS)
                case 3:
                    data[start:start] = data[start:end] * chance.choice((1, 2, 50))
                case 4 if start < len(data):
                    data[start] ^= 1 << chance.randrange(8)
                case _:
                    del data[end:]
        yield bytes(data)


def bombs(protocol: str) -> Iterator[tuple[str, bytes]]:
    """Bodies, each named, that cost a careless reader its stack, its memory or quadratic time."""
    many = 100_000
    match protocol:
        case "json" | "rest-json":
            yield "open arrays", b"[" * many
            yield "nested arrays", b"[" * many + b"]" * many
            yield "nested objects", b'{"a":' * many + b"1" + b"}" * many
            yield "nested in an unknown member", b'{"Unknown":' + b"[" * many + b"]" * many + b"}"
            yield "a long number", b'{"a":' + b"9" * many + b"}"
            yield "a long exponent", b'{"a":1e' + b"9" * many + b"}"
            yield "many members", b"{" + b",".join(b'"k%d":1' % n for n in range(many)) + b"}"
            yield "one member many times", b"{" + b",".join([b'"k":1'] * many) + b"}"
        case "query" | "ec2":
            yield "a far index", b"A.member.999999999999=x&B.999999999999=x&C.entry.999999999.key=x"
            yield "a deep name", b"A" + b".member.1" * many + b"=x"
            yield "many parameters", b"&".join(b"A.member.%d.B=x" % n for n in range(1, many))
            yield "one parameter many times", b"&".join([b"A=x"] * many)
            yield "many ampersands", b"&" * many
            yield "many escapes", b"A=" + b"%41" * many
        case "rest-xml":
            laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"lol") for n in range(10))
            yield "entities", b"<?xml version='1.0'?><!DOCTYPE a [" + laughs + b"]><a>&l9;</a>"
            yield (
                "one large entity",
                b'<!DOCTYPE a [<!ENTITY l "' + b"l" * many + b'">]><a>' + b"&l;" * many + b"</a>",
            )
            yield "a foreign entity", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'
            yield "a parameter entity", b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x"> %x;]><a/>'
            yield "a foreign document type", b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x"><a/>'
            yield "nested elements", b"<a>" * many + b"</a>" * many
            yield "open elements", b"<a>" * many
            yield "many elements", b"<a>" + b"<b/>" * many + b"</a>"
            yield "many attributes", b"<a " + b" ".join(b'k%d=""' % n for n in range(many)) + b"/>"
            yield "an open comment", b"<!--" + b"-" * many
        case "smithy-rpc-v2-cbor":
            yield "nested arrays", b"\x81" * many
            yield "nested maps", b"\xa1\x61a" * many
            yield "nested tags", b"\xc6" * many
            yield "indefinite arrays", b"\x9f" * many
            yield "an announced array", b"\x9b\x7f" + b"\xff" * 7
            yield "an announced text", b"\x7b\x7f" + b"\xff" * 7
            yield "many chunks", b"\x7f" + b"\x61a" * many
            yield "a large bignum", b"\xa1\x61a\xc2\x5a" + many.to_bytes(4, "big") + b"\xff" * many
