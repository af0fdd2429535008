"""The pytest plugin: fixtures, scopes, settings, and what it costs those who do not use it."""

import subprocess
import sys
from textwrap import dedent

import pytest
from tests.loading import PLUGIN
from tests.testing.conftest import Run

from orrery.settings import declared
from orrery.testing.hosted import ELSEWHERE
from orrery.testing.names import SETTINGS


def test_each_test_has_a_fresh_cloud(run: Run) -> None:
    run(
        """
        import pytest

        @pytest.mark.parametrize("number", range(3))
        def test_a_queue(orrery, number):
            sqs = orrery.client("sqs")
            assert "QueueUrls" not in sqs.list_queues()
            assert sqs.create_queue(QueueName="jobs")["QueueUrl"] == f"{orrery.url}/000000000000/jobs"
        """
    ).assert_outcomes(passed=3)


def test_a_module_and_a_whole_run_can_share_a_cloud(run: Run, pytester: pytest.Pytester) -> None:
    second = """
        def test_the_runs_cloud_is_the_same(orrery_shared, orrery_module):
            assert orrery_shared.client("sqs").list_queues()["QueueUrls"] == [f"{orrery_shared.url}/000000000000/jobs"]
            assert "QueueUrls" not in orrery_module.client("sqs").list_queues()
        """
    pytester.makepyfile(test_second=second)

    run(
        """
        def test_one_makes(orrery_shared, orrery_module):
            for cloud in (orrery_shared, orrery_module):
                cloud.client("sqs").create_queue(QueueName="jobs")

        def test_another_finds(orrery_shared, orrery_module, orrery):
            for cloud in (orrery_shared, orrery_module):
                assert cloud.client("sqs").get_queue_url(QueueName="jobs")
            assert "QueueUrls" not in orrery.client("sqs").list_queues()
        """
    ).assert_outcomes(passed=3)


def test_each_test_can_have_an_account_of_its_own_in_one_cloud(run: Run) -> None:
    run(
        """
        seen = []

        def one(orrery_account, orrery_shared):
            sqs = orrery_account.client("sqs")
            assert "QueueUrls" not in sqs.list_queues()
            sqs.create_queue(QueueName="jobs")
            identity = orrery_account.client("sts").get_caller_identity()
            assert identity["Account"] == orrery_account.account
            seen.append((orrery_account.url, orrery_account.account))
            assert orrery_account.url == orrery_shared.url

        def test_first(orrery_account, orrery_shared):
            one(orrery_account, orrery_shared)

        def test_second(orrery_account, orrery_shared):
            one(orrery_account, orrery_shared)
            assert len({url for url, _ in seen}) == 1 and len({account for _, account in seen}) == 2
        """
    ).assert_outcomes(passed=2)


def test_the_factory_starts_as_many_clouds_as_one_wants_and_closes_them(run: Run) -> None:
    run(
        """
        import socket, pytest

        made = []

        @pytest.fixture(scope="session", autouse=True)
        def gone_at_the_end():
            yield
            for cloud in made:
                with pytest.raises(ConnectionRefusedError):
                    socket.create_connection(("127.0.0.1", cloud.port), 1)

        def test_two(orrery_factory):
            one, two = made[:] = [orrery_factory(clock="manual"), orrery_factory()]
            one.client("sqs").create_queue(QueueName="jobs")
            one.advance(days=1)
            assert "QueueUrls" not in two.client("sqs").list_queues()
            assert (one.clock.now() - two.clock.now()).total_seconds() > 86000
        """
    ).assert_outcomes(passed=1)


def test_the_clock_and_the_session_are_those_of_the_tests_cloud(run: Run) -> None:
    run(
        """
        def test_a_delay(orrery, orrery_clock, orrery_session):
            queue = orrery_session.resource("sqs").create_queue(QueueName="jobs")
            queue.send_message(MessageBody="hello", DelaySeconds=900)
            assert queue.receive_messages() == []
            orrery_clock.advance(minutes=15)
            assert [message.body for message in queue.receive_messages()] == ["hello"]
            assert orrery.requests(1)[0]["operation"] == "sqs.ReceiveMessage"
        """
    ).assert_outcomes(passed=1)


def test_the_session_needs_nothing_of_the_environment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    run(
        """
        def test_who(orrery_session):
            assert orrery_session.client("sts").get_caller_identity()["Account"] == "000000000000"
        """
    ).assert_outcomes(passed=1)


def test_the_environment_points_to_the_cloud_and_is_put_back(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "mine")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")

    run(
        """
        import os
        import boto3
        import pytest

        def found():
            return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}

        @pytest.fixture(scope="session", autouse=True)
        def as_before():
            before = found()
            yield
            assert found() == before

        def test_who(orrery, orrery_env):
            assert os.environ["AWS_ENDPOINT_URL"] == orrery.url == orrery_env["AWS_ENDPOINT_URL"]
            assert boto3.session.Session().client("sts").get_caller_identity()["Account"] == "000000000000"
        """
    ).assert_outcomes(passed=1)


SHOWS_SETTINGS = """
    import pytest

    pytestmark = pytest.mark.orrery(era="notes2020", clock="manual")

    def shown(cloud):
        return cloud._hosted.settings

    @pytest.mark.orrery(limits="real")
    def test_the_nearest_marker_wins_and_all_count(orrery, orrery_module):
        assert (shown(orrery).limits, shown(orrery).era, shown(orrery).clock.mode) == ("real", "notes2020", "manual")
        assert (shown(orrery_module).limits, shown(orrery_module).era) == ("off", "notes2020")

    class TestThese:
        pytestmark = pytest.mark.orrery(clock="rate=60", sqs_60_second_rules=True)

        def test_a_class(self, orrery):
            assert (shown(orrery).clock.rate, shown(orrery).sqs_60_second_rules) == (60, True)
            assert shown(orrery).max_body_size == 1 << 20

    def test_the_ini_files(orrery, orrery_shared, orrery_factory):
        for cloud in (orrery, orrery_shared, orrery_factory(era="today")):
            assert not shown(cloud).sqs_60_second_rules
            assert shown(cloud).max_body_size == 1 << 20
        assert (shown(orrery_shared).clock.mode, shown(orrery_shared).era) == ("autojump", "today")
    """


