"""A cloud in a process of its own."""

import os

import pytest

from orrery import running
from orrery.testing import SettingsError
from orrery.testing.process import Cloud, NotStarted


def test_it_is_ready_when_it_is_there_and_gone_when_closed() -> None:
    with Cloud(clock="manual", sqs_60_second_rules=False) as cloud:
        assert cloud.client("sqs").create_queue(QueueName="jobs")["QueueUrl"] == f"{cloud.url}/000000000000/jobs"
        assert cloud.advance("1d") - cloud.advance(0) == cloud.clock.now() - cloud.clock.now()
        assert cloud.at(account="111122223333").client("sts").get_caller_identity()["Account"] == "111122223333"
        assert cloud.pid != os.getpid()
        assert "Ready.\n" in cloud.output
    cloud.close()
    assert not running.alive(cloud.pid)


def test_a_port_that_is_taken_is_told_with_what_it_wrote() -> None:
    with Cloud() as cloud, pytest.raises(NotStarted, match=f"port {cloud.port}"):
        Cloud(port=cloud.port)


def test_a_wrong_setting_is_refused_before_anything_starts() -> None:
    with pytest.raises(SettingsError, match="there is no setting 'clok'; 'clock'"):
        Cloud(clok="manual")


def test_one_that_is_not_ready_in_time_is_ended() -> None:
    with pytest.raises(NotStarted, match="was not ready after 0 seconds"):
        Cloud(patience=0)
