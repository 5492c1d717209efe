import asyncio
from typing import Any

import pytest

from errand_wrapper.deltas import INTERVAL_S, Deltas

pytestmark = pytest.mark.anyio


def delta(text: str, index: int = 0) -> dict[str, Any]:
    return {"type": "delta", "kind": "text", "index": index, "text": text}


async def test_pieces_of_one_block_are_one_event_until_something_else_comes() -> None:
    sent: list[dict[str, Any]] = []
    deltas = Deltas(sent.append)
    for piece in ("a", "b", "c"):
        deltas.add(delta(piece))
    assert sent == []
    deltas.add(delta("x", index=1))
    assert [event["text"] for event in sent] == ["abc"]
    deltas.flush()
    deltas.flush()
    assert [(event["index"], event["text"]) for event in sent] == [(0, "abc"), (1, "x")]


async def test_a_piece_waits_no_longer_than_the_interval() -> None:
    arrived = asyncio.Event()
    deltas = Deltas(lambda _: arrived.set())
    deltas.add(delta("a"))
    async with asyncio.timeout(INTERVAL_S * 20):
        await arrived.wait()
