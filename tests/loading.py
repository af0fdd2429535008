"""How a run of pytest within a test comes by the plugin."""

from importlib.metadata import entry_points

PLUGIN = (
    () if any(point.name == "orrery" for point in entry_points(group="pytest11")) else ("-p", "orrery.testing.plugin")
)
"""What makes pytest load the plugin; nothing where the package is installed, as then it does so by itself."""
