"""In a process of its own: `kill_all` ends everything below the process that it runs in."""

import subprocess
import sys
from textwrap import dedent

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="subreapers are Linux's")

PREPARE = """
    import asyncio, os, subprocess, time
    import psutil
    from errand_wrapper import children

    def leave_a_daemon():
        '''A child that leaves a grandchild in a session of its own, and dies.'''
        script = "setsid sleep 600 >/dev/null 2>&1 & echo $!"
        return int(subprocess.run(["sh", "-c", script], capture_output=True, check=True).stdout)

    def is_dead(pid):
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE

    children.adopt_orphans()
"""


def run(code: str) -> None:
    subprocess.run([sys.executable, "-c", dedent(PREPARE) + dedent(code)], check=True, timeout=60)


def test_an_orphan_in_a_session_of_its_own_is_adopted_and_killed() -> None:
    run("""
        daemon = leave_a_daemon()
        assert psutil.Process(daemon).ppid() == os.getpid()
        assert asyncio.run(children.kill_all()) == 1
        assert not psutil.pid_exists(daemon)
    """)


def test_the_dead_are_buried_but_for_the_one_that_asyncio_waits_for() -> None:
    run("""
        kept, orphan = subprocess.Popen(["true"]), leave_a_daemon()
        os.kill(orphan, 9)
        while not (is_dead(orphan) and is_dead(kept.pid)):
            time.sleep(0.01)
        children.reap_orphans(keep=kept.pid)
        assert not psutil.pid_exists(orphan)
        assert kept.wait() == 0
    """)
