"""What the catalogue offers to a sector: level by workload, quality assurance and price, in each country.

An entry counts once for a section it belongs to, on the best ground it does so. What only the source file says of an
entry (a default) is not known here; the country alone may be, because it only tells where an entry is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from microharvest.model.offer import Offer, without_defaults
from microharvest.model.values import Sector
from microharvest.publish.judging import Judged
from microharvest.report.naming import country_name, section_name
from microharvest.report.tally import Amounts, AmountsSeen

__all__ = [
    "CLASSES",
    "Cell",
    "CountrySheet",
    "Division",
    "LevelSheet",
    "SectorReport",
    "SectorSheet",
    "sector_report",
]

CLASSES: tuple[tuple[str, Decimal, Decimal], ...] = (
    ("1", Decimal(1), Decimal(30)),
    ("3", Decimal(3), Decimal(90)),
    ("5", Decimal(5), Decimal(150)),
    ("15", Decimal(15), Decimal(450)),
    ("30", Decimal(30), Decimal(900)),
    ("60", Decimal(60), Decimal(1800)),
)
"""Classes of workload: name, up to how many ECTS, up to how many hours (30 an ECTS, the upper end of the ECTS Users'
Guide, so that hours never make a course longer than it is). What is longer is "more"."""
MORE, UNKNOWN = "more", ""
_GROUNDS = ("declared", "esco", "isced", "keyword")


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """Entries of one level and class of workload; how many have quality assurance in force or undated, and a price."""

    workload: str
    entries: int
    assured: int
    priced: int


class LevelSheet(msgspec.Struct, frozen=True, kw_only=True):
    """Entries of one EQF level (None: not known). `workload`: by unit (`ects`, `ects computed` from national credits,
    `hours`, each entry in one of them); `workload_other`: entries with credits of another kind alone; `assurance`: by
    state; `prices`: by currency, of each entry the lowest."""

    eqf: int | None
    entries: int
    cells: tuple[Cell, ...]
    workload: dict[str, Amounts]
    workload_other: int
    workload_unknown: int
    assurance: dict[str, int]
    prices: dict[str, Amounts]
    free: int
    price_without_currency: int
    price_unknown: int


class CountrySheet(msgspec.Struct, frozen=True, kw_only=True):
    """A country's entries by level; code "" where it is not known."""

    country: str
    name: str
    entries: int
    levels: tuple[LevelSheet, ...]


