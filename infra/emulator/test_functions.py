#!/usr/bin/env python3
"""A task's way through the deployed functions, while every call needs the permission of its function's role.

ERRAND_LAMBDA_DIR names a directory with `<binary>/bootstrap`, built for this machine. A container is only noted: this test
speaks in its place, with the token that it was started with.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue

import boto3

EMULATOR = Path(__file__).resolve().parent / "emulator.py"
# crates/runtime/src/metrics.rs
METRICS = {
    "TasksAccepted",
    "TasksStarted",
    "TasksFinished",
    "StartLatency",
    "EventLatency",
    "PushFailures",
    "ReadyDepth",
    "SlotsUsed",
}
PATCH = b"--- a\n+++ b\n"


class Ecs(ThreadingHTTPServer):
    """Says that it started what it was asked to, and passes the request on."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.started: Queue[dict] = Queue()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            answer = {"tasks": [], "failures": []}
            if self.headers["x-amz-target"].endswith(".RunTask"):
                self.server.started.put(request)
                answer["tasks"] = [
                    {"taskArn": "arn:aws:ecs:us-east-1:000000000000:task/errand/1", "lastStatus": "PENDING"}
                ]
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("content-type", "application/x-amz-json-1.1")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass


def call(method: str, url: str, token: str = "", body=None, raw: bytes | None = None):
    data = json.dumps(body).encode() if body is not None else raw
    kind = "application/json" if raw is None else "text/x-diff"
    headers = {"content-type": kind} | ({"authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(url, method=method, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=40) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


class WayOfATask(unittest.TestCase):
    def test_it(self):
        ecs = Ecs()
        self.deadline = time.monotonic() + 180
        with tempfile.TemporaryDirectory() as state:
            command = [sys.executable, EMULATOR, "run", "--state", state, "--auth", "--ecs-url", ecs.url]
            command += ["--lambda-dir", os.environ["ERRAND_LAMBDA_DIR"]]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            try:
                addresses = json.loads(Path(process.stdout.readline().strip()).read_text())
                self.way(addresses, ecs)
                lines = list(self.log_lines(addresses))
                self.assertEqual([line for line in lines if "AccessDenied" in line], [], "calls in vain")
                self.told(lines)
                self.dead_letter(addresses)
            finally:
                process.stdin.close()
                process.stdout.close()
                process.wait(timeout=30)
                ecs.shutdown()
                ecs.server_close()

    def ask(self, status: int, *arguments, **more):
        answered, body = call(*arguments, **more)
        self.assertEqual(answered, status, f"{arguments[:2]}: {body[:500]}")
        return json.loads(body) if body[:1] in (b"{", b"[") else body

    def way(self, addresses: dict, ecs: Ecs) -> None:
        api = addresses["api_url"]
        password = client(addresses, "secretsmanager").get_secret_value(SecretId=addresses["secrets"]["admin"])
        account = {"email": addresses["admin_email"], "password": password["SecretString"]}
        token = self.ask(200, "POST", f"{api}/v1/auth/login", body=account)["access_token"]
        task = self.ask(201, "POST", f"{api}/v1/tasks", token, {"prompt": "hello"})
        of_task = f"{api}/v1/tasks/{task['id']}"

        started = ecs.started.get(timeout=30)
        told = {item["name"]: item["value"] for item in started["overrides"]["containerOverrides"][0]["environment"]}
        self.assertEqual(set(told), {"ERRAND_RUN_URL", "ERRAND_RUN_TOKEN"}, "an id and a token, no prompt, no secret")
        run, run_token = f"{told['ERRAND_RUN_URL']}/v1/run", told["ERRAND_RUN_TOKEN"]
        self.assertEqual(self.ask(200, "GET", run, run_token)["prompt"], "hello")

        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        text = {"at": now, "type": "text"}
        said = [text | {"text": "short"}, text | {"text": "long" * 50_000}]
        post = {"runner": "test-runner", "run_seq": 0, "head": 0, "events": said}
        self.ask(200, "POST", f"{run}/events", run_token, post)
        patch = {
            "name": "patch.diff",
            "content_type": "text/x-diff",
            "size_bytes": len(PATCH),
            "sha256": hashlib.sha256(PATCH).hexdigest(),
        }
        link = self.ask(200, "POST", f"{run}/uploads", run_token, {"artifacts": [patch]})["uploads"][0]["url"]
        self.ask(200, "PUT", link, raw=PATCH)
        ended = {
            "at": now,
            "type": "run_ended",
            "outcome": "succeeded",
            "duration_ms": 1,
            "cost_usd_micros": 0,
            "usage": {},
        }
        end = {"outcome": "succeeded", "artifacts": [patch]}
        last = {"runner": "test-runner", "run_seq": 2, "head": 2, "events": [ended], "end": end}
        self.ask(200, "POST", f"{run}/events", run_token, last)

        self.assertEqual(self.ask(200, "GET", of_task, token)["state"], "succeeded")
        self.assertEqual(len(self.ask(200, "GET", f"{of_task}/events/2", token)["text"]), 200_000)
        self.assertEqual(self.ask(200, "GET", f"{of_task}/artifacts/patch.diff", token), PATCH)
        tick = {"FunctionName": addresses["functions"]["dispatcher"], "Payload": b'{"source":"aws.events"}'}
        self.assertNotIn("FunctionError", client(addresses, "lambda").invoke(**tick))
        self.ask(204, "DELETE", of_task, token)
        self.assertEqual(client(addresses, "s3").list_objects_v2(Bucket=addresses["bucket"])["KeyCount"], 0)

    def dead_letter(self, addresses: dict) -> None:
        """A ring that the dispatcher gives back each time ends where an alarm looks. It gives it back, as it may do nothing."""
        iam, sqs = client(addresses, "iam"), client(addresses, "sqs")
        dispatcher = {"FunctionName": addresses["functions"]["dispatcher"]}
        configuration = client(addresses, "lambda").get_function_configuration(**dispatcher)
        role = configuration["Role"].rpartition("/")[2]
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            iam.delete_role_policy(RoleName=role, PolicyName=policy)
        # Else five receives take a quarter of an hour.
        sqs.set_queue_attributes(QueueUrl=addresses["queue_url"], Attributes={"VisibilityTimeout": "1"})
        sqs.send_message(QueueUrl=addresses["queue_url"], MessageBody='{"ring":"test"}')
        dead = []
        while not dead and time.monotonic() < self.deadline:
            look = {"QueueUrl": addresses["dead_letters_url"], "WaitTimeSeconds": 5}
            dead = sqs.receive_message(**look).get("Messages", [])
        self.assertEqual([message["Body"] for message in dead], ['{"ring":"test"}'])

    def told(self, lines: list[str]) -> None:
        """Numbers are in the log as CloudWatch reads them, and every other line says whose request it was about."""
        parsed = [json.loads(line) for line in lines if line.startswith("{")]
        numbers = [line for line in parsed if "_aws" in line]
        named = {metric["Name"] for line in numbers for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
        # Nobody listens, so that no push can fail.
        self.assertEqual(named, METRICS - {"PushFailures"})
        self.assertEqual([line["Reason"] for line in numbers if "TasksFinished" in line], ["succeeded"])
        self.assertEqual({line["Stage"] for line in numbers}, {"dev"})
        told = [line for line in parsed if "_aws" not in line]
        self.assertTrue(told)
        self.assertEqual([line for line in told if "requestId" not in line.get("span", {})], [])

    def log_lines(self, addresses: dict):
        logs = client(addresses, "logs")
        for name in addresses["functions"]:
            group = f"/errand/{addresses['stage']}/{name}"
            for stream in logs.describe_log_streams(logGroupName=group)["logStreams"]:
                events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
                yield from (event["message"].strip() for event in events)


def client(addresses: dict, service: str):
    return boto3.client(
        service,
        endpoint_url=addresses["endpoint_url"],
        region_name=addresses["region"],
        aws_access_key_id=addresses["access_key_id"],
        aws_secret_access_key=addresses["secret_access_key"],
    )


if __name__ == "__main__":
    unittest.main()
