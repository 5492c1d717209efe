"""One run of Claude Code, from the first prompt to its end."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

from claude_agent_sdk import ClaudeSDKClient, CLIConnectionError, CLIJSONDecodeError, CLINotFoundError, ProcessError

from errand_wrapper import children, outcome
from errand_wrapper.commands import (
    Command,
    CommandError,
    Interrupt,
    Permission,
    Prompt,
    SetModel,
    SetPermissionMode,
    Start,
    StopTask,
)
from errand_wrapper.deltas import Deltas
from errand_wrapper.options import agent_options
from errand_wrapper.outcome import Outcome
from errand_wrapper.permissions import Permissions
from errand_wrapper.progress import Progress, Stage
from errand_wrapper.stop import Stop, either
from errand_wrapper.translate import Translator
from errand_wrapper.transport import ClaudeCode, Frame, RawLog
from errand_wrapper.usage import Meter
from errand_wrapper.wire import Event, EventPipe

SETTLE_S = 3.0
"""How long Claude Code may take to wake the agent after its last background command."""
UNANSWERED_S = 10.0
"""How long a prompt may be open while Claude Code is idle."""
HALT_S = 5.0
"""How long Claude Code may take to come to a halt."""
CLOSE_S = 12.0
"""How long Claude Code may take to end by itself when all is done; its transcript is written then."""
STDERR_LINES = 1_000
STDERR_LINE_LIMIT = 4_000

logger = logging.getLogger(__name__)


class Session:
    def __init__(self, start: Start, pipe: EventPipe, stop: Stop) -> None:
        self._start = start
        self._pipe = pipe
        self._stop = stop
        self._progress = Progress()
        self._meter = Meter()
        self._translator = Translator(self._meter)
        self._deltas = Deltas(pipe.emit)
        self._permissions = Permissions(pipe)
        self._inbox: asyncio.Queue[Command] = asyncio.Queue()
        self._commands_left = 0
        """Those that wait and the one that is being carried out: a run is not over before the last of them."""
        self._over: asyncio.Future[Outcome | None] = asyncio.get_running_loop().create_future()
        """Set when the run came to an end of its own: with an outcome, or with None if the last result decides."""
        self._patience: tuple[Stage, asyncio.TimerHandle] | None = None
        self._got_result = asyncio.Event()
        self._stderr_tail: deque[str] = deque(maxlen=20)
        self._stderr_left = STDERR_LINES
        options = agent_options(start.options, self._permissions.ask)
        options.stderr = self._on_stderr
        self._claude = ClaudeCode(options, self._on_frame, RawLog.from_environment())
        self._client = ClaudeSDKClient(options, self._claude)

    def command(self, command: Command) -> None:
        """Takes a command; they are carried out one after the other."""
        self._commands_left += 1
        self._inbox.put_nowait(command)

    @property
    def heartbeat_s(self) -> float:
        return self._start.options.heartbeat_s

    def pulse(self) -> Event:
        progress = self._progress
        children.reap_orphans(self._claude.pid)
        return {
            "type": "heartbeat",
            "state": progress.state,
            "pending_permissions": self._permissions.pending,
            "frames": progress.frames,
        }

    async def run(self) -> Outcome:
        """The whole run. Nothing that it started is alive afterwards."""
        work = asyncio.create_task(self._work())
        stop = asyncio.create_task(self._stop.requested())
        try:
            await either(work, stop)
            # A signal to the whole group ends Claude Code as well: that is no crash.
            if work.done() and (self._over.done() or not self._stop.is_requested):
                return work.result()
            if self._start.keep_open and self._progress.stage is Stage.DONE:
                return self._by_last_result()  # it only waited for more
            return outcome.canceled(self._stop.reason)
        finally:
            await self._halt()
            stop.cancel()
            work.cancel()
            await asyncio.wait({work}, timeout=self._time_to_close)
            await self._close()

    def account(self) -> Event:
        """What the run came to, for the last event."""
        return outcome.account(self._meter, self._progress, self._claude.exit_code)

    async def _work(self) -> Outcome:
        gone: asyncio.Task[None] | None = None
        commands: asyncio.Task[None] | None = None
        try:
            await self._client.connect()
            self._pipe.emit({"type": "cli", "pid": self._claude.pid})
            gone = asyncio.create_task(self._until_claude_is_gone())
            await self._send(self._start.prompt, str(self._start.uuid or uuid4()))
            commands = asyncio.create_task(self._obey())
            await either(self._over, gone)
            if self._over.done():
                return self._over.result() or self._by_last_result()
            gone.result()
            return self._gone_without_error()
        except Exception as error:  # noqa: BLE001 - whatever the SDK raises ends the run, and is told
            return self._broken(error)
        finally:
            await _cancel(*(task for task in (gone, commands) if task is not None))

    # ── what Claude Code says ────────────────────────────────────────────────────────────────────────────────────

    async def _on_frame(self, frame: Frame) -> None:
        await self._pipe.ready()
        self._progress.observe(frame)
        for event in self._translator.events(frame):
            if event["type"] in ("delta", "thinking_tokens") and not self._start.options.deltas:
                continue
            if event["type"] == "delta":
                self._deltas.add(event)
            else:
                self._deltas.flush()
                self._pipe.emit(event)
        if frame.get("type") == "result":
            self._got_result.set()
        self._consider()

    def _on_stderr(self, line: str) -> None:
        line = line[:STDERR_LINE_LIMIT]
        self._stderr_tail.append(line)
        if self._stderr_left > 0:
            self._pipe.emit({"type": "stderr", "line": line})
        elif self._stderr_left == 0:
            self._pipe.log("warn", f"more than {STDERR_LINES} lines on stderr: the rest is not shown")
        self._stderr_left -= 1

    def _consider(self) -> None:
        """Whether the run is over, now or if nothing more happens for a while."""
        if self._progress.refused_status is not None:
            # Claude Code would try again for half a minute; nothing gets better by that.
            self._end(outcome.refused_credentials(self._progress.refused_status))
            return
        stage = self._progress.stage
        if self._start.keep_open or self._commands_left > 0 or stage is Stage.WORKING:
            self._be_patient(None)
        elif stage is Stage.DONE:
            self._end(None)
        else:
            self._be_patient(stage)

    def _be_patient(self, stage: Stage | None) -> None:
        """Sees to it that a stage that leads nowhere ends the run."""
        if self._patience is not None:
            if self._patience[0] is stage:
                return
            self._patience[1].cancel()
            self._patience = None
        if stage is not None:
            patience = {
                Stage.UNANSWERED: UNANSWERED_S,
                Stage.BACKGROUND: self._start.options.background_wait_s,
                Stage.SETTLING: SETTLE_S,
                Stage.INTERRUPTED: self._start.options.interrupt_wait_s,
            }[stage]
            timer = asyncio.get_running_loop().call_later(patience, self._out_of_patience, stage)
            self._patience = (stage, timer)

    def _out_of_patience(self, stage: Stage) -> None:
        if stage is Stage.UNANSWERED:
            self._end(Outcome("failed", "no_result", "Claude Code went idle without answering the prompt."))
            return
        if stage is Stage.BACKGROUND:
            self._pipe.log("warn", "the agent is done; what it left running in the background is stopped")
        self._end(None)

    def _end(self, ending: Outcome | None) -> None:
        if not self._over.done():
            self._over.set_result(ending)

    async def _until_claude_is_gone(self) -> None:
        async for _ in self._client.receive_messages():
            pass  # the SDK gets no messages, only the end of them or an error

    # ── what the supervisor says ─────────────────────────────────────────────────────────────────────────────────

    async def _obey(self) -> None:
        while True:
            command = await self._inbox.get()
            try:
                await self._carry_out(command)
            except Exception as error:  # noqa: BLE001 - a command that fails is told and must not end the run
                self._pipe.log("warn", f"{command.cmd}: {error}")
            finally:
                self._commands_left -= 1
            self._consider()

    async def _carry_out(self, command: Command) -> None:
        match command:
            case Prompt(text=text, uuid=uuid):
                await self._send(text, str(uuid or uuid4()))
            case Permission():
                self._permissions.answer(command)
            case Interrupt():
                self._progress.interrupted()
                await self._client.interrupt()
            case SetPermissionMode(mode=mode):
                await self._client.set_permission_mode(mode)
            case SetModel(model=model):
                await self._client.set_model(model)
            case StopTask(task_id=task_id):
                await self._client.stop_task(task_id)
            case _:
                raise CommandError("the run has started already")

    async def _send(self, text: str, uuid: str) -> None:
        self._progress.prompt_sent(uuid)
        await self._client.query(_one_message(text, uuid))
        self._pipe.emit({"type": "prompt_sent", "uuid": uuid})

    # ── how it ends ──────────────────────────────────────────────────────────────────────────────────────────────

    def _by_last_result(self) -> Outcome:
        wants_structure = self._start.options.output_schema is not None
        return outcome.of_finished_run(self._progress, wants_structure=wants_structure)

    def _gone_without_error(self) -> Outcome:
        if self._progress.result is None:
            return self._by_last_result()
        return self._crash("cli_exit", "Claude Code ended in the middle of its work.", exit_code=0)

    def _broken(self, error: Exception) -> Outcome:
        match error:
            case CommandError():
                return self._crash("internal", str(error))
            case CLINotFoundError():
                return self._crash("cli_not_found", "Claude Code is not installed beside the SDK.")
            case CLIJSONDecodeError():
                return self._crash("cli_json", f"Claude Code wrote a line that is no JSON: {str(error)[:500]}")
            case ProcessError():
                if self._progress.state is None and (self._progress.result or {}).get("is_error"):
                    return self._by_last_result()  # it refused to start and said why
                code = error.exit_code
                return self._crash("cli_exit", f"Claude Code ended unexpectedly (exit code {code}).", exit_code=code)
            case CLIConnectionError():
                return self._crash("cli_connection", f"Claude Code could not be reached: {error}")
            case _:
                logger.error("the run broke", exc_info=error)
                return self._crash("internal", f"The wrapper failed: {type(error).__name__}: {error}")

    def _crash(self, kind: str, message: str, exit_code: int | None = None) -> Outcome:
        self._pipe.emit(
            {
                "type": "error",
                "kind": kind,
                "message": message,
                "exit_code": exit_code,
                "stderr_tail": "\n".join(self._stderr_tail) or None,
            }
        )
        return outcome.crashed(message)

    async def _halt(self) -> None:
        """Brings a turn that is under way to its result, which has the cost so far, and stops background work."""
        if not self._claude.is_ready():
            return
        with contextlib.suppress(Exception):
            async with asyncio.timeout(min(HALT_S, self._stop.remaining_s / 2)):
                if self._progress.state not in (None, "idle"):
                    self._got_result.clear()
                    await self._client.interrupt()
                    await self._got_result.wait()
                for subtask in self._progress.background:
                    await self._client.stop_task(subtask)

    async def _close(self) -> None:
        """Ends Claude Code: by the end of its stdin, then by the SDK's SIGTERM, at the latest by SIGKILL."""
        pid = self._claude.pid
        closing = asyncio.create_task(self._client.disconnect())
        await asyncio.wait({closing}, timeout=self._time_to_close)
        killed = await children.kill_all(keep=pid)
        if killed:
            self._pipe.log("info", f"{killed} processes were left and are killed")
        await asyncio.wait({closing}, timeout=2)
        self._deltas.flush()
        self._be_patient(None)

    @property
    def _time_to_close(self) -> float:
        return min(CLOSE_S, self._stop.remaining_s)


async def _one_message(text: str, uuid: str) -> AsyncIterator[dict[str, Any]]:
    yield {
        "type": "user",
        "uuid": uuid,
        "message": {"role": "user", "content": text},
        "parent_tool_use_id": None,
    }


async def _cancel(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
