"""The end of the process when the disk has broken its promise."""

import os
from collections.abc import Callable

End = Callable[[str], None]
"""Ends the process; only a test's returns."""

STATUS = 74
"""The exit status, `EX_IOERR` of sysexits.h."""


def end_process(reason: str) -> None:
    """End at once, without any clean-up that could acknowledge what may be lost.

    After a failed fsync the kernel may have dropped the pages it could not write, and a second fsync
    would succeed: nothing in memory can be trusted to reach the disk, so the only way on is a new start
    from the disk.
    """
    os.write(2, f"orrery: {reason}; ending, so that nothing is acknowledged that may be lost\n".encode())
    os._exit(STATUS)