class Division(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a section; the section itself for what is known no closer. `grounds`: entries by how it is known."""

    code: str
    name: str
    entries: int
    grounds: dict[str, int]


class SectorSheet(msgspec.Struct, frozen=True, kw_only=True):
    """A section. `grounds`: entries by the best ground; `disputed`: those another ground puts into other sections."""

    code: str
    name: str
    entries: int
    disputed: int
    grounds: dict[str, int]
    divisions: tuple[Division, ...]
    whole: CountrySheet
    countries: tuple[CountrySheet, ...]


class SectorReport(msgspec.Struct, frozen=True, kw_only=True):
    """`entries`: all of the release; `placed`: those with a known sector; `least`: the confidence asked for."""

    kind: Literal["sectors"] = "sectors"
    release: int
    day: str
    least: float
    entries: int
    placed: int
    sectors: tuple[SectorSheet, ...]


def sector_report(
    entries: Iterable[tuple[str, Judged]], codes: Sequence[str], release: int, day: date, least: float = 0.0
) -> SectorReport:
    """The report over published entries; `codes`: sections or divisions of NACE."""
    seen = {code: _SectorSeen(code) for code in dict.fromkeys(codes)}
    count = placed = 0
    for _, judged in entries:
        count += 1
        known = [one for one in judged.sectors if one.confidence >= least]
        placed += bool(known)
        if not known:
            continue
        offer = without_defaults(judged.offer)
        for code, sector in seen.items():
            mine = [one for one in known if code in {one.section, one.code}]
            if mine:
                sector.add(judged.country or "", offer, mine, known, judged.standing.state)
    return SectorReport(
        release=release,
        day=day.isoformat(),
        least=least,
        entries=count,
        placed=placed,
        sectors=tuple(sector.result() for sector in seen.values()),
    )


class _SectorSeen:
    def __init__(self, code: str) -> None:
        self._code, self._disputed = code, 0
        self._grounds: Counter[str] = Counter()
        self._divisions: dict[str, Counter[str]] = {}
        self._whole = _CountrySeen("")
        self._countries: dict[str, _CountrySeen] = {}

    def add(self, country: str, offer: Offer, mine: list[Sector], known: list[Sector], state: str) -> None:
        self._grounds[mine[0].basis] += 1
        grounds = {one.basis for one in mine}
        self._disputed += any(one.basis not in grounds for one in known)
        for code in dict.fromkeys(one.code for one in mine):
            ground = next(one.basis for one in mine if one.code == code)
            self._divisions.setdefault(code, Counter())[ground] += 1
        for sheet in (self._whole, self._countries.setdefault(country, _CountrySeen(country))):
            sheet.add(offer, state)

    def result(self) -> SectorSheet:
        divisions = [
            Division(code=code, name=section_name(code), entries=grounds.total(), grounds=_ordered(grounds))
            for code, grounds in self._divisions.items()
        ]
        countries = [country.result() for country in self._countries.values()]
        return SectorSheet(
            code=self._code,
            name=section_name(self._code),
            entries=self._grounds.total(),
            disputed=self._disputed,
            grounds=_ordered(self._grounds),
            divisions=tuple(sorted(divisions, key=lambda one: (-one.entries, one.code))),
            whole=self._whole.result("all countries"),
            countries=tuple(sorted(countries, key=lambda one: (not one.country, -one.entries, one.country))),
        )


def _ordered(grounds: Counter[str]) -> dict[str, int]:
    return {ground: grounds[ground] for ground in _GROUNDS if grounds[ground]}


class _CountrySeen:
    def __init__(self, country: str) -> None:
        self._country, self._entries = country, 0
        self._levels: dict[int | None, _LevelSeen] = {}

    def add(self, offer: Offer, state: str) -> None:
        self._entries += 1
        self._levels.setdefault(offer.eqf_level, _LevelSeen(offer.eqf_level)).add(offer, state)

    def result(self, name: str | None = None) -> CountrySheet:
        ordered = sorted(self._levels.items(), key=lambda one: (one[0] is None, one[0] or 0))
        return CountrySheet(
            country=self._country,
            name=name or country_name(self._country),
            entries=self._entries,
            levels=tuple(level.result() for _, level in ordered),
        )


class _LevelSeen:
    def __init__(self, eqf: int | None) -> None:
        self._eqf, self._other = eqf, 0
        self._cells: dict[str, list[int]] = {}
        self._workload: dict[str, AmountsSeen] = {}
        self._assurance: Counter[str] = Counter()
        self._prices: dict[str, AmountsSeen] = {}
        self._said: Counter[str] = Counter()

    def add(self, offer: Offer, state: str) -> None:
        unit, amount = _workload(offer)
        if unit:
            self._workload.setdefault(unit, AmountsSeen()).add(amount)
        self._other += not unit and bool(offer.credits)
        self._assurance[state] += 1
        said, lowest = _price(offer)
        self._said[said] += 1
        for currency, price in lowest.items():
            self._prices.setdefault(currency, AmountsSeen()).add(price)
        cell = self._cells.setdefault(_class_of(unit, amount), [0, 0, 0])
        cell[0] += 1
        cell[1] += state in {"in_force", "ends_soon", "undated"}
        cell[2] += said in {"free", "priced"}

    def result(self) -> LevelSheet:
        order = [name for name, _, _ in CLASSES] + [MORE, UNKNOWN]
        entries = self._said.total()
        workload = {unit: found for unit, seen in sorted(self._workload.items()) if (found := seen.result())}
        return LevelSheet(
            eqf=self._eqf,
            entries=entries,
            cells=tuple(
                Cell(workload=name, entries=cell[0], assured=cell[1], priced=cell[2])
                for name in order
                if (cell := self._cells.get(name))
            ),
            workload=workload,
            workload_other=self._other,
            workload_unknown=entries - self._other - sum(amounts.count for amounts in workload.values()),
            assurance=dict(self._assurance.most_common()),
            prices={currency: found for currency, seen in sorted(self._prices.items()) if (found := seen.result())},
            free=self._said["free"],
            price_without_currency=self._said["no currency"],
            price_unknown=self._said["unknown"],
        )


def _workload(offer: Offer) -> tuple[str, Decimal]:
    """The one measure an entry is counted by: ECTS it says, else hours it says, else ECTS computed from its credits."""
    ects = [one for one in offer.credits if one.framework == "ECTS"]
    said = [one.points for one in ects if not one.derived]
    if said:
        return "ects", said[0]
    if offer.workload_hours is not None and offer.basis.get("workload_hours") != "derived":
        return "hours", offer.workload_hours
    return ("ects computed", ects[0].points) if ects else ("", Decimal(0))


def _class_of(unit: str, amount: Decimal) -> str:
    if not unit:
        return UNKNOWN
    return next((name for name, ects, hours in CLASSES if amount <= (hours if unit == "hours" else ects)), MORE)


def _price(offer: Offer) -> tuple[str, dict[str, Decimal]]:
    """("free", "priced", "no currency" or "unknown", the lowest price in each currency)."""
    prices = [*offer.prices, *(price for one in offer.instances for price in one.prices)]
    charged = [price for price in prices if price.amount > 0]
    if not charged:
        return ("free" if prices else "unknown"), {}
    lowest: dict[str, Decimal] = {}
    for price in charged:
        if price.currency is not None:
            lowest[price.currency] = min(price.amount, lowest.get(price.currency, price.amount))
    return ("priced" if lowest else "no currency"), lowest