def test_settings_come_from_markers_then_from_the_ini_file(run: Run) -> None:
    ini = "orrery_sqs_60_second_rules = off\norrery_max_body_size = 1M\norrery_clock = autojump"
    run(SHOWS_SETTINGS, ini=ini).assert_outcomes(passed=3)


def test_one_line_relaxes_the_60_second_rules(run: Run) -> None:
    text = """
        def test_twice(orrery_account):
            sqs = orrery_account.client("sqs")
            for _ in range(3):
                url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
                sqs.purge_queue(QueueUrl=url)
                sqs.delete_queue(QueueUrl=url)

        @pytest.mark.orrery(sqs_60_second_rules="on")
        def test_as_on_aws(orrery):
            sqs = orrery.client("sqs")
            sqs.delete_queue(QueueUrl=sqs.create_queue(QueueName="jobs")["QueueUrl"])
            with pytest.raises(sqs.exceptions.QueueDeletedRecently):
                sqs.create_queue(QueueName="jobs")
        """
    run("import pytest\n" + dedent(text), ini="orrery_sqs_60_second_rules = off").assert_outcomes(passed=2)


WRONG = {
    "clok='manual'": "*tests: there is no setting 'clok'; 'clock'?*",
    "clock='backwards'": "*clock: 'backwards' (from tests) is not possible: choose real, manual,*",
    "'manual'": "*the marker takes settings by name, as orrery(clock='manual')*",
    "log_level='debug'": "*log_level has no effect on a cloud in the process of the tests*",
    "root_key_id='AKIA'": "*root-key-id and root-secret belong together*",
    "max_body_size=1": "*max_body_size: '1' (from tests) is not possible: give a number of bytes*",
}


def test_a_setting_that_cannot_be_used_is_told(run: Run) -> None:
    marked = "\n".join(
        f"@pytest.mark.orrery({marker})\ndef test_{number}(orrery): assert not 'reached'"
        for number, marker in enumerate(WRONG)
    )

    result = run("import pytest\n" + marked)

    result.assert_outcomes(errors=len(WRONG))
    result.stdout.fnmatch_lines_random(list(WRONG.values()))
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*During handling*")


def test_a_marker_without_effect_is_told(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_other="""
        import pytest

        pytestmark = pytest.mark.orrery(clock="manual")

        def test_without_a_cloud():
            pass
        """
    )
    result = run(
        """
        import pytest

        @pytest.fixture(scope="module")
        def orrery(orrery_factory):
            return orrery_factory()

        @pytest.mark.orrery(clock="manual")
        def test_of_another_scope(orrery):
            assert not "reached"

        @pytest.mark.orrery(clock="manual")
        def test_of_none(orrery_shared):
            assert not "reached"
        """
    )
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["*the marker has no effect: this test uses no cloud of its own*"] * 2)


def test_an_unknown_option_of_the_ini_file_is_pytests_to_refuse(run: Run) -> None:
    result = run("def test_it(): pass", "--strict-config", ini="orrery_clok = manual")
    assert result.ret != 0
    result.stderr.fnmatch_lines(["*Unknown config option: orrery_clok*"])


def test_the_fixture_may_be_given_another_scope(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def orrery(orrery_factory):
            return orrery_factory(clock="manual")
        """
    )
    run(
        """
        def test_one_makes(orrery_session):
            orrery_session.client("sqs").create_queue(QueueName="jobs")

        def test_another_finds(orrery_session, orrery_clock):
            assert orrery_session.client("sqs").get_queue_url(QueueName="jobs")
            orrery_clock.advance(5)
        """
    ).assert_outcomes(passed=2)


def test_workers_of_xdist_have_clouds_of_their_own(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", range(8))
        def test_a_bucket(orrery, orrery_shared, orrery_account, number):
            for cloud in (orrery, orrery_account):
                assert cloud.client("s3").list_buckets()["Buckets"] == []
                cloud.client("s3").create_bucket(Bucket=f"bucket-{number}")
        """
    )
    pytester.makeini("[pytest]")

    result = pytester.runpytest_subprocess(*PLUGIN, "-W", "error", "-n", "2", timeout=120)

    result.assert_outcomes(passed=8)


def test_a_run_leaves_nothing_to_warn_of(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_it(orrery, orrery_shared, orrery_env):
            orrery.client("sqs").list_queues()
        """
    )
    result = pytester.runpytest_subprocess(*PLUGIN, "-W", "error", "-p", "no:xdist", timeout=120)

    result.assert_outcomes(passed=1)
    assert result.stderr.str() == ""


def test_the_plugin_loads_nothing_of_the_cloud_nor_boto3() -> None:
    program = (
        "import sys, pytest\n"
        "before = set(sys.modules)\n"
        "import orrery.testing.plugin\n"
        "print(sorted(set(sys.modules) - before))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.strip() == str(["orrery", "orrery.testing", "orrery.testing.names", "orrery.testing.plugin"])


def test_every_setting_that_has_an_effect_here_has_an_option() -> None:
    names = [each.name.replace("-", "_") for each in declared()]
    assert [name for name in names if name not in ELSEWHERE] == list(SETTINGS)
