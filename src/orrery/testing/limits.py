"""Limits and failures of a cloud, to be set by tests."""

from orrery.cli.remote import Remote


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
