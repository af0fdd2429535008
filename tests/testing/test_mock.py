"""`mock_aws`: every way it is used, what it restores, and clients that were there before."""

import asyncio
import os
import socket
import unittest
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import suppress
from typing import Any, ClassVar
from urllib.request import urlopen

import boto3
import pytest

from orrery.testing import mock_aws, patch_client, patch_resource
from orrery.testing.mock import MockAWS
from orrery.testing.redirect import EVENT


@pytest.fixture(autouse=True)
def at_home(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The environment of somebody with keys for AWS; it and boto3's own session must be as they were. A decorated
    class may have begun its mock before."""
    if request.cls is not None:
        yield
        return
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


def made(name: str = "jobs") -> list[str]:
    """Make a queue; the names of those there are."""
    sqs = boto3.client("sqs")
    sqs.create_queue(QueueName=name)
    return [url.rpartition("/")[2] for url in sqs.list_queues()["QueueUrls"]]


def account() -> Any:
    return boto3.client("sts").get_caller_identity()["Account"]


# --- as context manager and by hand ---


def test_within_it_plain_boto3_meets_a_fresh_cloud_each_time() -> None:
    for name in ("first", "second"):
        with mock_aws() as cloud:
            assert os.environ["AWS_ENDPOINT_URL"] == cloud.url
            assert made(name) == [name]
            assert boto3.client("sqs").meta.region_name == "us-east-1"

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", cloud.port), 5)


def test_settings_are_those_of_a_cloud() -> None:
    with mock_aws(clock="manual", region="eu-central-1", sqs_60_second_rules=False) as cloud:
        frozen = cloud.clock.now()
        sqs = boto3.client("sqs")
        for _ in range(2):
            sqs.delete_queue(QueueUrl=sqs.create_queue(QueueName="jobs")["QueueUrl"])

        assert sqs.meta.region_name == "eu-central-1"
        assert cloud.clock.now() == frozen
        assert (cloud.advance("1d") - frozen).days == 1


def test_one_can_start_and_stop_it_by_hand() -> None:
    mock = mock_aws()
    mock.start()
    assert made() == ["jobs"]
    mock.stop()

    with pytest.raises(RuntimeError, match="was not started"):
        mock.stop()


def test_one_object_can_be_used_again_and_within_itself() -> None:
    mock = mock_aws(clock="manual")
    with mock as outer, mock as inner:
        assert inner is outer
        made("outer")
    with mock:
        assert made("again") == ["again"]


def test_a_mock_within_a_mock_is_the_same_cloud_until_the_outermost_ends() -> None:
    with mock_aws() as outer:
        made("outer")
        with mock_aws() as inner:
            assert inner is outer
            assert made("inner") == ["inner", "outer"]
        assert made("inner") == ["inner", "outer"]


def test_only_the_outermost_chooses_settings() -> None:
    with mock_aws(clock="manual"), pytest.raises(RuntimeError, match="limits"), mock_aws(limits="real"):
        raise AssertionError("not reached")


def test_what_is_raised_within_comes_out_and_all_is_restored() -> None:
    with pytest.raises(ZeroDivisionError), mock_aws():
        raise ZeroDivisionError

    with mock_aws():
        assert made() == ["jobs"]


def test_a_setting_that_does_not_exist_leaves_everything_as_it_is() -> None:
    with pytest.raises(Exception, match="there is no setting 'clok'; 'clock'"), mock_aws(clok="manual"):
        raise AssertionError("not reached")


# --- moto's config ---


def test_the_part_core_of_motos_config_is_understood() -> None:
    boto3.setup_default_session()
    mine = boto3.DEFAULT_SESSION
    with mock_aws(config={"core": {"mock_credentials": False, "reset_boto3_session": False}}):
        assert os.environ["AWS_ACCESS_KEY_ID"] == "AKIAMINE"
        assert boto3.DEFAULT_SESSION is mine


@pytest.mark.parametrize("config", [{"lambda": {"use_docker": False}}, {"core": {"passthrough": {}}}])
def test_config_that_would_have_no_effect_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"lambda|core\.passthrough"):
        mock_aws(config=config)


# --- sessions and clients that were there before ---


def test_a_default_session_made_before_is_set_aside_and_comes_back() -> None:
    boto3.setup_default_session()
    mine = boto3.DEFAULT_SESSION
    assert mine is not None
    assert mine.get_credentials().access_key == "AKIAMINE"

    with mock_aws():
        assert account() == "000000000000"

    assert boto3.DEFAULT_SESSION is mine


def test_a_client_made_before_goes_to_the_cloud_meanwhile() -> None:
    old = boto3.client("sqs", region_name="us-east-1")
    bucket = boto3.client("s3", region_name="eu-west-1")

    for _ in range(2):
        with mock_aws():
            made()
            assert len(old.list_queues()["QueueUrls"]) == 1
            bucket.create_bucket(Bucket="mine", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
            bucket.put_object(Bucket="mine", Key="a b/c?d", Body=b"hello")
            there = boto3.client("s3", region_name="eu-west-1")
            assert there.get_object(Bucket="mine", Key="a b/c?d")["Body"].read() == b"hello"
            url = bucket.generate_presigned_url("get_object", Params={"Bucket": "mine", "Key": "a b/c?d"})
            with urlopen(url, timeout=10) as answer:
                assert answer.read() == b"hello"


def test_a_client_made_before_for_a_bucket_elsewhere_is_not_led_to_aws() -> None:
    old = boto3.client("s3", region_name="eu-west-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="mine")
        old.put_object(Bucket="mine", Key="k", Body=b"x")
        assert old.list_objects_v2(Bucket="mine")["KeyCount"] == 1


def test_a_client_of_another_local_endpoint_is_left_alone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.listen()
        port = other.getsockname()[1]
    mine = boto3.client("sts", region_name="us-east-1", endpoint_url=f"http://127.0.0.1:{port}")

    with mock_aws(), pytest.raises(Exception, match="Could not connect to the endpoint URL"):
        mine.get_caller_identity()


def test_after_it_a_client_made_before_goes_where_it_went() -> None:
    old = boto3.client("sts", region_name="us-east-1")
    with mock_aws():
        old.get_caller_identity()
    seen: list[str] = []

    def stop(request: Any, **_: Any) -> None:
        seen.append(request.url)
        raise ConnectionAbortedError

    old.meta.events.register("before-send", stop)
    with pytest.raises(ConnectionAbortedError):
        old.get_caller_identity()

    assert seen == ["https://sts.us-east-1.amazonaws.com/"]


def test_clients_and_resources_of_sessions_that_know_nothing_of_it_can_be_patched() -> None:
    session = boto3.session.Session(region_name="us-east-1")
    client, resource = session.client("sqs"), session.resource("sqs")
    for each in (client, resource.meta.client):
        for emitter in (each.meta.events,):
            with suppress(ValueError):
                emitter.unregister(EVENT)

    patch_client(client)
    patch_client(client)
    patch_resource(resource)

    with mock_aws():
        client.create_queue(QueueName="one")
        assert [queue.url.rpartition("/")[2] for queue in resource.queues.all()] == ["one"]


# --- as decorator ---


@mock_aws
def test_a_function(tmp_path: Any) -> None:
    assert made() == ["jobs"]
    assert tmp_path.is_dir()


@mock_aws()
def test_a_function_with_brackets() -> None:
    assert made() == ["jobs"]


@mock_aws(clock="manual")
@pytest.mark.parametrize("name", ["a", "b"])
def test_a_function_with_arguments(name: str) -> None:
    assert made(name) == [name]


def test_a_decorated_function_is_still_itself_and_returns_and_raises() -> None:
    @mock_aws
    def work(a: int, *, b: int = 2) -> tuple[int, str]:
        """What it does."""
        return a // b, os.environ["AWS_ENDPOINT_URL"]

    assert (work.__name__, work.__doc__) == ("work", "What it does.")
    assert work(8)[0] == 4
    assert work(8)[1].startswith("http://127.0.0.1:")
    with pytest.raises(ZeroDivisionError):
        work(1, b=0)


def test_a_coroutine_function_is_within_it_to_its_end() -> None:
    @mock_aws
    async def work(name: str) -> list[str]:
        await asyncio.sleep(0)
        return made(name)

    assert asyncio.run(work("one")) == ["one"]
    assert asyncio.run(work("two")) == ["two"]


def test_several_coroutines_at_once_share_the_cloud() -> None:
    @mock_aws
    async def work(name: str) -> str:
        await asyncio.sleep(0)
        made(name)
        await asyncio.sleep(0)
        return os.environ["AWS_ENDPOINT_URL"]

    async def all_of_them() -> list[str]:
        return await asyncio.gather(*(work(name) for name in "abc"))

    assert len(set(asyncio.run(all_of_them()))) == 1


def test_a_generator_is_within_it_from_its_first_step_to_its_last() -> None:
    @mock_aws
    def work() -> Generator[list[str], None, None]:
        yield made("one")
        yield made("two")

    steps = work()
    assert "AWS_ENDPOINT_URL" not in os.environ
    assert list(steps) == [["one"], ["one", "two"]]

    half = work()
    next(half)
    half.close()
    assert "AWS_ENDPOINT_URL" not in os.environ


def test_an_asynchronous_generator_is_too() -> None:
    @mock_aws
    async def work() -> AsyncIterator[list[str]]:
        yield made("one")
        yield made("two")

    async def collect() -> list[list[str]]:
        return [step async for step in work()]

    assert asyncio.run(collect()) == [["one"], ["one", "two"]]


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
        assert set(made("late")) == {"prepared", "first", "second", "late"}


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


def test_it_is_of_a_type_that_one_can_name() -> None:
    assert isinstance(mock_aws(), MockAWS)
