"""Somebody is asked."""

import pytest
from harness import Wrapper, bash, script

WRITES = script([bash('python3 -c \'open("made.txt", "w").write("x")\'')], [{"text": "Done."}])


def test_an_allowed_tool_runs_with_what_the_person_made_of_it(wrapper: Wrapper) -> None:
    wrapper.start(WRITES, permission_mode="default")
    request = wrapper.until("permission_request")
    assert request["tool"] == "Bash"
    changed = {**request["input"], "command": 'python3 -c \'open("changed.txt", "w")\''}
    wrapper.send(
        cmd="permission", request_id=request["request_id"], decision="allow", updated_input=changed, by="user_1"
    )
    end = wrapper.finish()
    assert end["outcome"] == "completed"
    assert [path.name for path in wrapper.workspace.iterdir()] == ["changed.txt"]
    resolved = wrapper.one("permission_resolved")
    assert (resolved["request_id"], resolved["decision"], resolved["by"]) == (request["request_id"], "allow", "user_1")


def test_what_is_remembered_never_reaches_the_repository(wrapper: Wrapper) -> None:
    command = bash("python3 -c 'print(1)'")
    wrapper.start(script([command], [command], [{"text": "Done."}]), permission_mode="default")
    request = wrapper.until("permission_request")
    assert request["suggestions"]
    wrapper.send(cmd="permission", request_id=request["request_id"], decision="allow", remember=True)
    end = wrapper.finish()
    assert end["outcome"] == "completed"
    assert len(wrapper.of("permission_request")) == 1
    assert list(wrapper.workspace.iterdir()) == []


def test_a_denied_tool_does_not_run_and_the_run_goes_on(wrapper: Wrapper) -> None:
    wrapper.start(WRITES, permission_mode="default")
    request = wrapper.until("permission_request")
    wrapper.send(cmd="permission", request_id=request["request_id"], decision="deny", message="Not here.")
    end = wrapper.finish()
    assert (end["outcome"], end["result_text"]) == ("completed", "Done.")
    assert "Not here." in wrapper.one("tool_result")["content"]
    assert list(wrapper.workspace.iterdir()) == []


def test_a_question_is_answered(wrapper: Wrapper) -> None:
    wrapper.start("[[demo:ask]]", permission_mode="default")
    request = wrapper.until("permission_request", tool="AskUserQuestion")
    question = request["input"]["questions"][0]["question"]
    answers = {**request["input"], "answers": {question: "Blue"}}
    wrapper.send(cmd="permission", request_id=request["request_id"], decision="allow", updated_input=answers)
    wrapper.finish()
    assert "Blue" in str(wrapper.one("tool_result")["content"])


@pytest.mark.parametrize("mode", ["bypassPermissions", "dontAsk"])
def test_nobody_is_asked_where_nobody_can_answer(wrapper: Wrapper, mode: str) -> None:
    end = wrapper.run("[[demo:ask]]", permission_mode=mode)
    assert end["outcome"] == "completed"
    assert "permission_request" not in wrapper.types()
    assert "AskUserQuestion" not in wrapper.of("session")[0]["tools"]


def test_a_stop_while_somebody_is_asked_cancels_the_question(wrapper: Wrapper) -> None:
    wrapper.start(WRITES, permission_mode="default")
    wrapper.until("permission_request")
    wrapper.send(cmd="shutdown")
    end = wrapper.finish()
    assert end["outcome"] == "canceled"
    assert wrapper.one("permission_resolved")["decision"] == "canceled"
