"""Orrery in people's own tests: clouds in this process or beside it, `mock_aws`, a TestCase, the pytest plugin.

What is named here is loaded at its first use, so that pytest, which loads the plugin at every start, pays nothing for
a cloud that nobody asks for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orrery.cli.trouble import Refused
    from orrery.settings import SettingsError
    from orrery.testing.cases import OrreryTestCase
    from orrery.testing.cloud import Cloud
    from orrery.testing.mock import mock_aws, patch_client, patch_resource
    from orrery.testing.place import Place

__all__ = ["Cloud", "OrreryTestCase", "Place", "Refused", "SettingsError", "mock_aws", "patch_client", "patch_resource"]

_HOMES = {
    "Cloud": "orrery.testing.cloud",
    "OrreryTestCase": "orrery.testing.cases",
    "Place": "orrery.testing.place",
    "Refused": "orrery.cli.trouble",
    "SettingsError": "orrery.settings",
    "mock_aws": "orrery.testing.mock",
    "patch_client": "orrery.testing.mock",
    "patch_resource": "orrery.testing.mock",
}
"""Where each name lives."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
