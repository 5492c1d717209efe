"""How Claude Code is started."""

import json
import os
from pathlib import Path

from claude_agent_sdk import CanUseTool, ClaudeAgentOptions
from claude_agent_sdk.types import SystemPromptPreset

from errand_wrapper.claude_md import read_claude_md
from errand_wrapper.commands import CommandError, Options

ARGUMENT_LIMIT = 120 * 2**10
"""Longest argument in bytes: Linux refuses one of 128 KiB, and prompt and schema travel as arguments."""
MAX_BUFFER_SIZE = 64 * 2**20
"""Longest line of Claude Code. The SDK's own 1 MiB ends the run at the first large file."""

_FIXED_ENV = {
    # The only sign that a run is over: it may have several results.
    "CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS": "1",
    "CLAUDE_CODE_ENABLE_TODO_TOOLS": "1",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_TELEMETRY": "1",
}
_NEVER = ["CronCreate", "CronDelete", "CronList", "ScheduleWakeup"]
"""Tools that promise the agent to be woken later. The run ends when it is idle, so they would lie to it."""
_DEFAULT_ENV = {
    # 36 s in all. Claude Code's own 10 keep a dead service waiting for three minutes.
    "CLAUDE_CODE_MAX_RETRIES": "6",
}


def asks_for_permission(options: Options) -> bool:
    """Whether somebody may be asked. If not, AskUserQuestion and plan approval do not even exist for the agent."""
    return options.permission_mode not in ("bypassPermissions", "dontAsk")


def agent_options(options: Options, can_use_tool: CanUseTool) -> ClaudeAgentOptions:
    """Raises `CommandError` where the supervisor asks for what cannot be done."""
    cwd = Path(options.cwd)
    if not cwd.is_absolute() or not cwd.is_dir():
        raise CommandError("options.cwd: not an absolute path of a directory")
    return ClaudeAgentOptions(
        cwd=cwd,
        # Without the preset the agent gets no system prompt at all.
        system_prompt=_system_prompt(options, cwd),
        # A repository's settings, hooks and servers never load, whoever wrote them.
        setting_sources=[],
        strict_mcp_config=True,
        permission_mode=options.permission_mode,
        can_use_tool=can_use_tool if asks_for_permission(options) else None,
        allowed_tools=options.allowed_tools,
        disallowed_tools=[*options.disallowed_tools, *_NEVER],
        model=options.model,
        fallback_model=options.fallback_model,
        effort=options.effort,
        max_turns=options.max_turns,
        max_budget_usd=None if options.max_budget_usd_micros is None else options.max_budget_usd_micros / 1_000_000,
        session_id=None if options.session_id is None else str(options.session_id),
        resume=None if options.resume is None else str(options.resume),
        output_format=_output_format(options),
        # Needed even without deltas: only these frames have the final usage of a request.
        include_partial_messages=True,
        forward_subagent_text=True,
        # Or an `@/etc/passwd` in a prompt would be read and sent along, and a leading `/` be a command.
        verbatim_prompts=True,
        max_buffer_size=MAX_BUFFER_SIZE,
        env=_environment(options),
    )


def _system_prompt(options: Options, cwd: Path) -> SystemPromptPreset:
    prompt: SystemPromptPreset = {"type": "preset", "preset": "claude_code"}
    parts = [options.system_prompt_append] if options.system_prompt_append else []
    if claude_md := read_claude_md(cwd):
        parts.append(f"# CLAUDE.md\n\nThe repository's own instructions, from its CLAUDE.md:\n\n{claude_md}")
    if parts:
        prompt["append"] = _argument("options.system_prompt_append", "\n\n".join(parts))
    return prompt


def _output_format(options: Options) -> dict[str, object] | None:
    if options.output_schema is None:
        return None
    _argument("options.output_schema", json.dumps(options.output_schema))
    return {"type": "json_schema", "schema": options.output_schema}


def _argument(name: str, text: str) -> str:
    """The text as it can be handed to a process: no NUL, no broken Unicode, not too long, not like an option."""
    text = text.replace("\0", "").encode(errors="replace").decode()
    if len(text.encode()) > ARGUMENT_LIMIT:
        raise CommandError(f"{name}: longer than {ARGUMENT_LIMIT} bytes")
    return f"\n{text}" if text.startswith("-") else text


def _environment(options: Options) -> dict[str, str]:
    defaults = {name: value for name, value in _DEFAULT_ENV.items() if name not in os.environ}
    sandbox = {}
    if options.permission_mode == "bypassPermissions" and os.geteuid() == 0:
        # Claude Code refuses to bypass permissions as root unless it is told that it sits in a sandbox.
        sandbox["IS_SANDBOX"] = "1"
    return {**_FIXED_ENV, **defaults, **sandbox}
