#!/usr/bin/env python3
"""Errand's cloud on this machine: MiniStack, and the real stacks deployed into it.

  emulator.py up --state DIR      starts MiniStack, deploys, writes DIR/addresses.json
  emulator.py run --state DIR     the same, stays, and ends everything when its stdin ends or a signal comes
  emulator.py deploy --state DIR  deploys again
  emulator.py destroy --state DIR takes the stacks away
  emulator.py down --state DIR    ends MiniStack and every function that it started

It is run by the interpreter of an environment that has tests/requirements-ministack.lock and
infra/emulator/requirements.lock. The functions are `DIR/<binary>/bootstrap` below --lambda-dir, built for this machine.
"""

import argparse
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

INFRA = Path(__file__).resolve().parent.parent
ACCOUNT = "000000000000"
REGION = "us-east-1"
# Who may do everything, also where permissions count.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
# Who called what, for `permissions.py`.
RECORDED = {"CLOUDTRAIL_RECORDING": "1", "CLOUDTRAIL_MAX_EVENTS": "1000000"}
STARTED_WITHIN_S = 30
ENDED_WITHIN_S = 10


class Failed(Exception):
    """Said to the user as it is."""


class Emulator:
    """What of one emulator lies in its directory."""

    def __init__(self, state: Path):
        self.state = state
        self.log = state / "ministack.log"
        self.deploy_log = state / "deploy.log"
        self.outputs = state / "outputs.json"
        self.addresses = state / "addresses.json"
        self._settings = state / "emulator.json"

    @property
    def settings(self) -> dict:
        try:
            return json.loads(self._settings.read_text())
        except FileNotFoundError:
            raise Failed(f"{self.state} holds no emulator") from None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings['port']}"

    def environment(self) -> dict[str, str]:
        """Ours is left out: functions inherit what MiniStack has."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        where = {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": self.url}
        return kept | CREDENTIALS | where

    # ── MiniStack ──

    def start(self, options: argparse.Namespace) -> None:
        # MiniStack leaves the code of functions there.
        temporary = self.state / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        if self._settings.exists() and self.group_lives():
            raise Failed(f"{self.state} holds an emulator that runs: `down` first")
        settings = {
            "port": options.port or free_port(),
            "auth": options.auth,
            "stage": options.stage,
            "lambda_dir": str(options.lambda_dir.resolve()),
            "ecs_url": options.ecs_url,
            "variables": dict(item.split("=", 1) for item in options.env),
            "context": options.context,
        }
        self.save(settings | {"pid": 0})
        environment = self.environment() | {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(settings["port"]),
            "MINISTACK_HOST": "127.0.0.1",
            "LAMBDA_EXECUTOR": "local",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "TMPDIR": str(temporary),
            **({"AUTH": "true", **RECORDED} if options.auth else {}),
        }
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                [Path(sys.executable).parent / "ministack"],
                env=environment,
                cwd=self.state,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A group of its own, so that its functions can be found and ended with it.
                start_new_session=True,
            )
        self.save(settings | {"pid": process.pid})
        deadline = time.monotonic() + STARTED_WITHIN_S
        while not healthy(self.url):
            if process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise Failed(f"MiniStack did not start:\n{tail(self.log)}")
            time.sleep(0.05)

    def group_lives(self) -> bool:
        return self.signal(0)

    def signal(self, number: int) -> bool:
        """Whether anybody was there to hear it. The leader's zombie, which only its parent can bury, does not count."""
        pid = self.settings["pid"]
        if pid == 0:
            return False
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            pass
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            return False
        return number != 0 or any(group == pid and state != "Z" for group, state in processes())

    def stop(self) -> None:
        self.signal(signal.SIGTERM)
        deadline = time.monotonic() + ENDED_WITHIN_S
        while self.group_lives() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.signal(signal.SIGKILL)
        while self.group_lives():
            time.sleep(0.02)
        self._settings.unlink()
        self.addresses.unlink(missing_ok=True)

    def save(self, settings: dict) -> None:
        self._settings.write_text(json.dumps(settings, indent=1))

    # ── the stacks ──

    def cdk(self, *arguments: str, cwd: Path = INFRA) -> str:
        """Runs `cdk` in the emulator and gives back what it said."""
        done = subprocess.run(
            [INFRA / "node_modules/.bin/cdk", *arguments],
            cwd=cwd,
            env=self.environment() | {"CI": "true", "CDK_DISABLE_CLI_TELEMETRY": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        with self.deploy_log.open("a") as log:
            log.write(done.stdout)
        if done.returncode != 0:
            raise Failed(f"cdk {arguments[0]} failed:\n{tail(self.deploy_log)}")
        return done.stdout

    def context(self) -> list[str]:
        settings = self.settings
        context = {
            "emulated": "true",
            "stage": settings["stage"],
            "lambdaDir": settings["lambda_dir"],
            "arch": "x86_64" if platform.machine() == "x86_64" else "arm64",
        }
        variables = settings["variables"]
        if settings["ecs_url"]:
            variables["AWS_ENDPOINT_URL_ECS"] = settings["ecs_url"]
        if variables:
            context["variables"] = json.dumps(variables)
        context |= dict(item.split("=", 1) for item in settings["context"])
        return [part for name, value in context.items() for part in ("-c", f"{name}={value}")]

    def bootstrap(self) -> None:
        # From elsewhere: next to cdk.json it would synthesize the application first.
        self.cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}", cwd=self.state)

    def deploy(self) -> str:
        output = str(self.state / "cdk.out")
        approval = ("--require-approval", "never", "--progress", "events")
        said = self.cdk(
            "deploy", "--all", *approval, "--outputs-file", str(self.outputs), "--output", output, *self.context()
        )
        self.write_addresses()
        return said

    def destroy(self) -> None:
        self.cdk("destroy", "--all", "--force", "--output", str(self.state / "cdk.out"), *self.context())

    def write_addresses(self) -> None:
        stage = self.settings["stage"]
        stacks = json.loads(self.outputs.read_text())
        platform_, app = stacks[f"errand-{stage}-platform"], stacks[f"errand-{stage}-app"]
        at = f"{self.url}/_aws/execute-api"
        socket_path = f"{app['WebSocketApiId']}/{stage}"
        addresses = {
            "endpoint_url": self.url,
            "region": REGION,
            "access_key_id": CREDENTIALS["AWS_ACCESS_KEY_ID"],
            "secret_access_key": CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            "stage": stage,
            "api_url": f"{at}/{app['HttpApiId']}/$default",
            "socket_url": f"{at.replace('http', 'ws', 1)}/{socket_path}",
            "management_url": f"{at}/{socket_path}",
            "table": platform_["TableName"],
            "bucket": platform_["BucketName"],
            "cluster": platform_["ClusterName"],
            "queue_url": app["QueueUrl"],
            "dead_letters_url": app["DeadLettersUrl"],
            "secrets": {
                "access_keys": platform_["AccessKeysSecretArn"],
                "run_keys": platform_["RunKeysSecretArn"],
                "admin": platform_["AdminSecretArn"],
                "model_key": platform_["ModelKeySecretArn"],
            },
            "functions": {
                "api": app["ApiFunctionName"],
                "dispatcher": app["DispatcherFunctionName"],
                "progress": app["ProgressFunctionName"],
                "ws-connect": app["WsConnectFunctionName"],
            },
            "admin_email": platform_["AdminEmail"],
            "ecs_url": self.settings["ecs_url"],
            "log": str(self.log),
        }
        temporary = self.addresses.with_suffix(".new")
        temporary.write_text(json.dumps(addresses, indent=1) + "\n")
        temporary.replace(self.addresses)

    def up(self, options: argparse.Namespace) -> None:
        self.start(options)
        try:
            self.bootstrap()
            self.deploy()
        except BaseException:
            self.stop()
            raise


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_ministack/health", timeout=1) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def processes():
    """Group and state of every process."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            yield int(fields[2]), fields[0]


def tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-40:])


def stay_until_told() -> None:
    """Until whoever started us closes our stdin, or dies, which is the same."""

    def told(*_):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, told)
    try:
        while sys.stdin.buffer.read(1024):
            pass
    except KeyboardInterrupt:
        pass


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["up", "run", "deploy", "destroy", "down"])
    parser.add_argument("--state", type=Path, required=True, help="a directory for this emulator alone")
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; a free one if not given")
    parser.add_argument("--auth", action="store_true", help="every call needs the permission of who makes it")
    parser.add_argument("--lambda-dir", type=Path, default=INFRA.parent / "target/lambda")
    parser.add_argument("--ecs-url", default="", help="who starts containers in the place of ECS, for the functions")
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", help="a variable of all functions")
    parser.add_argument("--stage", default="dev")
    parser.add_argument("-c", dest="context", action="append", default=[], metavar="NAME=VALUE", help="as for cdk")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    emulator = Emulator(options.state.resolve())
    match options.command:
        case "up":
            emulator.up(options)
            print(emulator.addresses)
        case "run":
            emulator.up(options)
            print(emulator.addresses, flush=True)
            stay_until_told()
            emulator.stop()
        case "deploy":
            emulator.deploy()
            print(emulator.addresses)
        case "destroy":
            emulator.destroy()
        case "down":
            emulator.stop()


if __name__ == "__main__":
    try:
        main()
    except Failed as failed:
        sys.exit(str(failed))
