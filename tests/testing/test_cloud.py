"""A cloud in the process of the tests: what one can do to it, and how it ends."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from orrery import testing
from orrery.testing import Cloud, Place, Refused, SettingsError
from orrery.testing.hosted import Failed
from orrery.testing.thread import cloud_thread


@pytest.fixture
def one() -> Iterator[Cloud]:
    """A cloud whose clock stands still."""
    with Cloud(clock="manual") as cloud:
        yield cloud


def test_everything_the_package_names_is_there() -> None:
    assert all(getattr(testing, name) for name in testing.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        testing.nothing  # noqa: B018


def test_two_clouds_know_nothing_of_each_other(one: Cloud) -> None:
    with Cloud(region="eu-west-3") as two:
        one.client("s3").create_bucket(Bucket="mine")
        two.client("s3").create_bucket(Bucket="mine", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
        one.limits.set("sqs.message-size", 1024)
        one.fail("kernel.throttle")

        assert two.limits.get("sqs.message-size") > 1024
        assert two.failures() == {}
        assert two.client("sqs").meta.region_name == "eu-west-3"


def test_a_place_is_an_account_and_a_region_of_the_cloud(one: Cloud) -> None:
    there = one.at(account="111122223333", region="eu-west-1")

    assert isinstance(there, Place)
    assert there.client("sts").get_caller_identity()["Account"] == "111122223333"
    assert there.client("sqs").create_queue(QueueName="jobs")["QueueUrl"] == f"{one.url}/111122223333/jobs"
    assert there.at(region="us-east-1").account == "111122223333"
    assert "QueueUrls" not in there.at(region="us-east-1").client("sqs").list_queues()
    assert one.account == "000000000000"
    assert there.resource("sqs").get_queue_by_name(QueueName="jobs").url.endswith("/111122223333/jobs")
    for wrong in ("1", "11112222333x", ""):
        with pytest.raises(ValueError, match="twelve digits"):
            one.at(account=wrong)


def test_time_passes_as_one_says(one: Cloud) -> None:
    start = one.clock.now()

    assert start.tzinfo is not None
    assert one.clock.now() == start
    assert one.advance(90) == start + timedelta(seconds=90)
    assert one.advance("1h30m") == start + timedelta(seconds=90, hours=1, minutes=30)
    assert one.advance("+2d") - one.advance(0) == timedelta()
    assert one.clock.advance(timedelta(minutes=1)) - one.clock.advance(days=1, hours=2) == -timedelta(days=1, hours=2)
    assert one.clock.set(datetime(2100, 1, 1, tzinfo=UTC)) == datetime(2100, 1, 1, tzinfo=UTC)
    assert one.clock.set("2100-01-02T00:00:00") == datetime(2100, 1, 2, tzinfo=UTC)
    one.clock.run(rate=3600)
    later = one.clock.now()
    assert one.clock.freeze() >= later >= datetime(2100, 1, 2, tzinfo=UTC)
    one.clock.autojump()


def test_the_clock_never_goes_back_and_says_so(one: Cloud) -> None:
    with pytest.raises(Refused, match="never goes back"):
        one.advance(-1)
    with pytest.raises(Refused, match="never goes back"):
        one.clock.set("2000-01-01")
    with pytest.raises(ValueError, match="no length of time"):
        one.advance("soon")


def test_limits_can_be_set_for_all_or_for_one_place(one: Cloud) -> None:
    there = one.at(account="111122223333")
    today = one.limits.get("sqs.message-size")

    there.limits.set("sqs.message-size", 2048)
    assert (one.limits.get("sqs.message-size"), there.limits.get("sqs.message-size")) == (today, 2048)
    one.limits.set("sqs.message-size", 1024)
    assert one.limits.all()["sqs.message-size"] == 1024
    one.limits.reset("sqs.message-size")
    assert there.limits.get("sqs.message-size") == today
    with pytest.raises(LookupError, match=r"no limit is called sqs\.nothing"):
        one.limits.get("sqs.nothing")
    with pytest.raises(Refused, match=r"no limit is called sqs\.nothing"):
        one.limits.set("sqs.nothing", 1)


def test_failures_are_asked_for_and_taken_back(one: Cloud) -> None:
    sqs = one.client("sqs", config=None)
    with one.fail("kernel.throttle", service="sqs"):
        assert set(one.failures()) == {"kernel.throttle"}
        with pytest.raises(ClientError, match="hrottl"):
            sqs.list_queues()
    sqs.list_queues()

    one.at(account="111122223333").fail("kernel.throttle")
    sqs.list_queues()
    one.heal()
    assert one.failures() == {}
    with pytest.raises(Refused, match=r"no failure is called"):
        one.fail("kernel.nothing")


def test_what_was_prepared_once_is_there_again(one: Cloud, tmp_path: Path) -> None:
    queue = one.resource("sqs").create_queue(QueueName="jobs")
    queue.send_message(MessageBody="later", DelaySeconds=60)
    one.states.save("prepared")
    then = one.clock.now()

    for _ in range(2):
        one.advance("2d")
        assert [message.body for message in queue.receive_messages()] == ["later"]
        queue.delete()
        assert one.states.load("prepared") == then == one.clock.now()
        assert queue.receive_messages() == []

    one.states.export("prepared", tmp_path / "file")
    with Cloud(clock="manual") as two:
        two.states.take_in(tmp_path / "file", "theirs")
        two.states.load("theirs")
        assert len(two.client("sqs").list_queues()["QueueUrls"]) == 1
        with pytest.raises(Refused, match="theirs"):
            two.states.save("theirs")
        two.states.save("theirs", replace=True)
        assert two.states.list() == ["theirs"]
        two.states.delete("theirs")
        with pytest.raises(Refused, match="theirs"):
            two.states.load("theirs")
    (tmp_path / "file").write_text("nothing")
    with pytest.raises(Refused):
        one.states.take_in(tmp_path / "file", "broken")
    assert one.states.list() == ["prepared"]


def test_a_cloud_can_begin_with_an_exported_state(one: Cloud, tmp_path: Path) -> None:
    one.client("sqs").create_queue(QueueName="jobs")
    one.states.save("prepared")
    one.states.export("prepared", tmp_path / "prepared.orrery")

    for _ in range(2):
        with Cloud(clock="manual", state=str(tmp_path / "prepared.orrery")) as two:
            assert len(two.client("sqs").list_queues()["QueueUrls"]) == 1
            assert two.clock.now() == one.clock.now()
            two.reset()

    (tmp_path / "broken").write_text("nothing")
    with pytest.raises(Exception, match="broken"):
        Cloud(state=str(tmp_path / "broken"))


def test_without_boto3_one_is_told_how_to_get_it(one: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "orrery.testing.sessions", raising=False)
    monkeypatch.setitem(sys.modules, "boto3.session", None)

    with pytest.raises(ModuleNotFoundError, match=r"orrery-cloud\[testing\]"):
        one.client("sqs")
    one.advance(1)


def test_reset_forgets_everything_or_one_service(one: Cloud) -> None:
    one.client("sqs").create_queue(QueueName="jobs")
    one.client("s3").create_bucket(Bucket="mine")

    one.reset("sqs")
    assert "QueueUrls" not in one.client("sqs").list_queues()
    assert len(one.client("s3").list_buckets()["Buckets"]) == 1
    one.reset()
    assert one.client("s3").list_buckets()["Buckets"] == []
    with pytest.raises(Refused, match="no service 'nothing'"):
        one.reset("nothing")


def test_requests_can_be_looked_at(one: Cloud) -> None:
    one.client("sqs").list_queues()

    assert [(each["operation"], each["status"]) for each in one.requests(5)] == [("sqs.ListQueues", 200)]


def test_it_can_listen_elsewhere_than_on_the_loopback_of_ipv4() -> None:
    with Cloud(host="::1") as six, Cloud(host="0.0.0.0", trust_test_keys=True) as everywhere:
        assert six.url == f"http://[::1]:{six.port}"
        assert everywhere.url == f"http://127.0.0.1:{everywhere.port}"
        for cloud in (six, everywhere):
            assert "QueueUrls" not in cloud.client("sqs").list_queues()
            cloud.advance(1)


def test_a_port_can_be_chosen_and_must_be_free(one: Cloud) -> None:
    with pytest.raises(OSError, match="ddress"):
        Cloud(port=one.port)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with Cloud(port=port) as cloud:
        assert cloud.port == port


def test_a_data_directory_keeps_what_was_said(tmp_path: Path) -> None:
    for found in (False, True):
        with Cloud(data_dir=str(tmp_path / "data")) as cloud:
            sqs = cloud.client("sqs")
            assert ("QueueUrls" in sqs.list_queues()) == found
            sqs.create_queue(QueueName="jobs")


def test_closing_twice_does_no_harm_and_threads_are_not_left_behind() -> None:
    Cloud().close()
    before = threading.active_count()
    for _ in range(3):
        cloud = Cloud()
        cloud.close()
        cloud.close()
    assert threading.active_count() == before


def test_what_failed_in_the_cloud_and_was_nobodys_answer_is_told_at_its_end() -> None:
    cloud = Cloud()
    cloud._hosted.problems.append(("a job", ZeroDivisionError("of ours")))

    with pytest.raises(Failed, match="failed in the cloud: a job") as raised:
        cloud.close()
    assert isinstance(raised.value.exceptions[0], ZeroDivisionError)
    cloud.close()


@pytest.mark.parametrize("name", ["log_level", "log-format", "drain_timeout"])
def test_a_setting_of_a_process_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=r"orrery\.testing\.process\.Cloud"):
        Cloud(**{name: "1"})


def test_neither_variables_nor_the_file_have_an_effect(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "orrery.toml").write_text('auth = "open"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ORRERY_CLOCK", "manual")
    with Cloud() as cloud:
        settings = cloud._hosted.settings
    assert (settings.auth, settings.clock.mode) == ("enforce", "real")


def test_all_clouds_of_a_process_live_in_one_thread(one: Cloud) -> None:
    with Cloud() as two:
        assert one._hosted.thread is two._hosted.thread is cloud_thread()


FORKING = """
import os
from orrery.testing import Cloud

first = Cloud()
child = os.fork()
if child == 0:
    with Cloud() as second:
        second.requests()
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
first.requests()
print("both")
"""


def test_a_forked_process_has_clouds_of_its_own_and_a_process_ends_with_clouds_open() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORKING], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "both\n", "")


def test_the_environment_of_another_process_reaches_it(one: Cloud) -> None:
    program = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    there = one.at(account="111122223333")
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **there.env}, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "111122223333\n", done.stderr
