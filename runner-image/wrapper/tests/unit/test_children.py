import os
import subprocess
import sys
import time

import psutil
import pytest

from errand_wrapper import children

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="subreapers are Linux's")

# A child that leaves a grandchild in a session of its own, and dies.
LEAVE_A_DAEMON = "setsid sleep 600 >/dev/null 2>&1 & echo $!"


def leave_a_daemon() -> int:
    return int(subprocess.run(["sh", "-c", LEAVE_A_DAEMON], capture_output=True, check=True).stdout)


@pytest.mark.anyio
async def test_an_orphan_in_a_session_of_its_own_is_adopted_and_killed() -> None:
    children.adopt_orphans()
    daemon = leave_a_daemon()
    assert psutil.Process(daemon).ppid() == os.getpid()
    assert await children.kill_all() == 1
    assert not psutil.pid_exists(daemon)


def test_the_dead_are_buried_but_for_the_one_that_asyncio_waits_for() -> None:
    children.adopt_orphans()
    kept = subprocess.Popen(["true"])
    orphan = leave_a_daemon()
    os.kill(orphan, 9)
    while not (is_dead(orphan) and is_dead(kept.pid)):
        time.sleep(0.01)
    children.reap_orphans(keep=kept.pid)
    assert not psutil.pid_exists(orphan)
    assert kept.wait() == 0


def is_dead(pid: int) -> bool:
    return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
