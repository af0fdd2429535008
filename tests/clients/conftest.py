"""The queue that raw requests are tried on."""

from collections.abc import Iterator

import pytest
from tests.clients.raw import Jobs
from tests.conftest import Clients
from tests.running import RunningCloud


@pytest.fixture
def jobs(cloud: RunningCloud, aws: Clients) -> Iterator[Jobs]:
    """A queue that is held against what it was after each test."""
    queue = Jobs(cloud, aws)
    yield queue
    assert queue.state() == queue.before
