"""SQS: queues, standard and FIFO, with everything their API does.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/Welcome.html
"""

from orrery.services.sqs import batches, messages, permissions, queues, tags, tasks, why
from orrery.services.sqs.service import sqs

__all__ = ["batches", "messages", "permissions", "queues", "sqs", "tags", "tasks", "why"]
