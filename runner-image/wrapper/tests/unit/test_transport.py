import inspect
import json
from pathlib import Path

import claude_agent_sdk
import pytest
from claude_agent_sdk._internal.transport.subprocess_cli import SubprocessCLITransport

from errand_wrapper.transport import RawLog


def test_the_sdk_is_the_one_whose_inside_we_know() -> None:
    """Another version may rename what `ClaudeCode` overrides, and then nothing would be heard."""
    assert claude_agent_sdk.__version__ == "0.2.187"
    assert inspect.isasyncgenfunction(SubprocessCLITransport._read_messages_impl)
    assert "_build_command" in vars(SubprocessCLITransport)
    source = inspect.getsource(SubprocessCLITransport.connect)
    assert "self._stdout_stream = TextReceiveStream" in source
    assert "self._stderr_stream = TextReceiveStream" in source


def test_frames_are_appended_one_a_line(tmp_path: Path) -> None:
    path = tmp_path / "raw.jsonl"
    path.write_text('{"type":"of an earlier run"}\n')
    log = RawLog(path)
    log.append({"type": "result", "text": "a\nb\ud800"})
    log.close()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["type"] for line in lines] == ["of an earlier run", "result"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
def test_a_full_disk_costs_the_copy_and_not_the_run() -> None:
    log = RawLog(Path("/dev/full"))
    log.append({"type": "result"})
    log.append({"type": "result"})


def test_without_a_path_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ERRAND_RAW_LOG", raising=False)
    RawLog.from_environment().append({"type": "result"})
