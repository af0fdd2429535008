"""A cloud as one account sees it from one Region: clients, environment, clock, limits, failures."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from orrery.cli.remote import Remote
from orrery.testing.clock import Clock
from orrery.testing.environment import environment, variables
from orrery.testing.limits import Failure, Limits
from orrery.testing.states import States

ROOT_ACCOUNT = "000000000000"
"""The account of the key pair test/test."""


class Place:
    """One account and Region of a cloud. `url`, `port` are its endpoint, `clock` its clock, `limits` its limits,
    `states` the whole cloud's saved states.

    `account` and `region` are what clients of it use; where none were chosen, limits and failures are those of all.
    """

    def __init__(self, url: str, *, region: str, chosen: tuple[str, str] = ("", "")) -> None:
        self.url = url
        self.port = int(url.rpartition(":")[2])
        self._home = region
        self._chosen = chosen
        self.account = chosen[0] or ROOT_ACCOUNT
        self.region = chosen[1] or region
        self._remote = Remote(url, "test", "test", region)
        self.clock = Clock(self._remote)
        self.limits = Limits(self._remote, *chosen)
        self.states = States(self._remote)

    def at(self, *, account: str | None = None, region: str | None = None) -> "Place":
        """The same cloud from another account (twelve digits) or Region. Raises ValueError for another form."""
        if account is not None and not (len(account) == 12 and account.isascii() and account.isdigit()):
            raise ValueError(f"{account!r} is no account: it has twelve digits")
        chosen = (self._chosen[0] if account is None else account, self._chosen[1] if region is None else region)
        return Place(self.url, region=self._home, chosen=chosen)

    # --- clients ---

    @property
    def key_id(self) -> str:
        """The access key id of this account's root; its secret is `test`."""
        return self._chosen[0] or "test"

    def session(self) -> Any:
        """A new `boto3.Session` of this place, which needs nothing of the environment. Raises ModuleNotFoundError
        where boto3 is not installed."""
        try:
            sessions = import_module("orrery.testing.sessions")  # boto3 is an option, and takes its time
        except ModuleNotFoundError as problem:
            raise ModuleNotFoundError(
                f"{problem}: clients need pip install 'orrery-cloud[testing]'", name=problem.name
            ) from problem
        return sessions.session(self.url, key_id=self.key_id, secret="test", region=self.region)

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client; `options` are those of `Session.client`."""
        return self.session().client(service, **options)

    def resource(self, service: str, **options: Any) -> Any:
        """A boto3 resource; `options` are those of `Session.resource`."""
        return self.session().resource(service, **options)

    @property
    def env(self) -> dict[str, str]:
        """The variables with which another process reaches this place."""
        return variables(self.url, key_id=self.key_id, secret="test", region=self.region)

    def environment(self) -> AbstractContextManager[None]:
        """Set `env` in this process for the time of a `with`; afterwards everything is as it was."""
        return environment(self.env)

    # --- the crank ---

    def advance(self, by: float | str | timedelta = 0.0, **parts: float) -> datetime:
        """Let time pass: `clock.advance`."""
        return self.clock.advance(by, **parts)

    def fail(self, name: str, **rule: Any) -> Failure:
        """Ask for a failure here, as `fail("kernel.throttle", count=2)`, until it is cleared or used up.

        Raises Refused for an unknown name or parameter.
        """
        account, region = self._chosen
        self._remote.post("/_orrery/failures", {"name": name, "rule": rule, "account": account, "region": region})
        return Failure(self._remote, name)

    def failures(self) -> dict[str, Mapping[str, Any]]:
        """The failures that are asked for anywhere, with their rules."""
        found = self._remote.get("/_orrery/failures")["failures"]
        return {failure["name"]: failure["rule"] for failure in found if failure["rule"] is not None}

    def heal(self, name: str | None = None) -> None:
        """Take back one failure, or all, everywhere."""
        self._remote.delete("/_orrery/failures", name=name)

    def requests(self, limit: int = 100) -> list[dict[str, Any]]:
        """The last requests to the cloud, oldest first: operation, status, error and what else is known of each."""
        found: list[dict[str, Any]] = self._remote.get("/_orrery/requests", limit=str(limit))["requests"]
        return found

    def reset(self, service: str | None = None) -> None:
        """Forget everything the cloud keeps, or everything of one service, in all accounts; the clock stays."""
        self._remote.post(f"/_localstack/state/{service}/reset" if service else "/_orrery/reset", {})
