from typing import Any

import pytest

from errand_wrapper.outcome import Outcome, of_finished_run
from errand_wrapper.progress import Progress, Stage

PROMPT = "5b48399e-4830-4f10-9770-d83b46dbf5a4"


def state(name: str) -> dict[str, Any]:
    return {"type": "system", "subtype": "session_state_changed", "state": name}


def background(*ids: str) -> dict[str, Any]:
    return {"type": "system", "subtype": "background_tasks_changed", "tasks": [{"task_id": name} for name in ids]}


def result(**fields: Any) -> dict[str, Any]:
    return {"type": "result", "subtype": "success", "is_error": False, "user_message_uuids": [PROMPT], **fields}


def progress(*frames: dict[str, Any]) -> Progress:
    progress = Progress()
    progress.prompt_sent(PROMPT)
    for frame in frames:
        progress.observe(frame)
    return progress


@pytest.mark.parametrize(
    ("frames", "stage"),
    [
        ([], Stage.WORKING),
        ([state("running")], Stage.WORKING),
        ([state("running"), result()], Stage.WORKING),
        ([state("running"), state("requires_action")], Stage.WORKING),
        ([state("running"), result(), state("idle")], Stage.DONE),
        # some hosts are idle before they give the result
        ([state("running"), state("idle")], Stage.UNANSWERED),
        ([state("running"), state("idle"), result()], Stage.DONE),
        ([background("b1"), result(), state("idle")], Stage.BACKGROUND),
        ([background("b1"), background(), result(), state("idle")], Stage.DONE),
        ([background("b1"), result(), state("idle"), background()], Stage.SETTLING),
        ([background("b1"), result(), state("idle"), background(), state("running")], Stage.WORKING),
        ([background("b1"), result(), state("idle"), background(), state("running"), state("idle")], Stage.DONE),
    ],
)
def test_a_run_is_done_when_idle_answered_and_without_background_work(
    frames: list[dict[str, Any]], stage: Stage
) -> None:
    assert progress(*frames).stage is stage


def test_a_canceled_prompt_needs_no_answer() -> None:
    canceled = {"type": "command_lifecycle", "command_uuid": PROMPT, "state": "cancelled"}
    assert progress(state("idle")).stage is Stage.UNANSWERED
    assert progress(canceled, state("idle")).stage is Stage.DONE


def ending(frame: dict[str, Any] | None, *, wants_structure: bool = False) -> Outcome:
    frames = [frame] if frame else []
    return of_finished_run(progress(*frames), wants_structure=wants_structure)


def api_error(status: int | None, **fields: Any) -> dict[str, Any]:
    return result(is_error=True, terminal_reason="api_error", api_error_status=status, result="API Error", **fields)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (None, "no_result"),
        (result(), None),
        (result(permission_denials=[{"tool_name": "Bash"}]), None),
        (result(subtype="error_max_turns", is_error=True, terminal_reason="max_turns"), "max_turns"),
        (result(subtype="error_max_budget_usd", is_error=True, terminal_reason="budget_exhausted"), "budget"),
        (result(subtype="error_during_execution", is_error=True, terminal_reason="aborted_tools"), "agent_error"),
        (result(subtype="error_max_structured_output_retries", is_error=True), "agent_error"),
        (api_error(401), "model_auth"),
        (api_error(403), "model_auth"),
        (api_error(400), "refused"),
        (api_error(404), "refused"),
        (api_error(413), "refused"),
        (api_error(None, stop_reason="refusal"), "refused"),
        (api_error(429), "model_error"),
        (api_error(500), "model_error"),
        (api_error(529), "model_error"),
        (api_error(None), "model_error"),
    ],
)
def test_a_failure_has_the_reason_that_its_result_tells(frame: dict[str, Any] | None, reason: str | None) -> None:
    outcome = ending(frame)
    assert outcome.reason == reason
    assert outcome.outcome == ("failed" if reason else "completed")
    assert bool(outcome.message) == bool(reason)
    assert outcome.exit_code == (1 if reason else 0)


def test_without_any_key_the_credentials_are_refused() -> None:
    asked = progress({"type": "assistant", "error": "authentication_failed"}, api_error(None))
    assert of_finished_run(asked, wants_structure=False).reason == "model_auth"


def test_an_error_of_an_earlier_turn_does_not_colour_a_later_one() -> None:
    recovered = progress({"type": "assistant", "error": "authentication_failed"}, result(), api_error(500))
    assert of_finished_run(recovered, wants_structure=False).reason == "model_error"


ABORTED = result(subtype="error_during_execution", is_error=True, terminal_reason="aborted_streaming")


def interrupted(*frames: dict[str, Any]) -> Progress:
    cut = progress(state("running"))
    cut.interrupted()
    for frame in (*frames, state("idle")):
        cut.observe(frame)
    return cut


def test_an_interrupted_run_waits_for_another_prompt_and_else_is_canceled() -> None:
    run = interrupted(ABORTED)
    assert run.stage is Stage.INTERRUPTED
    assert of_finished_run(run, wants_structure=False).outcome == "canceled"


def test_whoever_says_more_after_an_interrupt_goes_on() -> None:
    run = interrupted(ABORTED)
    run.prompt_sent("another")
    assert run.stage is Stage.UNANSWERED


def test_an_interrupt_that_came_too_late_changes_nothing() -> None:
    run = interrupted(result())
    assert run.stage is Stage.DONE
    assert of_finished_run(run, wants_structure=False).outcome == "completed"


def test_a_turn_that_was_aborted_by_itself_is_a_failure() -> None:
    assert ending(ABORTED).reason == "agent_error"


def test_structure_that_was_asked_for_must_be_there() -> None:
    assert ending(result(structured_output=None), wants_structure=True).reason == "agent_error"
    assert ending(result(structured_output={}), wants_structure=True).reason is None
