"""Claude Code as a child process, with an ear on everything it says.

The SDK's parser drops frames and fields that it does not know. So every frame is taken here, before the SDK: frames
of the control protocol are passed on to it, all others go to `on_frame` alone.
"""

import contextlib
import json
import logging
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from anyio.streams.text import TextReceiveStream
from claude_agent_sdk import ClaudeAgentOptions
from claude_agent_sdk._internal.transport.subprocess_cli import SubprocessCLITransport

Frame = dict[str, Any]

logger = logging.getLogger(__name__)


class ClaudeCode(SubprocessCLITransport):
    """The SDK's transport, tapped. The base is internal to the SDK, whose version is therefore pinned."""

    def __init__(
        self, options: ClaudeAgentOptions, on_frame: Callable[[Frame], Awaitable[None]], raw_log: "RawLog"
    ) -> None:
        if options.can_use_tool:
            # The SDK does this for its own transport only.
            options = replace(options, permission_prompt_tool_name="stdio")
        super().__init__(prompt=_no_prompts(), options=options)
        self._on_frame = on_frame
        self._raw_log = raw_log
        self.exit_code: int | None = None
        """Claude Code's, once it has ended."""

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def connect(self) -> None:
        await super().connect()
        # The SDK's streams are strict: one invalid byte would end the run. Nothing was read yet, as the readers
        # only start at the next await.
        process = self._process
        if process is not None and process.stdout is not None:
            self._stdout_stream = TextReceiveStream(process.stdout, errors="replace")
        if process is not None and process.stderr is not None:
            self._stderr_stream = TextReceiveStream(process.stderr, errors="replace")

    async def close(self) -> None:
        process = self._process
        await super().close()
        if process is not None:
            self.exit_code = process.returncode

    def _build_command(self) -> list[str]:
        command = super()._build_command()
        # If this process is killed, Claude Code gets a SIGTERM and ends its own children.
        setpriv = shutil.which("setpriv")
        return [setpriv, "--pdeathsig", "TERM", "--", *command] if setpriv else command

    async def _read_messages_impl(self) -> AsyncIterator[Frame]:
        async with contextlib.aclosing(super()._read_messages_impl()) as frames:  # type: ignore[type-var]
            async for frame in frames:
                if str(frame.get("type", "")).startswith("control_"):
                    yield frame
                    continue
                self._raw_log.append(frame)
                await self._on_frame(frame)


class RawLog:
    """Every frame as it came, one a line; without the control protocol, which may speak of accounts."""

    def __init__(self, path: Path | None) -> None:
        self._file: BinaryIO | None = path.open("ab") if path else None

    @classmethod
    def from_environment(cls) -> "RawLog":
        path = os.environ.get("ERRAND_RAW_LOG")
        return cls(Path(path) if path else None)

    def append(self, frame: Frame) -> None:
        if self._file is None:
            return
        try:
            self._file.write(json.dumps(frame, separators=(",", ":")).encode() + b"\n")
            self._file.flush()
        except OSError as error:
            # A full disk costs the copy, not the run.
            logger.error("the raw log ends here: %s", error)
            self.close()

    def close(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None


async def _no_prompts() -> AsyncIterator[Frame]:
    """Prompts are written to the open connection; none are given at the start."""
    return
    yield {}
