import json
from typing import Any

import pytest

from errand_wrapper.commands import CommandError, Shutdown, Start, parse_command


def start(**options: Any) -> Start:
    command = parse_command(json.dumps({"cmd": "start", "prompt": "hi", "options": {"cwd": "/w", **options}}).encode())
    assert isinstance(command, Start)
    return command


def test_a_run_bypasses_permissions_and_sends_no_deltas_unless_told() -> None:
    options = start().options
    assert options.permission_mode == "bypassPermissions"
    assert options.deltas is False


@pytest.mark.parametrize(
    "options",
    [
        {"model": "--mcp-config=/x"},
        {"model": "claude opus"},
        {"model": ""},
        {"fallback_model": "-x"},
        {"allowed_tools": ["--dangerously-skip-permissions"]},
        {"disallowed_tools": ["Bash\nEdit"]},
        {"permission_mode": "yolo"},
        {"effort": "heroic"},
        {"max_turns": 0},
        {"max_turns": "3"},
        {"max_budget_usd_micros": 0.5},
        {"session_id": "../../etc/passwd"},
        {"resume": "--help"},
        {"resume": "5b48399e-4830-4f10-9770-d83b46dbf5a4", "session_id": "5b48399e-4830-4f10-9770-d83b46dbf5a4"},
        {"background_wait_s": -1},
        {"setting_sources": ["project"]},
    ],
)
def test_an_option_out_of_its_range_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(CommandError, match="options"):
        start(**options)


@pytest.mark.parametrize(
    "model", ["claude-opus-5-5", "opus", "claude-opus-4-8[1m]", "arn:aws:bedrock:us-east-1:1:x/y", "claude@20260101"]
)
def test_models_go_by_many_names(model: str) -> None:
    assert start(model=model).options.model == model


def test_a_refusal_names_the_field_and_never_repeats_its_value() -> None:
    with pytest.raises(CommandError) as refused:
        parse_command(b'{"cmd":"start","prompt":"","options":{"cwd":"/w","model":"-secret"}}')
    assert "start.prompt" in str(refused.value)
    assert "start.options.model" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "line", [b"", b"[]", b"null", b"\xff", b'{"cmd":"start"}', b'{"cmd":"shutdown","grace_s":1e9}']
)
def test_what_is_no_command_is_refused(line: bytes) -> None:
    with pytest.raises(CommandError):
        parse_command(line)


def test_a_shutdown_has_ten_seconds() -> None:
    assert parse_command(b'{"cmd":"shutdown"}') == Shutdown(cmd="shutdown", reason="shutdown", grace_s=10)
