"""Takes orders: each becomes a receipt in a bucket and a message for the warehouse."""

import json

import boto3

BUCKET = "receipts"
QUEUE = "orders"


def place(number: str, item: str) -> None:
    """Keep a receipt and tell the warehouse."""
    boto3.client("s3").put_object(Bucket=BUCKET, Key=f"{number}.json", Body=json.dumps({"item": item}))
    boto3.client("sqs").send_message(QueueUrl=_queue(), MessageBody=number)


def ship() -> list[str]:
    """Take what waits from the queue; the items, by their receipts."""
    sqs, s3 = boto3.client("sqs"), boto3.client("s3")
    items = []
    for message in sqs.receive_message(QueueUrl=_queue(), MaxNumberOfMessages=10).get("Messages", []):
        receipt = s3.get_object(Bucket=BUCKET, Key=f"{message['Body']}.json")["Body"].read()
        items.append(json.loads(receipt)["item"])
        sqs.delete_message(QueueUrl=_queue(), ReceiptHandle=message["ReceiptHandle"])
    return items


def _queue() -> str:
    return str(boto3.client("sqs").get_queue_url(QueueName=QUEUE)["QueueUrl"])
