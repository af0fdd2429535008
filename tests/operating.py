"""What people do with `orrery limits`, `fail` and `era`, done over HTTP to a running cloud."""

import json
from typing import Any
from urllib.request import Request, urlopen

from tests.running import RunningCloud


def set_limit(cloud: RunningCloud, name: str, value: int, region: str = "") -> None:
    """Set a limit as `orrery limits` does."""
    operate(cloud, "/_orrery/limits", name=name, value=value, region=region)


def set_failure(cloud: RunningCloud, name: str, **rule: Any) -> None:
    """Ask for a failure as `orrery fail` does."""
    operate(cloud, "/_orrery/failures", name=name, rule=rule)


def set_era(cloud: RunningCloud, era: str) -> None:
    """Choose an era as `orrery era` does."""
    operate(cloud, "/_orrery/era", era=era)


def operate(cloud: RunningCloud, path: str, **values: Any) -> Any:
    """Ask the operator interface: POST with values, GET without."""
    body = json.dumps(values).encode() if values else None
    with urlopen(Request(cloud.url + path, data=body), timeout=10) as answer:
        return json.load(answer)
