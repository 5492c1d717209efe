"""What every sequence of events must keep, whatever the run was."""

import json
from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

Event = dict[str, Any]

CONTRACTS = Path(__file__).resolve().parents[3] / "contracts"
EVENT_SCHEMA = CONTRACTS / "event.schema.json"

# Every type that users see and that comes from here.
WRITTEN = frozenset(
    [
        "api_retry",
        "compact_boundary",
        "error",
        "hook_response",
        "hook_started",
        "log",
        "model_fallback",
        "other",
        "permission_denied",
        "permission_request",
        "permission_resolved",
        "prompt_sent",
        "rate_limit",
        "result",
        "session",
        "state",
        "status",
        "stderr",
        "subtask",
        "subtasks",
        "text",
        "thinking",
        "todo",
        "tool_progress",
        "tool_result",
        "tool_use",
        "usage",
        "user",
    ]
)
# Between wrapper and supervisor only, so the schema of what users see does not have them.
PRIVATE: dict[str, tuple[set[str], set[str]]] = {
    "hello": ({"wrapper", "sdk_version", "python", "pid"}, set()),
    "cli": ({"pid"}, set()),
    "delta": ({"kind", "index", "text"}, {"message_id", "parent_tool_use_id"}),
    "thinking_tokens": ({"estimated_tokens"}, {"estimated_tokens_delta"}),
    "heartbeat": ({"pending_permissions", "frames"}, {"state"}),
    "end": (
        {"outcome", "turns", "results", "cost_usd_micros", "usage", "cost_by_model"},
        {"reason", "message", "session_id", "result_text", "structured_output", "exit_code"},
    ),
}


def assert_keeps_the_contract(events: list[Event]) -> None:
    if not events:
        return
    assert [event["seq"] for event in events] == [n for n, _ in zip(count(1), events, strict=False)]
    assert events[0]["type"] == "hello"
    assert "end" not in [event["type"] for event in events[:-1]]
    for event in events:
        assert_is_an_event(event)


def assert_is_an_event(event: Event) -> None:
    body = {name: value for name, value in event.items() if name not in ("v", "seq", "at")}
    assert event["v"] == 1
    assert None not in body.values()
    if private := PRIVATE.get(event["type"]):
        required, optional = private
        names = set(body) - {"type"}
        assert required <= names <= required | optional, event
        return
    assert event["type"] in WRITTEN
    # As the server numbers and keeps it.
    kept = {"seq": event["seq"], "at": event["at"], "attempt": 1, **body}
    assert [error.message for error in event_schema().iter_errors(kept)] == [], event


def known_types() -> set[str]:
    """All values that the schema allows for `type`, wherever it says so."""
    return set(_consts_of_type(event_schema().schema))


def _consts_of_type(node: Any) -> Iterator[str]:
    match node:
        case {"properties": {"type": {"const": str(name)}}}:
            yield name
        case {"properties": {"type": {"enum": list(names)}}}:
            yield from names
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        yield from _consts_of_type(child)


@cache
def event_schema() -> Draft202012Validator:
    return Draft202012Validator(json.loads(EVENT_SCHEMA.read_text()))
