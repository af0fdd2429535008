"""Our models, loaded anew for each subject of the tests, so that those of all services are never held at once."""

import functools

from orrery.wire.catalog import Models


@functools.lru_cache(maxsize=2)
def models(subject: str) -> Models:
    """The models for tests about `subject`, a service or a name of a test's own."""
    return Models()
