"""Rates: how many requests a second one prefix takes. Enforced only where rates are (`limits=real`).

A prefix is everything of a key up to its last slash. Prefixes are without number, and each has its own rate.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html
"""

from __future__ import annotations

from typing import Any

from orrery.kernel.context import Context
from orrery.services.s3.access import bucket_of
from orrery.services.s3.records import Bucket, Pace
from orrery.services.s3.service import READS, WRITES
from orrery.wire.fault import Fault
from orrery.wire.instant import SECOND


def counted_bucket(ctx: Context, req: Any) -> Bucket:
    """The bucket of a request on a key, which counts as a read or a write of the key's prefix: once a request, where
    it is admitted. Raises the faults of `bucket_of`, and SlowDown."""
    bucket = bucket_of(ctx, req)
    if ctx.call.operation.method in ("GET", "HEAD"):
        count_read(ctx, bucket.number, req.Key)
    else:
        count_write(ctx, bucket.number, req.Key)
    return bucket


def count_read(ctx: Context, bucket: int, key: str) -> None:
    """Count a GET or HEAD of a key. Raises SlowDown beyond the second's reads of its prefix."""
    if (limit := ctx.rate(READS)) is not None:
        _count(ctx, bucket, key, READS, limit)


def count_write(ctx: Context, bucket: int, key: str) -> None:
    """Count a PUT, COPY, POST or DELETE of a key. Raises SlowDown beyond the second's writes to its prefix."""
    if (limit := ctx.rate(WRITES)) is not None:
        _count(ctx, bucket, key, WRITES, limit)


def _count(ctx: Context, bucket: int, key: str, kind: str, limit: int) -> None:
    prefix = key[: key.rfind("/") + 1]
    end = (ctx.now // SECOND + 1) * SECOND
    pace = ctx.tx.get(Pace, bucket, prefix, kind)
    requests = pace.requests + 1 if pace is not None and pace.ends == end else 1
    if requests > limit:
        raise Fault("SlowDown", "Please reduce your request rate.")
    ctx.tx.put(Pace(bucket, prefix, kind, end, requests))
