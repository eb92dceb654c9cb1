"""Real pairs for the blind judgement of linking, from lists that the other two sets of real pairs do not use.

    python -m tests.bench.blind_pairs draw SHARED     the pairs with their raw rows, to be read

The lists: course instances of a bioinformatics centre (three years of runs), the Dutch courses of a demonstration
server (two institutions), a register of certifications in two releases of its table, one platform's catalogue, and a
state's list of training (which the other sets use; none of their pairs is drawn again).

Two rows are a candidate if they share a word of the title that is rare in their lists, and, where the list names one,
the provider. Candidates are drawn by seed, as many of each range of likeness of titles.
`tests/contract/real_pairs_blind.csv` keeps the labels of two readings in different orders (s same, d different, ?
cannot say) with ids alone.
"""

from __future__ import annotations

import csv
import json
import random
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from rapidfuzz import fuzz

from tests.bench import said_words

__all__ = ["LABELS", "draw", "read_rows"]

CONTRACT = Path(__file__).parent.parent / "contract"
LABELS = CONTRACT / "real_pairs_blind.csv"
SEED = 71
EDGES = (40, 60, 75, 85, 95, 101)
SHARES = {"nbis": 6, "surf": 16, "kit": 10, "udacity": 3, "etpl": 5}
"""Pairs per list and range of likeness."""
Row = dict[str, str]
Id = tuple[str, str]


def read_rows(shared: Path) -> dict[Id, Row]:
    """{(file, native id): title, provider and what else the row says}."""
    feeds, found = shared / "feeds", dict[Id, Row]()
    for n, item in enumerate(
        json.loads((feeds / "webpages/tess-nbis-course-instances.json").read_text(encoding="utf-8"))
    ):
        said = {"start": str(item.get("startDate") or "")[:10], "mode": _mode(item), "url": str(item.get("@id") or "")}
        said["description"] = str(item.get("description") or "")
        found["tess-nbis-course-instances", str(n)] = {"title": item["name"], "provider": "NBIS"} | said
    for line in (feeds / "ooapi/surf-courses-even.jsonl").read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        said = {
            name: str(item.get(name) or "")
            for name in ("description", "learningOutcomes", "requirements", "assessment")
        }
        provider = "Wageningen University" if int(item["id"]) < 18000 else "Hogeschool"
        found["surf-courses-even", str(item["id"])] = {"title": item["name"], "provider": provider} | said
    for version in ("1.0", "1.9"):
        with (feeds / f"rncp/kit-v{version}.csv").open(encoding="utf-8", errors="replace", newline="") as file:
            for code, title, register, level, kind, *rest in list(csv.reader(file, delimiter=";"))[1:]:
                row = {"title": title, "provider": "", "register": register, "level": level, "kind": kind}
                found[f"kit-v{version}", code.strip().lstrip("0")] = row | {"more": " ".join(rest)}
    with (feeds / "mooclists/Udacity.csv").open(encoding="utf-8", errors="replace", newline="") as file:
        for n, cells in enumerate(csv.reader(file)):
            row = {
                "title": cells[0],
                "provider": "Udacity",
                "school": cells[1],
                "url": cells[4] if len(cells) > 4 else "",
            }
            found["Udacity", str(n)] = row | {"description": cells[5] if len(cells) > 5 else ""}
    with (feeds / "njetpl/etpl-after-2021-04-06.csv").open(encoding="utf-8", errors="replace", newline="") as file:
        for item in csv.DictReader(file):
            keys = ("totalcost", "totalclockhours", "cipcode", "description", "city", "degreeawardedname")
            said = {name: item[name] or "" for name in keys}
            found["etpl-after-2021-04-06", item["programid"]] = {
                "title": item["officialname"],
                "provider": item["name"],
            } | said
    return {key: row for key, row in found.items() if row["title"].strip()}


def _mode(item: dict[str, object]) -> str:
    said = item.get("courseMode")
    return " ".join(said) if isinstance(said, list) else str(said or "")


def words_of(title: str) -> set[str]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", title.lower()) if not unicodedata.combining(c))
    return {word for word in re.findall(r"[a-z0-9]+", plain) if len(word) > 3}


def draw(rows: dict[Id, Row]) -> list[tuple[Id, Id]]:
    """The pairs, in an order of their own."""
    chance = random.Random(SEED)
    known = {
        frozenset([tuple(p[:2]), tuple(p[2:4])]) for name in ("real_pairs", "real_pairs_heldout") for p in _listed(name)
    }
    pairs: list[tuple[Id, Id]] = []
    for name, share in SHARES.items():
        keys = sorted(key for key in rows if name.lower() in key[0].lower())
        holders: dict[tuple[str, str], list[Id]] = defaultdict(list)
        for key in keys:
            for word in words_of(rows[key]["title"]):
                holders[rows[key]["provider"].lower(), word].append(key)
        ranges: dict[int, list[tuple[Id, Id]]] = defaultdict(list)
        candidates = {pair for held in holders.values() if len(held) <= 25 for pair in combinations(held, 2)}
        for one, other in sorted(candidates):
            if frozenset([one, other]) in known or (name == "kit" and one[1] == other[1] and _same(rows, one, other)):
                continue
            likeness = fuzz.token_sort_ratio(rows[one]["title"].lower(), rows[other]["title"].lower())
            place = sum(likeness >= edge for edge in EDGES)
            if 0 < place < len(EDGES):
                ranges[place].append((one, other))
        for _, listed in sorted(ranges.items()):
            pairs += chance.sample(listed, min(share, len(listed)))
    chance.shuffle(pairs)
    return pairs


def _same(rows: dict[Id, Row], one: Id, other: Id) -> bool:
    """Whether nothing but the release differs: no question."""
    return rows[one]["title"] == rows[other]["title"]


def _listed(name: str) -> list[list[str]]:
    with (CONTRACT / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def main(arguments: Sequence[str]) -> None:
    """Print the pairs."""
    _, shared, *rest = arguments
    rows = read_rows(Path(shared))
    pairs = list(enumerate(draw(rows)))
    if rest:
        random.Random(rest[0]).shuffle(pairs)
    for n, (one, other) in pairs:
        sys.stdout.write(f"--- {n}\n")
        for key in (one, other):
            texts = {name: re.sub(r"<[^>]+>|\s+", " ", value)[:170] for name, value in rows[key].items() if value}
            said = " | ".join(f"{name}={text}" for name, text in texts.items())
            sys.stdout.write(f"{key[0][:12]} {key[1]} {said}\n")


if __name__ == "__main__":
    main(said_words(__doc__))
