import os
from pathlib import Path
from typing import Any, cast

import pytest
from claude_agent_sdk import PermissionResult, PermissionResultAllow, ToolPermissionContext
from claude_agent_sdk.types import SystemPromptPreset

from errand_wrapper.claude_md import MAX_BYTES, read_claude_md
from errand_wrapper.commands import CommandError, Options
from errand_wrapper.options import ARGUMENT_LIMIT, agent_options


async def nobody(_tool: str, _input: dict[str, Any], _context: ToolPermissionContext) -> PermissionResult:
    return PermissionResultAllow()


def appended(cwd: Path, **options: Any) -> str | None:
    made = agent_options(Options(cwd=str(cwd), **options), nobody)
    return cast("SystemPromptPreset", made.system_prompt).get("append")


@pytest.mark.parametrize("mode", ["bypassPermissions", "default", "acceptEdits", "plan", "dontAsk", "auto"])
def test_a_repositorys_settings_and_servers_never_load(tmp_path: Path, mode: Any) -> None:
    made = agent_options(Options(cwd=str(tmp_path), permission_mode=mode), nobody)
    assert made.setting_sources == []
    assert made.strict_mcp_config is True
    assert made.verbatim_prompts is True
    assert (made.can_use_tool is None) == (mode in ("bypassPermissions", "dontAsk"))


def test_money_is_given_in_micro_dollars(tmp_path: Path) -> None:
    assert agent_options(Options(cwd=str(tmp_path), max_budget_usd_micros=1_500_000), nobody).max_budget_usd == 1.5


def test_only_root_claims_a_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "IS_SANDBOX" not in agent_options(Options(cwd=str(tmp_path)), nobody).env
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert agent_options(Options(cwd=str(tmp_path)), nobody).env["IS_SANDBOX"] == "1"
    assert "IS_SANDBOX" not in agent_options(Options(cwd=str(tmp_path), permission_mode="plan"), nobody).env


def test_the_supervisor_may_choose_the_number_of_retries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLAUDE_CODE_MAX_RETRIES", raising=False)
    assert agent_options(Options(cwd=str(tmp_path)), nobody).env["CLAUDE_CODE_MAX_RETRIES"] == "6"
    monkeypatch.setenv("CLAUDE_CODE_MAX_RETRIES", "1")
    assert "CLAUDE_CODE_MAX_RETRIES" not in agent_options(Options(cwd=str(tmp_path)), nobody).env


def test_what_the_supervisor_appends_comes_before_the_claude_md(tmp_path: Path) -> None:
    assert appended(tmp_path) is None
    (tmp_path / "CLAUDE.md").write_text("Use tabs.")
    text = appended(tmp_path, system_prompt_append="You work for Errand.")
    assert text is not None
    assert text.startswith("You work for Errand.\n\n# CLAUDE.md")
    assert text.endswith("Use tabs.")


@pytest.mark.parametrize("text", ["--help", "-p", "a\0b", "a\ud800b"])
def test_appended_text_is_one_harmless_argument(tmp_path: Path, text: str) -> None:
    argument = appended(tmp_path, system_prompt_append=text)
    assert argument is not None
    assert not argument.startswith("-")
    assert "\0" not in argument
    os.fsencode(argument)


def test_what_no_argument_can_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="system_prompt_append: longer than"):
        appended(tmp_path, system_prompt_append="x" * (ARGUMENT_LIMIT + 1))
    with pytest.raises(CommandError, match="output_schema: longer than"):
        appended(tmp_path, output_schema={"description": "x" * ARGUMENT_LIMIT})


@pytest.mark.parametrize("cwd", ["", "relative", "/does/not/exist", "/etc/hostname"])
def test_a_workspace_is_an_absolute_directory(cwd: str) -> None:
    with pytest.raises(CommandError, match="cwd"):
        agent_options(Options(cwd=cwd), nobody)


def test_a_long_claude_md_is_cut_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "CLAUDE.md").write_bytes(b"x" * (MAX_BYTES - 1) + "é and more".encode())
    text = read_claude_md(tmp_path)
    assert text is not None
    assert text.startswith("xxx")
    assert "the rest is left out" in text


def test_a_claude_md_that_is_no_plain_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "CLAUDE.md"
    assert read_claude_md(tmp_path) is None
    path.symlink_to("/etc/hostname")
    assert read_claude_md(tmp_path) is None
    path.unlink()
    os.mkfifo(path)
    assert read_claude_md(tmp_path) is None
    path.unlink()
    path.mkdir()
    assert read_claude_md(tmp_path) is None
