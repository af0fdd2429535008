"""botocore's signers as the other side of every conversation: requests as a client sends them, at a chosen time."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from unittest.mock import patch
from urllib.parse import urlsplit

from botocore.auth import BaseSigner
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from orrery.wire.http import Head

AT = 1_440_938_160_000  # 2015-08-30T12:36:00Z
KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


def credentials(token: str | None = None) -> Credentials:
    return Credentials(KEY, SECRET, token)


def at_time(at: int) -> AbstractContextManager[object]:
    """botocore's clock standing at `at` (ms)."""
    now = datetime.fromtimestamp(at / 1000, UTC).replace(tzinfo=None)
    return patch("botocore.auth.get_current_datetime", lambda remove_tzinfo=True: now)


def request(
    method: str = "POST",
    url: str = "http://sqs.us-east-1.amazonaws.com/",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> AWSRequest:
    return AWSRequest(method, url, headers=dict(headers or {}), data=body)


def sent(made: AWSRequest) -> Head:
    """The head of a signed request as it stands on the wire."""
    prepared = made.prepare()
    parts = urlsplit(prepared.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    fields = [(name.encode("latin-1"), _bytes(value)) for name, value in prepared.headers.items()]
    if "host" not in {name.lower() for name, _ in prepared.headers.items()}:
        fields.insert(0, (b"Host", parts.netloc.encode()))
    return Head(made.method, target.encode(), fields)


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


def sign(signer: BaseSigner, made: AWSRequest, at: int = AT) -> Head:
    """The head of `made` as `signer` signed it at `at`."""
    with at_time(at):
        signer.add_auth(made)
    return sent(made)
