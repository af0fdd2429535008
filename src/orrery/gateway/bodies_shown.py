"""Requests and answers for the log, bodies included, where somebody asked for that (`log-bodies`)."""

import hashlib
from collections.abc import Iterable
from typing import Any, Final

from orrery.gateway.passage import Passage
from orrery.gateway.secrets import OUT, is_secret, target_without_secrets, text_without_secrets
from orrery.wire.http import Answer, Header

LOOKED_AT: Final = 256 << 10
"""Bytes of a body that is searched for secrets; of longer ones only the length is told."""

_BREAKS: Final = frozenset("\t\n\r")


class BodiesShown:
    """Shows bodies up to `limit` characters; what says that it is secret is left out."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def watch(self, passage: Passage) -> None:
        """Keep the beginning of a streamed body, to show it."""
        kept = bytearray()

        def keep(piece: bytes) -> None:
            if len(kept) <= LOOKED_AT:
                kept.extend(piece[: LOOKED_AT + 1])
                passage.whole = bytes(kept) if len(kept) <= LOOKED_AT else b""

        if passage.stream is not None and not passage.whole:
            passage.stream.seen = keep

    def told(self, passage: Passage, answer: Answer, length: int) -> dict[str, Any]:
        """Head and body of a request and of its answer, whose body has `length` bytes."""
        exchange = passage.exchange
        head = exchange.head
        body = passage.body if isinstance(passage.body, bytes) else passage.whole
        return {
            "request": f"{head.method} {target_without_secrets(head.target)}",
            "request_headers": fields(head.headers.raw),
            "request_body": self.body(body, exchange.size),
            "response_headers": fields(answer.headers),
            "response_body": self.body(answer.body, length),
        }

    def body(self, body: bytes, length: int) -> str:
        """A body as text; length and hash of what is none."""
        if not body:
            return f"[{length} bytes, streamed]" if length else ""
        if len(body) > LOOKED_AT:
            return f"[{len(body)} bytes]"
        try:
            text = body.decode()
        except UnicodeDecodeError:
            text = "\0"
        if any(ord(sign) < 0x20 and sign not in _BREAKS for sign in text):
            return f"[{len(body)} bytes, sha256 {hashlib.sha256(body).hexdigest()}]"
        shown = text_without_secrets(text)
        return shown if len(shown) <= self._limit else f"{shown[: self._limit]}… [{len(body)} bytes]"


def fields(raw: Iterable[Header]) -> dict[str, str]:
    """Header fields by their names in lower case; of several with one name the last."""
    told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}
    return {name: OUT if is_secret(name) else value for name, value in told.items()}
