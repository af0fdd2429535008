"""`orrery state` against a running cloud, and as it words what the cloud answers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from orrery.cli.main import main
from orrery.cli.states import size

from .conftest import Recorder

SAVED = {
    "name": "one",
    "created": "2030-01-01T00:00:00.000Z",
    "virtual_now": "2030-02-01T00:00:00.000Z",
    "bytes": 3 << 20,
    "own_bytes": 512,
    "version": "0.1.0",
    "path": "/nowhere/one",
}


def test_states_are_listed_with_their_sizes(recorder: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    recorder.answers["GET /_orrery/states"] = (200, {"states": [SAVED], "under_way": None})
    assert main(["state", "list", "--endpoint", recorder.endpoint]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].split() == ["state", "saved", "virtual", "time", "size", "its", "own", "release"]
    assert shown[1].split()[0] == "one"
    assert "3.0 MiB  512 bytes  0.1.0" in shown[1]


def test_what_the_cloud_refuses_is_told_and_ends_with_1(recorder: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    recorder.answers["POST /_orrery/states"] = (409, {"message": "there is a state 'one' already"})
    assert main(["state", "save", "one", "--endpoint", recorder.endpoint]) == 1
    assert "already" in capsys.readouterr().err


def test_a_file_that_is_there_is_written_over_only_by_force(
    recorder: Recorder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.answers["GET /_orrery/states/export"] = (200, "the state")
    file = tmp_path / "one.orrery"
    file.write_text("mine")
    words = ["state", "export", "one", str(file), "--endpoint", recorder.endpoint]
    assert main(words) == 1
    assert file.read_text() == "mine"
    assert main([*words, "--force"]) == 0
    assert file.read_text() == "the state"
    assert list(tmp_path.glob("*.part")) == []
    capsys.readouterr()


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 bytes"), (1023, "1023 bytes"), (1 << 20, "1.0 MiB"), (5 << 40, "5.0 TiB")]
)
def test_sizes_are_written_as_people_read_them(count: int, words: str) -> None:
    assert size(count) == words


@pytest.fixture
def place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[list[str]]:
    """A cloud in the background; the options by which commands reach it."""
    data = ["--data-dir", str(tmp_path / "data")]
    assert main(["start", "--detach", "--port", "0", "--clock", "manual", *data]) == 0
    yield data
    assert main(["stop", *data]) == 0


def client(endpoint: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def test_a_cloud_is_saved_exported_imported_loaded_and_forked(
    place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> Any:
        capsys.readouterr()
        assert main([*words, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    endpoint = run("status", *place)["endpoint"]
    s3 = client(endpoint)
    s3.create_bucket(Bucket="papers")
    s3.put_object(Bucket="papers", Key="large", Body=bytes(100_000))
    run("state", "save", "one", *place)
    run("state", "export", "one", *place)
    assert (tmp_path / "one.orrery").stat().st_mode & 0o777 == 0o600
    run("state", "import", "one.orrery", "two", *place)
    s3.delete_object(Bucket="papers", Key="large")
    run("clock", "+45d", *place)
    now = run("state", "load", "two", *place)["now"]
    assert run("clock", *place)["now"] == now
    assert [each["name"] for each in run("state", "list", *place)["states"]] == ["one", "two"]

    fork = tmp_path / "fork"
    begun = run("state", "fork", "--endpoint", endpoint, "--data-dir", str(fork))
    try:
        assert run("clock", "--endpoint", begun["endpoint"])["now"] == now
        s3.delete_object(Bucket="papers", Key="large")
        assert client(begun["endpoint"]).head_object(Bucket="papers", Key="large")["ContentLength"] == 100_000
    finally:
        run("stop", "--data-dir", str(fork))
    run("state", "delete", "one", *place)
    assert [each["name"] for each in run("state", "list", *place)["states"]] == ["two"]
    run("state", "reset", *place)
    assert s3.list_buckets()["Buckets"] == []
    assert main(["state", "fork", "--endpoint", endpoint, "--data-dir", str(fork)]) == 1
    assert "holds a cloud already" in capsys.readouterr().err
