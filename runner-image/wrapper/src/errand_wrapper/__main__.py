"""The door: `python -m errand_wrapper`."""

import os
import sys


def _take_stdout() -> int:
    """Keeps fd 1 for events alone: whatever a library or a child prints goes to stderr."""
    events = os.dup(1)  # not inheritable, so no child can hold the pipe open
    os.dup2(2, 1)
    return events


def main() -> None:
    events = _take_stdout()
    # Only now: an import may print, and what it prints must not land between two events.
    from errand_wrapper.app import run_app  # noqa: PLC0415

    sys.exit(run_app(events))


if __name__ == "__main__":
    main()
