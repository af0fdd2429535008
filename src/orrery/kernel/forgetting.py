"""A reset: records and numbers go, and with them whatever was still to happen to them."""

from collections.abc import Callable

import msgspec

from orrery.kernel.core import Core
from orrery.kernel.deliveries import Delivery
from orrery.kernel.jobs import JobRow
from orrery.kernel.keys import prefix_range
from orrery.kernel.lifecycle import Going
from orrery.kernel.store.contract import BULK, LOG, RECORDS

OWN = "kernel."
"""Jobs of the kernel's own serve a table, which their arguments name."""


def forget(kernel: Core, names: Callable[[str], bool]) -> None:
    """Empty every table, index, counter and sequence whose full name `names` accepts, in all places, and take back
    the jobs and deliveries of the same: numbers are given out anew, and what was meant for an old one would meet
    with the new."""
    tx = kernel.committer.begin(kernel.place(*kernel.home), kernel.clock.now())
    for name, table_id in kernel.tables.names().items():
        if names(name):
            for space in (RECORDS, BULK, LOG):
                tx.overlay.clear(space, *prefix_range(table_id))
    for job in tx.list(JobRow):
        if names(_serves(job)):
            tx.delete(job)
    for delivery in tx.list(Delivery):
        if names(delivery.sink):
            tx.delete(delivery)
    for going in tx.list(Going):
        if names(going.table):
            tx.delete(going)
    kernel.committer.merge(tx)


def _serves(job: JobRow) -> str:
    """The full name of a job, or of the table that one of the kernel's own serves."""
    if not job.name.startswith(OWN):
        return job.name
    return str(msgspec.msgpack.decode(job.arguments).get("table", job.name))
