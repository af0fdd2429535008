"""The pytest plugin `orrery`: fresh clouds as fixtures. It loads nothing of the cloud until a fixture is asked for."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from orrery import testing
from orrery.testing.names import SETTINGS

if TYPE_CHECKING:
    from orrery.testing.clock import Clock
    from orrery.testing.cloud import Cloud
    from orrery.testing.place import Place

MARK = "orrery(**settings): settings of this test's cloud, as orrery(clock='manual', limits='real')"

TAKEN = pytest.StashKey[bool]()
"""Set on a test or module whose markers were asked for by a fixture."""

Factory = Callable[..., "Cloud"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """One option of the ini file for every setting: `orrery_clock = manual`."""
    for name in SETTINGS:
        parser.addini(f"orrery_{name}", f"orrery: the setting {name.replace('_', '-')} of the tests' clouds")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARK)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Fail a test whose own marker no fixture has asked for: the cloud it uses has other settings, or it uses none."""
    if any(mark.name == "orrery" for mark in item.own_markers) and TAKEN not in item.stash:
        pytest.fail("orrery: the marker has no effect: this test uses no cloud of its own (`orrery`)", pytrace=False)


@pytest.fixture(scope="session")
def orrery_factory(pytestconfig: pytest.Config) -> Iterator[Factory]:
    """A function that starts a cloud with the settings it is given; all are closed at the end of the run."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(_start(pytestconfig, settings))


@pytest.fixture
def orrery(request: pytest.FixtureRequest) -> Iterator["Cloud"]:
    """A fresh cloud for this test, in this process, with nothing in it."""
    with _start(request.config, _marked(request.node)) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def orrery_module(request: pytest.FixtureRequest) -> Iterator["Cloud"]:
    """One cloud for all tests of a module; `pytestmark = pytest.mark.orrery(...)` gives its settings."""
    with _start(request.config, _marked(request.node)) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def orrery_shared(pytestconfig: pytest.Config) -> Iterator["Cloud"]:
    """One cloud for the whole run (with pytest-xdist: of each worker)."""
    with _start(pytestconfig, {}) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def _orrery_accounts() -> Iterator[str]:
    """Account ids that nobody had yet."""
    return (f"{number:012d}" for number in range(100000000001, 10**12))


@pytest.fixture
def orrery_account(orrery_shared: "Cloud", _orrery_accounts: Iterator[str]) -> "Place":
    """An account of this test's own in the shared cloud: cheaper than a cloud; the clock is everybody's."""
    return orrery_shared.at(account=next(_orrery_accounts))


@pytest.fixture
def orrery_clock(orrery: "Cloud") -> "Clock":
    """The clock of this test's cloud: `orrery_clock.advance(days=45)`."""
    return orrery.clock


@pytest.fixture
def orrery_session(orrery: "Cloud") -> Any:
    """A boto3 session of this test's cloud, whatever the environment says."""
    return orrery.session()


@pytest.fixture
def orrery_env(orrery: "Cloud") -> Iterator[dict[str, str]]:
    """The environment points to this test's cloud: AWS_ENDPOINT_URL, keys, Region; put back afterwards."""
    with orrery.environment():
        yield orrery.env


def _start(config: pytest.Config, settings: dict[str, Any]) -> "Cloud":
    """A cloud with the ini file's settings and these, which win. A setting that cannot be used fails the test."""
    chosen = {name: value for name in SETTINGS if (value := config.getini(f"orrery_{name}"))}
    try:
        return testing.Cloud(**{**chosen, **{name.replace("-", "_"): value for name, value in settings.items()}})
    except testing.SettingsError as problem:
        said = f"orrery: {problem}"
    pytest.fail(said, pytrace=False)


def _marked(node: Any) -> dict[str, Any]:
    """The settings of the markers `orrery` on a test, its class and its module; the nearest wins."""
    found: dict[str, Any] = {}
    for mark in node.iter_markers("orrery"):
        if mark.args:
            pytest.fail("orrery: the marker takes settings by name, as orrery(clock='manual')", pytrace=False)
        found = {**mark.kwargs, **found}
    node.stash[TAKEN] = True
    return found
