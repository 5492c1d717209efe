from collections.abc import Iterator
from pathlib import Path

import pytest
from contract import assert_keeps_the_contract
from harness import Launch, Wrapper, demo_model


@pytest.fixture(scope="session")
def model_url() -> Iterator[str]:
    yield from demo_model()


@pytest.fixture
def launch(tmp_path: Path, model_url: str) -> Iterator[Launch]:
    """Starts wrappers. Whatever a test does with them, their events must keep the contract and nothing may live on."""
    wrappers: list[Wrapper] = []

    def start(name: str = "run", **settings: str) -> Wrapper:
        wrapper = Wrapper(tmp_path / name, **{"model_url": model_url, **settings})  # type: ignore[arg-type]
        wrappers.append(wrapper)
        return wrapper

    try:
        yield start
        for wrapper in wrappers:
            assert_keeps_the_contract(wrapper.events)
            assert wrapper.alive_after(2) == []
    finally:
        for wrapper in wrappers:
            wrapper.kill()


@pytest.fixture
def wrapper(launch: Launch) -> Wrapper:
    return launch()
