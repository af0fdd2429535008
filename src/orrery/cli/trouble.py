"""What can go wrong between a command and the cloud it talks to."""


class NotRunning(Exception):
    """No cloud answers at the endpoint."""


class Refused(Exception):
    """The cloud answered with an error, or what was asked for failed; the message says what and why."""


class WrongUsage(Exception):
    """The words given cannot be understood; `command` is the one they were given to, as `orrery clock`."""

    def __init__(self, message: str, command: str = "orrery") -> None:
        super().__init__(message)
        self.command = command
