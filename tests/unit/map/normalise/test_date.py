"""Dates as feeds write them; those that could be two dates are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microharvest.map.normalise.date import date, is_reversed


@pytest.mark.parametrize(
    ("said", "moment", "basis"),
    [
        ("2026", "2026", "declared"),
        ("2026-09", "2026-09", "declared"),
        ("2026-09-01", "2026-09-01", "declared"),
        ("2026-09-01+02:00", "2026-09-01", "declared"),
        ("2026-09-01T10:00:00Z", "2026-09-01T10:00:00Z", "declared"),
        ("2026-09-01T10:00:00+0200", "2026-09-01T10:00:00+02:00", "declared"),
        ("2026-09-01T10:00", "2026-09-01T10:00:00", "declared"),
        ("2021-06-30 00:00:00", "2021-06-30T00:00:00", "declared"),
        ("2019-01-01T12:00:00.123Z", "2019-01-01T12:00:00Z", "declared"),
        ("20260901", "2026-09-01", "declared"),
        (" 20220222T133000", "2022-02-22T13:30:00", "declared"),
        ("2026/9/1", "2026-09-01", "mapped"),
        ("1.9.2026", "2026-09-01", "mapped"),
        ("13/04/2026", "2026-04-13", "mapped"),
        ("31-12-2026", "2026-12-31", "mapped"),
        ("6/30/2021", "2021-06-30", "mapped"),
        ("12/31/2002 12:00:00 AM", "2002-12-31T00:00:00", "mapped"),
        ("12/31/2002 1:05 PM", "2002-12-31T13:05:00", "mapped"),
        ("05/05/2026", "2026-05-05", "mapped"),
        ("Jan 15th 2016", "2016-01-15", "mapped"),
        ("6 October 2012", "2012-10-06", "mapped"),
        ("1er septembre 2026", "2026-09-01", "mapped"),
        ("15 de enero de 2026", "2026-01-15", "mapped"),
        ("September 2026", "2026-09", "mapped"),
        ("Mon, 06 Oct 2012 10:00:00 GMT", "2012-10-06T10:00:00+00:00", "mapped"),
        ("1999-11-29", "1999-11-29", "declared"),
        ("Saturday 1 Sep 2012", "2012-09-01", "mapped"),
    ],
)
def test_date(said: str, moment: str, basis: str) -> None:
    assert date(said, None) == (moment, basis, ())


@pytest.mark.parametrize("said", ["03/04/2026", "3-4-2026", "1/12/2002 10:00"])
def test_day_or_month_is_not_guessed(said: str) -> None:
    assert date(said, None) == (None, "declared", ("date.ambiguous",))


@pytest.mark.parametrize(
    "said",
    ["Sunday 1 Sep 2012", "2026-02-30", "2026-13", "20260230", "202609", "1/1/00 0:00", "Self Paced ", "NA", "",
     "OU qualifications have up to three start points", "31.02.2026", "12.12.2026 25:00", "12/31/2002 13:00 PM",
     "2026-01-01T10:00:00+99:00", "00/00/2026", "00/01/2026", "Foo 2026", "Mon, 99 Oct 2012 10:00:00 GMT",
     "٢٠٢٦-٠١-٠١", "x" * 500],
)  # fmt: skip
def test_no_date(said: str) -> None:
    assert date(said, None) == (None, "declared", ("date.invalid",))


@pytest.mark.parametrize(
    ("said", "pattern", "moment"),
    [
        ("03/04/2026", "%d/%m/%Y", "2026-04-03"),
        ("03/04/2026", "%m/%d/%Y", "2026-03-04"),
        ("04-2026", "%m-%Y", "2026-04"),
        ("26", "%y", "2026"),
        ("20260102", "%Y%d%m", "2026-02-01"),
        ("01.02.26 14:30", "%d.%m.%y %H:%M", "2026-02-01T14:30:00"),
        ("2026-01-02", "%d/%m/%Y", "2026-01-02"),
        ("soon", "%d/%m/%Y", None),
        ("soon", "%", None),
        ("31/12/9999", "%d/%m/%Y", None),
    ],
)
def test_a_pattern_decides(said: str, pattern: str, moment: str | None) -> None:
    assert date(said, pattern).value == moment


@pytest.mark.parametrize(
    ("start", "end", "reversed_"),
    [
        ("2026-09-01", "2026-08-31", True),
        ("2026-09-01", "2026-09-01", False),
        ("2026-09-15", "2026-09", False),
        ("2026", "2025-12-31", True),
        ("2026-09-01T10:00:00Z", "2026-09-01", False),
        (None, "2026", False),
        ("2026", None, False),
    ],
)
def test_is_reversed(start: str | None, end: str | None, reversed_: bool) -> None:
    assert is_reversed(start, end) is reversed_


@given(st.text("0123456789-/.:TZ +APM", max_size=25), st.none() | st.text("%dmYyHMSjbBcxX /-.", max_size=10))
def test_never_raises(said: str, pattern: str | None) -> None:
    taken = date(said, pattern)
    assert (taken.value is None) == bool(taken.issues)
    assert taken.value is None or date(taken.value, None).value == taken.value


@pytest.mark.parametrize("said", ["9999-12-31", "1899-12-30", "1900-01-01", "1970-01-01T00:00:00Z", "30.11.1999"])
def test_days_that_stand_for_none(said: str) -> None:
    assert (date(said).value, date(said).issues) == (None, ("date.sentinel",))
