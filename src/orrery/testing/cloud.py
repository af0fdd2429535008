"""A cloud in the process of the tests, made in milliseconds."""

from typing import Any

from orrery.testing.hosted import Hosted, settings_of
from orrery.testing.place import Place


class Cloud(Place):
    """A fresh cloud in this process, on a free port of loopback, with nothing kept; closed by `close` or a `with`.

    `settings` are those of `orrery start` under the names of Python: `Cloud(clock="manual", limits="real")`,
    `Cloud(sqs_60_second_rules=False)`. Neither the variables ORRERY_… nor `orrery.toml` are looked at. Raises
    SettingsError for one that is unknown, impossible or without effect here. Any number may be open at a time.
    """

    def __init__(self, **settings: Any) -> None:
        self._hosted = Hosted(settings_of(settings))
        super().__init__(self._hosted.url, region=self._hosted.settings.region)

    def close(self) -> None:
        """Stop at once, and forget everything. Raises Failed where something failed in the cloud that no client was
        told of. Nothing happens the second time."""
        self._hosted.stop()

    def __enter__(self) -> "Cloud":
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()
