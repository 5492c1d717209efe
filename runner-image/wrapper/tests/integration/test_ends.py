"""How runs end that do not go well."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from harness import PATIENCE_S, Launch, Wrapper, noise, script


def sleeping(wrapper: Wrapper, **options: Any) -> Wrapper:
    """A run whose Bash command is at work for a long time."""
    wrapper.start("[[demo:sleep=300]]", **options)
    wrapper.until("tool_use", name="Bash")
    deadline = time.monotonic() + PATIENCE_S
    while not wrapper.has_running("time.sleep"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return wrapper


# ── faults of the model's service ────────────────────────────────────────────────────────────────────────────────────


def test_the_first_401_ends_the_run(wrapper: Wrapper) -> None:
    end = wrapper.run("[[fault:status=401]]")
    assert (end["outcome"], end["reason"]) == ("failed", "model_auth")
    assert end["message"] == "The model's service refused the credentials (HTTP 401)."
    assert len(wrapper.of("api_retry")) == 1
    assert wrapper.exit_code == 1


def test_without_a_key_the_run_fails_at_once(launch: Launch) -> None:
    end = launch(ANTHROPIC_API_KEY="").run("[[demo:hello]]")
    assert (end["outcome"], end["reason"]) == ("failed", "model_auth")


def test_a_rate_limit_that_passes_is_waited_out(wrapper: Wrapper) -> None:
    end = wrapper.run("[[fault:status=429,times=2,retry_after=1]] [[demo:text=1]]")
    assert end["outcome"] == "completed"
    retries = wrapper.of("api_retry")
    assert [(event["attempt_no"], event["error_status"]) for event in retries] == [(1, 429), (2, 429)]
    assert all(event["retry_delay_ms"] >= 1000 for event in retries)


def test_a_service_that_stays_overloaded_fails_the_run(launch: Launch) -> None:
    wrapper = launch(CLAUDE_CODE_MAX_RETRIES="2")
    end = wrapper.run("[[fault:status=529]]")
    assert (end["outcome"], end["reason"]) == ("failed", "model_error")
    assert "529" in end["message"]
    result = wrapper.one("result")
    assert (result["subtype"], result["is_error"], result["api_error_status"]) == ("success", True, 529)


def test_a_fallback_model_takes_over_from_an_overloaded_one(wrapper: Wrapper) -> None:
    prompt = "[[fault:status=529,model=opus]] [[demo:text=1]]"
    end = wrapper.run(prompt, model="claude-opus-5-5", fallback_model="claude-sonnet-5")
    assert end["outcome"] == "completed"
    assert wrapper.one("model_fallback")["fallback_model"] == "claude-sonnet-5"
    assert "claude-sonnet-5" in end["cost_by_model"]


def test_a_stream_that_breaks_is_repeated(wrapper: Wrapper) -> None:
    end = wrapper.run("[[fault:truncate,times=1]] [[demo:hello]]")
    assert end["outcome"] == "completed"
    assert (wrapper.workspace / "hello.txt").exists()


def test_an_unknown_model_is_a_refused_request(wrapper: Wrapper) -> None:
    end = wrapper.run("[[fault:status=404]]")
    assert (end["outcome"], end["reason"]) == ("failed", "refused")
    assert "404" in end["message"]


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_limit_of_turns_ends_the_run(wrapper: Wrapper) -> None:
    end = wrapper.run("[[demo:loop]]", max_turns=3)
    assert (end["outcome"], end["reason"]) == ("failed", "max_turns")
    assert wrapper.one("result")["errors"] == ["Reached maximum number of turns (3)"]


def test_the_budget_ends_the_run(wrapper: Wrapper) -> None:
    end = wrapper.run("[[demo:loop]]", max_budget_usd_micros=15_000)
    assert (end["outcome"], end["reason"]) == ("failed", "budget")
    assert 15_000 <= end["cost_usd_micros"] < 25_000


def test_an_answer_without_the_structure_that_was_asked_for_is_a_failure(wrapper: Wrapper) -> None:
    end = wrapper.run("[[demo:text=1]]", output_schema={"type": "object"})
    assert (end["outcome"], end["reason"]) == ("failed", "agent_error")


# ── being stopped ────────────────────────────────────────────────────────────────────────────────────────────────────


def assert_ended_in_order(wrapper: Wrapper, reason: str) -> None:
    end = wrapper.finish()
    assert (end["outcome"], end["message"]) == ("canceled", f"The run was stopped: {reason}.")
    assert wrapper.exit_code == 143
    assert wrapper.alive() == []
    assert wrapper.one("result")["terminal_reason"] == "aborted_tools"
    assert end["cost_usd_micros"] == 6_000  # of the one request


def test_shutdown_while_bash_runs_leaves_nothing_alive(wrapper: Wrapper) -> None:
    sleeping(wrapper).send(cmd="shutdown", reason="canceled by the user")
    assert_ended_in_order(wrapper, "canceled by the user")


def test_sigterm_is_a_shutdown(wrapper: Wrapper) -> None:
    sleeping(wrapper).process.send_signal(signal.SIGTERM)
    assert_ended_in_order(wrapper, "SIGTERM")


def test_the_end_of_stdin_is_a_shutdown(wrapper: Wrapper) -> None:
    sleeping(wrapper).close_stdin()
    assert_ended_in_order(wrapper, "the supervisor closed stdin")


def test_sigterm_to_the_whole_group_leaves_nothing_alive(wrapper: Wrapper) -> None:
    os.killpg(sleeping(wrapper).process.pid, signal.SIGTERM)
    end = wrapper.finish()
    assert end["outcome"] == "canceled"
    assert wrapper.alive() == []


def test_a_stop_before_the_start_is_a_canceled_run(wrapper: Wrapper) -> None:
    wrapper.close_stdin()
    end = wrapper.finish()
    assert (end["outcome"], end["turns"]) == ("canceled", 0)
    assert wrapper.exit_code == 143


def test_a_stop_while_claude_code_starts_is_a_canceled_run(wrapper: Wrapper) -> None:
    wrapper.start("[[demo:sleep=300]]")
    wrapper.send(cmd="shutdown")
    assert wrapper.finish()["outcome"] == "canceled"
    assert wrapper.alive() == []


def test_a_supervisor_that_does_not_read_cannot_keep_the_run_alive(launch: Launch) -> None:
    wrapper = launch(reading=False)
    wrapper.start(script(*noise(16)))
    deadline = time.monotonic() + PATIENCE_S
    while len(wrapper.frames()) < 60:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    wrapper.send(cmd="shutdown", grace_s=1)
    assert wrapper.exit_code == 143
    assert wrapper.alive() == []


def test_an_interrupt_without_a_further_prompt_cancels(wrapper: Wrapper) -> None:
    sleeping(wrapper, interrupt_wait_s=0.2).send(cmd="interrupt")
    end = wrapper.finish()
    assert (end["outcome"], wrapper.exit_code) == ("canceled", 143)


def test_after_an_interrupt_the_next_prompt_goes_on(wrapper: Wrapper) -> None:
    sleeping(wrapper).send(cmd="interrupt")
    wrapper.until("state", state="idle")
    wrapper.send(cmd="prompt", text="[[demo:hello]]")
    end = wrapper.finish()
    assert end["outcome"] == "completed"
    assert (wrapper.workspace / "hello.txt").exists()


# ── dying ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_claude_code_killed_is_a_crash_and_its_commands_die(wrapper: Wrapper) -> None:
    sleeping(wrapper)
    os.kill(wrapper.one("cli")["pid"], signal.SIGKILL)
    end = wrapper.finish()
    assert (end["outcome"], end["reason"], end["exit_code"]) == ("failed", "crashed", -9)
    assert wrapper.one("error")["kind"] == "cli_exit"
    assert wrapper.alive() == []


def test_when_the_wrapper_is_killed_claude_code_ends_itself_and_its_commands(wrapper: Wrapper) -> None:
    sleeping(wrapper).process.kill()
    assert wrapper.alive_after(10) == []


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_when_the_supervisor_dies_the_wrapper_stops_although_its_stdin_is_open(
    wrapper: Wrapper, tmp_path: Path, model_url: str
) -> None:
    read_end, write_end = os.pipe()
    supervisor = subprocess.Popen(
        [sys.executable, "-c", "import subprocess, sys; subprocess.run([sys.executable, '-m', 'errand_wrapper'])"],
        stdin=read_end,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=wrapper.environment(model_url) | {"TMPDIR": str(tmp_path / "orphan")},
    )
    assert supervisor.stdout is not None
    assert b'"hello"' in supervisor.stdout.readline()
    (child,) = psutil.Process(supervisor.pid).children()
    supervisor.kill()
    supervisor.wait(PATIENCE_S)
    assert b"the supervisor died" in supervisor.stdout.readline()
    child.wait(PATIENCE_S)
    supervisor.stdout.close()
    os.close(read_end)
    os.close(write_end)
    wrapper.close_stdin()
    wrapper.finish()


# ── nonsense ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("no JSON", "Invalid JSON"),
        ('{"cmd":"dance"}', "Input tag 'dance'"),
        ('{"cmd":"prompt","text":"hi"}', "prompt: the run has not started"),
        ('{"cmd":"start","prompt":"hi","options":{"cwd":"/"},"wings":2}', "start.wings: Extra inputs"),
        ('{"cmd":"start","prompt":"hi","options":{"cwd":"relative"}}', "options.cwd: not an absolute path"),
        ('{"cmd":"start","prompt":"hi","options":{"cwd":"/","model":"--mcp-config=/x"}}', "start.options.model"),
    ],
)
def test_a_start_that_is_none_is_refused_by_name(wrapper: Wrapper, line: str, complaint: str) -> None:
    wrapper.send_line(line)
    end = wrapper.finish()
    assert (end["outcome"], end["reason"], wrapper.exit_code) == ("failed", "crashed", 1)
    assert complaint in end["message"]


def test_nonsense_during_a_run_is_logged_and_changes_nothing(wrapper: Wrapper) -> None:
    wrapper.start("[[demo:hello]]")
    wrapper.send_line('{"cmd":"dance"}')
    wrapper.send(cmd="permission", request_id="perm_unknown", decision="allow")
    wrapper.send(cmd="start", prompt="again", options={"cwd": "/"})
    end = wrapper.finish()
    assert end["outcome"] == "completed"
    assert [event["level"] for event in wrapper.of("log")] == ["warn"] * 3


def test_an_unknown_session_cannot_be_resumed(wrapper: Wrapper) -> None:
    end = wrapper.run("hi", resume="5b48399e-4830-4f10-9770-d83b46dbf5a4")
    assert (end["outcome"], end["reason"]) == ("failed", "agent_error")
    assert end["message"] == "No conversation found with session ID: 5b48399e-4830-4f10-9770-d83b46dbf5a4"
