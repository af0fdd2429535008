"""Classes of tests within a mock: one cloud for each test, with what prepares it and what follows it."""

import inspect
import unittest
from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, TypeVar

C = TypeVar("C", bound=type)


class Within(Protocol):
    """A mock, as far as classes need it."""

    def start(self) -> Any: ...
    def stop(self) -> None: ...
    def __call__(self, decorated: Any, /) -> Any: ...
    def __enter__(self) -> Any: ...
    def __exit__(self, *raised: Any) -> None: ...


def in_clouds(decorated: C, mock: Within) -> C:
    """The class itself, its tests within `mock`.

    Of a TestCase, each test has a cloud that holds from before `setUp` to after the last clean-up; where the class
    has a `setUpClass` of its own, one cloud serves all its tests. Of any other class, each method `test…` has a
    cloud, from before `setup_method` to after `teardown_method`; where the class has a `setup_class`, one cloud
    serves all its tests.
    """
    if issubclass(decorated, unittest.TestCase):
        if _defines(decorated, "setUpClass"):
            _around_class(decorated, mock)
        for name in ("run", "debug"):
            setattr(decorated, name, mock(getattr(decorated, name)))
        return decorated
    for before, after in (("setup_class", "teardown_class"), ("setup_method", "teardown_method")):
        if hasattr(decorated, before):
            _around(decorated, mock, before, after)
    for name in dir(decorated):
        function = inspect.getattr_static(decorated, name)
        if name.startswith("test") and inspect.isfunction(function):
            setattr(decorated, name, mock(function))
    return decorated


def _defines(decorated: type, name: str) -> bool:
    return any(name in vars(cls) for cls in decorated.__mro__ if cls.__module__.partition(".")[0] != "unittest")


def _around_class(decorated: type[unittest.TestCase], mock: Within) -> None:
    set_up = decorated.setUpClass.__func__  # type: ignore[attr-defined]  # a class method

    @wraps(set_up)
    def set_up_class(cls: type[unittest.TestCase]) -> None:
        cls.enterClassContext(mock)
        set_up(cls)

    decorated.setUpClass = classmethod(set_up_class)  # type: ignore[assignment]


def _around(decorated: type, mock: Within, before: str, after: str) -> None:
    """Begin with what prepares and end with what follows: pytest calls them apart from the test, and the latter only
    if the former went well."""
    set_up, kind = _function(decorated, before)
    tear_down, its_kind = _function(decorated, after) if hasattr(decorated, after) else (_nothing, kind)

    @wraps(set_up)
    def started(own: Any = None, about: Any = None) -> None:
        mock.start()
        try:
            set_up(*_taken(set_up, own, about))
        except BaseException:
            mock.stop()
            raise

    @wraps(tear_down)
    def stopped(own: Any = None, about: Any = None) -> None:
        try:
            tear_down(*_taken(tear_down, own, about))
        finally:
            mock.stop()

    setattr(decorated, before, kind(started))
    setattr(decorated, after, its_kind(stopped))


def _function(decorated: type, name: str) -> tuple[Callable[..., None], Callable[[Any], Any]]:
    """A method's function, and what makes a method of one like it."""
    found = inspect.getattr_static(decorated, name)
    if isinstance(found, classmethod | staticmethod):
        return found.__func__, type(found)
    return found, lambda function: function


def _taken(function: Callable[..., None], *given: Any) -> tuple[Any, ...]:
    """As many of the arguments as the function takes: pytest hands the method or class on to those who want it."""
    kinds = [parameter.kind for parameter in inspect.signature(function).parameters.values()]
    if inspect.Parameter.VAR_POSITIONAL in kinds:
        return given
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return given[: sum(kind in positional for kind in kinds)]


def _nothing() -> None:
    """What follows where a class says nothing."""
