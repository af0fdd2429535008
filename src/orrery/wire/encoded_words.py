"""RFC 2047's encoded words, in which S3 takes and gives user metadata that is not ASCII.

`Ä S3` is written `=?UTF-8?Q?=C3=84_S3?=`; what is mostly beyond ASCII goes in base64 (`=?UTF-8?B?…?=`). Long texts are
cut into several words. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata
"""

import base64
import binascii
import re

_WORD = re.compile(r"=\?([^?\s]+)\?([BbQq])\?([^?\s]*)\?=")
_BETWEEN = re.compile(r"(\?=)[ \t\r\n]+(?==\?[^?\s]+\?[BbQq]\?[^?\s]*\?=)")
_QUOTED = re.compile(r"=([0-9A-Fa-f]{2})")
_LONGEST = 63
"""Characters of encoded text in one word: 75 with what stands around it."""


def encode_words(text: str) -> str:
    """The text as it is where it is ASCII, else as encoded words."""
    strange = sum(not _plain(character) for character in text)
    if not strange:
        return text
    quoted = strange < len(text) - strange
    return " ".join(f"=?UTF-8?{'Q' if quoted else 'B'}?{piece}?=" for piece in _pieces(text, quoted))


def _plain(character: str) -> bool:
    return " " <= character <= "~" or character in "\t\r\n"


def _pieces(text: str, quoted: bool) -> list[str]:
    encoded = _quote(text) if quoted else base64.b64encode(text.encode("utf-8", "replace")).decode()
    if len(encoded) <= _LONGEST or len(text) < 2:
        return [encoded]
    half = len(text) // 2
    return _pieces(text[:half], quoted) + _pieces(text[half:], quoted)


def _quote(text: str) -> str:
    return "".join(
        "_" if byte == 0x20 else chr(byte) if 0x20 < byte < 0x7F and byte not in b"=_?" else f"={byte:02X}"
        for byte in text.encode("utf-8", "replace")
    )


def decode_words(text: str) -> str:
    """The text with its encoded words read; those that cannot be read stay as they are."""
    if "=?" not in text:
        return text
    return _WORD.sub(_decoded, _BETWEEN.sub(r"\1", text))


def _decoded(found: re.Match[str]) -> str:
    charset, form, content = found.groups()
    try:
        data = base64.b64decode(content + "=" * (-len(content) % 4)) if form in "Bb" else _unquoted(content)
        return data.decode(charset, "replace")
    except (LookupError, binascii.Error, ValueError):
        return found.group()


def _unquoted(content: str) -> bytes:
    spaced = content.replace("_", " ").encode("latin-1", "replace").decode("latin-1")
    return _QUOTED.sub(lambda found: chr(int(found.group(1), 16)), spaced).encode("latin-1")
