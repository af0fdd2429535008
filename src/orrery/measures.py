"""What a running cloud tells Prometheus of itself; gathered only when it is asked."""

import os
import sys
from pathlib import Path
from typing import Protocol

from orrery import __version__
from orrery.gateway.metrics import Family, one, request_families
from orrery.gateway.ring import Ring
from orrery.kernel.clock import Clock
from orrery.kernel.kernel import Kernel
from orrery.kernel.store.opening import Data


class Measured(Protocol):
    """The cloud, as far as it is measured."""

    kernel: Kernel
    clock: Clock
    data: Data
    ring: Ring


def measures(cloud: Measured, started: int, connections: int | None) -> list[Family]:
    """All figures; `started` is the host's instant of the start. `connections` is None where other processes hold
    them."""
    open_now = [] if connections is None else [one("orrery_connections", "gauge", "Open connections.", connections)]
    return [
        Family("orrery_info", "gauge", "The release.", (("", {"version": __version__}, 1),)),
        *request_families(cloud.ring.meter()),
        *open_now,
        *_store(cloud),
        *_work(cloud.kernel),
        *_time(cloud.clock, started),
        *_process(),
    ]


def _store(cloud: Measured) -> list[Family]:
    committer, store = cloud.kernel.committer, cloud.data.store
    return [
        one("orrery_store_batches_total", "counter", "Batches committed.", committer.batches),
        one("orrery_store_pending_answers", "gauge", "Answers that wait for the batch under way.", committer.waiting),
        one("orrery_store_bytes", "gauge", "Bytes the store takes, its log included.", store.size()),
        one("orrery_store_log_bytes", "gauge", "Bytes of the store's write-ahead log.", store.log_size()),
        one("orrery_store_full", "gauge", "1 while the disk is full.", int(committer.full)),
        one("orrery_records_in_memory", "gauge", "Records kept decoded in memory.", len(committer.cache)),
    ]


def _work(kernel: Kernel) -> list[Family]:
    scheduler = kernel.scheduler
    return [
        one("orrery_waiters", "gauge", "Operations that wait, long polls for one.", len(kernel.waiters)),
        one("orrery_operations_running", "gauge", "Operations and jobs under way that may wait.", kernel.running),
        one("orrery_jobs_done_total", "counter", "Jobs that have run.", scheduler.done),
        one("orrery_jobs_due", "gauge", "Jobs whose time has come, counted up to 1000.", scheduler.due()),
        one("orrery_jobs_parked", "gauge", "Jobs that kept failing.", len(scheduler.parked())),
    ]


def _time(clock: Clock, started: int) -> list[Family]:
    host, now = clock.host_now(), clock.now()
    return [
        one("orrery_clock_seconds", "gauge", "Virtual time, in seconds since 1970.", now / 1000),
        one("orrery_clock_offset_seconds", "gauge", "Virtual time less the host's.", (now - host) / 1000),
        one("process_start_time_seconds", "gauge", "When the process began, in seconds since 1970.", started / 1000),
    ]


def _process() -> list[Family]:
    spent = os.times()
    found = [one("process_cpu_seconds_total", "counter", "Processor time.", round(spent.user + spent.system, 3))]
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        resident = pages * os.sysconf("SC_PAGE_SIZE")
        found.append(one("process_resident_memory_bytes", "gauge", "Memory in use.", resident))
        descriptors = len(list(Path("/proc/self/fd").iterdir()))
        found.append(one("process_open_fds", "gauge", "File descriptors that are open.", descriptors))
    return found
