import json
from typing import Any

import pytest

from errand_wrapper.cut import DEPTH_LIMIT, LINE_LIMIT, TEXT_LIMIT, cut_text, encode_event


def written(**event: Any) -> dict[str, Any]:
    line = encode_event(event)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert len(line) <= LINE_LIMIT
    read: dict[str, Any] = json.loads(line.decode())
    return read


def test_what_fits_is_written_as_it_is() -> None:
    event = {"type": "text", "text": "naïve\n\0☕" + "x" * 100_000, "n": [1, 2.5, None, {"a": True}]}
    assert written(**event) == event


def test_a_long_text_keeps_head_and_tail_and_stays_a_text() -> None:
    text = written(type="text", text="a" * TEXT_LIMIT + "z")["text"]
    assert text.startswith("aaa")
    assert text.endswith("z")
    assert f"[… {TEXT_LIMIT + 1 - 40_000} characters cut …]" in text


def test_a_long_text_in_free_json_becomes_a_marker() -> None:
    assert written(type="tool_use", input={"content": "a" * TEXT_LIMIT + "z"})["input"]["content"] == {
        "__truncated__": True,
        "chars": TEXT_LIMIT + 1,
        "head": "a" * 20_000,
        "tail": "a" * 19_999 + "z",
    }


@pytest.mark.parametrize(
    "payload",
    [
        ["x" * 190_000] * 200,  # many that are each short enough
        list(range(1_000_000)),  # no texts at all
        {str(n): n for n in range(400_000)},
        ["☕" * 150_000] * 50,
    ],
    ids=["texts", "numbers", "keys", "wide characters"],
)
def test_a_line_never_exceeds_its_limit(payload: Any) -> None:
    assert written(type="other", frame=payload)["type"] == "other"


def test_what_is_nested_deeper_than_the_reader_can_is_cut() -> None:
    deep: Any = "bottom"
    for _ in range(500):
        deep = [deep]
    depth, value = 0, written(type="other", frame=deep)["frame"]
    while isinstance(value, list):
        (value,) = value
        depth += 1
    assert depth == DEPTH_LIMIT
    assert value["__truncated__"] is True


def test_half_a_surrogate_pair_is_replaced_and_a_whole_one_kept() -> None:
    assert written(type="text", text="a\ud83db")["text"] == "a�b"
    assert written(type="text", text=json.loads('"\\ud83d\\ude00"'))["text"] == "😀"
    assert written(type="other", frame={"\udc00": 1})["frame"] == {"�": 1}


def test_numbers_that_json_does_not_have_become_null() -> None:
    assert written(type="other", frame=[float("nan"), float("inf"), 1e300])["frame"] == [None, None, 1e300]


def test_a_cut_text_is_shorter_than_its_limit() -> None:
    assert len(cut_text("x" * 5_000, 1_000)) < 1_000
