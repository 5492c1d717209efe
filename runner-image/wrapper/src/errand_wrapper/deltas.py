"""What the model writes piece by piece, gathered so that it is ten events a second and not hundreds."""

import asyncio
from collections.abc import Callable

from errand_wrapper.wire import Event

INTERVAL_S = 0.1


class Deltas:
    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._gathered: Event | None = None
        self._timer: asyncio.TimerHandle | None = None

    def add(self, delta: Event) -> None:
        if self._gathered is not None and _place(self._gathered) == _place(delta):
            self._gathered["text"] += delta["text"]
            return
        self.flush()
        self._gathered = dict(delta)
        self._timer = asyncio.get_running_loop().call_later(INTERVAL_S, self.flush)

    def flush(self) -> None:
        """Sends what was gathered; due after the interval, and before any other event."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        gathered, self._gathered = self._gathered, None
        if gathered is not None:
            self._emit(gathered)


def _place(delta: Event) -> tuple[object, ...]:
    return tuple(value for name, value in delta.items() if name != "text")
