"""Where the URLs that answers name lead: to the Host of the request, or where the settings say."""

import ipaddress
import re
from collections.abc import Iterable

from orrery.wire.http import Head

PUBLIC = "localhost.localstack.cloud"
"""A name below which everything resolves to this machine, in public DNS."""

US_EAST_1 = "us-east-1"
"""The Region that the host names of SQS's older form leave out."""


class Outward:
    """`external` is NAME, NAME:PORT or a URL of these, "" for the request's own; `sqs_style` is as the setting
    `sqs-url-style`."""

    def __init__(self, external: str = "", sqs_style: str = "host") -> None:
        scheme, mark, host = external.rpartition("://")
        self._scheme = scheme if mark else ""
        self._host = host
        self._exact = bool(mark) or _port(host) != ""
        self._sqs = sqs_style
        self._plain = not external and sqs_style == "host"

    @property
    def name(self) -> str:
        """The external host's name or address; "" where the settings give none."""
        return self._host.removesuffix(_port(self._host)).strip("[]")

    def of(self, head: Head, service: str, region: str) -> tuple[str, str]:
        """The scheme, and the host with what stands before a resource's own path, for answers to a request."""
        if self._plain:
            return head.scheme, head.host
        scheme = self._scheme or head.scheme
        host = self._host + ("" if self._exact else _port(head.host)) if self._host else head.host
        if service != "sqs" or self._sqs == "host":
            return scheme, host
        base = host if self._host else PUBLIC + _port(head.host)
        if self._sqs == "path":
            return scheme, f"{base}/queue/{region}"
        if self._sqs == "standard":
            return scheme, f"sqs.{region}.{base}"
        return scheme, f"queue.{base}" if region == US_EAST_1 else f"{region}.queue.{base}"


def own_names(names: Iterable[str], external: str) -> tuple[str, ...]:
    """The further names a cloud is reached by: `names`, and that of its `external` host unless it is an address."""
    known = tuple(names)
    name = Outward(external).name
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return known if not name or name in known else (*known, name)
    return known


def _port(host: str) -> str:
    """The port at the end of a Host, with its colon; "" where there is none."""
    found = re.search(r":[0-9]+\Z", host)
    return found[0] if found else ""
