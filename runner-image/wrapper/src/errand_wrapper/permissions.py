"""Questions of the agent that a person answers: may this tool run, which of these, is this plan good."""

import asyncio
import contextlib
from dataclasses import replace
from typing import Any
from uuid import uuid4

from claude_agent_sdk import PermissionResult, PermissionResultAllow, PermissionResultDeny, ToolPermissionContext
from claude_agent_sdk.types import PermissionUpdate

from errand_wrapper.commands import Permission
from errand_wrapper.wire import EventPipe


class Permissions:
    def __init__(self, pipe: EventPipe) -> None:
        self._pipe = pipe
        self._open: dict[str, asyncio.Future[Permission]] = {}

    @property
    def pending(self) -> int:
        return len(self._open)

    async def ask(self, tool: str, tool_input: dict[str, Any], context: ToolPermissionContext) -> PermissionResult:
        """What the SDK calls. Waits for the answer as long as it takes; the supervisor sets the limit."""
        request_id = f"perm_{uuid4().hex}"
        answer: asyncio.Future[Permission] = asyncio.get_running_loop().create_future()
        self._open[request_id] = answer
        self._pipe.emit(
            {
                "type": "permission_request",
                "request_id": request_id,
                "tool": tool,
                "input": tool_input,
                "tool_use_id": context.tool_use_id,
                "agent_id": context.agent_id,
                "title": context.title,
                "description": context.description,
                "reason": context.decision_reason,
                "blocked_path": context.blocked_path,
                "suggestions": _suggestions(context.suggestions),
            }
        )
        try:
            command = await answer
        except asyncio.CancelledError:
            self._resolved(request_id, "canceled", None)
            raise
        finally:
            del self._open[request_id]
        self._resolved(request_id, command.decision, command.by)
        return _result(command, context.suggestions)

    def answer(self, command: Permission) -> None:
        answer = self._open.get(command.request_id)
        if answer is None or answer.done():
            self._pipe.log("warn", f"no open permission request {command.request_id}")
            return
        answer.set_result(command)

    def _resolved(self, request_id: str, decision: str, by: str | None) -> None:
        self._pipe.emit({"type": "permission_resolved", "request_id": request_id, "decision": decision, "by": by})


def _result(command: Permission, suggestions: list[PermissionUpdate]) -> PermissionResult:
    if command.decision == "deny":
        return PermissionResultDeny(message=command.message or "Denied.", interrupt=command.interrupt)
    # Claude Code suggests to write the rule into the user's repository; it must not outlive the session.
    remembered = [replace(update, destination="session") for update in suggestions] if command.remember else None
    return PermissionResultAllow(updated_input=command.updated_input, updated_permissions=remembered)


def _suggestions(updates: list[PermissionUpdate]) -> list[dict[str, Any]]:
    suggestions = []
    for update in updates:
        with contextlib.suppress(ValueError):  # of a kind that the SDK does not know
            suggestions.append(replace(update, destination="session").to_dict())
    return suggestions
