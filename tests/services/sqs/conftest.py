"""What several files of SQS tests need."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest


@pytest.fixture
def beside() -> Iterator[ThreadPoolExecutor]:
    """Threads for receives that wait."""
    with ThreadPoolExecutor(20) as pool:
        yield pool
