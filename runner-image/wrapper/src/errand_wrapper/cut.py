"""Makes any JSON value fit the wire: what the reader could not parse or hold is cut, visibly."""

import json
import math
from typing import Any

TEXT_LIMIT = 200_000
"""Longest string, in characters."""
LINE_LIMIT = 6 * 2**20
"""Longest line, in bytes: the supervisor refuses lines of more than 8 MiB."""
DEPTH_LIMIT = 64
"""Deepest nesting: the supervisor's parser stops at 128."""

_FREE_JSON = frozenset({"content", "detail", "frame", "info", "input", "meta", "metadata", "origin"})
"""Fields of an event that hold any JSON. A string elsewhere must stay a string, or the event loses its type."""


def encode_event(event: dict[str, Any]) -> bytes:
    """The event as one line of UTF-8 with its newline; cut harder and harder until it fits."""
    for limit in (TEXT_LIMIT, TEXT_LIMIT // 100):
        line = _encode({key: _cut_field(key, value, limit) for key, value in event.items()})
        if len(line) <= LINE_LIMIT:
            return line
    # It is not long texts but countless values.
    return _encode({key: _cut_whole(value) for key, value in event.items()})


def cut_text(text: str, limit: int = TEXT_LIMIT) -> str:
    """The text, or its head and tail and how much is missing: the beginning says what it is, the end how it went."""
    if len(text) <= limit:
        return text
    head, tail = _ends(text, limit)
    return f"{head}\n[… {len(text) - len(head) - len(tail)} characters cut …]\n{tail}"


def _cut_field(key: str, value: Any, limit: int) -> Any:
    if isinstance(value, str) and key not in _FREE_JSON:
        return cut_text(value, limit)
    return _cut(value, limit, DEPTH_LIMIT)


def _cut(value: Any, limit: int, depth: int) -> Any:
    match value:
        case str():
            return value if len(value) <= limit else _marker(value, limit)
        case float():
            return value if math.isfinite(value) else None
        case dict() | list() if depth == 0:
            return _marker(json.dumps(value), limit)
        case dict():
            return {key: _cut(item, limit, depth - 1) for key, item in value.items()}
        case list():
            return [_cut(item, limit, depth - 1) for item in value]
        case _:
            return value


def _cut_whole(value: Any) -> Any:
    text = json.dumps(value)
    return value if len(text) <= 1_000 else _marker(text, 1_000)


def _marker(text: str, limit: int) -> dict[str, Any]:
    head, tail = _ends(text, limit)
    return {"__truncated__": True, "chars": len(text), "head": head, "tail": tail}


def _ends(text: str, limit: int) -> tuple[str, str]:
    """At most a fifth of the limit each: a cut text must be clearly smaller, or cutting it gains nothing."""
    keep = min(limit // 5, 20_000)
    return text[:keep], text[len(text) - keep :]


def _encode(value: dict[str, Any]) -> bytes:
    line = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    try:
        return line.encode() + b"\n"
    except UnicodeEncodeError:
        # Half a surrogate pair: JavaScript can hold one and Python can read it, but it is no Unicode text.
        whole = line.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return whole.encode() + b"\n"
