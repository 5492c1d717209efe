"""The repository's CLAUDE.md, read as plain text.

Claude Code could read it itself, but only together with the repository's settings, which can run commands, start
servers and send the model key elsewhere. So settings are off (`options.py`) and this file goes in by hand.
"""

import os
import stat
from pathlib import Path

MAX_BYTES = 48 * 2**10


def read_claude_md(repository: Path) -> str | None:
    """The text, or None if there is none. Never follows a link: the repository may have put it there."""
    try:
        fd = os.open(repository / "CLAUDE.md", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        return None
    with os.fdopen(fd, "rb") as file:
        content = file.read(MAX_BYTES + 1)
    text = content[:MAX_BYTES].decode(errors="replace").strip()
    if len(content) > MAX_BYTES:
        text += f"\n[CLAUDE.md is longer than {MAX_BYTES} bytes; the rest is left out. Read the file if you need it.]"
    return text or None
