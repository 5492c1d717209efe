"""Runs that go well, with the real Claude Code."""

import json
import time
from itertools import pairwise
from pathlib import Path

from harness import Event, Launch, Wrapper, bash, noise, script


def test_a_run_writes_a_file_and_tells_its_cost(wrapper: Wrapper) -> None:
    end = wrapper.run("[[demo:hello]]")

    assert (wrapper.workspace / "hello.txt").read_text() == "Hello, world!\n"
    assert wrapper.exit_code == 0
    assert end | {"seq": 0, "at": "", "session_id": ""} == {
        "v": 1,
        "seq": 0,
        "at": "",
        "type": "end",
        "outcome": "completed",
        "session_id": "",
        "result_text": "Done: hello.txt says hello.",
        "turns": 2,
        "results": 1,
        "cost_usd_micros": 12_000,
        "usage": {"input_tokens": 2000, "output_tokens": 200, "cache_read_tokens": 0, "cache_creation_tokens": 0},
        "cost_by_model": {
            "claude-opus-5-5": {
                "input_tokens": 2000,
                "output_tokens": 200,
                "cache_read_tokens": 0,
                "cache_creation_tokens": 0,
                "cost_usd_micros": 12_000,
            }
        },
        "exit_code": 0,
    }
    assert wrapper.one("result")["cost_usd_micros"] == 12_000
    assert "delta" not in wrapper.types()


def test_every_frame_of_claude_code_is_in_the_raw_log(wrapper: Wrapper) -> None:
    wrapper.run("[[demo:hello]]")
    kinds = {frame["type"] for frame in wrapper.frames()}
    assert {"assistant", "user", "stream_event", "result", "command_lifecycle"} <= kinds
    assert not any(kind.startswith("control_") for kind in kinds)
    assert "test-key" not in wrapper.raw_log.read_text()


def test_each_of_several_parallel_calls_gets_its_own_answer(wrapper: Wrapper) -> None:
    wrapper.run("[[demo:parallel]]")
    called = [event["tool_use_id"] for event in wrapper.of("tool_use")]
    answered = [event["tool_use_id"] for event in wrapper.of("tool_result")]
    assert len(called) == 3
    assert sorted(called) == sorted(answered)
    assert {event["message_id"] for event in wrapper.of("tool_use")} == {wrapper.of("text")[0]["message_id"]}


def test_thinking_is_told_and_streams_only_when_asked_for(wrapper: Wrapper) -> None:
    wrapper.run("[[demo:think]]", deltas=True)
    thought = wrapper.of("thinking")[0]["text"]
    assert thought.endswith("six times seven is 42.")
    deltas = [event for event in wrapper.of("delta") if event["kind"] == "thinking"]
    assert "".join(event["text"] for event in deltas).startswith(thought)


def test_the_todo_list_comes_whole_whenever_it_changes(wrapper: Wrapper) -> None:
    wrapper.run("[[demo:todo]]")
    lists = [event["items"] for event in wrapper.of("todo")]
    assert lists[0] == [{"id": "1", "subject": "Boil the water", "status": "pending"}]
    assert [item["status"] for item in lists[-1]] == ["completed"] * 3
    assert [item["subject"] for item in lists[-1]] == ["Boil the water", "Warm the pot", "Brew the tea"]
    assert all(former != latter for former, latter in pairwise(lists))


def test_a_sub_agent_in_the_background_makes_a_second_result(wrapper: Wrapper) -> None:
    end = wrapper.run("[[demo:agent]]")
    assert end["outcome"] == "completed"
    assert end["results"] == 2
    assert end["result_text"] == "Done: the sub-agent reported."
    agent = next(event for event in wrapper.of("tool_use") if event["name"] == "Agent")
    inner = [event for event in wrapper.of("tool_use") if event.get("parent_tool_use_id") == agent["tool_use_id"]]
    assert [event["name"] for event in inner] == ["Bash"]
    phases = [event["phase"] for event in wrapper.of("subtask")]
    assert phases[0] == "started"
    assert "notification" in phases
    assert wrapper.of("subtasks")[-1]["subtasks"] == []
    # Sub-agents included, and each result paid once.
    assert end["cost_usd_micros"] == sum(event["cost_usd_micros"] for event in wrapper.of("result"))
    assert end["cost_usd_micros"] == wrapper.of("result")[-1]["cost_usd_micros_session"]


def test_a_background_command_is_waited_for_although_claude_code_is_idle(wrapper: Wrapper) -> None:
    end = wrapper.run("[[demo:bgbash]]")
    assert end["result_text"] == "Done: the background command ended."
    assert [event["state"] for event in wrapper.of("state")] == ["running", "idle", "running", "idle"]


def test_a_background_command_without_end_is_killed_in_the_end(wrapper: Wrapper) -> None:
    forever = bash("python3 -c 'import time; time.sleep(600)'", run_in_background=True)
    end = wrapper.run(script([forever], [{"text": "It runs."}]), background_wait_s=0.5)
    assert (end["outcome"], end["result_text"]) == ("completed", "It runs.")
    assert wrapper.alive() == []


