"""Clouds for tests: real clients on a real socket, a fresh cloud for each test, a clock that stands still."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.config import Config
from tests.running import RunningCloud

from orrery.testing.thread import cloud_thread

pytest_plugins = ["pytester"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--workers N` runs every test's clouds with so many gateway processes."""
    parser.addoption("--workers", type=int, default=0, help="gateway processes of every cloud (0: none)")


@pytest.fixture(scope="session")
def harness(request: pytest.FixtureRequest) -> "CloudThread":
    """The thread in which this process's clouds live."""
    return CloudThread(request.config.getoption("--workers"))


@pytest.fixture
def cloud(harness: "CloudThread") -> Iterator[RunningCloud]:
    """A fresh cloud in memory with a manual clock."""
    running = harness.start()
    yield running
    running.stop()


@pytest.fixture
def clock(cloud: RunningCloud) -> Any:
    """The cloud's clock: `clock.advance(seconds)`, `clock.now()` in milliseconds."""
    return cloud.clock


@pytest.fixture
def aws(cloud: RunningCloud) -> "Clients":
    """boto3 clients of the cloud as root of account 000000000000 in us-east-1: `aws.sqs`, `aws.sts`."""
    return Clients(cloud)


class Clients:
    """boto3 clients of one cloud, made at first use. `at(region=…, account=…)` gives those of another place."""

    def __init__(self, cloud: RunningCloud, region: str = "us-east-1", account: str = "test") -> None:
        self._cloud = cloud
        self._region = region
        self._account = account
        self._made: dict[str, Any] = {}

    def __getattr__(self, service: str) -> Any:
        if service not in self._made:
            self._made[service] = self.client(service)
        return self._made[service]

    def at(self, *, region: str | None = None, account: str | None = None) -> "Clients":
        """The clients of another account or Region."""
        return Clients(self._cloud, region or self._region, account or self._account)

    def client(self, service: str, **options: Any) -> Any:
        """A client of its own; `options` go to boto3."""
        config = Config(retries={"max_attempts": 0}, max_pool_connections=50, read_timeout=30, connect_timeout=5)
        settings: dict[str, Any] = {
            "endpoint_url": self._cloud.url,
            "region_name": self._region,
            "aws_access_key_id": self._account,
            "aws_secret_access_key": "test",
            "config": config,
        }
        return _session().client(service, **{**settings, **options})


@cache
def _session() -> Any:
    """One boto3 session a process: it keeps the parsed models."""
    return boto3.session.Session()


class CloudThread:
    """The thread of this process in which clouds are started and stopped, with `workers` gateways each."""

    def __init__(self, workers: int = 0) -> None:
        self._workers = workers

    def start(self, **settings: Any) -> RunningCloud:
        """Start a cloud."""
        return RunningCloud(cloud_thread(), {"workers": self._workers, **settings})
