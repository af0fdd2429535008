"""Who may use the operator interface: this machine's own user, or root by signature.

Any web page that is open in a browser can reach loopback. So a request without root's signature must come from
loopback, name a host that only this machine's user would name (a page cannot choose it; a rebound DNS name shows),
come from no other origin, and not have been forwarded by a proxy for somebody else.
"""

import ipaddress
import re
from collections.abc import Collection
from urllib.parse import urlsplit

from orrery.wire.http import Head

LOCAL_NAMES = ("localhost", "localhost.localstack.cloud", "orrery.localhost")
"""Names that mean this machine to everybody."""

_FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-real-ip")


def objection(head: Head, names: Collection[str]) -> str | None:
    """Why the request may not be served without root's signature, for its sender to read; None when it may.

    `names` are the cloud's own host names, beside those of every machine.
    """
    if not _loopback(head.peer):
        return f"it came from {head.peer}, not from this machine"
    for name in _FORWARDED:
        if name in head.headers:
            return f"it was forwarded ({name.decode()})"
    if not _own_host(head.host, names):
        return f"its Host {head.host!r} is none of this machine's names"
    origin = head.headers.text(b"origin")
    if origin is not None and origin.lower() != f"{head.scheme}://{head.host}".lower():
        return f"it came from a page of another origin, {origin!r}"
    if head.headers.get(b"sec-fetch-site") not in (None, b"same-origin", b"none"):
        return "it came from a page of another site"
    return None


def _loopback(peer: str) -> bool:
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _own_host(host: str, names: Collection[str]) -> bool:
    if not re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]+)?", host):
        return False
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    return name in LOCAL_NAMES or name in names or _loopback(name)
