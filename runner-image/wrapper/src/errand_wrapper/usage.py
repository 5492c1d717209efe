"""Tokens and money of a run.

Claude Code tells it twice: the stream gives the tokens of each request of the main agent at once, a result gives
tokens and cost of everything since the result before, sub-agents included. Money is known from results only.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from errand_wrapper.wire import Event

Tokens = dict[str, int]

_IN_REQUEST = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cache_read_tokens": "cache_read_input_tokens",
    "cache_creation_tokens": "cache_creation_input_tokens",
}
_IN_RESULT = {
    "input_tokens": "inputTokens",
    "output_tokens": "outputTokens",
    "cache_read_tokens": "cacheReadInputTokens",
    "cache_creation_tokens": "cacheCreationInputTokens",
}


def request_tokens(usage: Any) -> Tokens:
    """The `usage` of a Messages API answer."""
    return _tokens(usage, _IN_REQUEST)


def micros(usd: Any) -> int:
    return round(usd * 1_000_000) if isinstance(usd, int | float) else 0


def model_usage(since_last_result: Any) -> dict[str, dict[str, int]]:
    """By model: tokens and cost, in our names."""
    if not isinstance(since_last_result, dict):
        return {}
    return {
        str(model): {**_tokens(use, _IN_RESULT), "cost_usd_micros": micros(use.get("costUSD"))}
        for model, use in since_last_result.items()
        if isinstance(use, dict)
    }


def _tokens(source: Any, names: dict[str, str]) -> Tokens:
    source = source if isinstance(source, dict) else {}
    return {ours: value if isinstance(value := source.get(theirs), int) else 0 for ours, theirs in names.items()}


@dataclass
class Meter:
    """What the run has used so far."""

    by_model: dict[str, Counter[str]] = field(default_factory=dict)
    """What results have told."""
    _unsettled: dict[str, Tokens] = field(default_factory=dict)
    """By message: requests since the last result."""
    _streaming: dict[str, Any] = field(default_factory=dict)
    """The message that is under way."""

    @property
    def tokens(self) -> Tokens:
        total = Counter(dict.fromkeys(_IN_REQUEST, 0))
        for use in (*self.by_model.values(), *self._unsettled.values()):
            total.update({name: use[name] for name in _IN_REQUEST})
        return dict(total)

    @property
    def cost_usd_micros(self) -> int:
        return sum(use["cost_usd_micros"] for use in self.by_model.values())

    @property
    def cost_by_model(self) -> dict[str, dict[str, int]]:
        return {model: dict(use) for model, use in self.by_model.items()}

    def stream_event(self, event: dict[str, Any]) -> Event | None:
        """A `usage` event when a request is complete."""
        match event:
            case {"type": "message_start", "message": dict() as message}:
                self._streaming = message
            case {"type": "message_delta", "usage": dict() as usage}:
                message = self._streaming
                message_id = str(message.get("id", ""))
                # The last word has output for sure and input perhaps; the first had the input.
                request = request_tokens({**(message.get("usage") or {}), **usage})
                self._unsettled[message_id] = request
                delta = event.get("delta")
                return {
                    "type": "usage",
                    "model": message.get("model"),
                    "message_id": message_id or None,
                    "stop_reason": delta.get("stop_reason") if isinstance(delta, dict) else None,
                    "request": request,
                    "run": self.tokens,
                    "cost_usd_micros": self.cost_usd_micros if self.by_model else None,
                }
        return None

    def settle(self, since_last_result: dict[str, dict[str, int]]) -> int:
        """Takes in what a result tells, in the place of what the stream told, and gives the cost of that result."""
        self._unsettled.clear()
        for model, use in since_last_result.items():
            self.by_model.setdefault(model, Counter()).update(use)
        return sum(use["cost_usd_micros"] for use in since_last_result.values())
