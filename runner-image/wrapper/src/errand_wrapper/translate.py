"""Frames of Claude Code become events. Pure: no clock, no I/O.

A frame that has no event of its own becomes `other`, so nothing is lost when Claude Code learns to say more.
"""

from collections.abc import Callable
from typing import Any

from errand_wrapper.todo import TodoList
from errand_wrapper.transport import Frame
from errand_wrapper.usage import Meter, micros, model_usage, request_tokens
from errand_wrapper.wire import Event

_ENVELOPE = ("type", "subtype", "uuid", "session_id", "user_message_uuid", "user_message_uuids")
_MESSAGE_LIMIT = 4_000
_SUBTASK_PHASES = {
    "task_started": "started",
    "task_progress": "progress",
    "task_updated": "updated",
    "task_notification": "notification",
}


class Translator:
    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._todo = TodoList()
        self._calls: dict[str, tuple[str, Any]] = {}
        """Tool calls without an answer: their name and input."""
        self._systems: dict[str, Callable[[Frame], list[Event]]] = {
            "init": _session,
            "session_state_changed": lambda f: [{"type": "state", "state": str(f.get("state"))}],
            "status": _status,
            "api_retry": _api_retry,
            "model_fallback": _model_fallback,
            "permission_denied": _permission_denied,
            "background_tasks_changed": _subtasks,
            "compact_boundary": lambda f: [{"type": "compact_boundary", "metadata": f.get("compact_metadata")}],
            "hook_started": lambda f: [{"type": "hook_started", "detail": _without(f, *_ENVELOPE)}],
            "hook_response": lambda f: [{"type": "hook_response", "detail": _without(f, *_ENVELOPE)}],
            "thinking_tokens": lambda f: [{"type": "thinking_tokens", **_without(f, *_ENVELOPE)}],
        }

    def events(self, frame: Frame) -> list[Event]:
        match frame.get("type"):
            case "system":
                return self._system(frame)
            case "assistant":
                return [self._block(block, frame) for block in _content(frame)]
            case "user":
                return self._user(frame)
            case "stream_event":
                return self._stream(frame)
            case "result":
                return self._result(frame)
            case "tool_progress":
                return [_tool_progress(frame)]
            case "rate_limit_event":
                return [{"type": "rate_limit", "info": frame.get("rate_limit_info")}]
            case _:
                return [_other(frame)]

    def _system(self, frame: Frame) -> list[Event]:
        subtype = str(frame.get("subtype"))
        if phase := _SUBTASK_PHASES.get(subtype):
            return [_subtask(phase, frame)]
        translate = self._systems.get(subtype)
        return translate(frame) if translate else [_other(frame)]

    def _block(self, block: Any, frame: Frame) -> Event:
        message = frame.get("message") or {}
        where = {
            "message_id": _text_or_none(message.get("id")),
            "parent_tool_use_id": _text_or_none(frame.get("parent_tool_use_id")),
        }
        whence = {"model": _text_or_none(message.get("model")), "uuid": _text_or_none(frame.get("uuid"))}
        match block:
            case {"type": "text", "text": str(text)}:
                return {"type": "text", "text": text, **where, **whence, "error": _text_or_none(frame.get("error"))}
            case {"type": "thinking", "thinking": str(text)}:
                return {"type": "thinking", "text": text, **where, **whence}
            case {"type": "tool_use" | "server_tool_use" | "mcp_tool_use", "id": str(call), "name": str(name)}:
                tool_input = block.get("input")
                self._calls[call] = (name, tool_input)
                return {
                    "type": "tool_use",
                    "tool_use_id": call,
                    "name": name,
                    "input": tool_input if tool_input is not None else {},
                    "server": _text_or_none(block.get("server_name")) or _mcp_server(name),
                    **where,
                }
            case _:
                return _other({**frame, "message": {**message, "content": [block]}})

    def _user(self, frame: Frame) -> list[Event]:
        content = _content(frame)
        answers = [block for block in content if isinstance(block, dict) and block.get("type") == "tool_result"]
        events: list[Event] = []
        for block in answers:
            # The frame's own details belong to its one answer; with several nobody could tell to which.
            detail = frame.get("tool_use_result") if len(answers) == 1 else None
            events += self._tool_result(block, detail, frame)
        if rest := [block for block in content if block not in answers]:
            plain = frame["message"]["content"]
            events.append(
                {
                    "type": "user",
                    "content": plain if isinstance(plain, str) else rest,
                    "origin": frame.get("origin"),
                    # Prompts are not sent back to us: whatever comes in the user's name is Claude Code's.
                    "synthetic": not frame.get("isReplay"),
                    "parent_tool_use_id": _text_or_none(frame.get("parent_tool_use_id")),
                }
            )
        return events

    def _tool_result(self, block: dict[str, Any], detail: Any, frame: Frame) -> list[Event]:
        call = str(block.get("tool_use_id"))
        failed = bool(block.get("is_error"))
        metas = frame.get("tool_result_meta")
        meta = next((m for m in metas if isinstance(m, dict) and m.get("id") == call), None) if metas else None
        events: list[Event] = [
            {
                "type": "tool_result",
                "tool_use_id": call,
                "is_error": failed,
                "content": block.get("content"),
                "detail": detail,
                "meta": meta,
                "parent_tool_use_id": _text_or_none(frame.get("parent_tool_use_id")),
            }
        ]
        name, tool_input = self._calls.pop(call, ("", None))
        # A sub-agent's TodoWrite list is its own; the list of the Task tools is one for all.
        own_list = name == "TodoWrite" and frame.get("parent_tool_use_id") is not None
        if not failed and not own_list and self._todo.tool_result(name, tool_input, detail):
            events.append({"type": "todo", "items": self._todo.items})
        return events

    def _stream(self, frame: Frame) -> list[Event]:
        event = frame.get("event")
        if not isinstance(event, dict):
            return [_other(frame)]
        if usage := self._meter.stream_event(event):
            return [usage]
        match event:
            case {"type": "content_block_delta", "delta": dict() as delta}:
                kind, text = _delta_text(delta)
                if text:
                    return [
                        {
                            "type": "delta",
                            "kind": kind,
                            "index": event.get("index"),
                            "text": text,
                            "message_id": _text_or_none(frame.get("api_message_id")),
                            "parent_tool_use_id": _text_or_none(frame.get("parent_tool_use_id")),
                        }
                    ]
        return []  # the rest only frames what comes whole in `assistant` and `result`

    def _result(self, frame: Frame) -> list[Event]:
        by_model = model_usage(frame.get("model_usage_since_last_result"))
        cost = self._meter.settle(by_model)
        errors = frame.get("errors")
        return [
            {
                "type": "result",
                "subtype": str(frame.get("subtype")),
                "is_error": bool(frame.get("is_error")),
                "result": _text_or_none(frame.get("result")),
                "structured_output": frame.get("structured_output"),
                "stop_reason": _text_or_none(frame.get("stop_reason")),
                "terminal_reason": _text_or_none(frame.get("terminal_reason")),
                "api_error_status": frame.get("api_error_status"),
                "errors": [str(e)[:_MESSAGE_LIMIT] for e in errors] if isinstance(errors, list) else [],
                "session_id": _text_or_none(frame.get("session_id")),
                "num_turns": _count(frame.get("num_turns")),
                "duration_ms": _count(frame.get("duration_ms")),
                "duration_api_ms": _count(frame.get("duration_api_ms")),
                "result_index": _count(frame.get("result_index")),
                "permission_denials": frame.get("permission_denials") or [],
                "usage": request_tokens(frame.get("usage")),
                "model_usage": by_model,
                "cost_usd_micros": cost,
                "cost_usd_micros_session": micros(frame.get("total_cost_usd")),
            }
        ]


