"""The kernel as the pipeline sees it: in this process, or behind a socket (workers/)."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any, Protocol

from orrery.gateway.passage import Passage
from orrery.gateway.sharing import shared_fields
from orrery.gateway.throttling import throttle
from orrery.kernel.call import Call
from orrery.kernel.kernel import Finish, Kernel
from orrery.kernel.service import Service
from orrery.wire.http import Header

Again = Callable[[], None]
"""Does the steps of a request once more, from verifying on: what they were done with has changed since."""
Shared = Callable[[list[Header] | None], None]


class Port(Protocol):
    """What the pipeline asks of the kernel. Answers come by callbacks, at once or later, each once."""

    loop: AbstractEventLoop
    now: Callable[[], int]
    new_id: Callable[[], str]

    def admit(self, passage: Passage) -> None:
        """Raise the fault of a call that is not taken on."""

    def doubts(self, fault: Exception) -> bool:
        """Whether `fault` may not be the last word: then `refuse` is to be asked with a way to do the steps again."""

    def refuse(self, fault: Exception, end: Callable[[Exception], None], again: Again) -> None:
        """End a request with `fault`, once what was read for it is durable; or do its steps again."""

    def perform(
        self, function: Callable[..., Any], call: Call, passage: Passage, finish: Finish, again: Again
    ) -> Callable[[], None] | None:
        """Perform an operation; gives what cancels it, None when it is over."""

    def share(self, passage: Passage, service: Service | None, done: Shared) -> None:
        """The fields that tell a browser whether its page of another origin may read the answer, None where the service
        has no rules for that; none, and a report, where finding them out fails."""


class LocalPort:
    """The kernel in this process."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._perform = kernel.perform
        self.loop = kernel.loop
        self.now = kernel.clock.now
        self.new_id = kernel.ids.uuid

    def admit(self, passage: Passage) -> None:
        """Raise the protocol's throttling error when the call is to be throttled."""
        if self._kernel.limits.failing:
            assert passage.route is not None
            throttle(self._kernel, passage.route, passage.principal.account, passage.region)

    def doubts(self, fault: Exception) -> bool:
        """Never: whatever was asked was asked of the kernel itself."""
        return False

    def refuse(self, fault: Exception, end: Callable[[Exception], None], again: Again) -> None:
        """See `Port.refuse`."""
        self._kernel.committer.when_durable(lambda problem: end(problem or fault))

    def perform(
        self, function: Callable[..., Any], call: Call, passage: Passage, finish: Finish, again: Again
    ) -> Callable[[], None] | None:
        """See `Port.perform`."""
        run = self._perform(function, call, finish)
        return None if run is None or run.over else run.cancel

    def share(self, passage: Passage, service: Service | None, done: Shared) -> None:
        """See `Port.share`."""
        try:
            fields = shared_fields(self._kernel, service, passage)
        except Exception as problem:  # noqa: BLE001 - told of; the answer is not less true without these fields
            self._kernel.report("what an answer tells a browser", problem)
            fields = []
        done(fields)
