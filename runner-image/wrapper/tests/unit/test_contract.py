"""What Rust prints for all languages is what this package writes."""

import json
from pathlib import Path
from typing import Any

import pytest
from contract import CONTRACTS, WRITTEN, event_schema, known_types

GOLDEN = sorted((CONTRACTS / "events").glob("*.json"))


def golden_events() -> list[dict[str, Any]]:
    """Every golden file holds one event, or a list of them."""
    found: list[dict[str, Any]] = []
    for path in GOLDEN:
        content = json.loads(path.read_text())
        found += content if isinstance(content, list) else [content]
    return found


def test_every_type_that_the_wrapper_writes_is_in_the_schema() -> None:
    assert known_types() >= WRITTEN


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_file_has_the_shape_that_the_schema_says(path: Path) -> None:
    content = json.loads(path.read_text())
    for event in content if isinstance(content, list) else [content]:
        assert [error.message for error in event_schema().iter_errors(event)] == []


def test_every_type_that_the_wrapper_writes_has_a_golden_file() -> None:
    assert {event["type"] for event in golden_events()} >= WRITTEN
