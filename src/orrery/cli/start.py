"""`orrery start`: the one command that loads the server, by name, so that the others need not."""

import argparse
import importlib
import sys
from pathlib import Path
from typing import Any

from orrery.cli import detached, logfile, occupied
from orrery.cli.trouble import WrongUsage
from orrery.settings import Loaded, declared


def add_commands(commands: Any, reaching: argparse.ArgumentParser) -> None:
    """Declare the command."""
    starting = commands.add_parser(
        "start", description="run a cloud, in the foreground until Ctrl-C or (--detach) in the background"
    )
    starting.add_argument("-d", "--detach", action="store_true", help="run in the background; return when it is ready")
    starting.add_argument("--json", action="store_true", help="with --detach: say where it runs as JSON")
    starting.add_argument("--config", metavar="FILE", help="settings file instead of ./orrery.toml")
    settings = starting.add_argument_group("settings")
    for setting in declared():
        switch = setting.form == "on|off"
        settings.add_argument(
            setting.flag,
            dest=setting.name,
            metavar=setting.form,
            nargs="?" if switch else None,
            const="on" if switch else None,  # a switch's flag may stand alone
            default=argparse.SUPPRESS,
            help=f"{setting.doc} Default: {setting.default or 'none'}.".replace("%", "%%").replace("`", ""),
        )
    starting.set_defaults(run=start)


def start(loaded: Loaded, options: argparse.Namespace) -> int:
    """Run the cloud; the process's exit code."""
    settings = loaded.settings
    if options.json and not options.detach:
        raise WrongUsage("--json goes with --detach; for a log in JSON give --log-format json", "orrery start")
    occupied.refuse(settings)
    if options.detach:
        return detached.start(loaded, options)
    for warning in loaded.warnings:
        print(f"orrery: warning: {warning}", file=sys.stderr)
    if loaded.taken:
        print(f"orrery: taken from LocalStack's variables: {', '.join(loaded.taken)}", file=sys.stderr)
    if settings.log_file:
        logfile.take_output(Path(settings.log_file), as_json=settings.log_format == "json")
    elif settings.log_format == "json":
        logfile.stamp(as_json=True)
    app = importlib.import_module("orrery.app")
    return int(app.main(settings))
