"""Our models, loaded once a process."""

import functools

from orrery.wire.catalog import Models


@functools.cache
def models() -> Models:
    """The models of all services."""
    return Models()
