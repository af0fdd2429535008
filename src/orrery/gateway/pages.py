"""Requests that a web page may have sent without its reader's knowledge.

Any page that is open in a browser can send forms and URLs to loopback, and everybody knows the test keys: their
signature, in the query string where it needs no permission of ours, proves nothing about who sent it. What a page
cannot do is hide its origin when it posts, or, where it had a name of its own resolve to loopback, that name.
https://fetch.spec.whatwg.org/#origin-header
"""

import ipaddress
from collections.abc import Callable, Collection
from functools import lru_cache
from urllib.parse import urlsplit

from orrery.wire.hosts import NOTHING, read_host
from orrery.wire.http import Head

_READS = ("GET", "HEAD")
_PRIVATE = (".internal", ".test", ".svc", ".svc.cluster.local")
"""Ends of names that public DNS never has: of container hosts (`host.docker.internal`), tests and clusters.
https://www.iana.org/assignments/special-use-domain-names"""


def _nobody(origin: str) -> bool:
    return False


def stranger(
    head: Head, names: Collection[str], *, by_url: bool = False, listed: Callable[[str], bool] = _nobody
) -> str | None:
    """What shows that somebody else's page may have sent the request, for its sender to read; None when nothing does.

    `names` are the cloud's own host names. `by_url` says that a GET of this protocol may change something: others are
    let through from another site, which cannot read their answers, though not by a name that may have been made to
    resolve to this machine, for then it can. `listed` says which further origins the settings let in.
    """
    headers = head.headers
    origin = headers.get(b"origin")
    if origin is not None:
        text = origin.decode("latin-1")
        return None if _near(text, names) or listed(text) else f"a page of the origin {text[:200]!r} sent it"
    reads = head.method in _READS
    if (by_url or not reads) and headers.get(b"sec-fetch-site") == b"cross-site":
        return "a page of another site sent it"
    if reads and not _known(head.host, names):
        return f"it is a GET by the name {head.host[:200]!r}, which is none of this cloud's"
    return None


def _near(origin: str, names: Collection[str]) -> bool:
    """Whether an origin is of this machine or its network of containers, or an installed program's."""
    scheme, mark, authority = origin.partition("://")
    if not mark:
        return False  # "null": a file, or a frame that hides whose it is
    return scheme.lower() not in ("http", "https") or _own(_name(authority), names)


def _known(host: str, names: Collection[str]) -> bool:
    """Whether a Host cannot be a stranger's: an address, a name of ours or AWS's, or none that public DNS resolves."""
    name = _name(host)
    if _own(name, names) or _address(name) is not None or name.endswith(_PRIVATE):
        return True
    return read_host(name, names) != NOTHING


def _own(name: str, names: Collection[str]) -> bool:
    address = _address(name)
    if address is not None:
        return address.is_loopback
    if not name:
        return False
    local = "." not in name or name.endswith((".localhost", ".localhost.localstack.cloud", ".localhost.orrery.cloud"))
    return local or name == "localhost.localstack.cloud" or name in names


@lru_cache(maxsize=256)  # every request names one of a few hosts
def _name(authority: str) -> str:
    """The host of an authority, in lower case without port; "" for what is none."""
    try:
        return (urlsplit(f"//{authority}").hostname or "").rstrip(".")
    except ValueError:
        return ""


@lru_cache(maxsize=256)
def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
