"""The queue of orders that nobody could ship, and the way there."""

import json

import boto3

sqs = boto3.client("sqs")
dead = sqs.create_queue(QueueName="orders-dead")["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "3"})
sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})
print("orders go to", arn.rpartition(":")[2], "after three tries")
