#!/bin/sh
set -e
awslocal sqs create-queue --queue-name orders
awslocal s3 mb s3://receipts