def _session(frame: Frame) -> list[Event]:
    return [
        {
            "type": "session",
            "session_id": str(frame.get("session_id")),
            "model": _text_or_none(frame.get("model")),
            "cwd": _text_or_none(frame.get("cwd")),
            "permission_mode": _text_or_none(frame.get("permissionMode")),
            "claude_code_version": _text_or_none(frame.get("claude_code_version")),
            "api_key_source": _text_or_none(frame.get("apiKeySource")),
            **{name: _texts(frame.get(name)) for name in ("tools", "agents", "skills", "capabilities")},
            **{name: frame.get(name) or [] for name in ("mcp_servers", "plugins", "plugin_errors")},
        }
    ]


def _status(frame: Frame) -> list[Event]:
    event = {
        "status": _text_or_none(frame.get("status")),
        "permission_mode": _text_or_none(frame.get("permissionMode")),
        "compact_result": _text_or_none(frame.get("compact_result")),
    }
    return [{"type": "status", **event}] if any(event.values()) else []


def _api_retry(frame: Frame) -> list[Event]:
    return [
        {
            "type": "api_retry",
            "attempt_no": _count(frame.get("attempt")),
            "max_retries": _count(frame.get("max_retries")),
            "retry_delay_ms": _count(frame.get("retry_delay_ms")),
            "error_status": frame.get("error_status"),
            "error": _text_or_none(frame.get("error")),
        }
    ]


