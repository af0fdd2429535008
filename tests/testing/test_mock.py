"""`mock_aws`: every way it is used on functions and by hand, and what it restores."""

import asyncio
import os
import socket
import threading
from collections.abc import AsyncIterator, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aioboto3
import boto3
import pytest
from tests.testing.mocked import made

from orrery.testing import mock_aws
from orrery.testing.mock import MockAWS

pytestmark = pytest.mark.usefixtures("at_home")


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


def test_other_libraries_find_the_cloud_too() -> None:
    @mock_aws
    async def work() -> Any:
        async with aioboto3.Session().client("sts") as sts:
            return await sts.get_caller_identity()

    assert asyncio.run(work())["Account"] == "000000000000"


def test_threads_that_begin_at_once_share_the_cloud() -> None:
    together = threading.Barrier(4)

    @mock_aws
    def work() -> str:
        url = os.environ["AWS_ENDPOINT_URL"]
        together.wait(30)
        return url

    with ThreadPoolExecutor(4) as pool:
        assert len({found.result(60) for found in [pool.submit(work) for _ in range(4)]}) == 1
    assert "AWS_ENDPOINT_URL" not in os.environ


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


def test_it_is_of_a_type_that_one_can_name() -> None:
    assert isinstance(mock_aws(), MockAWS)
