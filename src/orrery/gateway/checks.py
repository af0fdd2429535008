"""What a request's head must fulfil beyond the parser's grammar; each failure is a Refusal."""

import re

from orrery.gateway.limits import Limits
from orrery.wire.http import Header

HOST = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=%:\[\]-]*")
ABSOLUTE = re.compile(rb"[Hh][Tt][Tt][Pp][Ss]?://([^/?#@]+)(.*)", re.DOTALL)
ONCE = frozenset({b"host", b"content-length", b"transfer-encoding"})


class Refusal(Exception):
    """The server itself refuses a request; the connection closes after the answer."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason


def inspect(fields: list[Header], target: bytes, minor: int, limits: Limits) -> dict[bytes, bytes]:
    """The checks of heads that are large, have repeated fields, or are not HTTP/1.1; returns first values by lower
    name. `minor` is -1 for versions not spoken here."""
    if minor < 0:
        raise Refusal(505, "only HTTP/1.0 and HTTP/1.1 are spoken here")
    if len(target) > limits.target:
        raise Refusal(414, f"the target is longer than {limits.target} bytes")
    if len(fields) > limits.fields:
        raise Refusal(431, f"there are more than {limits.fields} header fields")
    if len(target) + sum(len(name) + len(value) + 4 for name, value in fields) > limits.head:
        raise Refusal(431, f"the head is larger than {limits.head} bytes")
    index: dict[bytes, bytes] = {}
    for name, value in fields:
        lower = name.lower()
        if lower in index and lower in ONCE:
            raise Refusal(400, f"{lower.decode()} is given more than once")
        index.setdefault(lower, value)
    return index


def check_host(host: bytes | None, minor: int) -> None:
    """HTTP/1.1 demands one Host field (RFC 9112, 3.2); what it holds must look like one."""
    if host is None:
        if minor:
            raise Refusal(400, "the Host field is missing")
    elif not HOST.fullmatch(host):
        raise Refusal(400, "the Host field is malformed")


def origin_form(target: bytes, method: str, host: bytes | None) -> bytes:
    """A target that does not begin with a slash as one that does: of absolute targets the path, when their authority
    is the Host's; `*` of OPTIONS stays."""
    absolute = ABSOLUTE.fullmatch(target)
    if absolute is None:
        if target == b"*" and method == "OPTIONS":
            return target
        raise Refusal(400, "the request target is malformed")
    authority, path = absolute.groups()
    if host is not None and authority.lower() != host.lower():
        raise Refusal(400, "the request target and the Host field name different hosts")
    return path if path[:1] == b"/" else b"/" + path


def method_name(method: bytes) -> str:
    """Any method but CONNECT: it would turn the connection into a tunnel."""
    if method == b"CONNECT":
        raise Refusal(501, "this is no proxy")
    return method.decode("ascii")


def check_coding(coding: bytes, minor: int) -> None:
    """Bodies are framed by length or by chunks, and by chunks not in HTTP/1.0."""
    if not minor or coding.lower() != b"chunked":
        raise Refusal(400, "the transfer coding is not chunked")


def check_expectation(expectation: bytes) -> None:
    """There is one expectation that HTTP knows (RFC 9110, 10.1.1)."""
    if expectation.lower() != b"100-continue":
        raise Refusal(417, "only 100-continue can be expected")


def without_upgrade(method: bytes, target: bytes, fields: list[Header]) -> bytes:
    """The head of an HTTP/1.1 request that does not ask for another protocol."""
    lines = [b"%b: %b\r\n" % (name, value) for name, value in fields if name.lower() != b"upgrade"]
    return b"".join([b"%b %b HTTP/1.1\r\n" % (method, target), *lines, b"\r\n"])