def _model_fallback(frame: Frame) -> list[Event]:
    names = ("trigger", "original_model", "fallback_model", "content")
    return [{"type": "model_fallback", **{name: _text_or_none(frame.get(name)) for name in names}}]


def _permission_denied(frame: Frame) -> list[Event]:
    return [
        {
            "type": "permission_denied",
            "tool_name": str(frame.get("tool_name")),
            "tool_use_id": _text_or_none(frame.get("tool_use_id")),
            "reason_type": _text_or_none(frame.get("decision_reason_type")),
            "reason": _text_or_none(frame.get("decision_reason")),
            "message": _text_or_none(frame.get("message")),
        }
    ]


def _subtask(phase: str, frame: Frame) -> Event:
    return {
        "type": "subtask",
        "phase": phase,
        "subtask_id": str(frame.get("task_id")),
        "tool_use_id": _text_or_none(frame.get("tool_use_id")),
        "detail": _without(frame, *_ENVELOPE, "task_id", "tool_use_id"),
    }


def _subtasks(frame: Frame) -> list[Event]:
    """A task is the user's errand; what works in the background is a subtask of it."""
    tasks = frame.get("tasks")
    return [
        {
            "type": "subtasks",
            "subtasks": [
                {"subtask_id": task.get("task_id"), **_without(task, "task_id")}
                for task in (tasks if isinstance(tasks, list) else [])
                if isinstance(task, dict)
            ],
        }
    ]


def _tool_progress(frame: Frame) -> Event:
    # A heartbeat has an id of its own; the tool call is its parent.
    call = frame.get("parent_tool_use_id") if frame.get("heartbeat") else frame.get("tool_use_id")
    elapsed = frame.get("elapsed_time_seconds")
    return {
        "type": "tool_progress",
        "tool_use_id": str(call or frame.get("tool_use_id")),
        "name": str(frame.get("tool_name")),
        "elapsed_s": elapsed if isinstance(elapsed, int | float) else 0,
    }


def _other(frame: Frame) -> Event:
    return {"type": "other", "frame": frame}


def _delta_text(delta: dict[str, Any]) -> tuple[str, str]:
    match delta:
        case {"type": "text_delta", "text": str(text)}:
            return "text", text
        case {"type": "thinking_delta", "thinking": str(text)}:
            return "thinking", text
        case {"type": "input_json_delta", "partial_json": str(text)}:
            return "partial_json", text
        case _:
            return "", ""


def _content(frame: Frame) -> list[Any]:
    """A message's blocks; a message that is plain text is one block of text."""
    message = frame.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return content if isinstance(content, list) else []


def _mcp_server(tool: str) -> str | None:
    parts = tool.split("__")
    return parts[1] if len(parts) > 2 and parts[0] == "mcp" else None


def _without(frame: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in frame.items() if name not in names}


def _text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _count(value: Any) -> int:
    return max(int(value), 0) if isinstance(value, int | float) else 0
