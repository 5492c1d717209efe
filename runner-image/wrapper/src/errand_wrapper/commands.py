"""What the supervisor may say. Parsed once, here; after this nobody checks again."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, StringConstraints, TypeAdapter, ValidationError
from pydantic import model_validator as _model_validator

PermissionMode = Literal["default", "acceptEdits", "plan", "bypassPermissions", "dontAsk", "auto"]
Effort = Literal["low", "medium", "high", "xhigh", "max"]
# These become arguments of a command line: none may begin like an option.
Model = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@,\[\]-]*$", max_length=500)]
ToolRule = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][^\x00-\x1f]*$", max_length=1_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Options(_Strict):
    """How the run is to be done."""

    cwd: str
    model: Model | None = None
    fallback_model: Model | None = None
    max_turns: PositiveInt | None = None
    max_budget_usd_micros: PositiveInt | None = None
    session_id: UUID | None = None
    """The id that a new session gets."""
    resume: UUID | None = None
    """The session to go on with."""
    system_prompt_append: str | None = None
    permission_mode: PermissionMode = "bypassPermissions"
    effort: Effort | None = None
    output_schema: dict[str, Any] | None = None
    allowed_tools: list[ToolRule] = []
    disallowed_tools: list[ToolRule] = []
    deltas: bool = False
    """Whether to send what the model writes piece by piece, too."""
    heartbeat_s: Annotated[float, Field(ge=0.05)] = 15
    background_wait_s: Annotated[float, Field(ge=0)] = 600
    """How long an agent that is done may wait for its background commands."""
    interrupt_wait_s: Annotated[float, Field(ge=0)] = 60
    """How long an interrupted agent waits for what the person has to say."""

    @_model_validator(mode="after")
    def _one_session(self) -> "Options":
        if self.session_id and self.resume:
            msg = "session_id is for a new session and resume for an old one: give one of them"
            raise ValueError(msg)
        return self


class Start(_Strict):
    cmd: Literal["start"]
    prompt: Annotated[str, StringConstraints(min_length=1)]
    uuid: UUID | None = None
    options: Options
    keep_open: bool = False
    """Whether to wait for further prompts when the agent is done."""


class Prompt(_Strict):
    cmd: Literal["prompt"]
    text: Annotated[str, StringConstraints(min_length=1)]
    uuid: UUID | None = None


class Permission(_Strict):
    """The answer to a `permission_request`."""

    cmd: Literal["permission"]
    request_id: str
    decision: Literal["allow", "deny"]
    message: str | None = None
    updated_input: dict[str, Any] | None = None
    """What the tool is to get in place of what the agent gave; the answers to AskUserQuestion come this way."""
    remember: bool = False
    """Whether to allow the like for the rest of the session."""
    interrupt: bool = False
    """Whether a denial also ends the turn."""
    by: str | None = None


class Interrupt(_Strict):
    cmd: Literal["interrupt"]


class SetPermissionMode(_Strict):
    cmd: Literal["set_permission_mode"]
    mode: PermissionMode


class SetModel(_Strict):
    cmd: Literal["set_model"]
    model: Model | None = None


class StopTask(_Strict):
    cmd: Literal["stop_task"]
    task_id: str


class Shutdown(_Strict):
    cmd: Literal["shutdown"]
    reason: str = "shutdown"
    grace_s: Annotated[float, Field(ge=0, le=120)] = 10


Command = Start | Prompt | Permission | Interrupt | SetPermissionMode | SetModel | StopTask | Shutdown

_COMMAND: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="cmd")])


class CommandError(Exception):
    """The line is no command. The text names what is wrong and never repeats what was sent."""


def parse_command(line: bytes) -> Command:
    try:
        return _COMMAND.validate_json(line)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise CommandError("; ".join(_fault(f["loc"], f["msg"]) for f in faults)) from None


def _fault(loc: tuple[int | str, ...], msg: str) -> str:
    where = ".".join(str(part) for part in loc)
    return f"{where}: {msg}" if where else msg
