"""A cloud as one account sees it from one Region: clients, environment, clock, limits, failures."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from orrery.cli.durations import seconds as length_of
from orrery.cli.remote import Remote
from orrery.testing.environment import environment, variables

ROOT_ACCOUNT = "000000000000"
"""The account of the key pair test/test."""


class Clock:
    """The cloud's virtual clock, which all its accounts share."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def now(self) -> datetime:
        """What time it is in the cloud, in UTC."""
        return datetime.fromisoformat(self._remote.get("/_orrery/clock")["now"])

    def advance(self, by: float | str | timedelta = 0.0, **parts: float) -> datetime:
        """Let time pass, and return the new time when everything that fell due has happened, in order.

        `by` is seconds, a timedelta, or text as `+45d` and `+1h30m`; `parts` are those of a timedelta: `days=45`.
        Raises ValueError for text that is no length of time, Refused for a length below 0.
        """
        if isinstance(by, str):
            by = length_of(by if by.startswith("+") else f"+{by}")
        elif isinstance(by, timedelta):
            by = by.total_seconds()
        return self._turn(advance=by + timedelta(**parts).total_seconds())

    def set(self, to: datetime | str) -> datetime:
        """Go to an instant; one without a time zone is UTC's. Raises Refused for one in the past."""
        return self._turn(set=to if isinstance(to, str) else to.isoformat())

    def freeze(self) -> datetime:
        """Stand still from now on, except for `advance` and `set`."""
        return self._turn(mode="manual")

    def run(self, rate: float = 1.0) -> datetime:
        """Run from now on, by `rate` virtual seconds a second."""
        return self._turn(mode="real", rate=rate)

    def autojump(self) -> datetime:
        """Leap from now on to the next thing due whenever nothing else happens."""
        return self._turn(mode="autojump")

    def _turn(self, **values: Any) -> datetime:
        return datetime.fromisoformat(self._remote.post("/_orrery/clock", values)["now"]).astimezone(UTC)


class Limits:
    """The cloud's limits, in one account and Region; empty ones stand for all. Unknown names raise Refused."""

    def __init__(self, remote: Remote, account: str, region: str) -> None:
        self._remote = remote
        self._account = account
        self._region = region

    def all(self) -> dict[str, int]:
        """Every limit and its figure here."""
        found = self._remote.get("/_orrery/limits", account=self._account or None, region=self._region or None)
        return {limit["name"]: limit["value"] for limit in found["limits"]}

    def get(self, name: str) -> int:
        """The figure of one limit here. Raises LookupError for an unknown one."""
        found = self.all()
        if name not in found:
            raise LookupError(f"no limit is called {name}")
        return found[name]

    def set(self, name: str, value: int) -> None:
        """Set a limit here."""
        values = {"name": name, "value": value, "account": self._account, "region": self._region}
        self._remote.post("/_orrery/limits", values)

    def reset(self, name: str | None = None) -> None:
        """Take back what was set for one limit here, or for all."""
        self._remote.delete("/_orrery/limits", name=name, account=self._account or None, region=self._region or None)


class Failure:
    """A failure that was asked for; as a context manager it is taken back at the end."""

    def __init__(self, remote: Remote, name: str) -> None:
        self._remote = remote
        self._name = name

    def clear(self) -> None:
        """Take it back, wherever it was asked for."""
        self._remote.delete("/_orrery/failures", name=self._name)

    def __enter__(self) -> "Failure":
        return self

    def __exit__(self, *raised: object) -> None:
        self.clear()


class Place:
    """One account and Region of a cloud. `url`, `port` are its endpoint, `clock` its clock, `limits` its limits.

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
        where boto3 is not installed: `pip install 'orrery-cloud[testing]'`."""
        sessions = import_module("orrery.testing.sessions")  # boto3 is an option, and takes its time
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
