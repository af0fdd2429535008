"""What Prometheus reads, held against the rules of its text format."""

import re
from collections.abc import Iterator
from urllib.request import urlopen

import pytest
from botocore.exceptions import ClientError
from tests.conftest import Clients
from tests.running import RunningCloud

from orrery.gateway.entry import Entry
from orrery.gateway.meter import BOUNDS, OPERATIONS, OTHER, Meter
from orrery.gateway.metrics import Family, request_families, text

SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? ([0-9.e+-]+|\+Inf|NaN)')


def entry(operation: str, status: int = 200, microseconds: int = 700, received: int = 3, sent: int = 5) -> Entry:
    return Entry(
        "r", 0, operation, status, microseconds, "", "", "", "", "", "", "", received=received, sent=sent
    )  # fmt: skip


def scraped(page: str) -> Iterator[tuple[str, str, float]]:
    """The page's samples; AssertionError for a line that is none."""
    for line in page.splitlines():
        if not line.startswith(("# HELP ", "# TYPE ")):
            found = SAMPLE.fullmatch(line)
            assert found, line
            yield found[1], found[2] or "", float(found[3])


def test_requests_are_counted_by_service_operation_and_status() -> None:
    meter = Meter()
    meter.count([entry("sqs.SendMessage"), entry("sqs.SendMessage"), entry("sqs.SendMessage", 400), entry("?", 404)])
    page = text(request_families(meter)).decode()
    assert 'orrery_requests_total{service="sqs",operation="SendMessage",status="200"} 2\n' in page
    assert 'orrery_requests_total{service="sqs",operation="SendMessage",status="400"} 1\n' in page
    assert 'orrery_requests_total{service="unknown",operation="unknown",status="404"} 1\n' in page
    assert 'orrery_request_body_bytes_total{service="sqs",operation="SendMessage",status="200"} 6\n' in page
    assert 'orrery_response_body_bytes_total{service="sqs",operation="SendMessage",status="200"} 10\n' in page


def test_a_histogram_counts_up_to_each_bound_and_ends_with_all() -> None:
    meter = Meter()
    meter.count(entry("s3.GetObject", microseconds=each) for each in (BOUNDS[0], BOUNDS[0] + 1, BOUNDS[-1] + 1))
    page = text(request_families(meter)).decode()
    buckets = [figure for name, _, figure in scraped(page) if name.endswith("_bucket")]
    assert buckets == sorted(buckets)
    assert buckets[:2] == [1, 2]
    assert buckets[-2:] == [2, 3]
    assert 'le="0.0005"' in page
    assert 'le="+Inf"} 3' in page
    assert 'orrery_request_duration_seconds_count{service="s3",operation="GetObject"} 3\n' in page


def test_so_many_operations_are_told_apart_and_no_more() -> None:
    meter = Meter()
    meter.count(entry(f"s3.Operation{number}") for number in range(OPERATIONS + 50))
    assert len(meter.rows) <= OPERATIONS + 1
    assert meter.rows[OTHER, 200].count == 50
    assert meter.total == OPERATIONS + 50


def test_labels_and_explanations_cannot_break_their_line() -> None:
    family = Family("a", "gauge", "one\ntwo \\", [("", {"name": 'say "x"\n\\'}, 1)])
    assert text([family]) == b'# HELP a one\\ntwo \\\\\n# TYPE a gauge\na{name="say \\"x\\"\\n\\\\"} 1\n'


def test_a_running_cloud_tells_its_figures(cloud: RunningCloud, aws: Clients) -> None:
    aws.sqs.create_queue(QueueName="one")
    with pytest.raises(ClientError):
        aws.sqs.get_queue_url(QueueName="none")
    with urlopen(cloud.url + "/_orrery/metrics", timeout=10) as answer:
        page = answer.read().decode()
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    figures = {name: figure for name, _, figure in scraped(page)}
    assert 'orrery_requests_total{service="sqs",operation="CreateQueue",status="200"} 1\n' in page
    assert 'orrery_requests_total{service="sqs",operation="GetQueueUrl",status="400"} 1\n' in page
    assert figures["orrery_connections"] >= 1
    assert figures["orrery_store_batches_total"] >= 1
    assert figures["orrery_records_in_memory"] >= 1
    for name in ("orrery_waiters", "orrery_jobs_due", "orrery_jobs_done_total", "orrery_store_log_bytes"):
        assert figures[name] >= 0
    assert re.findall("^# TYPE ([a-z_]+)", page, re.MULTILINE) == re.findall("^# HELP ([a-z_]+)", page, re.MULTILINE)
