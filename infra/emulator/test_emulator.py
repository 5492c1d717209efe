#!/usr/bin/env python3
"""The life of a deployment: made, used, made again, destroyed, ended. With functions that only say who they are."""

import json
import subprocess
import sys
import tempfile
import unittest
import urllib.request
from pathlib import Path

import boto3
from emulator import REGION, Emulator, processes

HERE = Path(__file__).resolve().parent

# By the Runtime API, as Lambda speaks to every `provided` function.
BOOTSTRAP = """#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while headers=$(curl -sS -D - -o /dev/null "$api/next"); do
  id=$(printf '%s' "$headers" | tr -d '\\r' | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: //p')
  curl -sS -o /dev/null -X POST -d '{{"statusCode":200,"body":"{name}"}}' "$api/$id/response"
done
"""

STACKS = {f"errand-dev-{name}" for name in ("platform", "app", "edge")}
# What `destroy` leaves on purpose (docs/DEPLOY.md).
STAYS = {"bucket AccessLogs", "role ApiGatewayLogs"}


def functions(directory: Path) -> Path:
    for name in ("api", "dispatcher", "progress", "ws-connect"):
        bootstrap = directory / name / "bootstrap"
        bootstrap.parent.mkdir(parents=True)
        bootstrap.write_text(BOOTSTRAP.format(name=name))
        bootstrap.chmod(0o755)
    return directory


class Cloud:
    def __init__(self, url: str):
        self.url = url

    def client(self, service: str):
        credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, **credentials)

    def stacks(self) -> set[str]:
        return {stack["StackName"] for stack in self.client("cloudformation").describe_stacks()["Stacks"]}

    def ours(self) -> set[str]:
        """What is there of our stacks, by kind and by the name that it has in the stack."""
        pages = {
            "bucket": [bucket["Name"] for bucket in self.client("s3").list_buckets()["Buckets"]],
            "table": self.client("dynamodb").list_tables()["TableNames"],
            "queue": [url.rsplit("/")[-1] for url in self.client("sqs").list_queues().get("QueueUrls", [])],
            "function": [of["FunctionName"] for of in self.client("lambda").list_functions()["Functions"]],
            "role": [role["RoleName"] for role in self.client("iam").list_roles()["Roles"]],
            "log": [group["logGroupName"] for group in self.client("logs").describe_log_groups()["logGroups"]],
            "secret": [secret["Name"] for secret in self.client("secretsmanager").list_secrets()["SecretList"]],
            "api": [api["Name"] for api in self.client("apigatewayv2").get_apis()["Items"]],
            "rule": [rule["Name"] for rule in self.client("events").list_rules()["Rules"]],
            "alarm": [alarm["AlarmName"] for alarm in self.client("cloudwatch").describe_alarms()["MetricAlarms"]],
            "cluster": [arn.split("/")[-1] for arn in self.client("ecs").list_clusters()["clusterArns"]],
            "topic": [topic["TopicArn"].split(":")[-1] for topic in self.client("sns").list_topics()["Topics"]],
        }
        found = set()
        for kind, names in pages.items():
            for name in names:
                known = next((of for of in ("AccessLogs", "ApiGatewayLogs") if of.lower() in name.lower()), name)
                if "errand" in name:
                    found.add(f"{kind} {known}")
        return found


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read().decode()


class LifeOfADeployment(unittest.TestCase):
    def test_it(self):
        with tempfile.TemporaryDirectory() as directory:
            state = Path(directory) / "state"
            command = [sys.executable, HERE / "emulator.py", "run", "--state", state]
            command += ["--lambda-dir", functions(Path(directory) / "lambda")]
            command += ["--ecs-url", "http://127.0.0.1:9", "--env", "ERRAND_LEASE_MS=1000"]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            try:
                self.assertEqual(process.stdout.readline().strip(), str(state / "addresses.json"), "it is up")
                self.life(Emulator(state))
                group = Emulator(state).settings["pid"]
            finally:
                process.stdin.close()
                process.stdout.close()
                process.wait(timeout=30)
            with self.subTest("nobody is left when the one who asked for it goes"):
                self.assertEqual([state for of, state in processes() if of == group and state != "Z"], [])

    def life(self, emulator: Emulator) -> None:
        addresses = json.loads(emulator.addresses.read_text())
        cloud = Cloud(addresses["endpoint_url"])

        with self.subTest("every stack is there"):
            self.assertLessEqual(STACKS, cloud.stacks())

        with self.subTest("every path reaches its function"):
            for path, name in {
                "/": "api",
                "/health": "api",
                "/v1/tasks": "api",
                "/v1/run": "progress",
                "/v1/run/events": "progress",
            }.items():
                self.assertEqual(get(addresses["api_url"] + path), name, path)

        with self.subTest("every function knows where things are"):
            for function in addresses["functions"].values():
                of = cloud.client("lambda").get_function_configuration(FunctionName=function, Qualifier="live")
                known = of["Environment"]["Variables"]
                self.assertEqual(known["ERRAND_TABLE"], addresses["table"])
                self.assertEqual(known["ERRAND_QUEUE_URL"], addresses["queue_url"])
                self.assertEqual(known["ERRAND_RUN_URL"], addresses["api_url"])
                self.assertEqual(known["ERRAND_SOCKET_URL"], addresses["socket_url"])
                self.assertEqual(known["ERRAND_MANAGEMENT_URL"], addresses["management_url"])
                self.assertEqual(known["AWS_ENDPOINT_URL_ECS"], "http://127.0.0.1:9")
                self.assertEqual(known["ERRAND_LEASE_MS"], "1000")

        with self.subTest("secrets have the form that they are wanted in"):
            for name, length in {"access_keys": 64, "run_keys": 64, "admin": 32}.items():
                secret = cloud.client("secretsmanager").get_secret_value(SecretId=addresses["secrets"][name])
                self.assertRegex(secret["SecretString"], f"^[A-Za-z0-9]{{{length}}}$")

        with self.subTest("a second deploy changes nothing"):
            self.assertEqual(emulator.deploy().count("(no changes)"), len(STACKS))
            self.assertEqual(json.loads(emulator.addresses.read_text()), addresses)

        with self.subTest("destroy leaves what is meant to stay, and nothing else"):
            self.assertLess(STAYS, cloud.ours())
            emulator.destroy()
            self.assertEqual(cloud.stacks() & STACKS, set())
            self.assertEqual(cloud.ours(), STAYS)
            keys = cloud.client("kms")
            states = [
                keys.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] for key in keys.list_keys()["Keys"]
            ]
            self.assertEqual(states, ["PendingDeletion"])


if __name__ == "__main__":
    unittest.main()
