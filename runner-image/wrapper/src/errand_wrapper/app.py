"""The process: pipes, signals, one session, and always exactly one `end`."""

import asyncio
import logging
import os
import platform
import sys

import claude_agent_sdk

from errand_wrapper import __version__, children, outcome
from errand_wrapper.commands import CommandError, Shutdown, Start, parse_command
from errand_wrapper.outcome import Outcome
from errand_wrapper.session import Session
from errand_wrapper.stop import Stop, either
from errand_wrapper.usage import Meter
from errand_wrapper.wire import Event, EventPipe, command_lines, is_pipe

logger = logging.getLogger(__name__)


def run_app(events: int) -> int:
    """Does one run, with commands from stdin and events to the given pipe, and gives the exit code."""
    logging.basicConfig(stream=sys.stderr, level=os.environ.get("ERRAND_LOG", "WARNING").upper())
    if not (is_pipe(events) and is_pipe(0)):
        sys.stderr.write("errand-wrapper: stdin and stdout must be pipes; the README has the protocol\n")
        return outcome.EXIT_CODES["failed"]
    return asyncio.run(_run(events))


async def _run(events: int) -> int:
    pipe = await EventPipe.open(events)
    stop = Stop()
    stop.on_signals()
    stop.on_death_of_parent()
    children.adopt_orphans()
    return await App(pipe, stop).run()


class App:
    def __init__(self, pipe: EventPipe, stop: Stop) -> None:
        self._pipe = pipe
        self._stop = stop
        self._session: asyncio.Future[Session] = asyncio.get_running_loop().create_future()
        """Set by the `start` command, or by what was wrong with it."""

    async def run(self) -> int:
        self._pipe.emit(
            {
                "type": "hello",
                "wrapper": __version__,
                "sdk_version": claude_agent_sdk.__version__,
                "python": platform.python_version(),
                "pid": os.getpid(),
            }
        )
        helpers = [asyncio.create_task(work) for work in (self._listen(), self._notice_hang_up(), self._beat())]
        ending = await self._run_session()
        for helper in helpers:
            helper.cancel()
        await asyncio.gather(*helpers, return_exceptions=True)
        self._pipe.end(ending.event() | self._account())
        await self._deliver()
        return ending.exit_code

    async def _run_session(self) -> Outcome:
        stop = asyncio.create_task(self._stop.requested())
        try:
            await either(self._session, stop)
            if not self._session.done():
                return outcome.canceled(self._stop.reason)
            return await self._session.result().run()
        except CommandError as error:
            return self._failed(f"The run cannot be started: {error}.")
        except Exception as error:
            logger.exception("the wrapper failed")
            return self._failed(f"The wrapper failed: {type(error).__name__}: {error}")
        finally:
            stop.cancel()

    def _failed(self, message: str) -> Outcome:
        self._pipe.emit({"type": "error", "kind": "internal", "message": message})
        return outcome.crashed(message)

    def _account(self) -> Event:
        session = self._live_session()
        return session.account() if session else outcome.account(Meter())

    def _live_session(self) -> Session | None:
        done = self._session.done() and self._session.exception() is None
        return self._session.result() if done else None

    async def _listen(self) -> None:
        """Obeys stdin until it ends; that it ends is a command, too."""
        async for line in command_lines(0):
            try:
                self._obey(line)
            except CommandError as error:
                if self._session.done():
                    self._pipe.log("warn", f"a command was refused: {error}")
                else:
                    self._session.set_exception(error)
        self._stop.request("the supervisor closed stdin")

    def _obey(self, line: bytes) -> None:
        match parse_command(line):
            case Shutdown(reason=reason, grace_s=grace_s):
                self._stop.request(reason, grace_s)
            case Start() as start if not self._session.done():
                self._session.set_result(Session(start, self._pipe, self._stop))
            case command:
                session = self._live_session()
                if session is None:
                    raise CommandError(f"{command.cmd}: the run has not started")
                session.command(command)

    async def _notice_hang_up(self) -> None:
        await self._pipe.closed.wait()
        self._stop.request("nobody reads the events")

    async def _beat(self) -> None:
        session = await asyncio.shield(self._session)
        while True:
            await asyncio.sleep(session.heartbeat_s)
            if self._pipe.is_ready:
                self._pipe.emit(session.pulse())

    async def _deliver(self) -> None:
        """Waits until the supervisor has everything: as long as it takes, unless the run is being stopped."""
        flush = asyncio.create_task(self._pipe.flush())
        stop = asyncio.create_task(self._stop.requested())
        await either(flush, stop)
        if not flush.done():
            await asyncio.wait({flush}, timeout=max(self._stop.remaining_s, 1))
        flush.cancel()
        stop.cancel()
