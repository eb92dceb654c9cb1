"""What the values of one column look like: addresses, dates and in which format, numbers, money, languages. Pure.

Evidence is taken from values alone; names are `columns`' business. Day and month are never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from microharvest.map.normalise.country import country
from microharvest.map.normalise.date import date
from microharvest.map.normalise.language import languages
from microharvest.map.normalise.price import price

__all__ = ["Cells", "header_currency"]

_URL = re.compile(r"https?://[^\s/]+\.[^\s]+", re.I)
_NUMBER = re.compile(r"[+-]?[0-9]{1,3}(?:[ '.,\u00a0][0-9]{3})*(?:[.,][0-9]+)?|[+-]?[0-9]+(?:[.,][0-9]+)?")
_SIGN = re.compile(r"€|£|\$|¥|zł|Kč|\bkr\b|\b(?:EUR|GBP|USD|CHF|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|ISK)\b", re.I)
_NAMED = re.compile(r"(?:^|[^a-z])(eur|euros?|gbp|usd|chf|sek|nok|dkk|pln|czk|huf|ron|bgn|isk)(?:$|[^a-z])|(€|£)", re.I)
_CODES = {"€": "EUR", "£": "GBP", "euro": "EUR", "euros": "EUR"}
_SLASHED = re.compile(r"([0-9]{1,2})([/-])([0-9]{1,2})\2([0-9]{4})( [0-9]{1,2}:[0-9]{2}(:[0-9]{2})?)?")
_FALSE_OR_TRUE = frozenset({"true", "false", "t", "f", "yes", "no", "oui", "non", "0", "1", "ja", "nein", "y", "n"})
_MOST = 0.8


class Cells:
    """The non-empty values of a column. `rows`: how many rows the sample has; `filled`: how many of them have a value.

    `by_language`: where the column is one of several that say the same in other languages, all of them by language.
    """

    def __init__(self, name: str, values: Iterable[str], rows: int, filled: int | None = None) -> None:
        self.name = name
        self.values = [value.strip() for value in values if value.strip()]
        self.rows = rows
        self.filled = len(self.values) if filled is None else filled
        self.by_language: dict[str, str] = {}

    @property
    def single(self) -> bool:
        """No row has more than one value."""
        return len(self.values) <= self.filled

    @cached_property
    def distinct(self) -> set[str]:
        """The different values."""
        return set(self.values)

    @property
    def fill(self) -> float:
        """Share of rows that have a value."""
        return self.filled / self.rows if self.rows else 0.0

    @property
    def unique(self) -> float:
        """Different values per filled row: 1.0 where none repeats."""
        return len(self.distinct) / len(self.values) if self.values else 0.0

    @cached_property
    def length(self) -> float:
        """Characters of a value, on average."""
        return sum(map(len, self.values)) / len(self.values) if self.values else 0.0

    @property
    def example(self) -> str:
        """A value to show."""
        return self.values[0][:60] if self.values else ""

    def _share(self, fits: Iterable[bool]) -> float:
        found = list(fits)
        return sum(found) / len(found) if found else 0.0

    @cached_property
    def some(self) -> list[str]:
        """At most 300 different values, spread over the column."""
        ordered = sorted(self.distinct)
        return ordered[:: max(1, len(ordered) // 300)][:300]

    @cached_property
    def are_urls(self) -> bool:
        """Most are web addresses."""
        return self._share(bool(_URL.fullmatch(value)) for value in self.some) >= _MOST

    @property
    def not_a_url(self) -> str:
        """A value that is no web address, to show."""
        return next((value[:60] for value in self.some if not _URL.fullmatch(value)), "")

    @cached_property
    def numbers(self) -> list[float] | None:
        """The values as numbers, where nearly all are; None otherwise."""
        found = [_number(value) for value in self.some]
        good = [one for one in found if one is not None]
        return good if good and len(good) >= 0.95 * len(found) else None

    @property
    def are_flags(self) -> bool:
        """Nothing but yes and no."""
        return bool(self.values) and {value.casefold() for value in self.distinct} <= _FALSE_OR_TRUE

    @cached_property
    def are_prices(self) -> bool:
        """Most can be read as prices, given a currency."""
        return self._share(price(value, "EUR").value is not None for value in self.some) >= _MOST

    @property
    def say_currency(self) -> bool:
        """Most name their currency themselves."""
        return self._share(bool(_SIGN.search(value)) for value in self.some) >= _MOST

    @cached_property
    def are_languages(self) -> bool:
        """Most are codes or names of languages."""
        return self._share(languages(value, None).value is not None for value in self.some) >= _MOST

    @cached_property
    def are_countries(self) -> bool:
        """Most are codes or names of countries."""
        return self._share(country(value, None).value is not None for value in self.some) >= _MOST

    @cached_property
    def date_format(self) -> str | None:
        """How most values are dates: a strptime pattern, `` where they are read as they are, `?` where day and month
        cannot be told apart; None where they are no dates."""
        if not self.some:
            return None
        read = [date(value, None) for value in self.some]
        if self._share(one.value is not None for one in read) >= _MOST and not any(
            "date.ambiguous" in one.issues for one in read
        ):
            return ""
        slashed = [found for found in map(_SLASHED.fullmatch, self.some) if found]
        if len(slashed) < _MOST * len(self.some):
            return None
        first = max(int(found[1]) for found in slashed)
        second = max(int(found[3]) for found in slashed)
        separator, clock = slashed[0][2], " %H:%M" if slashed[0][5] else ""
        clock += ":%S" if slashed[0][6] else ""
        if first > 12 and second <= 12:
            return f"%d{separator}%m{separator}%Y{clock}"
        if second > 12 and first <= 12:
            return f"%m{separator}%d{separator}%Y{clock}"
        return "?"


def header_currency(name: str) -> str | None:
    """The currency a column's name says (`Preis (EUR)`, `price_usd`)."""
    found = _NAMED.search(name)
    if not found:
        return None
    word = (found[1] or found[2]).casefold()
    return _CODES.get(word, word.upper())


def _number(value: str) -> float | None:
    if not _NUMBER.fullmatch(value):
        return None
    plain = re.sub(r"[ '\u00a0]", "", value)
    if re.search(r"[.,]\d{3}[.,]", plain) or re.fullmatch(r"[+-]?\d{1,3}([.,]\d{3})+[.,]\d{1,2}", plain):
        mark = plain[max(plain.rfind("."), plain.rfind(","))]
        plain = plain.replace("," if mark == "." else ".", "")
    return float(plain.replace(",", "."))
