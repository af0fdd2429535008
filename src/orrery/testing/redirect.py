"""Clients that were made before a mock began: while it runs, their calls go to its cloud, and not to AWS.

botocore tells of every request before it is signed (`before-sign`), also of those it repeats elsewhere and of URLs it
signs for others. The listener here is registered for all sessions that are made after this module was imported; for
clients of older ones `patch_client` does it. A client made while the mock runs needs none of this: it found the
endpoint in the environment.
"""

import re
from functools import cache
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

import botocore.handlers
from botocore.credentials import Credentials

EVENT = "before-sign"
ID = "orrery-redirect"

LOCAL = re.compile(r"(.+\.)?localhost|127\.[0-9.]+|::1|.+\.localhost\.localstack\.cloud")
"""Hosts of this machine: calls to them are for a cloud already, or for something else that the tests run."""

BUCKET = re.compile(r"(?P<bucket>.+)\.s3([.-][a-z0-9-]+)*\.amazonaws\.com(\.cn)?")


class Target:
    """Where calls go at present: the endpoint and the key pair of the cloud of the mock that runs, if one does."""

    def __init__(self) -> None:
        self.url: str | None = None
        self.keys: tuple[str, str] | None = None

    def point(self, url: str, keys: tuple[str, str] | None) -> None:
        """Send calls to `url` from now on, signed with this access key id and secret; None leaves clients theirs."""
        self.url, self.keys = url, keys

    def clear(self) -> None:
        """Let calls go where their clients send them."""
        self.url = None

    def redirect(self, request: Any, **_: Any) -> None:
        """Turn a request that is about to be signed to the cloud, unless it goes to this machine."""
        if self.url is None:
            return
        meant = urlsplit(request.url)
        if LOCAL.fullmatch(meant.hostname or ""):
            return
        found = BUCKET.fullmatch(meant.hostname or "")
        if found is None:
            request.headers["Host"] = meant.netloc  # it may say which service or account the call is for
        request.url = _at(self.url, meant, f"/{found['bucket']}{meant.path or '/'}" if found else meant.path)
        if self.keys is not None:
            signing = request.context.setdefault("signing", {})
            signing["request_credentials"] = Credentials(*self.keys)


def _at(url: str, meant: SplitResult, path: str) -> str:
    cloud = urlsplit(url)
    return urlunsplit((cloud.scheme, cloud.netloc, path, meant.query, meant.fragment))


@cache
def target() -> Target:
    """This process's target, known to all sessions made from now on."""
    made = Target()
    botocore.handlers.BUILTIN_HANDLERS.append((EVENT, made.redirect))
    return made


def patch_client(client: Any) -> None:
    """Let a client whose session was made before this module was imported follow the mocks from now on, as all later
    ones do."""
    client.meta.events.register_last(EVENT, target().redirect, unique_id=ID)


def patch_resource(resource: Any) -> None:
    """The same for a boto3 resource."""
    patch_client(resource.meta.client)


target()  # so that sessions made from the import on are told of mocks begun later
