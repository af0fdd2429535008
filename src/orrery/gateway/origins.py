"""Web pages that the settings let in: which origins, and what their browsers are told.

A browser asks first (a preflight request, which nobody signs and which names no service), then shows its page only
what an answer says it may see. A bucket's own rules, which S3 keeps, go before these.
https://fetch.spec.whatwg.org/#http-cors-protocol
"""

import re
from collections.abc import Iterable

from orrery.wire.http import Answer, Head, Header

METHODS = b"GET, HEAD, PUT, POST, DELETE, PATCH, OPTIONS"
MAX_AGE = b"600"
"""Seconds for which a browser may remember what it was told."""

_CLIENTS = re.compile(
    r"authorization|accept(-.*)?|cache-control|content-.*|date|expect|host|if-.*|origin|range|user-agent|x-requested-with"
    r"|x-amz-.*|x-amzn-.*|amz-sdk-.*|x-localstack-.*|x-orrery-.*"
)
"""Fields that AWS's clients send."""


class Origins:
    """The origins of `listed` (`*` for all, one `*` in each at most, in lower case); `fields` are further request
    fields that their pages may send, `*` for all."""

    def __init__(self, listed: Iterable[str] = (), fields: Iterable[str] = ()) -> None:
        patterns = [re.escape(origin).replace(r"\*", "[^/]*") if origin != "*" else ".*" for origin in listed]
        self._listed = re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None
        self._fields = frozenset(fields)

    def allows(self, origin: str) -> bool:
        """Whether the settings list an origin."""
        return self._listed is not None and self._listed.fullmatch(origin.lower()) is not None

    def told(self, head: Head) -> list[Header]:
        """The fields of an answer by which a listed origin's page may read it; none for others."""
        origin = head.headers.get(b"origin")
        if origin is None or not self.allows(origin.decode("latin-1")):
            return []
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", b"*"),
            (b"vary", b"Origin"),
        ]

    def preflight(self, head: Head) -> Answer | None:
        """The answer to what the browser of a listed origin asks first; None when this is no such question."""
        if head.method != "OPTIONS" or head.headers.get(b"access-control-request-method") is None:
            return None
        fields = self.told(head)
        if not fields:
            return None
        fields += [(b"access-control-allow-methods", METHODS), (b"access-control-max-age", MAX_AGE)]
        asked = (head.headers.text(b"access-control-request-headers") or "").lower()
        allowed = [name for name in re.split(r"[,\s]+", asked) if name and self._sends(name)]
        if allowed:
            fields.append((b"access-control-allow-headers", ", ".join(allowed).encode("latin-1", "ignore")))
        if head.headers.get(b"access-control-request-private-network") == b"true":
            fields.append((b"access-control-allow-private-network", b"true"))
        return Answer(200, fields, b"")

    def _sends(self, name: str) -> bool:
        known = "*" in self._fields or name in self._fields or _CLIENTS.fullmatch(name) is not None
        return known and re.fullmatch(r"[a-z0-9!#$%&'*+.^_`|~-]+", name) is not None
