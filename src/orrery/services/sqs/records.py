"""What SQS remembers.

A queue's messages do not lie under its name but under a number, its *space*, so that PurgeQueue and DeleteQueue need
only forget the number; a job removes what lies there afterwards. Inside a space everything is keyed by `seq`, which
rises with every message that comes: order of arrival is order of keys.

A message that was never received and has no delay and no group is *fresh*: its row in `Message`, from `Level.cursor`
on, is all there is of it, so a send is one row. Once received or delayed it has a row in `Flight` with its counts and
the instant at which it is visible (again), found through `Flight.by_due`. A message with a group waits in the group's
`Lane`; `Group.by_head` orders groups by their first waiting message, so that a locked or noisy group is passed over
whatever its backlog.

Counts are kept in `Level`. `flight` and `delayed` there include messages that have become visible meanwhile; `Due`
says how many become visible in each second, so the true counts cost what seconds passed, not what messages wait.
"""

from orrery.kernel.records import Index, Record
from orrery.kernel.store.contract import BULK
from orrery.services.sqs.service import sqs

Attribute = tuple[str, bytes]
"""A message attribute: its data type ("String", "Number.int", ...) and its value, text as UTF-8."""

NOISY_FROM = 30
"""A group of a standard queue with fewer messages in flight is never noisy."""


@sqs.table(
    key="name",
    arn="{name}",
    missing=("QueueDoesNotExist", "The specified queue does not exist."),
)
class Queue(Record, frozen=True):
    """A queue. `attributes` holds AWS's names and texts; `number` stays the same for life, `space` until a purge."""

    name: str
    account: str
    region: str
    number: int
    space: int
    created: int
    modified: int
    attributes: dict[str, str]
    tags: dict[str, str]
    dead_letter: str | None = None
    receives: int = 0
    purged: int = 0
    rescoped: int = 0

    by_dead_letter = Index("dead_letter")

    @property
    def fifo(self) -> bool:
        """Whether it is a FIFO queue: the name says so."""
        return self.name.endswith(".fifo")

    @property
    def visibility(self) -> int:
        """How long a received message is hidden, in ms."""
        return int(self.attributes["VisibilityTimeout"]) * 1000

    @property
    def delay(self) -> int:
        """How long a new message is hidden, in ms."""
        return int(self.attributes["DelaySeconds"]) * 1000

    @property
    def retention(self) -> int:
        """How long a message is kept, in ms."""
        return int(self.attributes["MessageRetentionPeriod"]) * 1000

    @property
    def largest(self) -> int:
        """Most bytes of body and attributes of one message."""
        return int(self.attributes["MaximumMessageSize"])


@sqs.table(key="name", expires="until")
class Deleted(Record, frozen=True):
    """The name of a queue deleted at `at`, which cannot be used again for a while."""

    name: str
    at: int
    until: int


@sqs.table(key="name", scope="partition")
class Numbers(Record, frozen=True):
    """The last number given out under `name`."""

    name: str
    last: int


@sqs.table(key=("space", "seq"), scope="partition", space=BULK)
class Message(Record, frozen=True):
    """What was sent. `receives` and `first` are what a dead-lettered message brings from its source queue."""

    space: int
    seq: int
    id: str
    body: str
    digest: str
    sender: str
    sent: int
    fresh: bool = True
    attributes: dict[str, Attribute] = {}
    trace: str | None = None
    group: str | None = None
    deduplication: str | None = None
    source: str | None = None
    receives: int = 0
    first: int = 0
    moved: bool = False


@sqs.table(key=("space", "seq"), scope="partition")
class Flight(Record, frozen=True):
    """What became of a message that was received or delayed. Without `visible` it waits in its group's lane."""

    space: int
    seq: int
    visible: int | None
    receives: int = 0
    first: int = 0
    received: int = 0
    delayed: bool = False
    group: str | None = None
    moved: int | None = None

    by_due = Index("space", "visible")


@sqs.table(key="space", scope="partition")
class Level(Record, frozen=True):
    """How full a space is.

    `seq` is the last number given; messages from `cursor` on were never looked at, `fresh` of them can be handed out.
    `total` counts all; `flight` and `delayed` those with a row in `Flight` whose second is not before `settled`.
    `groups` counts groups that have something to hand out. No entry of `Flight.by_due` is before `due`. `expiry` is
    the instant at which a job looks for expired messages, 0 when none is set.
    """

    space: int
    seq: int = 0
    cursor: int = 1
    total: int = 0
    fresh: int = 0
    flight: int = 0
    delayed: int = 0
    settled: int = 0
    groups: int = 0
    due: int = 0
    expiry: int = 0


@sqs.table(key=("space", "second"), scope="partition")
class Due(Record, frozen=True):
    """How many messages become visible in one second: received ones and delayed ones."""

    space: int
    second: int
    flight: int = 0
    delayed: int = 0


@sqs.table(key=("space", "group", "seq"), scope="partition")
class Lane(Record, frozen=True):
    """A message's place in its group: on FIFO queues as long as it lives, on standard ones while it waits."""

    space: int
    group: str
    seq: int


@sqs.table(key=("space", "id"), scope="partition")
class Group(Record, frozen=True):
    """A message group: `size` messages in its lane, `flight` in flight; `head` is the next that may be handed out."""

    space: int
    id: str
    size: int = 0
    flight: int = 0
    head: int | None = None

    by_head = Index("space", "head")
    by_busy = Index("space", "busy")

    @property
    def busy(self) -> int | None:
        """Messages in flight where they are enough to make the group noisy."""
        return self.flight if self.flight >= NOISY_FROM else None


@sqs.table(key=("space", "sent", "seq"), scope="partition")
class Moved(Record, frozen=True):
    """A dead-lettered message of a standard queue, by when it was sent first: it expires before its neighbours."""

    space: int
    sent: int
    seq: int


@sqs.table(key=("number", "scope", "id"), scope="partition", expires="until")
class Deduplication(Record, frozen=True):
    """A deduplication id seen on the queue `number`, in one group or ("") in all of them."""

    number: int
    scope: str
    id: str
    until: int
    message: str
    seq: int


@sqs.table(key=("number", "id"), scope="partition", expires="until")
class Attempt(Record, frozen=True):
    """A receive with a ReceiveRequestAttemptId: which deliveries (seq, receives), hidden until `visible`, a repetition
    gives again."""

    number: int
    id: str
    until: int
    space: int
    visible: int
    deliveries: list[tuple[int, int]]


@sqs.table(key=("source", "number"))
class MoveTask(Record, frozen=True):
    """A StartMessageMoveTask on the dead-letter queue named `source`. `rate` is messages a second, 0: no limit."""

    source: str
    number: int
    id: str
    status: str
    started: int
    destination: str | None = None
    rate: int = 0
    moved: int = 0
    planned: int = 0
    failure: str | None = None


@sqs.table(key=("number", "action"), scope="partition")
class Pace(Record, frozen=True):
    """Calls of one action on the queue `number` in one second; kept only where rates are enforced."""

    number: int
    action: str
    second: int
    calls: int
