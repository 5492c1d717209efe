"""Everything that this run started, so that nothing outlives it.

Each Bash command of Claude Code has a session of its own: no signal to a group reaches it, and it survives the
death of Claude Code. As a subreaper this process inherits it, and so can still find it.
"""

import asyncio
import contextlib
import ctypes
import os
import sys

import psutil

_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_orphans(keep: int | None) -> None:
    """Buries what was adopted and died. Not `keep`: asyncio waits for that one."""
    for child in psutil.Process().children():
        if child.pid == keep:
            continue
        # Not a child any more, or not dead: both are fine.
        with contextlib.suppress(ChildProcessError, psutil.NoSuchProcess):
            if child.status() == psutil.STATUS_ZOMBIE:
                os.waitpid(child.pid, os.WNOHANG)


async def kill_all(keep: int | None = None, within_s: float = 5) -> int:
    """Kills all descendants, those that are born meanwhile too, and tells how many there were.

    `keep` is killed like the others but left to asyncio to bury.
    """
    killed: set[int] = set()
    deadline = asyncio.get_running_loop().time() + within_s
    while asyncio.get_running_loop().time() < deadline:
        alive = [process for process in psutil.Process().children(recursive=True) if _is_alive(process)]
        if not alive:
            break
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                process.kill()
                killed.add(process.pid)
        await asyncio.sleep(0.01)
        reap_orphans(keep)
    return len(killed)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
