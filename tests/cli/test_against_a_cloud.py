import json
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.conftest import Clients
from tests.running import RunningCloud

from orrery.cli.main import main
from orrery.cli.signature import sign

Command = Callable[..., Any]


@pytest.fixture
def orrery(cloud: RunningCloud, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command against the cloud; its answer, decoded."""

    def run(*words: str) -> Any:
        capsys.readouterr()
        assert main([*words, "--json", "--endpoint", cloud.url]) == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    return run


def test_the_clock_is_turned_and_stays_so(orrery: Command, cloud: RunningCloud) -> None:
    before = cloud.clock.now()
    assert orrery("clock", "+45d")["offset_seconds"] == pytest.approx(3_888_000, abs=3600)
    assert cloud.clock.now() == before + 3_888_000_000
    assert orrery("clock", "autojump")["mode"] == "autojump"
    assert orrery("clock")["mode"] == "autojump"


def test_status_and_doctor_tell_of_this_cloud(orrery: Command) -> None:
    assert orrery("status")["services"] == ["s3", "sqs", "sts"]
    assert orrery("doctor")["cloud"]["store"]


def test_a_limit_is_set_for_one_account_and_forgotten_again(orrery: Command) -> None:
    first = orrery("limits", "list")["limits"][0]
    changed = first["value"] + 1
    orrery("limits", "set", first["name"], str(changed), "--account", "111122223333")
    assert orrery("limits", "list", "--account", "111122223333")["limits"][0]["value"] == changed
    assert orrery("limits", "list")["limits"][0]["value"] == first["value"]
    orrery("limits", "reset", first["name"])
    assert orrery("limits", "list", "--account", "111122223333")["limits"][0]["value"] == first["value"]


def test_the_era_is_chosen_and_an_unknown_one_refused(
    orrery: Command, cloud: RunningCloud, capsys: pytest.CaptureFixture[str]
) -> None:
    assert orrery("era", "notes2020") == {"era": "notes2020"}
    assert orrery("era") == {"era": "notes2020"}
    assert main(["era", "tomorrow", "--endpoint", cloud.url]) == 1
    assert "no era is called 'tomorrow'" in capsys.readouterr().err


def test_a_failure_is_asked_for_and_cleared(orrery: Command) -> None:
    [name, *_] = [each["name"] for each in orrery("fail")["failures"]]
    asked = orrery("fail", "set", name)["failures"][0]
    cleared = orrery("fail", "clear")["failures"][0]
    assert (asked["name"], asked["rule"] is None, cleared["rule"]) == (name, False, None)


def test_names_that_are_not_there_are_answered_with_the_nearest(
    cloud: RunningCloud, aws: Clients, capsys: pytest.CaptureFixture[str]
) -> None:
    aws.sqs.create_queue(QueueName="orders")
    for words, nearest in [
        ("limits set sqs.mesage-size 1", "sqs.message-size"),
        ("limits reset sqs.mesage-size", "sqs.message-size"),
        ("fail set sqs.duplicat", "sqs.duplicate"),
        ("fail clear sqs.duplicat", "sqs.duplicate"),
        ("sqs why order", "orders"),
    ]:
        assert main([*words.split(), "--endpoint", cloud.url]) == 1
        assert capsys.readouterr().err.endswith(f"; the nearest is {nearest}\n")


def test_requests_are_chosen_by_what_they_were(orrery: Command, aws: Clients) -> None:
    aws.sqs.create_queue(QueueName="orders")
    aws.sts.get_caller_identity()
    with pytest.raises(aws.sqs.exceptions.QueueDoesNotExist):
        aws.sqs.get_queue_url(QueueName="nothing")
    [failed] = orrery("requests", "--error")["requests"]
    assert (failed["operation"], failed["error"]) == ("sqs.GetQueueUrl", "QueueDoesNotExist")
    operations = [each["operation"] for each in orrery("requests", "--service", "sqs", "--status", "2xx")["requests"]]
    assert operations == ["sqs.CreateQueue"]
    assert orrery("requests", "--since", "1h", "--operation", "get*", "-n", "1")["requests"] == [failed]
    assert orrery("explain")["id"] == failed["id"]


def test_requests_are_remembered_and_explained(orrery: Command, aws: Clients) -> None:
    answered = aws.sts.get_caller_identity()["ResponseMetadata"]["RequestId"]
    [entry] = orrery("requests", "--limit", "1")["requests"]
    assert (entry["id"], entry["operation"], entry["status"]) == (answered, "sts.GetCallerIdentity", 200)
    assert orrery("explain", answered)["operation"] == "sts.GetCallerIdentity"


def test_sqs_why_says_what_hides_a_message(orrery: Command, aws: Clients) -> None:
    url = aws.sqs.create_queue(QueueName="orders")["QueueUrl"]
    aws.sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=60)
    assert "delay" in json.dumps(orrery("sqs", "why", "orders")).lower()


@pytest.mark.parametrize(("secret", "status"), [("test", 200), ("wrong", 403)])
def test_from_elsewhere_root_is_known_by_its_signature(harness: Any, secret: str, status: int) -> None:
    running = harness.start(trust_test_keys=True)
    try:
        url = running.url + "/_orrery/era"
        now = datetime.fromtimestamp(running.clock.now() / 1000, UTC)
        headers = sign("GET", url, b"", key_id="test", secret=secret, region="us-east-1", now=now)
        request = urllib.request.Request(url, headers={**headers, "X-Forwarded-For": "192.168.1.9"})
        try:
            with urllib.request.urlopen(request) as answer:
                answered = answer.status
        except urllib.error.HTTPError as refused:
            with refused:
                answered = refused.code
    finally:
        running.stop()
    assert answered == status
