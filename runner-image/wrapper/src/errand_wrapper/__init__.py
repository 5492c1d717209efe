"""Runs Claude Code through claude-agent-sdk: commands in, typed events out. The README has the protocol."""

# Nothing may be imported here: `__main__` moves fd 1 out of everybody's reach before anything else is loaded.

__version__ = "0.1.0"
