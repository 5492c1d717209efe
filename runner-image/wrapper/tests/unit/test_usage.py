from typing import Any

from errand_wrapper.usage import Meter, micros, model_usage


def request(message_id: str, given: int, made: int, meter: Meter) -> dict[str, Any]:
    start = {"id": message_id, "model": "opus", "usage": {"input_tokens": given, "output_tokens": 1}}
    assert meter.stream_event({"type": "message_start", "message": start}) is None
    delta = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": made}}
    event = meter.stream_event(delta)
    assert event is not None
    return event


def used(given: int, made: int, usd: float) -> dict[str, Any]:
    return {"inputTokens": given, "outputTokens": made, "cacheReadInputTokens": 7, "costUSD": usd}


def test_a_request_counts_its_first_input_and_its_last_output() -> None:
    event = request("msg_1", 1000, 100, Meter())
    assert event["request"] == {
        "input_tokens": 1000,
        "output_tokens": 100,
        "cache_read_tokens": 0,
        "cache_creation_tokens": 0,
    }
    assert event["run"] == event["request"]
    assert event["cost_usd_micros"] is None
    assert (event["model"], event["message_id"], event["stop_reason"]) == ("opus", "msg_1", "end_turn")


def test_a_result_takes_the_place_of_what_the_stream_told() -> None:
    meter = Meter()
    request("msg_1", 1000, 100, meter)
    cost = meter.settle(model_usage({"opus": used(3000, 300, 0.012), "haiku": used(10, 1, 0.000_001)}))
    assert cost == 12_001
    event = request("msg_2", 500, 50, meter)
    assert event["run"]["input_tokens"] == 3000 + 10 + 500
    assert event["cost_usd_micros"] == 12_001

    # Killed before the next result: the tokens are known, the price is not.
    assert meter.tokens["output_tokens"] == 300 + 1 + 50
    assert meter.cost_by_model["opus"]["cost_usd_micros"] == 12_000


def test_results_add_up() -> None:
    meter = Meter()
    costs = [meter.settle(model_usage({"opus": used(100, 10, usd)})) for usd in (0.012, 0.006, 0.000_000_4)]
    assert costs == [12_000, 6_000, 0]
    assert meter.cost_usd_micros == 18_000
    assert meter.tokens["cache_read_tokens"] == 21


def test_money_is_whole_micro_dollars_whatever_floats_do() -> None:
    assert micros(0.1 + 0.2) == 300_000
    assert micros(None) == 0


def test_usage_that_is_none_counts_as_nothing() -> None:
    assert model_usage(None) == {}
    assert model_usage({"opus": "free"}) == {}
