"""Pairs of real records, drawn over the whole range of likeness, to be labelled by eye; and how the labels are used.

    python -m tests.bench.real_pairs draw SHARED     the 300 pairs with their raw rows, to be read

`tests/contract/real_pairs.csv` keeps the labels of two readings (s same, d different, ? cannot say) with ids alone:
nothing of the rows is copied. The draw looks at titles and providers alone, never at a score of the matcher.
"""

from __future__ import annotations

import csv
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import msgspec
from rapidfuzz import fuzz, process

from microharvest.link.titles import fold
from microharvest.model.offer import Offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Credits, Price
from tests.bench import said_words

__all__ = ["LABELS", "Real", "draw", "labels", "read_real", "show"]

LABELS = Path(__file__).parent.parent / "contract" / "real_pairs.csv"
SEED = 20261125
EDGES = (45, 60, 72, 82, 90, 100, 101)
SHARES = {"moocs": 20, "etpl": 20, "poitiers": 10}
"""Pairs per range of likeness."""
Id = tuple[str, str]


class Real(msgspec.Struct, frozen=True):
    """One row: the list it belongs to, its title and provider, the offer with everything comparable, and the row."""

    group: str
    title: str
    provider: str
    offer: Offer
    row: Mapping[str, str]

    @property
    def bare(self) -> Offer:
        """Title and provider alone."""
        return Offer(title=self.offer.title, provider=self.offer.provider)

    @property
    def plain(self) -> tuple[str, str]:
        """What plain equality compares."""
        return fold(self.title), fold(self.provider)


def read_real(shared: Path) -> dict[Id, Real]:
    """{(file, native id): row} of the lists that give one thing twice."""
    feeds, found = shared / "feeds", {}
    for name, key, title, url, hours in (
        ("udemy_courses", "course_id", "course_title", "url", "content_duration"),
        ("coursera_courses", "id", "title", "course_url", "content_length_min"),
    ):
        for row in _rows(feeds / "mooclists" / f"{name}.csv"):
            said = _offer(row[title], "Udemy", "und", url=row[url], hours=row[hours], price=row["price"])
            found[name, row[key].strip()] = Real("moocs", row[title], "Udemy", said, row)
    for name in ("etpl-before-2021-04-06", "etpl-after-2021-04-06"):
        for row in _rows(feeds / "njetpl" / f"{name}.csv"):
            who = row["name"]
            said = _offer(row["officialname"], who, "en", hours=row["totalclockhours"], price=row["totalcost"])
            found[name, row["programid"]] = Real("etpl", row["officialname"], who, said, row)
    for name in ("CoursesPoitiers-first", "CoursesPoitiers"):
        said = json.loads((feeds / "ec2u" / f"{name}.json").read_text("utf-8"))
        for row in said.values() if isinstance(said, dict) else said:
            title, code = (row["nom"], row["codeEtape"]) if "nom" in row else (row["name"], row["code"])
            if title and code:
                offer = _offer(title, "Université de Poitiers", "fr", ects=str(row.get("credits") or ""))
                found[name, code] = Real("poitiers", title, "Université de Poitiers", offer, row)
    return found


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        yield from csv.DictReader(file)


def _offer(title: str, provider: str, language: str, url: str = "", hours: str = "", price: str = "", ects: str = ""
           ) -> Offer:  # fmt: skip
    return Offer(
        title={language: title},
        provider=Organisation(name={"und": provider}),
        homepage=(url,) if url else (),
        workload_hours=_number(hours),
        prices=tuple(Price(amount=each, currency="USD") for each in [_number(price)] if each is not None),
        credits=tuple(Credits(framework="ECTS", points=each) for each in [_number(ects)] if each),
    )


def _number(text: str) -> Decimal | None:
    return Decimal(text.strip()) if text.strip().replace(".", "", 1).isdigit() else None


def draw(real: Mapping[Id, Real]) -> list[tuple[Id, Id]]:
    """As many pairs from each range of likeness of each group, in an order that tells nothing."""
    chance = random.Random(SEED)
    drawn: list[tuple[Id, Id]] = []
    for group, share in SHARES.items():
        ids = sorted(each for each, row in real.items() if row.group == group)
        bins: dict[int, list[tuple[Id, Id]]] = defaultdict(list)
        sample = chance.sample(ids, min(len(ids), 900))
        titles = [fold(real[each].title) for each in ids]
        for one in sample:
            ratios = process.cdist([fold(real[one].title)], titles, scorer=fuzz.token_sort_ratio)[0]
            near: dict[int, list[Id]] = defaultdict(list)
            for other, ratio in zip(ids, ratios.tolist(), strict=True):
                place = next((n for n in range(len(EDGES) - 1) if EDGES[n] <= ratio < EDGES[n + 1]), None)
                if place is not None and other != one:
                    near[place].append(other)
            for place, others in near.items():
                bins[place].append(tuple(sorted((one, chance.choice(others)))))  # type: ignore[arg-type]
        for _, pairs in sorted(bins.items()):
            drawn += chance.sample(sorted(set(pairs)), min(share, len(set(pairs))))
    chance.shuffle(drawn)
    return drawn


def labels(path: Path = LABELS) -> dict[tuple[Id, Id], tuple[str, str]]:
    """{(one, other): labels of both readings}."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            ((row["one_file"], row["one"]), (row["other_file"], row["other"])): (row["first"], row["second"])
            for row in csv.DictReader(file)
        }


def show(pairs: Sequence[tuple[Id, Id]], real: Mapping[Id, Real]) -> None:
    """Print what is to be read."""
    for number, pair in enumerate(pairs):
        print(f"-- {number}")
        for each in pair:
            row = {name: str(value)[:80] for name, value in real[each].row.items() if value}
            print("  ", each, json.dumps(row, ensure_ascii=False))


def main(arguments: Sequence[str]) -> None:
    """`draw SHARED`."""
    _, shared = arguments
    real = read_real(Path(shared))
    show(draw(real), real)


if __name__ == "__main__":
    main(said_words(__doc__))
