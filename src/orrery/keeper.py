"""What the operator interface does to a cloud: its clock, limits, failures, requests, health."""

import os
import platform
import sys
from asyncio import AbstractEventLoop
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from orrery import __version__
from orrery.auth.credentials import tested_account
from orrery.gateway.metrics import Family
from orrery.gateway.operated import Kept as Table
from orrery.gateway.outward import own_names
from orrery.gateway.pages import stranger
from orrery.gateway.pipeline import Pipeline
from orrery.gateway.ring import Ring
from orrery.gateway.selection import Selection
from orrery.gateway.verify import Rules, Verified
from orrery.inventory import kept_by
from orrery.kernel.clock import Clock, Mode
from orrery.kernel.ids import secret
from orrery.kernel.kernel import Kernel
from orrery.kernel.limits import EraChoice, FailureRule, Override
from orrery.kernel.service import Service
from orrery.kernel.store.opening import Data
from orrery.kernel.transaction import Transaction
from orrery.lib.nearest import meant
from orrery.measures import measures
from orrery.settings import Settings
from orrery.states import States
from orrery.wire.fault import Fault
from orrery.wire.http import Answer, Head

ERAS = ("today", "notes2020")
FASTEST = 1_000_000_000
"""Virtual seconds a second, at most."""

OPERATOR = Rules(family="json", services=frozenset({"orrery"}))


UNPREPARED = {"completed": {"BOOT": True, "START": True, "READY": True, "SHUTDOWN": False}, "scripts": []}
"""The stages of a cloud that runs without scripts."""


class Kept(Protocol):
    """The cloud, as its keeper sees it."""

    settings: Settings
    loop: AbstractEventLoop
    data: Data
    kernel: Kernel
    clock: Clock
    pipeline: Pipeline
    ring: Ring

    def loaded(self) -> None: ...
    def offered(self) -> dict[str, bool]: ...
    def load(self, name: str) -> Service | None: ...
    async def look(self, path: str, query: Mapping[str, str]) -> Answer | None: ...
    async def reset(self, service: str | None) -> None: ...


