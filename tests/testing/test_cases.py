"""`OrreryTestCase`, run by unittest as its users do."""

import os
import unittest
from typing import Any, ClassVar

import boto3
import pytest

from orrery.testing import OrreryTestCase


def outcome(case: type[unittest.TestCase]) -> tuple[int, list[str]]:
    """How many tests ran, and what was wrong."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    return result.testsRun, [text for _, text in result.errors + result.failures]


def names() -> list[str]:
    """The queues there are, by name."""
    return [url.rpartition("/")[2] for url in boto3.session.Session().client("sqs").list_queues().get("QueueUrls", [])]


def test_each_test_has_a_cloud_to_which_the_environment_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")

    class Case(OrreryTestCase):
        orrery_settings: ClassVar[dict[str, Any]] = {"clock": "manual", "sqs_60_second_rules": False}

        def setUp(self) -> None:
            super().setUp()
            self.assertEqual(names(), [])
            self.queue = self.orrery.resource("sqs").create_queue(QueueName="jobs")

        def test_one(self) -> None:
            self.queue.send_message(MessageBody="later", DelaySeconds=60)
            self.orrery.advance(60)
            self.assertEqual(len(self.queue.receive_messages()), 1)

        def test_two(self) -> None:
            self.assertEqual(os.environ["AWS_ENDPOINT_URL"], self.orrery.url)
            self.assertEqual(names(), ["jobs"])

    assert outcome(Case) == (2, [])
    assert os.environ["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"


def test_a_class_can_share_one_cloud() -> None:
    class Case(OrreryTestCase):
        orrery_shared: ClassVar[bool] = True

        @classmethod
        def setUpClass(cls) -> None:
            super().setUpClass()
            cls.orrery.client("sqs").create_queue(QueueName="jobs")

        def test_one(self) -> None:
            self.assertEqual(names(), ["jobs"])

        def test_two(self) -> None:
            self.assertEqual(names(), ["jobs"])

    assert outcome(Case) == (2, [])


def test_a_wrong_setting_is_an_error_of_each_test() -> None:
    class Case(OrreryTestCase):
        orrery_settings: ClassVar[dict[str, Any]] = {"clok": "manual"}

        def test_one(self) -> None:
            raise AssertionError("not reached")

    ran, wrong = outcome(Case)
    assert ran == 1
    assert "there is no setting 'clok'; 'clock'?" in wrong[0]
