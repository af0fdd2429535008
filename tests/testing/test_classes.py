"""`mock_aws` on classes of tests, of pytest and of unittest."""

import os
import unittest
from typing import Any, ClassVar

import pytest
from tests.testing.mocked import made

from orrery.testing import mock_aws


@mock_aws
class TestEachMethod:
    """A class of pytest."""

    def test_first(self) -> None:
        assert made("first") == ["first"]

    def test_second(self) -> None:
        assert made("second") == ["second"]

    async def awaited(self) -> None:
        """No test: it stays as it is."""
        assert "AWS_ENDPOINT_URL" not in os.environ

    def test_what_is_no_test_is_left_alone(self) -> None:
        assert not hasattr(TestEachMethod.awaited, "__wrapped__")
        assert hasattr(TestEachMethod.test_first, "__wrapped__")


@mock_aws(clock="manual")
class TestSetupMethod:
    """What `setup_method` makes is there in the test, and only in this one."""

    def setup_method(self) -> None:
        made("prepared")

    def test_first(self) -> None:
        assert made("first") == ["first", "prepared"]

    def test_second(self) -> None:
        assert made("second") == ["prepared", "second"]

    def teardown_method(self) -> None:
        assert "prepared" in made("late")


@mock_aws
class TestSetupClass:
    """One cloud for the class."""

    @classmethod
    def setup_class(cls) -> None:
        made("prepared")

    def setup_method(self, method: Any) -> None:
        assert method.__name__.startswith("test_")

    @staticmethod
    def teardown_class(cls: Any = None) -> None:
        assert "prepared" in made("late")

    def test_first(self) -> None:
        assert made("first") == ["first", "prepared"]

    def test_second(self) -> None:
        assert made("second") == ["first", "prepared", "second"]


@mock_aws
class TestUnittest(unittest.TestCase):
    """unittest: `setUp`, test, `tearDown` and clean-ups in one cloud for each test."""

    def setUp(self) -> None:
        self.addCleanup(lambda: self.assertIn("prepared", made("later")))
        made("prepared")

    def test_first(self) -> None:
        self.assertEqual(made("first"), ["first", "prepared"])

    def test_second(self) -> None:
        self.assertEqual(made("second"), ["prepared", "second"])

    def tearDown(self) -> None:
        self.assertIn("prepared", made("late"))


@mock_aws
class TestUnittestOfClass(unittest.TestCase):
    """unittest with `setUpClass`: one cloud for all of them."""

    found: ClassVar[list[str]]

    @classmethod
    def setUpClass(cls) -> None:
        cls.found = made("prepared")

    def test_first(self) -> None:
        self.assertIn("prepared", made("first"))

    def test_second(self) -> None:
        self.assertIn("prepared", made("second"))

    @classmethod
    def tearDownClass(cls) -> None:
        kept = set(made("late"))  # of both tests, or of the one that this process was given
        assert {"prepared", "late"} < kept <= {"prepared", "first", "second", "late"}


@mock_aws
class TestUnittestAwaited(unittest.IsolatedAsyncioTestCase):
    """unittest with coroutines."""

    async def asyncSetUp(self) -> None:
        made("prepared")

    async def test_first(self) -> None:
        self.assertEqual(made("first"), ["first", "prepared"])


class TestUnittestMethod(unittest.TestCase):
    """One method of a TestCase."""

    @mock_aws
    def test_one(self) -> None:
        self.assertEqual(made(), ["jobs"])

    def test_another(self) -> None:
        self.assertNotIn("AWS_ENDPOINT_URL", os.environ)


def test_a_setup_that_fails_ends_the_mock() -> None:
    @mock_aws
    class Failing:
        def setup_method(self) -> None:
            raise ZeroDivisionError

        def test_it(self) -> None:
            raise AssertionError("not reached")

    with pytest.raises(ZeroDivisionError):
        Failing().setup_method()
    assert "AWS_ENDPOINT_URL" not in os.environ


def test_a_testcase_can_be_run_by_unittest_itself() -> None:
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(TestUnittestOfClass)
    result = unittest.TestResult()
    suite.run(result)

    assert (result.testsRun, result.errors, result.failures) == (2, [], [])
