"""boto3 sessions that belong to one endpoint by their own configuration, whatever the environment and files say.

This is the one module that imports boto3; it is loaded when the first client or session is asked for.
"""

import os
from functools import cache
from typing import Any

import boto3.session
import botocore.session
from botocore.config import Config
from botocore.loaders import create_loader

NOBODY = (None, None, None, None)
"""A variable of botocore's that neither a file nor the environment sets."""

NOWHERE = (None, None, os.devnull, None)
"""The place of a file that is always empty."""

SESSION_VARS = {"profile": NOBODY, "config_file": NOWHERE, "credentials_file": NOWHERE, "ca_bundle": NOBODY}


class BoundSession(botocore.session.Session):  # type: ignore[misc]  # botocore has no types
    """A botocore session whose clients go to one endpoint unless they are given another."""

    def __init__(self, url: str) -> None:
        super().__init__(session_vars=SESSION_VARS)
        self._endpoint = url
        self.register_component("data_loader", _loader())
        self.set_default_client_config(Config(proxies={}))

    def create_client(self, *args: Any, **kwargs: Any) -> Any:
        """A client; `endpoint_url` is the session's own where none is given by name."""
        if kwargs.get("endpoint_url") is None:
            kwargs["endpoint_url"] = self._endpoint
        return super().create_client(*args, **kwargs)


def session(url: str, *, key_id: str, secret: str, region: str) -> Any:
    """A `boto3.Session` whose clients and resources go to `url`."""
    return boto3.session.Session(
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        region_name=region,
        botocore_session=BoundSession(url),
    )


@cache
def _loader() -> Any:
    """botocore's models, read once a process: a session of its own for each test would read them again each time."""
    return create_loader()
