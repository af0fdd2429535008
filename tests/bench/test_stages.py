"""What measures inside the process still fits what it measures: the pipeline, and the layout of what is stored."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.content import key_of
from bench.fill_keys import fill
from bench.objects import KEPT

from bench import stages
from orrery.services.s3.records import Bucket, Object
from orrery.services.s3.service import BODIES

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")

WORDS = ("--path", "/filled/", "--size", str(KEPT), "--keys", "30")


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[stages.Driver]:
    driver = stages.Driver(tmp_path)
    yield driver
    driver.close()


@pytest.mark.parametrize("scenario", [*stages.SCENARIOS, *stages.OBJECT_SCENARIOS])
def test_every_scenario_is_served_while_its_stages_are_watched(driver: stages.Driver, scenario: str) -> None:
    asked = stages.requests(driver, scenario)
    watch = stages.Stopwatch()
    stages.attach(watch, driver.cloud)

    served = stages.serve(driver, asked, 2)

    assert served == 2 * stages.TICK * len(asked)
    idle = {name for name, spent in watch.spent.items() if not spent}
    assert idle <= {"encode the batch, wake"}  # nothing is written by a get or by GetCallerIdentity


def test_a_bucket_that_was_filled_is_as_if_its_objects_had_been_put(tmp_path: Path) -> None:
    first = stages.Driver(tmp_path)
    first.rest("rest", "--method", "PUT", "--path", "/filled")
    first.rest("put", *WORDS)
    first.close()

    held = fill(tmp_path, "filled", 1, 300, 60)

    again = stages.Driver(tmp_path)
    again.cloud.load("s3")
    kernel = again.cloud.kernel
    tx = kernel.read(kernel.place("000000000000", "us-east-1"))
    bucket = tx.one(Bucket, "filled").number
    there = {found.key: found for found in tx.list(Object, bucket)}
    bodies = {key: kernel.contents.open(tx, BODIES, found.body) for key, found in there.items() if found.body}
    contents = {bodies[key].read(0, KEPT) for key in there}
    ids = {found.body.id for found in there.values() if found.body}
    for number in (0, 299):
        again.rest("get", *WORDS, "--first", str(number))
    again.close()
    assert held == 300
    assert sorted(there) == sorted(key_of(number) for number in range(300))
    assert len(ids) == 300
    assert len(contents) == 1
