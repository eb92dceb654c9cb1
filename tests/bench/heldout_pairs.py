"""Real pairs that no weight or rule was made with: drawn where plain equality goes wrong, and labelled by eye.

    python -m tests.bench.heldout_pairs SHARED     the pairs with their raw rows, to be read

Beside the lists of `tests.bench.real_pairs`: the French ministry's list of diplomas under its short names against a
register of certifications under full ones, and a distance university's catalogue. No record of `real_pairs.csv` is
drawn again (of the small training list: no pair). Pairs come from four kinds, which are looked for by titles,
providers and ids alone, never by a score:

- `equal`: plain equality says same, the ids differ;
- `renamed`: plain equality says different, the id is one;
- `near`: titles 85 % alike, ids differ;
- `within`: titles 65 to 85 % alike, or all words of one in the other, ids differ.
"""

from __future__ import annotations

import csv
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lxml import etree
from rapidfuzz import fuzz, process

from microharvest.link.titles import fold
from microharvest.model.offer import Offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Identifier
from tests.bench import said_words
from tests.bench.real_pairs import Id, Real, labels, read_real, show

__all__ = ["HELDOUT", "draw_heldout", "heldout_labels", "read_heldout"]

HELDOUT = Path(__file__).parent.parent / "contract" / "real_pairs_heldout.csv"
SEED = 412
NEAR, WITHIN = 85, 65
SHARES = {
    "moocs": {"equal": 14, "renamed": 0, "near": 18, "within": 10},
    "etpl": {"equal": 10, "renamed": 10, "near": 14, "within": 10},
    "poitiers": {"equal": 8, "renamed": 6, "near": 10, "within": 6},
    "diplomas": {"equal": 8, "renamed": 26, "near": 14, "within": 8},
    "distance": {"equal": 10, "renamed": 0, "near": 12, "within": 8},
}
SAMPLE = 700
"""Records of a group whose neighbours are looked for."""
EACH = 2
"""Pairs that one record may stand in."""
Pair = tuple[Id, Id]


def read_heldout(shared: Path) -> dict[Id, Real]:
    """{(file, native id): row} of the lists of `real_pairs` and of three more."""
    return {**read_real(shared), **dict(_diplomas(shared / "feeds" / "rncp")),
            **dict(_distance(shared / "feeds" / "xcri" / "ou-conversion.xml"))}  # fmt: skip


def _diplomas(folder: Path) -> Iterator[tuple[Id, Real]]:
    """Diplomas by their national code, without the leading zeros that one of the lists lost."""
    for name, encoding, key, title in (
        ("kit-v2.0", "utf-8-sig", "Code Diplôme", "Intitulé diplôme (DEPP)"),
        ("N_FORMATION_DIPLOME", "latin-1", "FORMATION_DIPLOME", "LIBELLE_STAT_33"),
    ):
        with (folder / f"{name}.csv").open(encoding=encoding, newline="") as file:
            for row in csv.DictReader(file, delimiter=";"):
                if "NON SPECIF" in row[title]:
                    continue  # a place for what has no diploma of its own
                code = (Identifier(scheme="code", value=row[key]),)
                said = Offer(title={"fr": row[title]}, country="FR", identifiers=code)
                yield (name, row[key].lstrip("0")), Real("diplomas", row[title], "", said, row)


def _distance(path: Path) -> Iterator[tuple[Id, Real]]:
    """The catalogue of one university; every course as its own element."""
    who = "The Open University"
    for course in etree.parse(path).iterfind(".//{*}course"):
        titles = [str(each.text) for each in course.iterfind("{*}title") if each.text]
        known = [str(each.text) for each in course.iterfind("{*}identifier") if each.text]
        if titles and known:
            said = Offer(title={"en": titles[0]}, provider=Organisation(name={"en": who}), homepage=tuple(
                str(each.text) for each in course.iterfind("{*}url") if each.text))  # fmt: skip
            row = {"identifiers": " ".join(known), "title": titles[0], "url": " ".join(said.homepage)}
            yield ("ou-conversion", known[0]), Real("distance", titles[0], who, said, row)


def draw_heldout(real: Mapping[Id, Real]) -> list[Pair]:
    """The pairs, in an order that tells nothing."""
    chance = random.Random(SEED)
    read = labels()
    used = {each for pair in read for each in pair if real[each].group != "etpl"}
    drawn: list[Pair] = []
    for group, shares in SHARES.items():
        ids = sorted(each for each, row in real.items() if row.group == group and each not in used)
        kinds = _candidates(real, ids, chance)
        for kind, share in shares.items():
            pairs = sorted(set(kinds[kind]) - read.keys())
            seen = Counter(each for pair in drawn for each in pair)
            for pair in chance.sample(pairs, len(pairs)):
                if share and max(seen[each] for each in pair) < EACH:
                    share -= 1
                    seen.update(pair)
                    drawn.append(pair)
    chance.shuffle(drawn)
    return drawn


def _candidates(real: Mapping[Id, Real], ids: Sequence[Id], chance: random.Random) -> dict[str, list[Pair]]:
    kinds: dict[str, list[Pair]] = defaultdict(list)
    named: dict[tuple[str, str], list[Id]] = defaultdict(list)
    known: dict[str, list[Id]] = defaultdict(list)
    for each in ids:
        named[real[each].plain].append(each)
        known[each[1]].append(each)
    for group in named.values():
        kinds["equal"] += [(one, other) for one in group for other in group if one < other and one[1] != other[1]]
    for group in known.values():
        kinds["renamed"] += [
            (one, other) for one in group for other in group if one < other and real[one].plain != real[other].plain
        ]
    titles = [fold(real[each].title) for each in ids]
    for one in chance.sample(ids, min(len(ids), SAMPLE)):
        mine = fold(real[one].title)
        ratios = process.cdist([mine], titles, scorer=fuzz.token_sort_ratio)[0].tolist()
        for other, ratio, theirs in zip(ids, ratios, titles, strict=True):
            if other[1] == one[1] or mine == theirs or real[one].provider != real[other].provider:
                continue
            if ratio >= NEAR:
                kinds["near"].append((min(one, other), max(one, other)))
            elif ratio >= WITHIN + 10 or (ratio >= WITHIN - 15 and set(mine.split()) < set(theirs.split())):
                kinds["within"].append((min(one, other), max(one, other)))
    return kinds


def heldout_labels() -> dict[Pair, tuple[str, str]]:
    """{(one, other): labels of both readings}; the second repeats the first where nothing was in doubt."""
    return labels(HELDOUT)


def main(arguments: Sequence[str]) -> None:
    """`SHARED`."""
    real = read_heldout(Path(arguments[0]))
    show(draw_heldout(real), real)


if __name__ == "__main__":
    main(said_words(__doc__))
