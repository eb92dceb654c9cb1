"""When a server wants to be asked again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from microharvest.errors import ERROR_CODES
from microharvest.harvest.fetch.retries import RETRIED_CODES, challenged, retry_after

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
HOUR = 3600


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("0", 1),
        ("999999", 6 * HOUR),
        ("9" * 400, 6 * HOUR),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("٣", None),
        ("²", None),
        ("Tue, 24 Nov 2026 04:02:00 GMT", 120),
        ("Tuesday, 24-Nov-26 04:02:00 GMT", 120),
        ("Tue Nov 24 04:02:00 2026", 120),
        ("Tue, 24 Nov 2026 03:00:00 GMT", 1),
        ("Wed, 25 Nov 2026 04:00:00 GMT", 6 * HOUR),
        ("Tue, 99 Nov 2026 04:02:00 GMT", None),
    ],
)
def test_both_forms_clamped(text: str, seconds: int | None) -> None:
    until = retry_after({"retry-after": text}, NOW)

    assert (None if until is None else (until - NOW).total_seconds()) == seconds


def test_a_date_is_read_against_the_server_clock() -> None:
    headers = {"date": "Tue, 24 Nov 2026 09:00:00 GMT", "retry-after": "Tue, 24 Nov 2026 09:00:30 GMT"}
    until = retry_after(headers, NOW)

    assert until is not None
    assert (until - NOW).total_seconds() == 30


def test_no_wish() -> None:
    assert retry_after({}, NOW) is None


def test_the_table_names_documented_codes() -> None:
    assert set(ERROR_CODES) >= RETRIED_CODES


def test_challenges_are_known_by_their_marks() -> None:
    assert challenged({"cf-mitigated": "challenge"})
    assert challenged({"x-amzn-waf-action": "captcha"})
    assert not challenged({"server": "cloudflare"})
