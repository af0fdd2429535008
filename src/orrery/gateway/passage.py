"""One request under way through the pipeline."""

from asyncio import Task
from collections.abc import Callable
from typing import Any

from orrery.gateway.body import BodyReader
from orrery.gateway.exchange import Exchange
from orrery.gateway.forms import FormReader
from orrery.gateway.identity import ANONYMOUS as NOBODY
from orrery.gateway.identity import Anonymous, Verified
from orrery.gateway.stages import COUNT, VERIFY
from orrery.gateway.streaming import StreamedBody
from orrery.kernel.call import ANONYMOUS, Call, Principal
from orrery.wire.codec import Codec
from orrery.wire.routes import Route

DEFAULT_REGION = "us-east-1"


class Passage:
    """One request under way.

    `started` is the stopwatch's reading when its head had come, `marks` those at the end of its stages (stages.py).
    """

    __slots__ = (
        "audited",
        "believed",
        "body",
        "call",
        "codec",
        "doubt",
        "exchange",
        "fields",
        "form",
        "function",
        "ignored",
        "marks",
        "principal",
        "reader",
        "region",
        "request_id",
        "route",
        "signed_region",
        "started",
        "stream",
        "task",
        "values",
        "who",
        "whole",
    )

    def __init__(self, exchange: Exchange, started: float, request_id: str) -> None:
        self.exchange = exchange
        self.started = started
        self.marks = [0.0] * COUNT
        self.call: Call | None = None
        self.request_id = request_id
        self.route: Route | None = None
        self.codec: Codec | None = None
        self.principal: Principal = ANONYMOUS
        self.region = DEFAULT_REGION
        self.values: Any = None
        self.ignored = ""
        self.audited = ""
        self.body: Any = b""
        self.who: Verified | Anonymous = NOBODY
        self.form = ""
        self.signed_region = ""
        self.believed = False
        self.stream: StreamedBody | None = None
        self.reader: BodyReader | None = None
        self.whole = b""
        self.doubt: Exception | None = None
        self.fields: FormReader | None = None
        self.task: Task[None] | None = None
        self.function: Callable[..., Any] | None = None

    def anew(self) -> None:
        """The steps from verifying on are done again."""
        self.marks[VERIFY:] = [0.0] * (COUNT - VERIFY)
