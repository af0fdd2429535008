"""`orrery start`: the one command that loads the server, by name, so that the others need not."""

import argparse
import importlib
import sys

from orrery.settings import Loaded, declared


def add_flags(parser: argparse.ArgumentParser) -> None:
    """One flag for every setting; a switch's flag may stand alone and then means `on`."""
    for setting in declared():
        switch = setting.form == "on|off"
        parser.add_argument(
            setting.flag,
            dest=setting.name,
            metavar=setting.form if not switch else "on|off",
            nargs="?" if switch else None,
            const="on" if switch else None,
            default=argparse.SUPPRESS,
            help=f"{setting.doc} Default: {setting.default or 'none'}.".replace("%", "%%").replace("`", ""),
        )


def start(loaded: Loaded) -> int:
    """Run the cloud in the foreground until it is told to stop; the process's exit code."""
    for warning in loaded.warnings:
        print(f"orrery: warning: {warning}", file=sys.stderr)
    app = importlib.import_module("orrery.app")
    return int(app.main(loaded.settings))
