"""What can go wrong with saved states; the messages are for people."""


class NoSuchState(LookupError):
    """Nothing is saved under this name."""


class StateExists(ValueError):
    """Something is saved under this name already."""


class UnusableState(ValueError):
    """The name is none, or what is there is no saved state, is damaged, or was written by a newer release."""


class StateFailed(Exception):
    """The machine would not do it: no room on the disk, or another failure. Nothing was changed."""
