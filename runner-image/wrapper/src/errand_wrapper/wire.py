"""The two pipes to the supervisor: events out on what was fd 1, commands in on fd 0."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, cast

from errand_wrapper.cut import encode_event

Event = dict[str, Any]
"""An event without its envelope: `type` and the fields of that type. Fields that are None are left out."""

COMMAND_LIMIT = 64 * 2**20
_HIGH_WATER = 256 * 2**10


class EventPipe(asyncio.Protocol):
    """Numbers events and writes them, one JSON object a line, each as soon as it is there.

    Nothing is ever dropped. A supervisor that stops reading is felt in `ready`, and whoever makes events in any
    number awaits that first.
    """

    def __init__(self) -> None:
        self._seq = 0
        self._transport: asyncio.WriteTransport | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._ended = False
        self.closed = asyncio.Event()
        """Set when nobody reads any more."""

    @classmethod
    async def open(cls, fd: int) -> "EventPipe":
        pipe = cls()
        loop = asyncio.get_running_loop()
        # asyncio wants a file of its own
        await loop.connect_write_pipe(lambda: pipe, os.fdopen(fd, "wb", buffering=0))
        return pipe

    def emit(self, event: Event) -> None:
        """Sends the event now or, if the pipe is full, as soon as there is room."""
        if self._transport is None or self._ended or self.closed.is_set():
            return
        self._seq += 1
        body = {key: value for key, value in event.items() if value is not None}
        self._transport.write(encode_event({"v": 1, "seq": self._seq, "at": _now(), **body}))

    def end(self, event: Event) -> None:
        """Sends the last event. Whoever still emits speaks to nobody."""
        self.emit(event)
        self._ended = True

    def log(self, level: str, message: str) -> None:
        self.emit({"type": "log", "level": level, "message": message})

    async def ready(self) -> None:
        """Waits until the supervisor has read so much that there is room for more."""
        await self._writable.wait()

    @property
    def is_ready(self) -> bool:
        return self._writable.is_set()

    async def flush(self) -> None:
        """Waits until everything is with the supervisor, or nobody reads any more."""
        if self._transport is not None and not self.closed.is_set():
            self._transport.set_write_buffer_limits(high=0)
            await self.ready()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    # What asyncio calls:

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)
        self._transport.set_write_buffer_limits(high=_HIGH_WATER)

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.closed.set()
        self._writable.set()


async def command_lines(fd: int) -> AsyncIterator[bytes]:
    """The lines that the supervisor sends, until it closes the pipe. A line that is too long is skipped."""
    reader = asyncio.StreamReader(limit=COMMAND_LIMIT)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(fd, "rb", buffering=0))
    while True:
        try:
            line = await reader.readline()
        except ValueError:
            yield b"\0"  # too long: reads as a command that is no JSON, and is reported as such
            continue
        if not line:
            return
        if line.strip():
            yield line


def is_pipe(fd: int) -> bool:
    """Whether asyncio can wait on it: a pipe, a socket, a terminal, but neither a file nor /dev/null."""
    mode = os.fstat(fd).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(fd)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
