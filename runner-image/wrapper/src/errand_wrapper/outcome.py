"""How a run ended, and why, in the words of the protocol. Pure."""

from dataclasses import dataclass
from typing import Any, Literal

from errand_wrapper.progress import Progress
from errand_wrapper.transport import Frame
from errand_wrapper.usage import Meter
from errand_wrapper.wire import Event

Result = Literal["completed", "failed", "canceled"]
Reason = Literal["no_result", "agent_error", "model_error", "model_auth", "max_turns", "budget", "refused", "crashed"]

EXIT_CODES: dict[Result, int] = {"completed": 0, "failed": 1, "canceled": 143}


@dataclass(frozen=True)
class Outcome:
    outcome: Result
    reason: Reason | None = None
    message: str | None = None
    """A sentence for a person."""

    @property
    def exit_code(self) -> int:
        """The wrapper's own."""
        return EXIT_CODES[self.outcome]

    def event(self) -> Event:
        return {"type": "end", "outcome": self.outcome, "reason": self.reason, "message": self.message}


def account(meter: Meter, progress: Progress | None = None, exit_code: int | None = None) -> Event:
    """What a run came to: the other half of the `end` event. `exit_code` is Claude Code's."""
    progress = progress or Progress()
    result = progress.result or {}
    text = result.get("result")
    return {
        "session_id": progress.session_id,
        "result_text": text if isinstance(text, str) else None,
        "structured_output": result.get("structured_output"),
        "turns": progress.turns,
        "results": progress.results,
        "cost_usd_micros": meter.cost_usd_micros,
        "usage": meter.tokens,
        "cost_by_model": meter.cost_by_model,
        "exit_code": exit_code,
    }


def canceled(why: str) -> Outcome:
    return Outcome("canceled", None, f"The run was stopped: {why}.")


def crashed(message: str) -> Outcome:
    return Outcome("failed", "crashed", message)


def refused_credentials(status: int | None) -> Outcome:
    with_status = f" (HTTP {status})" if status else ""
    return Outcome("failed", "model_auth", f"The model's service refused the credentials{with_status}.")


def of_finished_run(progress: Progress, *, wants_structure: bool) -> Outcome:
    """The outcome of a run that came to its own end, which is that of its last result."""
    result = progress.result
    if result is None:
        return Outcome("failed", "no_result", "Claude Code ended without a result.")
    if progress.is_cut_short:
        return canceled("it was interrupted and got no further message")
    if result.get("stop_reason") == "refusal":
        return Outcome("failed", "refused", _said(result, "The model declined to go on."))
    if result.get("is_error"):
        return _of_error(result, progress.last_error)
    if wants_structure and result.get("structured_output") is None:
        return Outcome("failed", "agent_error", "The agent ended without the structured answer that was asked for.")
    return Outcome("completed")


def _of_error(result: Frame, error: str | None) -> Outcome:
    # Never by `subtype` alone: a failed request ends as `success`, too.
    match result.get("subtype"), result.get("terminal_reason"):
        case ("error_max_turns", _) | (_, "max_turns"):
            return Outcome("failed", "max_turns", _said(result, "The limit of turns was reached."))
        case ("error_max_budget_usd", _) | (_, "budget_exhausted"):
            return Outcome("failed", "budget", _said(result, "The budget is used up."))
        case _, "api_error":
            return _of_api_error(result, error)
    if error == "authentication_failed":
        return _of_api_error(result, error)
    return Outcome("failed", "agent_error", _said(result, "The agent ended with an error."))


def _of_api_error(result: Frame, error: str | None) -> Outcome:
    status = result.get("api_error_status")
    if status in (401, 403) or error == "authentication_failed":
        return refused_credentials(status)
    answered = f" (HTTP {status})" if status else ""
    if status in (400, 402, 404, 413, 422) or error in ("billing_error", "invalid_request", "model_not_found"):
        message = f"The model's service refused the request{answered}: {_said(result, 'no explanation was given')}"
        return Outcome("failed", "refused", message)
    return Outcome("failed", "model_error", f"The model's service failed{answered}: {_said(result, 'no answer')}")


def _said(result: dict[str, Any], otherwise: str) -> str:
    """What Claude Code says about it: in `errors`, or as prose in `result`."""
    errors = result.get("errors")
    text = "; ".join(str(e) for e in errors) if isinstance(errors, list) and errors else result.get("result")
    return text.strip()[:2_000] if isinstance(text, str) and text.strip() else otherwise
