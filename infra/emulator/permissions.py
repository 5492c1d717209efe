#!/usr/bin/env python3
"""Compares what each function may do with what it did, as CloudTrail of the emulator recorded it: permissions.py --state DIR

To be run when all scenarios have run against an emulator that was started with --auth. There a missing permission fails
the scenario that needs it; here fails one that nobody used, unless it stands below with its reason.
"""

import argparse
import json
import math
import re
import sys
import time
import urllib.request
from collections import defaultdict
from pathlib import Path

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from emulator import CREDENTIALS

# What is allowed and was not seen, and why it is needed all the same.
UNSEEN = {
    "*": {
        "logs:CreateLogStream": "Lambda's own",
        "logs:PutLogEvents": "Lambda's own",
        "xray:PutTraceSegments": "Lambda's own",
        "xray:PutTelemetryRecords": "Lambda's own",
        "kms:Decrypt": "by way of the table, the bucket and the queue, which the emulator does not ask",
        "kms:DescribeKey": "as above",
        "kms:Encrypt": "as above",
        "kms:GenerateDataKey": "as above",
        "kms:ReEncryptFrom": "as above",
        "kms:ReEncryptTo": "as above",
        "execute-api:ManageConnections": "the emulator does not record pushes; scenarios fail without it",
    },
    "dispatcher": {
        "sqs:ReceiveMessage": "the event source mapping's, in the name of the function",
        "sqs:DeleteMessage": "as above",
        "sqs:GetQueueAttributes": "as above",
        "sqs:SendMessage": "for what is due before the next tick, which no scenario there waits for; functions/dispatcher/tests/it/queue.rs does",
        "ecs:RunTask": "goes to who stands in for ECS",
        "ecs:ListTasks": "as above",
        "ecs:DescribeTasks": "as above",
        "ecs:StopTask": "as above",
        "iam:PassRole": "asked for by ECS",
    },
    "api": {
        "sqs:GetQueueAttributes": "for /v1/health, which no scenario asks; functions/api/tests/it/people.rs does",
    },
}
# A transaction is allowed by what is in it.
IN_TRANSACTION = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
CLOUDTRAIL = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101"
SERVICES = {"dynamodb", "sqs", "s3", "secretsmanager", "ecs"}


def client(addresses: dict, service: str):
    key, secret = CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"]
    return boto3.client(
        service,
        endpoint_url=addresses["endpoint_url"],
        region_name=addresses["region"],
        aws_access_key_id=key,
        aws_secret_access_key=secret,
    )


def events(addresses: dict):
    """Newest first. The emulator gives no more than 50 and no page after them, so each look ends where the last one did: by
    a fraction of a second, which boto3 would cut off."""
    credentials = Credentials(CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"])
    before = time.time()
    while True:
        request = AWSRequest("POST", addresses["endpoint_url"], data=json.dumps({"EndTime": before}).encode())
        request.headers["Content-Type"] = "application/x-amz-json-1.1"
        request.headers["X-Amz-Target"] = f"{CLOUDTRAIL}.LookupEvents"
        SigV4Auth(credentials, "cloudtrail", addresses["region"]).add_auth(request)
        signed = request.prepare()
        asked = urllib.request.Request(signed.url, data=signed.body, headers=dict(signed.headers.items()))
        with urllib.request.urlopen(asked, timeout=30) as answer:
            found = json.load(answer)["Events"]
        if not found:
            return
        for event in found:
            yield json.loads(event["CloudTrailEvent"])
        before = math.nextafter(found[-1]["EventTime"], 0)


def actions(event: dict) -> set[str]:
    service = event["eventSource"].removesuffix(".amazonaws.com")
    name = event["eventName"]
    if name == "TransactWriteItems":
        items = event["requestParameters"]["TransactItems"]
        return {f"dynamodb:{IN_TRANSACTION[kind]}" for item in items for kind in item}
    # S3 asks for other permissions than its calls are called.
    # A POST to a bucket deletes objects; that is all that we post.
    name = {"ListObjects": "ListBucket", "ListObjectsV2": "ListBucket", "POST.s3": "DeleteObject"}.get(name, name)
    return {f"{service}:{name}"} if service in SERVICES else set()


def seen(addresses: dict) -> dict[str, set[str]]:
    """By function. A call names its function, or at least a key of a function: that is so for links."""
    function_of = {name: function for function, name in addresses["functions"].items()}
    by_key, owner = defaultdict(set), {}
    for event in events(addresses):
        key = event["userIdentity"]["accessKeyId"]
        by_key[key] |= actions(event)
        named = re.search(r"\bapp/([^ ]+)", event["userAgent"])
        if named and named[1] in function_of:
            owner[key] = function_of[named[1]]
    found = defaultdict(set)
    for key, function in owner.items():
        found[function] |= by_key[key]
    return found


def allowed(addresses: dict, function: str) -> set[str]:
    configuration = client(addresses, "lambda").get_function_configuration(
        FunctionName=addresses["functions"][function]
    )
    role = configuration["Role"].rpartition("/")[2]
    iam = client(addresses, "iam")
    found = set()
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        document = json.loads(document) if isinstance(document, str) else document
        for statement in document["Statement"]:
            named = statement["Action"]
            found |= {named} if isinstance(named, str) else set(named)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", type=Path, required=True, help="the directory of the emulator")
    addresses = json.loads((parser.parse_args().state / "addresses.json").read_text())
    did = seen(addresses)
    wrong = []
    for function in sorted(addresses["functions"]):
        may = allowed(addresses, function)
        excused = UNSEEN["*"] | UNSEEN.get(function, {})
        wrong += [f"{function} may {action}, and never did" for action in sorted(may - did[function] - set(excused))]
        wrong += [f"{function} did {action}, which it may not" for action in sorted(did[function] - may)]
        wrong += [
            f"{function}: a reason that nobody needs: {action}" for action in sorted(set(excused) & did[function])
        ]
        print(f"{function}: {len(did[function])} kinds of calls, each allowed: {' '.join(sorted(did[function]))}")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
