"""What can go wrong between a command and the cloud it talks to."""


class NotRunning(Exception):
    """No cloud answers at the endpoint."""


class Refused(Exception):
    """The cloud answered with an error; the message is its own."""
