"""Running somebody else's program in our place: its input, output, signals and exit code are its own."""

import signal
import subprocess
from collections.abc import Mapping, Sequence
from types import FrameType


def run(program: str, words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a program until it ends; its exit code, 128 and the signal's number when a signal ended it.

    Ctrl-C reaches the program by itself, so that it may finish in its own way; SIGTERM is handed on to it.
    """
    early: list[int] = []
    process: subprocess.Popen[bytes] | None = None

    def hand_on(number: int, frame: FrameType | None) -> None:
        if process is None:
            early.append(number)
        else:
            process.send_signal(number)

    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, lambda number, frame: None),
        signal.SIGTERM: signal.signal(signal.SIGTERM, hand_on),
    }
    try:
        process = subprocess.Popen([program, *words], env=dict(environment))
        for number in early:
            process.send_signal(number)
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code
