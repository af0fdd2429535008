"""What went wrong, as a message on standard error and an exit code."""

import os
import sys
from collections.abc import Callable

from orrery.cli import show
from orrery.cli.trouble import NotRunning, Refused, WrongUsage
from orrery.settings import SettingsError


def guarded(work: Callable[[], int], program: str = "orrery", *, as_json: bool = False) -> int:
    """The exit code of `work`, or that of its failure, which is told of in the name of `program`."""
    try:
        return work()
    except WrongUsage as problem:
        name = problem.command.removeprefix("orrery").strip()
        return _failed(2, str(problem), f"Try: orrery help {name}".rstrip(), problem.command, as_json)
    except SettingsError as problem:
        return _failed(2, str(problem), "", program, as_json)
    except NotRunning as problem:
        return _failed(3, str(problem), "Start one with: orrery start", program, as_json)
    except Refused as problem:
        return _failed(1, str(problem), "", program, as_json)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as problem:
        return _failed(1, str(problem), "", program, as_json)
    except KeyboardInterrupt:
        return 130


def _failed(code: int, message: str, advice: str, program: str, as_json: bool) -> int:
    if as_json:
        print(show.document({"message": message, "exit_code": code}), file=sys.stderr)
    else:
        print(f"{program}: {message}" + (f"\n{advice}" if advice else ""), file=sys.stderr)
    return code
