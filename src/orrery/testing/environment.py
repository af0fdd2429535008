"""The environment by which clients find a cloud, set for a while and put back."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")

OTHER_KEYS = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
"""Variables that would lead clients to other keys; taken away for the time, where keys are set."""

OTHER_ENDPOINTS = (
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
)
"""Variables that would lead clients to another endpoint; taken away for the time."""

ENDPOINTS = "AWS_ENDPOINT_URL_"
"""Variables that begin so send one service elsewhere."""


def variables(url: str, *, key_id: str, secret: str, region: str) -> dict[str, str]:
    """What a client must find in its environment to reach the cloud at `url` with these keys, and nothing else."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": key_id,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@contextmanager
def environment(wanted: Mapping[str, str]) -> Iterator[None]:
    """Set `wanted` and take away what would mislead clients; afterwards everything of it is as it was before."""
    misleading = OTHER_ENDPOINTS + (OTHER_KEYS if KEYS[0] in wanted else ())
    others = [name for name in os.environ if name in misleading or name.startswith(ENDPOINTS)]
    proxied = _past_proxies(wanted)
    touched = {*wanted, *others, *proxied}
    before = {name: os.environ.get(name) for name in touched}
    for name in others:
        del os.environ[name]
    os.environ.update({**proxied, **wanted})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _past_proxies(wanted: Mapping[str, str]) -> dict[str, str]:
    """The variables by which clients reach this machine without the proxy that the environment names."""
    if not any(name.lower() in ("http_proxy", "all_proxy") for name in os.environ):
        return {}
    found = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    without = ",".join(part for part in (found, "127.0.0.1", "localhost") if part)
    return {"no_proxy": without, "NO_PROXY": without}
