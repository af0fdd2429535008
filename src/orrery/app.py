"""The program behind `orrery start`: opens the data directory, runs one cloud until it is told to stop."""

import asyncio
import gc
import signal
import sys
import traceback

from orrery.settings import Settings


def main(settings: Settings) -> int:
    """Run a cloud in the foreground until SIGINT, SIGTERM or `orrery stop`; the process's exit code."""
    try:
        return _run(settings)
    except KeyboardInterrupt:
        return 130
