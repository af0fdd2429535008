"""`mock_aws` for those who come from moto: the same name and the same uses, with a whole cloud behind it."""

import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cache, wraps
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from types import TracebackType
from typing import Any, TypeVar, overload

from orrery.testing.classes import in_clouds
from orrery.testing.cloud import Cloud
from orrery.testing.environment import KEYS, environment
from orrery.testing.redirect import patch_client, patch_resource, target

__all__ = ["MockAWS", "mock_aws", "patch_client", "patch_resource"]

F = TypeVar("F", bound=Callable[..., Any])


class MockAWS:
    """A cloud for the time of a `with`, of a function's call, or between `start` and `stop`.

    While it runs, the environment and every boto3 client made before or since point to it. Another one begun meanwhile
    is the same cloud. At the end of the outermost all is as it was, and what the cloud kept is gone.
    """

    def __init__(self, settings: Mapping[str, Any], *, keys: bool = True, session: bool = True) -> None:
        self._settings = settings
        self._keys = keys
        self._session = session
        self._depth = 0

    def start(self) -> Cloud:
        """Begin; the cloud. Raises RuntimeError for settings while another mock runs, whose cloud has its own."""
        cloud = _running().enter(self._settings, keys=self._keys, session=self._session)
        self._depth += 1
        return cloud

    def stop(self) -> None:
        """End. Raises RuntimeError for one that was not begun."""
        if not self._depth:
            raise RuntimeError("this mock_aws was not started")
        self._depth -= 1
        _running().leave()

    def __enter__(self) -> Cloud:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __call__(self, decorated: F) -> F:
        """A function, a coroutine function, a generator of either kind or a class of tests, each within the mock."""
        if isinstance(decorated, type):
            return in_clouds(decorated, self)
        made: Any = self._within(decorated)
        return made  # type: ignore[no-any-return]  # called as the function that came

    def _within(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if isasyncgenfunction(function):

            async def each_awaited(*args: Any, **kwargs: Any) -> Any:
                with self:
                    async for value in function(*args, **kwargs):
                        yield value

            return wraps(function)(each_awaited)
        if iscoroutinefunction(function):

            async def awaited(*args: Any, **kwargs: Any) -> Any:
                with self:
                    return await function(*args, **kwargs)

            return wraps(function)(awaited)
        if isgeneratorfunction(function):

            def each(*args: Any, **kwargs: Any) -> Any:
                with self:
                    return (yield from function(*args, **kwargs))

            return wraps(function)(each)

        def called(*args: Any, **kwargs: Any) -> Any:
            with self:
                return function(*args, **kwargs)

        return wraps(function)(called)


@overload
def mock_aws(decorated: F, /) -> F: ...
@overload
def mock_aws(*, config: Mapping[str, Any] | None = None, **settings: Any) -> MockAWS: ...
def mock_aws(decorated: Any = None, /, *, config: Mapping[str, Any] | None = None, **settings: Any) -> Any:
    """`@mock_aws`, `@mock_aws()`, `with mock_aws() as cloud:` or `mock_aws().start()`: a fresh cloud for that time.

    `settings` are those of `Cloud`. Of moto's `config` the part `core` is understood, with `mock_credentials` and
    `reset_boto3_session`; anything else in it raises ValueError, for it would have no effect.
    """
    core = _core_of(config or {})
    mock = MockAWS(settings, keys=core.get("mock_credentials", True), session=core.get("reset_boto3_session", True))
    return mock if decorated is None else mock(decorated)


KNOWN = ("mock_credentials", "reset_boto3_session")


def _core_of(config: Mapping[str, Any]) -> Mapping[str, bool]:
    core: Mapping[str, bool] = config.get("core", {})
    unknown = [name for name in config if name != "core"] + [f"core.{name}" for name in core if name not in KNOWN]
    if unknown:
        raise ValueError(f"mock_aws: config has no {unknown[0]!r} here; it knows core.{' and core.'.join(KNOWN)}")
    return core


class Running:
    """The mock that runs in this process, and how many times it was entered."""

    def __init__(self) -> None:
        self._depth = 0
        self._lock = threading.RLock()
        self._stack = ExitStack()
        self._settings: Mapping[str, Any] = {}
        self._cloud: Cloud | None = None

    def enter(self, settings: Mapping[str, Any], *, keys: bool, session: bool) -> Cloud:
        """Begin, or go further into the one that runs."""
        with self._lock:
            return self._enter(settings, keys=keys, session=session)

    def _enter(self, settings: Mapping[str, Any], *, keys: bool, session: bool) -> Cloud:
        if self._cloud is not None:
            if settings and settings != self._settings:
                given = ", ".join(settings)
                raise RuntimeError(f"a mock_aws runs already: give its settings ({given}) to the outermost one")
        else:
            with ExitStack() as stack:
                self._cloud = self._begin(stack, settings, keys=keys, session=session)
                self._stack, self._settings = stack.pop_all(), settings
        self._depth += 1
        assert self._cloud is not None
        return self._cloud

    def _begin(self, stack: ExitStack, settings: Mapping[str, Any], *, keys: bool, session: bool) -> Cloud:
        cloud = stack.enter_context(Cloud(**settings))
        stack.enter_context(environment({name: value for name, value in cloud.env.items() if keys or name not in KEYS}))
        if session:
            stack.callback(_restore_default_session, _take_default_session())
        target().point(cloud.url, (cloud.key_id, "test") if keys else None)
        stack.callback(target().clear)
        return cloud

    def leave(self) -> None:
        """Come out by one; the outermost ends the cloud."""
        with self._lock:
            self._depth -= 1
            if self._depth == 0:
                self._cloud = None
                self._stack.close()


@cache
def _running() -> Running:
    return Running()


def _take_default_session() -> Any:
    """boto3's session for those who have none, set aside: it holds on to the keys that it found first."""
    boto3: Any = sys.modules.get("boto3")
    if boto3 is None:
        return None
    held, boto3.DEFAULT_SESSION = boto3.DEFAULT_SESSION, None
    return held


def _restore_default_session(held: Any) -> None:
    boto3: Any = sys.modules.get("boto3")
    if boto3 is not None:
        boto3.DEFAULT_SESSION = held
