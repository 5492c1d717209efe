import asyncio
import json
import os
import re
from typing import Any

import pytest

from errand_wrapper.wire import EventPipe, command_lines

pytestmark = pytest.mark.anyio


async def read_all(fd: int) -> list[dict[str, Any]]:
    def read() -> bytes:
        with os.fdopen(fd, "rb") as file:
            return file.read()

    return [json.loads(line) for line in (await asyncio.to_thread(read)).splitlines()]


async def test_events_are_numbered_dated_and_free_of_empty_fields() -> None:
    read_end, write_end = os.pipe()
    pipe = await EventPipe.open(write_end)
    pipe.emit({"type": "cli", "pid": 7, "nothing": None})
    pipe.end({"type": "end"})
    pipe.log("warn", "too late")
    await pipe.flush()
    pipe.close()
    first, last = await read_all(read_end)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first.pop("at"))
    assert first == {"v": 1, "seq": 1, "type": "cli", "pid": 7}
    assert (last["seq"], last["type"]) == (2, "end")


async def test_a_reader_that_stops_is_waited_for_and_gets_everything() -> None:
    read_end, write_end = os.pipe()
    pipe = await EventPipe.open(write_end)
    for _ in range(100):
        pipe.emit({"type": "text", "text": "x" * 10_000})
    assert not pipe.is_ready
    flushing = asyncio.create_task(pipe.flush())
    reading = asyncio.create_task(read_all(read_end))
    await flushing
    assert pipe.is_ready
    pipe.close()
    assert [event["seq"] for event in await reading] == list(range(1, 101))


async def test_a_reader_that_is_gone_is_noticed_and_holds_nobody_up() -> None:
    read_end, write_end = os.pipe()
    pipe = await EventPipe.open(write_end)
    os.close(read_end)
    await pipe.closed.wait()
    for _ in range(100):
        pipe.emit({"type": "text", "text": "x" * 10_000})
        await pipe.ready()
    await pipe.flush()


async def test_commands_are_read_line_by_line_to_the_last_one_without_a_newline() -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, b'{"cmd":1}\n\n  \n{"cmd":2}\nlast')
    os.close(write_end)
    assert [line async for line in command_lines(read_end)] == [b'{"cmd":1}\n', b'{"cmd":2}\n', b"last"]
