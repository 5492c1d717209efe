import asyncio
import os
import signal

import pytest

from errand_wrapper.stop import Stop, either

pytestmark = pytest.mark.anyio


async def test_the_first_reason_counts_and_the_shortest_time() -> None:
    stop = Stop()
    assert stop.remaining_s == float("inf")
    stop.request("canceled", 60)
    stop.request("SIGTERM", 1)
    stop.request("again", 600)
    await stop.requested()
    assert stop.reason == "canceled"
    assert stop.remaining_s <= 1


async def test_a_sigterm_is_a_request_to_stop() -> None:
    stop = Stop()
    stop.on_signals()
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(5):
        await stop.requested()
    assert stop.reason == "SIGTERM"


async def test_the_death_of_a_thread_of_the_parent_is_not_the_death_of_the_parent() -> None:
    stop = Stop()
    stop.on_death_of_parent()
    seen = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, seen.set)
    os.kill(os.getpid(), signal.SIGUSR2)
    os.kill(os.getpid(), signal.SIGHUP)  # is delivered later
    await seen.wait()
    assert not stop.is_requested


async def test_either_of_two_is_enough() -> None:
    loop = asyncio.get_running_loop()
    never, failed = loop.create_future(), loop.create_future()
    failed.set_exception(ValueError())
    await either(never, failed)
    assert isinstance(failed.exception(), ValueError)
