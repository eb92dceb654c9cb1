"""The offers of `tests.bench.blind` and who gives them: families of siblings, before anybody tells of them."""

from __future__ import annotations

import hashlib
import random
import re
import tomllib
import unicodedata
import uuid
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

__all__ = ["TOOLS", "WORDS", "Offer", "Provider", "family_of", "providers_of"]

WORDS: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("blind_words.toml").read_text(encoding="utf-8")
)
TOOLS = {
    "forecast": ["Python", "R", "Stata", "Excel"],
    "drones": ["QGIS", "ArcGIS", "Pix4D"],
    "queries": ["PostgreSQL", "Oracle", "MySQL", "Access"],
    "payroll": ["SAP", "DATEV", "Sage"],
    "lighting": ["grandMA", "Vectorworks"],
    "subtitles": ["Subtitle Edit", "Ooona"],
}
KINDS = {
    "single": 30, "level": 8, "steps": 5, "part": 8, "module": 6, "stage": 5, "edition": 6, "tool": 5, "focus": 8,
    "aspect": 6, "credits": 4, "mode": 4, "teaching": 4, "bundle": 5, "campus": 4, "elsewhere": 7, "franchise": 5,
}  # fmt: skip
ISCED = {
    "dementia": "0923", "bees": "0811", "heatpump": "0713", "wound": "0913", "battery": "0712", "hygiene": "0721",
    "trees": "0812", "mediation": "0417", "subtitles": "0231", "forecast": "0542", "drones": "0732",
    "payroll": "0411", "wind": "1022", "lighting": "0215", "signing": "0231", "textile": "0723", "procure": "0421",
    "hydrogen": "0711", "children": "0922", "cheese": "0721", "laundering": "0412", "fire": "0821",
    "queries": "0612", "museum": "0322", "leadership": "0413", "trials": "0912",
}  # fmt: skip


@dataclass(frozen=True)
class Provider:
    lang: str
    native: str
    english: str
    short: str
    number: str
    towns: tuple[tuple[str, str], tuple[str, str]]

    @property
    def domain(self) -> str:
        return f"{_slug(self.english)[:22].strip('-')}.{WORDS[self.lang]['country'].lower()}"


@dataclass(frozen=True)
class Offer:
    family: int
    kind: str
    provider: Provider
    topic: str
    marks: tuple[tuple[str, int], ...]  # (what, which): ("level", 2), ("focus", 0)
    ects: float
    hours: int
    code: str
    page: str
    teaching: str
    mode: str
    town: tuple[str, str]
    facts: tuple[str, ...]  # eqf, isced, skills
    price: int
    starts: tuple[date, ...] = ()
    spec: int = 0


def providers_of(chance: random.Random) -> list[Provider]:
    """Seven of each language."""
    made = []
    for lang, words in WORDS.items():
        towns = [tuple(town.split(" | ")) for town in words["towns"]]
        whole = [
            tuple(part.format(t=town[0], e=town[1]) for part in kind.split(" | "))
            for kind in words["kinds"]
            for town in (towns if "{t}" in kind else towns[:1])
        ]
        for native, english, short in chance.sample(sorted(set(whole)), 7):
            seat = next((town for town in towns if town[0] in native), chance.choice(towns))
            second = chance.choice([town for town in towns if town != seat])
            number = f"{words['country']}{chance.randrange(10**5, 10**6)}"
            made.append(Provider(lang, native, english, short, number, ((seat[0], seat[1]), (second[0], second[1]))))
    return made


def family_of(
    chance: random.Random,
    family: int,
    providers: list[Provider],
    used: set[tuple[str, str]],
    topics: list[str],
    *,
    own_facts: bool,
) -> list[Offer]:
    """The offers of one family; nobody has a subject in two families."""
    kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
    provider = chance.choice(providers)
    ranked = [topic for topic in topics if kind != "tool" or topic in TOOLS]
    topic = chance.choices(ranked, [1 / (place + 3) for place in range(len(ranked))])[0]
    others = [one for one in providers if one.lang == provider.lang and one != provider]
    away = chance.choice(others)
    takes = {(provider.native, topic)} | ({(away.native, topic)} if kind in {"elsewhere", "franchise"} else set())
    if takes & used:
        return []
    used |= takes
    ects = chance.choice([1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 10.0])
    skills = " ".join(_skill(topic, n) for n in sorted(chance.sample(range(8), 4)))
    hours = round(ects * chance.choice([25, 26, 27, 28, 30]))
    path = chance.choice(["courses", "p", "kurs", "offer"])
    page = f"https://www.{provider.domain}/{path}/{topic}-{chance.randrange(1000, 9999)}"
    facts = (chance.choice(["4", "5", "5", "6", "6", "7"]), ISCED[topic], skills)
    mode, price = chance.choice(["online", "onsite", "blended"]), chance.choice([0, 120, 250, 390, 600, 950])
    code = _code(chance, provider, topic)
    base = Offer(
        family, kind, provider, topic, (), ects, hours, code, page, provider.lang, mode, provider.towns[0], facts, price
    )
    made = _siblings(chance, base, away)
    if own_facts:
        made = [made[0], *(_own_facts(chance, offer) for offer in made[1:])]
    return [replace(offer, starts=_starts(chance)) for offer in made]


