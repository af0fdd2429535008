"""Test runs within tests, as people have them who installed Orrery.

A run within a run forgets at its end what it imported; so what all of them need is imported here.
"""

import os
from collections.abc import Callable, Iterator

import boto3
import boto3.resources.factory
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


@pytest.fixture
def at_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The environment of somebody with keys for AWS; it and boto3's own session must be as they were."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    mine = {"AWS_ACCESS_KEY_ID": "AKIAMINE", "AWS_SECRET_ACCESS_KEY": "mine", "AWS_DEFAULT_REGION": "eu-west-1"}
    for name, value in mine.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    before = dict(os.environ)
    yield
    assert {**os.environ, "PYTEST_CURRENT_TEST": ""} == {**before, "PYTEST_CURRENT_TEST": ""}
    assert boto3.DEFAULT_SESSION is None or boto3.DEFAULT_SESSION.get_credentials().access_key == "AKIAMINE"
