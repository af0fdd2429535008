"""Bodies over the life of a cloud: starts, resets, and what neither must leave behind."""

from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Clients, CloudThread
from tests.running import RunningCloud

from orrery.kernel.blobs import CLEAN

LARGE = bytes(100_000)


def files(cloud: RunningCloud) -> list[Path]:
    """All content files of S3."""
    return [file for file in (cloud.cloud.data.content / "s3").rglob("*") if file.is_file() and file.name != CLEAN]


def fill(cloud: RunningCloud) -> Any:
    """Put a small object and a large one into a bucket; the client."""
    s3 = Clients(cloud).s3
    s3.create_bucket(Bucket="garden")
    s3.put_object(Bucket="garden", Key="small", Body=b"tulip")
    s3.put_object(Bucket="garden", Key="large", Body=LARGE)
    return s3


def gone(cloud: RunningCloud) -> None:
    """Wait until what was released is gone."""
    cloud.run(cloud.cloud.kernel.contents.emptied)


@pytest.mark.parametrize("service", ["s3", None])
def test_a_reset_leaves_no_bodies_and_the_next_are_kept(cloud: RunningCloud, service: str | None) -> None:
    s3 = fill(cloud)
    assert len(files(cloud)) == 1

    cloud.run(lambda: cloud.cloud.reset(service))
    gone(cloud)

    assert files(cloud) == []
    s3.create_bucket(Bucket="garden")
    assert s3.list_objects_v2(Bucket="garden")["KeyCount"] == 0
    s3.put_object(Bucket="garden", Key="large", Body=LARGE)
    assert s3.get_object(Bucket="garden", Key="large")["Body"].read() == LARGE


def test_a_reset_of_another_service_leaves_bodies_alone(cloud: RunningCloud) -> None:
    s3 = fill(cloud)

    cloud.run(lambda: cloud.cloud.reset("sqs"))

    assert s3.get_object(Bucket="garden", Key="large")["Body"].read() == LARGE
    assert s3.get_object(Bucket="garden", Key="small")["Body"].read() == b"tulip"


def test_bodies_are_there_after_a_restart_and_what_nobody_holds_is_gone(harness: CloudThread, tmp_path: Path) -> None:
    first = harness.start(data_dir=str(tmp_path))
    fill(first)
    (held,) = files(first)
    first.stop()
    orphan = held.with_name(held.name[:-2] + "00")
    orphan.write_bytes(held.read_bytes())
    (held.parent.parent / CLEAN).unlink()  # as after a crash

    second = harness.start(data_dir=str(tmp_path))
    s3 = Clients(second).s3
    assert s3.get_object(Bucket="garden", Key="large")["Body"].read() == LARGE
    assert s3.get_object(Bucket="garden", Key="small")["Body"].read() == b"tulip"
    second.run(lambda: swept(second))

    assert files(second) == [held]
    second.stop()


def test_a_reset_removes_the_bodies_of_a_service_that_was_not_used_since_the_start(
    harness: CloudThread, tmp_path: Path
) -> None:
    first = harness.start(data_dir=str(tmp_path))
    fill(first)
    first.stop()
    second = harness.start(data_dir=str(tmp_path))
    assert len(files(second)) == 1

    second.run(lambda: second.cloud.reset(None))
    gone(second)

    assert files(second) == []
    second.stop()


async def swept(cloud: RunningCloud) -> None:
    """Wait until the look for files of earlier starts is over."""
    contents = cloud.cloud.kernel.contents
    while not all(run.over for run in contents._sweeps):
        await contents.emptied()
    await contents.emptied()
