"""Running somebody else's program in our place: its input, output, signals and exit code are its own."""

import signal
import subprocess
from collections.abc import Mapping, Sequence
from types import FrameType


def run(program: str, words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a program until it ends; its exit code, 128 and the signal's number when a signal ended it.

    Ctrl-C reaches the program by itself, so that it may finish in its own way; SIGTERM is handed on to it.
    """
    with subprocess.Popen([program, *words], env=dict(environment)) as process:

        def hand_on(number: int, frame: FrameType | None) -> None:
            process.send_signal(number)

        before = {
            signal.SIGINT: signal.signal(signal.SIGINT, lambda number, frame: None),
            signal.SIGTERM: signal.signal(signal.SIGTERM, hand_on),
        }
        try:
            code = process.wait()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    return code if code >= 0 else 128 - code
