"""Being told to stop, in every way in which that can happen."""

import asyncio
import ctypes
import os
import signal
import sys
from typing import Any

_PR_SET_PDEATHSIG = 1
DEFAULT_GRACE_S = 10.0


class Stop:
    """The wish that this run ends. The first reason counts; a later request can only shorten the time."""

    def __init__(self) -> None:
        self._requested = asyncio.Event()
        self._deadline = float("inf")
        self.reason = ""

    def request(self, reason: str, grace_s: float = DEFAULT_GRACE_S) -> None:
        if not self._requested.is_set():
            self.reason = reason
        self._deadline = min(self._deadline, asyncio.get_running_loop().time() + grace_s)
        self._requested.set()

    @property
    def is_requested(self) -> bool:
        return self._requested.is_set()

    @property
    def remaining_s(self) -> float:
        """How long is left; without end while nobody wants to stop."""
        return max(self._deadline - asyncio.get_running_loop().time(), 0)

    async def requested(self) -> None:
        await self._requested.wait()

    def on_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self.request, number.name)

    def on_death_of_parent(self) -> None:
        """Linux only; elsewhere the end of stdin tells the same."""
        if not sys.platform.startswith("linux"):
            return
        parent = os.getppid()

        def check() -> None:
            # The kernel sends the signal when the parent's *thread* ends that started us: a runtime may end idle
            # threads and live on.
            if os.getppid() != parent:
                self.request("the supervisor died")

        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR2, check)
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGUSR2, 0, 0, 0)
        check()


async def either(first: asyncio.Future[Any], second: asyncio.Future[Any]) -> None:
    """Waits until one of them is done. Takes no result and raises no error of theirs."""
    await asyncio.wait([first, second], return_when=asyncio.FIRST_COMPLETED)
