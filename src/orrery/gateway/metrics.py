"""The text in which Prometheus reads figures, version 0.0.4.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Final, Literal, NamedTuple

from orrery.gateway.meter import BOUNDS, Meter, Row

CONTENT_TYPE: Final = b"text/plain; version=0.0.4; charset=utf-8"

MICRO: Final = 1_000_000

Labels = Mapping[str, str]
Sample = tuple[str, Labels, float]
"""What follows the family's name in the sample's (`_sum`), labels, figure."""


class Family(NamedTuple):
    """Figures of one name."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    doc: str
    samples: Sequence[Sample]


def one(name: str, kind: Literal["counter", "gauge"], doc: str, figure: float) -> Family:
    """A figure without labels."""
    return Family(name, kind, doc, (("", {}, figure),))


def text(families: Iterable[Family]) -> bytes:
    """The families as Prometheus reads them."""
    return "".join(line for family in families for line in _lines(family)).encode()


def _lines(family: Family) -> Iterable[str]:
    doc = family.doc.replace("\\", "\\\\").replace("\n", "\\n")
    yield f"# HELP {family.name} {doc}\n# TYPE {family.name} {family.kind}\n"
    for suffix, labels, figure in family.samples:
        told = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
        yield f"{family.name}{suffix}{'{' + told + '}' if told else ''} {_figure(figure)}\n"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _figure(figure: float) -> str:
    return str(figure) if isinstance(figure, int) else repr(float(figure))


def request_families(meter: Meter) -> list[Family]:
    """What was counted of requests."""
    counts, received, sent = [], [], []
    for (operation, status), row in sorted(meter.rows.items()):
        labels = _labels(operation) | {"status": str(status)}
        counts.append(("", labels, row.count))
        received.append(("", labels, row.received))
        sent.append(("", labels, row.sent))
    return [
        Family("orrery_requests_total", "counter", "Requests answered.", counts),
        Family(
            "orrery_request_duration_seconds",
            "histogram",
            "From the head's arrival until the answer was ready.",
            list(_histograms(meter)),
        ),
        Family("orrery_request_body_bytes_total", "counter", "Bytes of requests' bodies.", received),
        Family("orrery_response_body_bytes_total", "counter", "Bytes of answers' bodies.", sent),
    ]


def _labels(operation: str) -> dict[str, str]:
    service, _, name = operation.rpartition(".")
    return {"service": service or "unknown", "operation": name if service else "unknown"}


def _histograms(meter: Meter) -> Iterable[Sample]:
    """One histogram an operation, over all its statuses."""
    rows: dict[str, list[Row]] = {}
    for (operation, _), row in meter.rows.items():
        rows.setdefault(operation, []).append(row)
    for operation in sorted(rows):
        labels = _labels(operation)
        buckets = [sum(counts) for counts in zip(*(row.buckets for row in rows[operation]), strict=True)]
        sums = list(accumulate(buckets))
        for bound, count in zip(BOUNDS, sums, strict=False):
            yield "_bucket", labels | {"le": repr(bound / MICRO)}, count
        yield "_bucket", labels | {"le": "+Inf"}, sums[-1]
        yield "_sum", labels, sum(row.microseconds for row in rows[operation]) / MICRO
        yield "_count", labels, sums[-1]
