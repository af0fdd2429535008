"""One cloud, put together: store, kernel, keys, pipeline and server. Several may live in one process."""

import importlib
from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Awaitable, Callable, Mapping
from operator import methodcaller
from pathlib import Path

import msgspec

from orrery.auth.credentials import TEST_ACCOUNT, Keys, RootKey, kept_root_key
from orrery.auth.credentials import auth as auth_service
from orrery.gateway import operator
from orrery.gateway.bodies_shown import BodiesShown
from orrery.gateway.body import BodyReader
from orrery.gateway.callers import is_loopback
from orrery.gateway.exchange import Exchange, StreamBody
from orrery.gateway.operator_states import Flow
from orrery.gateway.origins import Origins
from orrery.gateway.outward import Outward, own_names
from orrery.gateway.pipeline import Pipeline
from orrery.gateway.port import LocalPort
from orrery.gateway.ring import Ring
from orrery.gateway.verify import Verifier
from orrery.keeper import Keeper
from orrery.kernel.clock import Clock, Mode, stopwatch
from orrery.kernel.ids import Ids
from orrery.kernel.kernel import Kernel
from orrery.kernel.limits import kernel as kernel_service
from orrery.kernel.service import Service
from orrery.kernel.store.opening import Data
from orrery.kernel.waiters import Run
from orrery.settings import Settings
from orrery.wire.catalog import Models
from orrery.wire.http import Answer

PACKAGES = {
    "s3": "orrery.services.s3",
    "sqs": "orrery.services.sqs",
    "sts": "orrery.services.sts",
}
"""Where each service that Orrery offers lives: model name → package. A package is imported at its first request."""

FLUSH = 0.2
"""Seconds between writes of the request log."""

WITHOUT_60_SECOND_RULES = {"sqs.delete-cooldown-seconds": 0, "sqs.purge-cooldown-seconds": 0}
"""The figures of limits under the setting `sqs-60-second-rules off`."""


