"""The wrapper as its supervisor sees it: a child process with two pipes."""

import base64
import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

Event = dict[str, Any]

PATIENCE_S = 40.0


class Wrapper:
    """One wrapper process in a home of its own, speaking to the demo model."""

    def __init__(self, base: Path, model_url: str, *, reading: bool = True, **env: str) -> None:
        self.base = base
        self.workspace = base / "workspace"
        self.raw_log = base / "raw.jsonl"
        self.stderr_log = base / "stderr.log"
        self.events: list[Event] = []
        for folder in (self.workspace, base / "home/.claude", base / "tmp"):
            folder.mkdir(parents=True, exist_ok=True)
        with self.stderr_log.open("ab") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "errand_wrapper"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=self.environment(model_url) | env,
                start_new_session=True,
            )
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        if reading:
            self.begin_reading()

    def environment(self, model_url: str) -> dict[str, str]:
        """As the supervisor gives it: nothing but this."""
        return {
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(self.base / "home"),
            "CLAUDE_CONFIG_DIR": str(self.base / "home/.claude"),
            "TMPDIR": str(self.base / "tmp"),
            "ANTHROPIC_API_KEY": "test-key",
            "ANTHROPIC_BASE_URL": model_url,
            "ERRAND_RAW_LOG": str(self.raw_log),
        }

    # ── speaking ─────────────────────────────────────────────────────────────────────────────────────────────────

    def send(self, **command: Any) -> None:
        self.send_line(json.dumps(command))

    def send_line(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def start(self, prompt: str, *, keep_open: bool = False, **options: Any) -> None:
        options.setdefault("cwd", str(self.workspace))
        self.send(cmd="start", prompt=prompt, options=options, keep_open=keep_open)

    def close_stdin(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    # ── listening ────────────────────────────────────────────────────────────────────────────────────────────────

    def begin_reading(self) -> None:
        if not self._reader.is_alive() and self._reader.ident is None:
            self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def next_event(self, within_s: float = PATIENCE_S) -> Event | None:
        """The next event, or None when the wrapper has closed its stdout."""
        line = self._lines.get(timeout=within_s)
        if line is None:
            return None
        event: Event = json.loads(line)
        self.events.append(event)
        return event

    def until(self, kind: str, **fields: Any) -> Event:
        """Reads up to the next event of that type and with those fields."""
        while event := self.next_event():
            if event["type"] == kind and all(event.get(name) == value for name, value in fields.items()):
                return event
        msg = f"the wrapper ended without {kind} {fields}: {self.types()}\n{self.stderr()}"
        raise AssertionError(msg)

    def finish(self) -> Event:
        """Reads to the end and gives the `end` event."""
        while self.next_event() is not None:
            pass
        self.process.wait(PATIENCE_S)
        assert self.events[-1]["type"] == "end", f"{self.types()}\n{self.stderr()}"
        return self.events[-1]

    def run(self, prompt: str, **options: Any) -> Event:
        self.start(prompt, **options)
        return self.finish()

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def exit_code(self) -> int:
        return self.process.wait(PATIENCE_S)

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event["type"] == kind]

    def one(self, kind: str) -> Event:
        (event,) = self.of(kind)
        return event

    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    def stderr(self) -> str:
        return self.stderr_log.read_text(errors="replace")[-4_000:]

    def frames(self) -> list[Event]:
        """What Claude Code has said so far, by the raw log."""
        text = self.raw_log.read_text() if self.raw_log.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def alive(self) -> list[psutil.Process]:
        """Every process of this run, found by the TMPDIR that only its processes have."""
        return [process for process in psutil.process_iter() if _tmpdir(process) == str(self.base / "tmp")]

    def has_running(self, text: str) -> bool:
        """Whether a process of this run has that text in its command line."""
        for process in self.alive():
            with contextlib.suppress(psutil.Error):
                if text in " ".join(process.cmdline()):
                    return True
        return False

    def alive_after(self, seconds: float) -> list[psutil.Process]:
        """What is still alive when that much time was given to die."""
        deadline = time.monotonic() + seconds
        while self.alive() and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.alive()

    def kill(self) -> None:
        """Ends whatever a failed test has left."""
        for process in self.alive():
            os.kill(process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE_S)
        self.begin_reading()
        self._reader.join(PATIENCE_S)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


Launch = Callable[..., Wrapper]
"""Starts a wrapper; keywords are more of its environment."""


def script(*turns: list[dict[str, Any]]) -> str:
    """A prompt that makes the demo model say exactly this, turn by turn."""
    return f"[[script:{base64.b64encode(json.dumps(turns).encode()).decode()}]]"


def bash(command: str, **more: Any) -> dict[str, Any]:
    return {"tool": "Bash", "input": {"command": command, "description": "Test", **more}}


def noise(times: int) -> list[list[dict[str, Any]]]:
    """Turns that each make events of about 50 kB: more than pipe and buffer hold."""
    return [[bash(f"head -c 25000 /dev/zero | tr '\\0' x; echo {n}")] for n in range(times)]


def _tmpdir(process: psutil.Process) -> str | None:
    try:
        return None if process.status() == psutil.STATUS_ZOMBIE else process.environ().get("TMPDIR")
    except psutil.Error:
        return None


def demo_model_binary() -> Path:
    here = Path(__file__).resolve()
    named = os.environ.get("ERRAND_DEMO_MODEL")
    binary = Path(named) if named else here.parents[3] / "target/debug/demo-model"
    if not binary.is_file():
        msg = f"the demo model is not at {binary}: run `cargo build -p demo-model`, or set ERRAND_DEMO_MODEL"
        raise RuntimeError(msg)
    return binary


def demo_model() -> Iterator[str]:
    """A demo model on a port of its own; gives its URL."""
    with subprocess.Popen([demo_model_binary(), "--port", "0"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.kill()