class Keeper:
    """One cloud, as the operator interface sees it (`gateway/operated.py`)."""

    def __init__(self, cloud: Kept) -> None:
        self._cloud = cloud
        self._kernel = cloud.kernel
        self.states = States(cloud)
        self._started = cloud.clock.host_now()
        self.stopping: Callable[[], None] = lambda: None
        self.authority_pem: str | None = None
        self.form_token = secret(32).hex()
        self.initial: Callable[[], Mapping[str, Any]] = lambda: UNPREPARED
        self.connections: Callable[[], int | None] = lambda: None

    @property
    def host_names(self) -> Collection[str]:
        """The names this cloud answers to."""
        settings = self._cloud.settings
        return {"localhost", *own_names(settings.host_names, settings.external_host)}

    def signed_by_root(self, head: Head, body: bytes | None) -> bool:
        """Whether a root key signed the request for the service `orrery`."""
        try:
            who = self._cloud.pipeline.callers.remote.verify(head, body, OPERATOR)
        except Fault:
            return False
        if not isinstance(who, Verified) or who.principal.kind != "root":
            return False
        # Where the test keys are trusted, a page can sign with them as well as root can.
        return tested_account(who.access_key) is None or stranger(head, self.host_names, by_url=True) is None

    def health(self) -> Mapping[str, Any]:
        """Facts of the running process."""
        settings = self._cloud.settings
        return {
            "pid": os.getpid(),
            "version": __version__,
            "uptime_seconds": (self._cloud.clock.host_now() - self._started) // 1000,
            "data_directory": settings.data_dir,
            "durability": settings.durability,
            "auth": settings.auth,
            **({"log_file": settings.log_file} if settings.log_file else {}),
            "requests": self._cloud.ring.total,
            "waiting": len(self._kernel.waiters),
        }

    def services(self) -> Mapping[str, bool]:
        """Every service that Orrery offers; True when it was used."""
        return self._cloud.offered()

    # --- the clock ---

    def clock(self) -> Mapping[str, Any]:
        """How virtual time stands."""
        clock = self._cloud.clock
        return {"now": clock.now(), "host": clock.host_now(), "mode": clock.mode, "rate": clock.rate}

    async def advance(self, length: int) -> int:
        """Let time pass, everything due included."""
        before = self._kernel.scheduler.done
        await self._kernel.advance(length)
        return self._kernel.scheduler.done - before

    async def turn_to(self, instant: int) -> int:
        """Let time pass up to an instant. Raises ValueError for one in the past."""
        length = instant - self._cloud.clock.now()
        if length < 0:
            raise ValueError("the clock never goes back")
        return await self.advance(length)

    def set_clock(self, mode: str, rate: float) -> None:
        """Change how time runs."""
        if mode not in ("real", "manual", "autojump"):
            raise ValueError(f"no clock mode is called {mode!r}")
        if not 0 < rate <= FASTEST:
            raise ValueError(f"the rate must be above 0 and at most {FASTEST:,}")
        chosen: Mode = mode  # type: ignore[assignment]
        self._cloud.clock.set_mode(chosen, rate)

    # --- limits, eras, failures ---

    def limits(self, account: str, region: str) -> list[Mapping[str, Any]]:
        """Every limit, with its figure in a place."""
        self._load_all()
        place = self._kernel.place(account or "000000000000", region or self._cloud.settings.region)
        limits = self._kernel.limits
        return [
            {
                "name": limit.name,
                "value": limits.get(limit.name, place),
                "today": limit.today,
                **limit.eras,
                "enforced": not limit.rate or limits.rate(limit.name, place) is not None,
                "doc": limit.doc,
            }
            for limit in sorted(limits.declared.values())
        ]

    async def set_limit(self, name: str, value: int, account: str, region: str) -> None:
        """Set a limit for an account and Region, or all."""
        self._load_all()
        _look_up("limit", name, self._kernel.limits.declared)
        if value < 0:
            raise ValueError("a limit cannot be below 0")
        await self._change(lambda tx: tx.put(Override(name, account, region, value)))

    async def reset_limits(self, name: str | None, account: str, region: str) -> None:
        """Take back what was set."""
        if name is not None:
            self._load_all()
            _look_up("limit", name, self._kernel.limits.declared)

        def reset(tx: Transaction) -> None:
            for row in tx.list(Override):
                wanted = (name is None or row.name == name) and account in ("", row.account)
                if wanted and region in ("", row.region):
                    tx.delete(row)

        await self._change(reset)

    def era(self, account: str) -> str:
        """The era of an account."""
        return self._kernel.limits.era(account)

    async def set_era(self, era: str, account: str) -> None:
        """Choose the era of an account, or of all."""
        if era not in ERAS:
            raise ValueError(f"no era is called {era!r}; there are {', '.join(ERAS)}")
        await self._change(lambda tx: tx.put(EraChoice(account, era)))

    def failures(self) -> list[Mapping[str, Any]]:
        """Every failure that can be asked for, and how it is set."""
        self._load_all()
        limits = self._kernel.limits
        return [
            {
                "name": failure.name,
                "doc": failure.doc,
                "parameters": dict(failure.parameters),
                "rule": limits.rule(failure.name),
            }
            for failure in sorted(limits.failures.values(), key=lambda failure: failure.name)
        ]

    async def set_failure(self, name: str, rule: Mapping[str, Any], account: str, region: str) -> None:
        """Ask for a failure."""
        self._load_all()
        _look_up("failure", name, self._kernel.limits.failures)
        declared = self._kernel.limits.failures[name]
        unknown = sorted(set(rule) - set(declared.parameters))
        if unknown:
            raise ValueError(f"{name} has no parameter {unknown[0]}; it has {', '.join(declared.parameters) or 'none'}")
        for key, value in rule.items():
            if not _fits(value, declared.parameters[key]):
                raise ValueError(f"{name}: {value!r} is no {key}")
        await self._change(lambda tx: tx.put(FailureRule(name, account, region, dict(rule))))

    async def clear_failures(self, name: str | None) -> None:
        """Take back one failure, or all."""
        if name is not None:
            self._load_all()
            _look_up("failure", name, self._kernel.limits.failures)

        def clear(tx: Transaction) -> None:
            for row in tx.list(FailureRule):
                if name is None or row.name == name:
                    tx.delete(row)

        await self._change(clear)

    # --- looking ---

    def requests(self, limit: int, wanted: Selection) -> list[Mapping[str, Any]]:
        """The last of the wanted requests."""
        return [entry.facts() for entry in wanted.of(self._cloud.ring.entries(), limit)]

    def request(self, request_id: str) -> Mapping[str, Any] | None:
        """One request."""
        entry = self._cloud.ring.find(request_id)
        return None if entry is None else entry.life()

    def tables(self, service: str, account: str, region: str, limit: int) -> Sequence[Table]:
        """What a service keeps. Raises LookupError for an unknown one."""
        found = self._cloud.load(service)
        if found is None:
            raise LookupError(f"there is no service {service!r}")
        return kept_by(self._kernel, found, account, region, limit)

    @property
    def open_metrics(self) -> bool:
        """Whether other machines may see the measures."""
        return self._cloud.settings.open_metrics

    def measures(self) -> Sequence[Family]:
        """What Prometheus is told."""
        return measures(self._cloud, self._started, self.connections())

    def doctor(self) -> Mapping[str, Any]:
        """What is in use."""
        committer = self._kernel.committer
        return {
            "version": __version__,
            "python": platform.python_version(),
            "implementation": sys.implementation.name,
            "loop": type(self._cloud.loop).__module__,
            "store": type(self._cloud.data.store).__name__,
            "store_bytes": self._cloud.data.store.size(),
            "batches": committer.batches,
            "disk_full": committer.full,
            "records_in_memory": len(committer.cache),
            "parked_jobs": [{"name": row.name, "reason": row.parked} for row in self._kernel.scheduler.parked()],
            "host_names": sorted(self.host_names),
        }

    def authority(self) -> str | None:
        """The certificate authority, as PEM."""
        return self.authority_pem

    def prepared(self) -> Mapping[str, Any]:
        """The stages of the start, and their scripts."""
        return self.initial()

    def seed(self, number: int) -> None:
        """Let ids made from now on follow from a number."""
        self._kernel.ids.seed(number)

    def stop(self) -> None:
        """Begin to stop."""
        self.stopping()

    async def reset(self, service: str | None) -> None:
        """Forget everything a service keeps, or everything."""
        await self._cloud.reset(service)

    async def look(self, path: str, query: Mapping[str, str], head: Head) -> Answer | None:
        """What a service shows of itself."""
        return await self._cloud.look(path, query)

    # --- inside ---

    async def _change(self, function: Callable[[Transaction], Any]) -> None:
        self._kernel.change(function)
        await self._kernel.kept()
        self._kernel.load_limits()

    def _load_all(self) -> None:
        for name in self._cloud.offered():
            self._cloud.load(name)


def _look_up(kind: str, name: str, known: Collection[str]) -> None:
    """Raise LookupError, with the nearest name, for one that is not known."""
    if name not in known:
        raise LookupError(f"no {kind} is called {name}{meant(name, known)}")


def _fits(value: Any, default: Any) -> bool:
    """Whether a failure's parameter may have this value; a count (None: without end) is a whole number from 1."""
    if default is None:
        return value is None or (type(value) is int and value > 0)
    if isinstance(default, str):
        return isinstance(value, str)
    return isinstance(value, int | float) and value >= 0
