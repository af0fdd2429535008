"""The command `orrery`: what needs nothing is answered at once, all else by the module that knows it.

Exit codes: 0 done; 1 refused by the cloud, or failed; 2 wrong usage or settings; 3 no cloud runs.
"""

import importlib
import sys
from collections.abc import Sequence

from orrery import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. `arguments` are those after the command's name, by default the process's."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given in (["--version"], ["-V"]):
        print(f"orrery {__version__}")
        return 0
    # By name: parsing, settings and HTTP take longer to load than a version takes to print.
    return int(importlib.import_module("orrery.cli.dispatch").run(given))


if __name__ == "__main__":
    raise SystemExit(main())
