import asyncio
from typing import Any, cast

import pytest
from claude_agent_sdk import PermissionResultAllow, PermissionResultDeny, ToolPermissionContext
from claude_agent_sdk.types import PermissionRuleValue, PermissionUpdate

from errand_wrapper.commands import Permission
from errand_wrapper.permissions import Permissions
from errand_wrapper.wire import EventPipe

pytestmark = pytest.mark.anyio

SUGGESTION = PermissionUpdate(
    type="addRules",
    rules=[PermissionRuleValue(tool_name="Bash", rule_content="ls")],
    behavior="allow",
    destination="localSettings",
)


class Listener:
    """In the place of the pipe."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def emit(self, event: dict[str, Any]) -> None:
        self.events.append(event)

    def log(self, level: str, message: str) -> None:
        self.emit({"type": "log", "level": level, "message": message})


async def asked(**answer: Any) -> tuple[Any, list[dict[str, Any]]]:
    listener = Listener()
    permissions = Permissions(cast("EventPipe", listener))
    context = ToolPermissionContext(suggestions=[SUGGESTION], tool_use_id="toolu_1")
    asking = asyncio.create_task(permissions.ask("Bash", {"command": "ls"}, context))
    await asyncio.sleep(0)
    assert permissions.pending == 1
    request_id = listener.events[0]["request_id"]
    permissions.answer(Permission(cmd="permission", request_id=request_id, **answer))
    result = await asking
    assert permissions.pending == 0
    return result, listener.events


async def test_what_is_allowed_once_is_not_remembered() -> None:
    result, (request, resolved) = await asked(decision="allow", by="user_1")
    assert result == PermissionResultAllow(updated_input=None, updated_permissions=None)
    assert (request["tool"], request["tool_use_id"]) == ("Bash", "toolu_1")
    assert (resolved["decision"], resolved["by"]) == ("allow", "user_1")


async def test_what_is_remembered_is_remembered_for_the_session_only() -> None:
    result, (request, _) = await asked(decision="allow", remember=True)
    assert [update.destination for update in result.updated_permissions] == ["session"]
    assert [suggestion["destination"] for suggestion in request["suggestions"]] == ["session"]


async def test_a_denial_has_a_message_and_may_end_the_turn() -> None:
    result, _ = await asked(decision="deny", message="No.", interrupt=True)
    assert result == PermissionResultDeny(message="No.", interrupt=True)


async def test_an_answer_to_nothing_is_logged() -> None:
    listener = Listener()
    unknown = Permission(cmd="permission", request_id="perm_x", decision="allow")
    Permissions(cast("EventPipe", listener)).answer(unknown)
    assert [event["level"] for event in listener.events] == ["warn"]
