"""The declaration of the service: its limits and the ways in which it can be made to fail."""

from orrery.kernel.service import Service

sqs = Service("sqs")

MESSAGE_SIZE = sqs.limit(
    "message-size",
    today=1_048_576,
    notes2020=262_144,
    doc="Largest MaximumMessageSize a queue may have, and its default: bytes of body and attributes of one message.",
)
BATCH_SIZE = sqs.limit(
    "batch-size",
    today=1_048_576,
    notes2020=262_144,
    doc="Bytes of bodies and attributes of all entries of one SendMessageBatch.",
)
BATCH_ENTRIES = sqs.limit("batch-entries", today=10, doc="Entries of one batch request.")
INFLIGHT_STANDARD = sqs.limit(
    "inflight-standard",
    today=120_000,
    doc="Messages of a standard queue that are received and not deleted; a short poll beyond it answers OverLimit.",
)
INFLIGHT_FIFO = sqs.limit(
    "inflight-fifo",
    today=120_000,
    notes2020=20_000,
    doc="Messages of a FIFO queue that are received and not deleted; beyond it nothing is returned.",
)
RETENTION_SHORTEST = sqs.limit("retention-shortest", today=60, doc="Least MessageRetentionPeriod, in seconds.")
RETENTION_LONGEST = sqs.limit("retention-longest", today=1_209_600, doc="Most MessageRetentionPeriod, in seconds.")
MESSAGE_ATTRIBUTES = sqs.limit("message-attributes", today=10, doc="Message attributes of one message.")
TAGS = sqs.limit("tags", today=50, doc="Tags of one queue.")
LABELLED_ACTIONS = sqs.limit("permission-actions", today=7, doc="Actions of one AddPermission.")
DELETE_COOLDOWN = sqs.limit(
    "delete-cooldown-seconds",
    today=60,
    doc="Seconds after DeleteQueue in which the name cannot be used again; 0 lifts the rule.",
)
PURGE_COOLDOWN = sqs.limit(
    "purge-cooldown-seconds",
    today=60,
    doc="Seconds after PurgeQueue in which the queue cannot be purged again; 0 lifts the rule.",
)
FIFO_REGION = sqs.limit(
    "fifo-queues",
    today=1,
    doc="1 where FIFO queues can be made; 0 makes a Region one without them, as some were until 2020.",
)
FIFO_CALLS = sqs.limit(
    "fifo-calls-per-second",
    today=300,
    rate=True,
    doc="Calls a second of one action on a FIFO queue with FifoThroughputLimit perQueue.",
)
FIFO_CALLS_HIGH = sqs.limit(
    "fifo-calls-per-second-high-throughput",
    today=70_000,
    rate=True,
    doc="Calls a second of one action on a FIFO queue in high-throughput mode.",
)

DUPLICATE = sqs.failure(
    "duplicate",
    doc="Standard queues now and then deliver a message that is in flight once more.",
    rate=0.1,
)
SHUFFLE = sqs.failure(
    "shuffle",
    doc="Standard queues hand out messages in another order than they came; `seed` makes it repeat.",
    seed=0,
)
