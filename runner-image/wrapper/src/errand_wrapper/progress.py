"""Where a run stands, judged by the frames seen so far. Pure."""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from errand_wrapper.transport import Frame

_CLOSED = ("completed", "cancelled")


class Stage(Enum):
    WORKING = auto()
    """The agent works, or waits for a person."""
    UNANSWERED = auto()
    """Idle, but a prompt has not been answered: normal for a moment, else Claude Code lost it."""
    BACKGROUND = auto()
    """The agent is done and its background commands are not; their end wakes it again."""
    SETTLING = auto()
    """The last background command just ended; Claude Code may be about to wake the agent."""
    INTERRUPTED = auto()
    """Cut short by a person, who may have more to say."""
    DONE = auto()


@dataclass
class Progress:
    frames: int = 0
    session_id: str | None = None
    state: str | None = None
    """As Claude Code reports it: running, requires_action, idle."""
    result: Frame | None = None
    """The last one. A run has one per turn, and it takes a turn whenever background work ends."""
    results: int = 0
    turns: int = 0
    refused_status: int | None = None
    """The HTTP status by which the model's service refused the credentials."""
    last_error: str | None = None
    """What Claude Code calls the failure of the last request."""
    _prompts: set[str] = field(default_factory=set)
    _background: set[str] = field(default_factory=set)
    _settling: bool = False
    _interrupted: bool = False

    def prompt_sent(self, uuid: str) -> None:
        self._prompts.add(uuid)
        self._interrupted = False

    def interrupted(self) -> None:
        self._interrupted = True

    @property
    def is_cut_short(self) -> bool:
        """Whether the last turn ended because a person interrupted it, and nobody has said anything since."""
        return self._interrupted and str((self.result or {}).get("terminal_reason")).startswith("aborted_")

    def observe(self, frame: Frame) -> None:
        self.frames += 1
        match frame:
            case {"type": "system", "subtype": "session_state_changed", "state": str(state)}:
                self.state = state
                if state != "idle":
                    self._settling = False
            case {"type": "system", "subtype": "init", "session_id": str(session_id)}:
                self.session_id = session_id
            case {"type": "system", "subtype": "background_tasks_changed", "tasks": list(tasks)}:
                self._background_changed(tasks)
            case {"type": "system", "subtype": "api_retry", "error_status": 401 | 403 as status}:
                self.refused_status = status
            case {"type": "command_lifecycle", "command_uuid": str(uuid), "state": str(state)} if state in _CLOSED:
                self._prompts.discard(uuid)
            case {"type": "assistant", "error": str(error)}:
                self.last_error = error
            case {"type": "result"}:
                self._result(frame)

    @property
    def stage(self) -> Stage:
        if self.state != "idle":
            return Stage.WORKING
        if self._prompts:
            return Stage.UNANSWERED
        if self._background:
            return Stage.BACKGROUND
        if self._settling:
            return Stage.SETTLING
        return Stage.INTERRUPTED if self.is_cut_short else Stage.DONE

    @property
    def background(self) -> set[str]:
        """The subtasks that are at work now."""
        return set(self._background)

    def _background_changed(self, tasks: list[Any]) -> None:
        before = self._background
        self._background = {str(task.get("task_id")) for task in tasks if isinstance(task, dict)}
        if before and not self._background and self.state == "idle":
            self._settling = True

    def _result(self, frame: Frame) -> None:
        self.result = frame
        if not frame.get("is_error"):
            self.last_error = None
        self.results += 1
        turns = frame.get("num_turns")
        self.turns += turns if isinstance(turns, int) else 0
        if isinstance(session_id := frame.get("session_id"), str):
            self.session_id = session_id
        answered = frame.get("user_message_uuids") or [frame.get("user_message_uuid")]
        self._prompts.difference_update(u for u in answered if isinstance(u, str))