class Cloud:
    """A cloud without its sockets; `begin` and `serve` are what the server calls.

    `data` is an opened data directory. `write` takes the request log's lines, `report` the
    failures that are nobody's answer. `seed` makes ids replay. `cache` is where compiled models are kept
    between processes; `models` are those that other clouds of this loop have compiled already.
    """

    def __init__(
        self,
        settings: Settings,
        loop: AbstractEventLoop,
        data: Data,
        *,
        write: Callable[[str], object] | None = None,
        report: Callable[[str, BaseException], None],
        cache: Path | None = None,
        models: Models | None = None,
        seed: int | None = None,
    ) -> None:
        self.settings = settings
        self.loop = loop
        self.data = data
        self.services: dict[str, Service] = {"auth": auth_service}
        self.clock = Clock(loop, mode=_mode(settings), rate=settings.clock.rate)
        self.ring = Ring(
            write=write,
            as_json=settings.log_format == "json",
            host=lambda: self.clock.host_now() - stopwatch() * 1000,
        )
        self._flush: TimerHandle = loop.call_later(FLUSH, self._flush_log)
        self.kernel = Kernel(
            data.store,
            loop,
            tables=data.tables,
            clock=self.clock,
            services=self.services,
            load=self.load,
            report=report,
            ids=Ids(seed),
            real_rates=settings.limits == "real",
            era=settings.era,
            figures={} if settings.sqs_60_second_rules else WITHOUT_60_SECOND_RULES,
            content=data.content,
            durability=data.durability,
        )
        self.cache = cache
        self.root_key: RootKey | None = None
        self.roots = self._roots()
        self.pipeline = self._pipeline(models or Models(cache), report)
        self.keeper = Keeper(self)
        self.kernel.start()

    def _pipeline(self, models: Models, report: Callable[[str, BaseException], None]) -> Pipeline:
        settings = self.settings
        local = Keys(self.kernel, roots=self.roots, test_keys=True)
        remote = Keys(self.kernel, roots=self.roots, test_keys=settings.trust_test_keys)
        self.lookup = remote.lookup
        return Pipeline(
            LocalPort(self.kernel),
            models,
            local=Verifier(local.lookup, self.clock),
            remote=Verifier(remote.lookup, self.clock),
            load=self.load,
            ring=self.ring,
            report=report,
            bodies=BodiesShown(settings.log_bodies) if settings.log_bodies else None,
            mode=settings.auth,
            strict=settings.strict,
            body_limit=settings.max_body_size,
            names=own_names(settings.host_names, settings.external_host),
            origins=Origins(settings.cors_origins, settings.cors_headers),
            outward=Outward(settings.external_host, settings.sqs_url_style),
        )

    def _roots(self) -> dict[str, tuple[str, str]]:
        """Root keys from the settings; where other machines can reach the cloud and none are given, kept ones."""
        settings = self.settings
        if settings.root_key_id:
            return {settings.root_key_id: (settings.root_secret, TEST_ACCOUNT)}
        if settings.trust_test_keys or all(is_loopback(host) or host == "localhost" for host in settings.host):
            return {}
        self.root_key = kept_root_key(self.kernel)
        return {self.root_key.access_key: (self.root_key.secret, TEST_ACCOUNT)}

    def load(self, name: str) -> Service | None:
        """A service by name, its package imported at its first use; None when Orrery does not offer it."""
        found = self.services.get(name)
        if found is None and name in PACKAGES:
            found = self.services[name] = _imported(name)
            self.kernel.adopt(found)
        return found

    def offered(self) -> dict[str, bool]:
        """The services Orrery offers; True for those that were used."""
        return {name: name in self.services for name in PACKAGES}

    async def look(self, path: str, query: Mapping[str, str]) -> Answer | None:
        """What a service shows of itself under an operator path; None when none knows it."""
        parts = path.split("/")
        service = self.load(parts[2]) if len(parts) > 3 else None
        view = None if service is None else service.views.get(parts[3])
        if view is None:
            return None
        shown = view(self.kernel, query)
        if isinstance(shown, Awaitable):
            shown = await shown
        return Answer(200, [(b"content-type", b"application/json")], msgspec.json.encode(shown) + b"\n")

    async def reset(self, service: str | None) -> None:
        """Forget everything, or everything of one service: records, counters, jobs, bodies; the clock stays."""
        if service is not None and service not in PACKAGES:
            raise LookupError(f"no service is called {service}")
        services = [service] if service else [*PACKAGES, "auth"]
        for name in services:
            if self.kernel.contents.has(name):
                self.load(name)
        prefixes = tuple(f"{name}{mark}" for name in services for mark in ".#")
        self.kernel.forget(lambda name: name.startswith(prefixes))
        await self.kernel.kept()
        await self.kernel.contents.clear(services)

    def begin(self, exchange: Exchange) -> "int | StreamBody | None":
        """The head of a request has come."""
        if operator.claims(exchange.head):
            return operator.begin(exchange.head)
        return self.pipeline.begin(exchange)

    def serve(self, exchange: Exchange, body: bytes) -> None:
        """A request has come whole."""
        if exchange.context is not None:
            self.pipeline.serve(exchange, body)
            return
        self._operate(exchange, body)

    def serve_stream(self, exchange: Exchange, body: BodyReader) -> None:
        """A request whose body is streamed begins to come."""
        if exchange.context is None:
            self._operate(exchange, body)
            return
        self.pipeline.serve_stream(exchange, body)

    def _operate(self, exchange: Exchange, body: bytes | BodyReader) -> None:
        """Answer a request to the operator interface."""

        def answered(answer: Answer | Flow | None, error: BaseException | None) -> None:
            if isinstance(answer, Flow):
                exchange.stream(200, answer.headers, answer.source)
            elif answer is not None:
                exchange.answer(answer)
            elif error is not None:
                self.pipeline.report("the operator interface", error)
                exchange.answer(operator.failed())

        Run(operator.handle(self.keeper, exchange.head, body), answered)

    def loaded(self) -> None:
        """Another state was loaded: root's own key pair, which people were told, stays the one of this cloud."""
        if self.root_key is not None:
            self.kernel.change(methodcaller("put", self.root_key))

    def _flush_log(self) -> None:
        self.ring.flush()
        self._flush = self.loop.call_later(FLUSH, self._flush_log)

    def close(self) -> None:
        """Commit what is pending and close the store."""
        self.kernel.committer.flush()
        self.kernel.contents.close()
        self.kernel.leaper.stop()
        self.kernel.rest.stop()
        self.clock.stop()
        self._flush.cancel()
        self.ring.flush()
        self.data.close()


def declaration(name: str) -> Service | None:
    """What a service declares, without a cloud; the kernel's own and the keys' among them."""
    own = {kernel_service.name: kernel_service, auth_service.name: auth_service}.get(name)
    return own or (_imported(name) if name in PACKAGES else None)


def _imported(name: str) -> Service:
    service: Service = getattr(importlib.import_module(PACKAGES[name]), name)
    return service


def _mode(settings: Settings) -> Mode:
    mode = settings.clock.mode
    return mode if mode in ("manual", "autojump") else "real"  # type: ignore[return-value]
