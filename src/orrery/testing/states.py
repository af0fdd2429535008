"""Saved states of a cloud: what was prepared once is there again in milliseconds."""

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from orrery.cli.remote import Remote

STATES = "/_orrery/states"


class States:
    """The states of a whole cloud, all accounts, clock and timers included. They last as long as its data directory:
    for a cloud that keeps nothing, until it is closed. Names that are not there raise Refused."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def save(self, name: str, *, replace: bool = False) -> None:
        """Save the cloud as it is. Raises Refused for a name that is taken, unless it is to be replaced."""
        self._remote.post(STATES, {"name": name, "replace": replace})

    def load(self, name: str) -> datetime:
        """Put the cloud back to a saved state; the time in it, from which its clock goes on."""
        return datetime.fromisoformat(self._remote.post(f"{STATES}/load", {"name": name})["now"]).astimezone(UTC)

    def list(self) -> list[str]:
        """The names of the saved states."""
        return [state["name"] for state in self._remote.get(STATES)["states"]]

    def delete(self, name: str) -> None:
        """Remove a saved state."""
        self._remote.delete(STATES, name=name)

    def export(self, name: str, path: Path | str) -> None:
        """Write a saved state into one file, for another cloud or the next run."""
        with Path(path).open("wb") as file:
            self._remote.download(f"{STATES}/export?{urlencode({'name': name})}", file, _uncounted)

    def take_in(self, path: Path | str, name: str) -> None:
        """Take an exported file as the saved state `name`. Raises Refused for a file that is no state, or a newer
        release's."""
        with Path(path).open("rb") as file:
            self._remote.upload(f"{STATES}/import?{urlencode({'name': name})}", file, _uncounted)


def _uncounted(size: int) -> None:
    """What comes and goes is not shown to anybody."""
