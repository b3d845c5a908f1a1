"""Uploads standard input with boto3: put_object.py ENDPOINT BUCKET KEY"""

import sys

import boto3

endpoint, bucket, key = sys.argv[1:]
s3 = boto3.client(
    "s3",
    endpoint_url=endpoint,
    region_name="us-east-1",
    aws_access_key_id="x",
    aws_secret_access_key="x",
)
s3.put_object(Bucket=bucket, Key=key, Body=sys.stdin.buffer.read())
