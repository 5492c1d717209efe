from typing import Any

import pytest
from contract import assert_is_an_event

from errand_wrapper.cut import encode_event
from errand_wrapper.translate import Translator
from errand_wrapper.usage import Meter

Frame = dict[str, Any]


def events(*frames: Frame) -> list[dict[str, Any]]:
    translator = Translator(Meter())
    found = []
    for number, frame in enumerate(frames, start=1):
        for event in translator.events(frame):
            sent = {name: value for name, value in event.items() if value is not None}
            assert_is_an_event({"v": 1, "seq": number, "at": "2026-01-02T03:04:05.678Z", **sent})
            found.append(sent)
    return found


def assistant(*blocks: Frame, **fields: Any) -> Frame:
    message = {"id": "msg_1", "role": "assistant", "model": "opus", "content": list(blocks)}
    return {"type": "assistant", "message": message, "parent_tool_use_id": None, "uuid": "u1", **fields}


def user(content: Any, **fields: Any) -> Frame:
    return {"type": "user", "message": {"role": "user", "content": content}, "parent_tool_use_id": None, **fields}


def system(subtype: str, **fields: Any) -> Frame:
    return {"type": "system", "subtype": subtype, "uuid": "u1", "session_id": "s1", **fields}


def call(name: str, given: Any = None, number: str = "toolu_1") -> Frame:
    return {"type": "tool_use", "id": number, "name": name, "input": given}


def answer(content: Any, number: str = "toolu_1", **fields: Any) -> Frame:
    return {"type": "tool_result", "tool_use_id": number, "content": content, **fields}


def test_a_text_says_who_said_it() -> None:
    assert events(assistant({"type": "text", "text": "hi"}, parent_tool_use_id="toolu_9")) == [
        {
            "type": "text",
            "text": "hi",
            "message_id": "msg_1",
            "model": "opus",
            "uuid": "u1",
            "parent_tool_use_id": "toolu_9",
        }
    ]


def test_a_failed_request_is_a_text_with_its_error() -> None:
    (event,) = events(assistant({"type": "text", "text": "API Error"}, error="rate_limit"))
    assert event["error"] == "rate_limit"


def test_a_tool_of_a_server_names_its_server() -> None:
    (event,) = events(assistant(call("mcp__demo__add", {"a": 1})))
    assert (event["server"], event["name"], event["input"]) == ("demo", "mcp__demo__add", {"a": 1})
    (event,) = events(assistant(call("Bash")))
    assert "server" not in event
    assert event["input"] == {}


@pytest.mark.parametrize("detail", [{"stdout": "42"}, "Error: no", [{"type": "text", "text": "x"}], None])
def test_the_detail_of_a_tool_result_may_be_anything(detail: Any) -> None:
    (event,) = events(user([answer("42")], tool_use_result=detail))
    assert event.get("detail") == detail
    assert event["is_error"] is False


def test_with_several_results_in_a_frame_nobody_knows_whose_the_detail_is() -> None:
    metas = [{"id": "toolu_2", "permission_decision": {"decision": "accept"}}]
    frame = user([answer("a"), answer("b", "toolu_2", is_error=True)], tool_use_result={}, tool_result_meta=metas)
    first, second = events(frame)
    assert "detail" not in first
    assert "meta" not in first
    assert (second["is_error"], second["meta"]) == (True, metas[0])


def test_a_message_in_the_users_name_is_claude_codes() -> None:
    (event,) = events(user("[Request interrupted by user]"))
    assert (event["content"], event["synthetic"]) == ("[Request interrupted by user]", True)


def test_the_todo_list_follows_the_calls_that_succeed() -> None:
    created = user([answer("ok")], tool_use_result={"task": {"id": "1", "subject": "Boil"}})
    failed = user([answer("no", is_error=True)], tool_use_result={"success": True, "taskId": "1"})
    update = assistant(call("TaskUpdate", {"taskId": "1", "status": "completed"}))
    found = events(assistant(call("TaskCreate", {"subject": "Boil"})), created, update, failed)
    assert [event["type"] for event in found] == ["tool_use", "tool_result", "todo", "tool_use", "tool_result"]
    assert found[2]["items"] == [{"id": "1", "subject": "Boil", "status": "pending"}]