def _own_facts(chance: random.Random, offer: Offer) -> Offer:
    """A sibling whose level, skills and price are its own, and its size unless that is what tells it apart."""
    skills = " ".join(_skill(offer.topic, n) for n in sorted(chance.sample(range(8), 4)))
    facts = (chance.choice(["4", "5", "5", "6", "6", "7"]), offer.facts[1], skills)
    offer = replace(offer, facts=facts, price=chance.choice([0, 120, 250, 390, 600, 950]))
    if offer.kind in {"credits", "bundle", "elsewhere", "franchise"}:
        return offer
    ects = chance.choice([1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 10.0])
    return replace(offer, ects=ects, hours=round(ects * chance.choice([25, 26, 27, 28, 30])))


def _siblings(chance: random.Random, base: Offer, away: Provider) -> list[Offer]:
    kind = base.kind
    if kind == "single":
        extra = chance.choice([(), (), (), ("focus",), ("aspect",), ("tool",)])
        picked = tuple((what, chance.randrange(2)) for what in extra if what != "tool" or base.topic in TOOLS)
        return [replace(base, marks=picked)]
    if kind in {"elsewhere", "franchise"}:
        code = base.code if kind == "franchise" else _code(chance, away, base.topic)
        there = replace(base, provider=away, town=away.towns[0], code=code, spec=1, teaching=away.lang)
        return [base, replace(there, page=_other_page(base, there))]
    if kind in {"credits", "mode", "teaching", "campus"}:
        twin = replace(base, spec=0 if kind in {"mode", "campus"} else 1)
        if kind == "credits":
            twin = replace(twin, ects=base.ects * 2, hours=base.hours * 2, price=base.price * 2)
        elif kind == "mode":
            base, twin = replace(base, mode="online"), replace(twin, mode="onsite")
        elif kind == "teaching":
            twin = replace(twin, teaching="en" if base.provider.lang != "en" else "de")
        else:
            twin = replace(twin, town=base.provider.towns[1])
        shares = chance.random() < 0.4
        code = base.code if shares else f"{base.code}-{chance.choice('BEX')}"
        return [base, replace(twin, code=code, page=base.page if shares else f"{base.page}-b")]
    what = {"bundle": chance.choice(["part", "module"])}.get(kind, kind)
    width = {"stage": 2, "steps": 2, "bundle": 2, "focus": 4, "aspect": 4}.get(kind, 3)
    most = len(TOOLS[base.topic]) if kind == "tool" else width
    chosen = sorted(chance.sample(range(most), chance.randint(2, min(3, most))))
    if kind in {"level", "part", "module", "bundle"}:
        chosen = list(range(len(chosen)))
    numbered = [replace(base, marks=((what, n),), spec=place + 1) for place, n in enumerate(chosen)]
    if kind == "bundle":
        total = len(numbered)
        whole = replace(base, marks=(("whole", 0),), ects=base.ects * total, hours=base.hours * total)
        numbered.insert(0, whole)
    one_code, one_page = chance.random() < 0.15, chance.random() < 0.25
    return [
        replace(
            offer,
            code=base.code if one_code else f"{base.code}{chance.choice(['-', '.', '/'])}{place + 1}",
            page=base.page if one_page else f"{base.page}-{place + 1}",
        )
        for place, offer in enumerate(numbered)
    ]


def _other_page(base: Offer, there: Offer) -> str:
    return base.page.replace(base.provider.domain, there.provider.domain)


def _skill(topic: str, n: int) -> str:
    return f"http://data.europa.eu/esco/skill/{uuid.UUID(hashlib.sha256(f'{topic}{n}'.encode()).hexdigest()[:32])}"


def _code(chance: random.Random, provider: Provider, topic: str) -> str:
    letters = _slug(provider.english).replace("-", "")[:3].upper()
    number = chance.randrange(100, 10**5)
    return chance.choice(
        [f"{letters}{number}", f"{letters}-{topic[:3].upper()}-{number}", f"{number}", f"{letters}.{number}"]
    )


def _starts(chance: random.Random) -> tuple[date, ...]:
    first = date(2026, 1, 12) + timedelta(days=7 * chance.randrange(48))
    return tuple(first + timedelta(days=91 * n) for n in range(chance.choices([1, 2, 3], [6, 3, 1])[0]))


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
