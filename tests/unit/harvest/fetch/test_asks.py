"""What another origin may see, and what cannot be sent at all."""

from __future__ import annotations

import pytest

from microharvest.harvest.fetch.answers import Validators
from microharvest.harvest.fetch.asks import first_ask, redirected_ask
from microharvest.harvest.fetch.faults import Fault
from microharvest.harvest.fetch.policy import FetchPolicy
from microharvest.kit.protocol import Request
from microharvest.telemetry import Secret

POLICY = FetchPolicy(
    headers={"Accept": "text/xml", "X-Api-Version": "2"},
    auth={"X-API-Key": Secret("canary-55"), "Accept-Language": Secret("k")},
)
FIRST = first_ask(
    Request(lane="a", url="https://a.example/x", headers={"accept": "text/csv"}), POLICY, Validators("e", "m")
)


def test_the_request_wins_over_the_policy() -> None:
    assert FIRST.headers["accept"] == "text/csv"
    assert (FIRST.headers["if-none-match"], FIRST.headers["if-modified-since"]) == ("e", "m")


def test_the_same_origin_sees_all_of_it() -> None:
    assert redirected_ask(FIRST, "/y", 302, set()).headers == FIRST.headers


@pytest.mark.parametrize("location", ["https://b.example/", "https://a.example:8443/x"])
def test_another_origin_sees_negotiation_and_conditions_only(location: str) -> None:
    moved = redirected_ask(FIRST, location, 302, set())
    assert moved.headers.keys() == {"accept", "accept-encoding", "if-none-match", "if-modified-since"}
    back = redirected_ask(moved, "https://a.example/x", 302, set())
    assert "x-api-key" not in back.headers


def test_an_ask_shows_no_secret() -> None:
    assert "canary-55" not in repr(FIRST)


def test_control_characters_are_not_sent() -> None:
    with pytest.raises(Fault):
        first_ask(Request(lane="a", url="https://a.example/x"), FetchPolicy(), Validators("a\nb"))