def test_a_sub_agents_own_list_is_not_the_agents() -> None:
    todos = {"todos": [{"content": "Mine", "status": "pending"}]}
    own = (assistant(call("TodoWrite", todos)), user([answer("ok")]))
    others = tuple(frame | {"parent_tool_use_id": "toolu_9"} for frame in own)
    assert "todo" in [event["type"] for event in events(*own)]
    assert "todo" not in [event["type"] for event in events(*others)]


def test_a_heartbeat_of_a_tool_names_the_call() -> None:
    frame = {"type": "tool_progress", "tool_use_id": "toolu_1-heartbeat-0", "parent_tool_use_id": "toolu_1"}
    (event,) = events(frame | {"tool_name": "Bash", "elapsed_time_seconds": 30, "heartbeat": True})
    assert event == {"type": "tool_progress", "tool_use_id": "toolu_1", "name": "Bash", "elapsed_s": 30}


def test_a_task_of_claude_code_is_a_subtask() -> None:
    started = system("task_started", task_id="a1", tool_use_id="toolu_1", description="Say hi", is_backgrounded=True)
    changed = system("background_tasks_changed", tasks=[{"task_id": "a1", "task_type": "local_agent"}])
    assert events(started, changed) == [
        {
            "type": "subtask",
            "phase": "started",
            "subtask_id": "a1",
            "tool_use_id": "toolu_1",
            "detail": {"description": "Say hi", "is_backgrounded": True},
        },
        {"type": "subtasks", "subtasks": [{"subtask_id": "a1", "task_type": "local_agent"}]},
    ]


def test_a_retry_without_a_status_is_one_that_nobody_answered() -> None:
    frame = system("api_retry", attempt=1, max_retries=6, retry_delay_ms=536.4, error_status=None, error="unknown")
    (event,) = events(frame)
    assert event == {
        "type": "api_retry",
        "attempt_no": 1,
        "max_retries": 6,
        "retry_delay_ms": 536,
        "error": "unknown",
    }


def test_a_result_has_the_cost_of_itself_and_of_the_session() -> None:
    frame = {
        "type": "result",
        "subtype": "success",
        "is_error": False,
        "result": "Done",
        "total_cost_usd": 0.018,
        "model_usage_since_last_result": {"opus": {"inputTokens": 10, "outputTokens": 2, "costUSD": 0.006}},
        "usage": {"input_tokens": 10, "output_tokens": 2, "cache_read_input_tokens": 3},
    }
    (event,) = events(frame)
    assert (event["cost_usd_micros"], event["cost_usd_micros_session"]) == (6_000, 18_000)
    assert event["model_usage"]["opus"]["input_tokens"] == 10
    assert event["usage"]["cache_read_tokens"] == 3


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "hologram", "beam": 1},
        {"beam": 1},
        system("hologram"),
        {"type": "command_lifecycle", "command_uuid": "u", "state": "started"},
        {"type": "conversation_reset", "new_conversation_id": "x"},
        assistant({"type": "redacted_thinking", "data": "…"}),
    ],
)
def test_what_is_unknown_is_passed_on_whole(frame: Frame) -> None:
    (event,) = events(frame)
    assert event == {"type": "other", "frame": frame}


@pytest.mark.parametrize("kind", ["assistant", "user", "stream_event", "result", "tool_progress", "rate_limit_event"])
def test_a_frame_that_lost_everything_but_its_type_breaks_nothing(kind: str) -> None:
    for event in events({"type": kind}, {"type": kind, "message": None}, {"type": kind, "message": {"content": None}}):
        encode_event(event)


@pytest.mark.parametrize(
    "subtype",
    [
        "init",
        "session_state_changed",
        "status",
        "api_retry",
        "model_fallback",
        "permission_denied",
        "background_tasks_changed",
        "task_started",
        "compact_boundary",
        "hook_started",
        "hook_response",
        "thinking_tokens",
    ],
)
def test_a_system_frame_that_lost_everything_but_its_type_breaks_nothing(subtype: str) -> None:
    translator = Translator(Meter())
    for event in translator.events({"type": "system", "subtype": subtype}):
        assert event["type"] != "other"
        encode_event(event)