def test_a_daemon_that_left_its_session_is_killed_in_the_end(wrapper: Wrapper) -> None:
    daemon = "nohup setsid python3 -c 'import time; time.sleep(600)' >/dev/null 2>&1 & disown; echo gone"
    end = wrapper.run(script([bash(daemon)], [{"text": "Done."}]))
    assert end["outcome"] == "completed"
    assert wrapper.alive() == []


def test_twenty_thousand_lines_of_output_come_through(wrapper: Wrapper) -> None:
    end = wrapper.run("[[demo:lines=20000]]")
    assert end["outcome"] == "completed"
    assert "line 1\n" in json.dumps(wrapper.one("tool_result")).replace("\\n", "\n")


def test_a_line_of_ten_mebibytes_is_cut_where_it_is_too_long(wrapper: Wrapper) -> None:
    end = wrapper.run(f"[[demo:write={10 * 2**20}]]")
    assert end["outcome"] == "completed"
    assert (wrapper.workspace / "big.txt").stat().st_size == 10 * 2**20
    content = wrapper.one("tool_use")["input"]["content"]
    assert content["__truncated__"] is True
    assert content["chars"] == 10 * 2**20
    assert len(json.dumps(wrapper.events)) < 2**20


def test_bytes_that_are_no_utf8_come_through(wrapper: Wrapper) -> None:
    wrapper.run("[[demo:utf8]]")
    assert wrapper.one("tool_result")["content"] == "caf� �� end"


def test_structured_output_meets_its_schema(wrapper: Wrapper) -> None:
    schema = {"type": "object", "properties": {"count": {"type": "integer"}}, "required": ["count"]}
    end = wrapper.run("[[demo:structured]]", output_schema=schema)
    assert end["outcome"] == "completed"
    assert isinstance(end["structured_output"]["count"], int)


def test_a_session_is_resumed_and_pays_for_itself_only(launch: Launch) -> None:
    first = launch()
    before = first.run("[[demo:hello]]", session_id="3b0e8c8e-5c1c-4a52-9b0e-1f1f4f3c2d10")
    assert before["session_id"] == "3b0e8c8e-5c1c-4a52-9b0e-1f1f4f3c2d10"

    second = launch()  # the same home
    after = second.run("[[demo:text=1]]", resume=before["session_id"])
    assert after["session_id"] == before["session_id"]
    assert after["outcome"] == "completed"
    assert after["cost_usd_micros"] == second.one("result")["cost_usd_micros"]
    # The session's cost is that of both runs.
    assert second.one("result")["cost_usd_micros_session"] == before["cost_usd_micros"] + after["cost_usd_micros"]


def test_a_run_that_is_kept_open_takes_another_prompt(wrapper: Wrapper) -> None:
    wrapper.start("[[demo:text=1]]", keep_open=True)
    wrapper.until("state", state="idle")
    wrapper.send(cmd="prompt", text="[[demo:hello]]", uuid="0b5b06bf-d4e1-4965-a2e3-9b56405b232d")
    wrapper.until("prompt_sent", uuid="0b5b06bf-d4e1-4965-a2e3-9b56405b232d")
    wrapper.until("state", state="idle")
    wrapper.send(cmd="shutdown", reason="enough")
    end = wrapper.finish()
    assert (end["outcome"], end["results"]) == ("completed", 2)
    assert (wrapper.workspace / "hello.txt").exists()


def test_a_heartbeat_tells_whether_claude_code_moves(wrapper: Wrapper) -> None:
    wrapper.start("[[demo:sleep=300]]", heartbeat_s=0.1)
    wrapper.until("tool_use")
    wrapper.until("usage")
    beats = [wrapper.until("heartbeat") for _ in range(3)]
    assert {beat["state"] for beat in beats} == {"running"}
    assert beats[1]["frames"] == beats[2]["frames"]
    wrapper.send(cmd="shutdown")
    wrapper.finish()


def test_a_prompt_is_taken_literally(wrapper: Wrapper, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("swordfish")
    end = wrapper.run(f"/context @{secret} [[demo:text=1]]")
    assert end["turns"] == 1  # a command would have taken none
    transcripts = list((wrapper.base / "home/.claude/projects").rglob("*.jsonl"))
    assert transcripts
    assert not any("swordfish" in transcript.read_text() for transcript in transcripts)


def test_a_supervisor_that_stops_reading_stops_the_agent_and_loses_nothing(launch: Launch) -> None:
    wrapper = launch(reading=False)
    wrapper.start(script(*noise(16), [{"text": "Done."}]))
    wait_until_still(wrapper)
    assert not any(frame["type"] == "result" for frame in wrapper.frames())

    wrapper.begin_reading()
    end = wrapper.finish()
    assert end["outcome"] == "completed"
    assert len(wrapper.of("tool_result")) == 16


def wait_until_still(wrapper: Wrapper) -> None:
    """Waits until Claude Code has said something and then nothing more for two seconds."""
    frames: list[Event] = []
    while len(frames) < 10 or len(frames) < len(wrapper.frames()):
        frames = wrapper.frames()
        time.sleep(2)
