"""Test runs within tests, as people have them who installed Orrery.

A run within a run forgets at its end what it imported; so what all of them need is imported here.
"""

from collections.abc import Callable

import boto3.resources.factory  # noqa: F401
import pytest
from tests.loading import PLUGIN

import orrery.services.s3
import orrery.services.sqs
import orrery.testing.mock
import orrery.testing.sessions  # noqa: F401

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A function that runs pytest on the text of a test file, with warnings as errors; `ini` is the ini file's."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)

    def run(text: str, *arguments: str, ini: str = "") -> pytest.RunResult:
        pytester.makeini(f"[pytest]\n{ini}")
        pytester.makepyfile(text)  # which takes the indentation away
        return pytester.runpytest_inprocess(*PLUGIN, "-W", "error", "--strict-markers", "-p", "no:xdist", *arguments)

    return run
