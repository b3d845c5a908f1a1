"""Puts an S3 server (its URL is the argument) through boto3's paces and prints what it answered, as JSON."""

import hashlib
import json
import os
import sys
import tempfile

import boto3
import urllib3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

MIB = 1024 * 1024
BUCKET = "boto3-bucket"
KEY = "imports/a b+ü(1).ndjson"



def client(**config):
    return boto3.client(
        "s3",
        endpoint_url=sys.argv[1],
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(s3={"addressing_style": "path"}, **config),
    )


s3 = client()


def code_of(call, **arguments):
    """The code of the error that a call ends in."""
    try:
        call(Bucket=BUCKET, **arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]


def multipart():
    """Uploads 12 MiB in parts with upload_file, and compares them with what download_file brings back."""
    body = os.urandom(12 * MIB)
    parts = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
    with tempfile.TemporaryDirectory() as folder:
        sent, received = os.path.join(folder, "sent"), os.path.join(folder, "received")
        with open(sent, "wb") as file:
            file.write(body)
        s3.upload_file(sent, BUCKET, "multipart", Config=parts, ExtraArgs={"Metadata": {"parts": "3"}})
        s3.download_file(BUCKET, "multipart", received, Config=parts)
        with open(received, "rb") as file:
            same = file.read() == body
    md5s = [hashlib.md5(body[at : at + 5 * MIB]).digest() for at in range(0, len(body), 5 * MIB)]
    head = s3.head_object(Bucket=BUCKET, Key="multipart")
    return {
        "same": same,
        "etagIsRight": head["ETag"] == '"%s-3"' % hashlib.md5(b"".join(md5s)).hexdigest(),
        "size": head["ContentLength"],
        "metadata": head["Metadata"],
    }


def presigned(version):
    """Uploads and downloads by presigned URLs of a signature version, and tries one that is over."""
    signer = client(signature_version=version)
    target = {"Bucket": BUCKET, "Key": "presigned a+b"}

    def call(method, operation, seconds=60, headers=None, body=None, **more):
        url = signer.generate_presigned_url(operation, Params={**target, **more}, ExpiresIn=seconds)
        answer = urllib3.request(method, url, body=body, headers=headers)
        return answer.status, answer.data.decode(), answer.headers.get("content-type")

    headers = {"content-type": "text/x", "x-amz-meta-a": "b"}
    if version == "s3":
        headers.pop("x-amz-meta-a")  # its URLs carry metadata, and cover no such header
    put = call("PUT", "put_object", headers=headers, body=b"0123", ContentType="text/x", Metadata={"a": "b"})
    got = call("GET", "get_object", ResponseContentType="text/y")
    late = call("GET", "get_object", seconds=-1)
    metadata = s3.head_object(**target)["Metadata"]
    s3.delete_object(**target)
    code = late[1].partition("<Code>")[2].partition("<")[0]
    return {"put": put[0], "got": got, "late": [late[0], code], "metadata": metadata}


def post(size, **fields):
    """Uploads a form that generate_presigned_post made: the status, and what is stored."""
    conditions = [{name: value} for name, value in fields.items()] + [["content-length-range", 1, 100]]
    form = s3.generate_presigned_post(BUCKET, "posted/${filename}", fields, conditions, ExpiresIn=60)
    file = ("a b+ü.txt", b"x" * size, "text/plain")
    answer = urllib3.request("POST", form["url"], fields={**form["fields"], "file": file})
    stored = s3.list_objects_v2(Bucket=BUCKET, Prefix="posted/").get("Contents", [])
    for object in stored:
        s3.delete_object(Bucket=BUCKET, Key=object["Key"])
    return answer.status, [(object["Key"], object["Size"]) for object in stored]


s3.create_bucket(Bucket=BUCKET)
report = {"multipart": multipart()}
put = s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"0123456789", ContentType="text/x", Metadata={"a": "b"})
report["put"] = {"etag": put["ETag"], "crc32": put.get("ChecksumCRC32")}
ranged = s3.get_object(Bucket=BUCKET, Key=KEY, Range="bytes=2-4", IfMatch=put["ETag"])
report["range"] = {"body": ranged["Body"].read().decode(), "contentRange": ranged["ContentRange"]}
head = s3.head_object(Bucket=BUCKET, Key=KEY)
report["head"] = {"size": head["ContentLength"], "type": head["ContentType"], "metadata": head["Metadata"]}
s3.copy({"Bucket": BUCKET, "Key": KEY}, BUCKET, "copy")
report["copy"] = s3.get_object(Bucket=BUCKET, Key="copy")["Body"].read().decode()
report["presigned"] = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "copy"})
report["presignedVersions"] = {version: presigned(version) for version in ("s3", "s3v4")}
report["posted"] = {
    "allowed": post(10, **{"x-amz-meta-on-error": "abort", "success_action_status": "201"}),
    "large": post(101),
}
pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 1})
report["pages"] = [[object["Key"] for object in page["Contents"]] for page in pages]
report["buckets"] = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
deleted = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": KEY}]})
report["deleted"] = [entry["Key"] for entry in deleted["Deleted"]]
report["left"] = [object["Key"] for object in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
report["errors"] = {
    "missing": code_of(s3.get_object, Key=KEY),
    "otherVersion": code_of(s3.get_object, Key="multipart", IfMatch='"0"'),
    "wrongChecksum": code_of(s3.put_object, Key="wrong", Body=b"samuel", ChecksumCRC32="AAAAAA=="),
    "acl": code_of(s3.get_object_acl, Key="multipart"),
}
print(json.dumps(report))
