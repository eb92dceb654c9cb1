"""What linking makes of the blind corpus and of the blind pairs, through the whole product.

    python -m tests.bench.blind_judge corpus FOLDER [PROFILE ...]     as `tests.bench.blind` writes them
    python -m tests.bench.blind_judge pairs SHARED

Of a corpus four lines: the brief's truth; the design's (`spec_id`: mode and campus are no difference); that without
records nobody could place (`marked` 0); and of that the recall of pairs with and without a reworded title. Of the pairs
what both readings agree on: whether the two records are in one cluster, when all records of the lists are linked.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

from microharvest.link.titles import fold
from tests.bench import blind_pairs, said_words
from tests.bench.matching import FILES, Row, clusters_of, corpus, figures, read_rows, show

COLUMNS = ("rid", "title", "title_lang", "provider", "country", "code", "url", "hours", "eqf", "start", "price")


def by_design(rows: Mapping[str, Row]) -> dict[str, Row]:
    """The rows with the design's truth."""
    return {rid: row | {"offer_id": row["spec_id"]} for rid, row in rows.items()}


def placeable(rows: Mapping[str, Row]) -> dict[str, Row]:
    """The rows that show which sibling they are."""
    return {rid: row for rid, row in rows.items() if row["marked"] == "1"}


def recalls(rows: Mapping[str, Row], found: Mapping[str, str]) -> dict[str, float | dict[str, float]]:
    """{kind of pair: recall}: both titles in the usual words, or one reworded."""
    same, hit = Counter[str](), Counter[str]()
    members: dict[str, list[str]] = {}
    for rid, row in rows.items():
        members.setdefault(row["offer_id"], []).append(rid)
    for listed in members.values():
        for one, other in combinations(listed, 2):
            kind = "reworded R" if rows[one]["reworded"] != rows[other]["reworded"] else "usual words R"
            same[kind] += 1
            hit[kind] += found[one] == found[other]
    return {kind: hit[kind] / same[kind] for kind in sorted(same)}


def judge_corpus(feeds: Path) -> None:
    """The figures of one corpus."""
    rows = read_rows(feeds)
    with tempfile.TemporaryDirectory() as work:
        found, took = clusters_of(feeds, Path(work))
    show(feeds.name, figures(rows, found), took)
    show("  by design", figures(by_design(rows), found), {})
    shown = placeable(by_design(rows))
    show("  and placeable", figures(shown, {rid: found[rid] for rid in shown}), {})
    show("  recalls", recalls(shown, found), {})


def write_pairs(rows: Mapping[blind_pairs.Id, blind_pairs.Row], folder: Path) -> dict[blind_pairs.Id, str]:
    """The lists as feeds of `tests.bench.matching`, a list a file; {row: its rid}."""
    lists = sorted({name for name, _ in rows})
    groups = dict(zip(lists, [*FILES, *FILES], strict=False))
    rids = {key: f"{lists.index(key[0])}-{key[1]}" for key in rows}
    for stem in FILES:
        with (folder / f"{stem}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            for key, row in rows.items():
                if groups[key[0]] == stem:
                    writer.writerow(_columns(row) | {"rid": rids[key]})
    return rids


def _columns(row: blind_pairs.Row) -> dict[str, str]:
    said = {"title": row["title"], "provider": row["provider"] or "France compétences", "start": row.get("start", "")}
    said |= {"url": row.get("url", ""), "hours": row.get("totalclockhours", ""), "price": row.get("totalcost", "")}
    register = row.get("register", "")
    said |= {"code": register if register.startswith("RN") else "", "eqf": row.get("level", "").removeprefix("niveau")}
    return said


def judge_pairs(shared: Path) -> None:
    """The figures of the real pairs."""
    rows = blind_pairs.read_rows(shared)
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        rids = write_pairs(rows, folder)
        found, _ = clusters_of(folder, folder / "work")
    counts: dict[str, Counter[str]] = {"product": Counter(), "equality": Counter()}
    with blind_pairs.LABELS.open(encoding="utf-8", newline="") as file:
        for said in csv.DictReader(file):
            if said["first"] != said["second"] or said["first"] == "?":
                continue
            one, other = (said["one_file"], said["one"]), (said["other_file"], said["other"])
            plain = [(fold(rows[key]["title"]), fold(rows[key]["provider"])) for key in (one, other)]
            joined = {"product": found[rids[one]] == found[rids[other]], "equality": plain[0] == plain[1]}
            for name, together in joined.items():
                counts[name][said["first"] + ("+" if together else "-")] += 1
                if name == "product" and together != (said["first"] == "s"):
                    sys.stdout.write(
                        f"{said['first']} {one} {other}\n  {rows[one]['title']}\n  {rows[other]['title']}\n"
                    )
    for name, count in counts.items():
        precision = count["s+"] / max(1, count["s+"] + count["d+"])
        recall = count["s+"] / max(1, count["s+"] + count["s-"])
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        sys.stdout.write(f"{name:10} P {precision:.3f} R {recall:.3f} F1 {f1:.3f} {dict(sorted(count.items()))}\n")


def main(arguments: Sequence[str]) -> None:
    """Print figures."""
    what, folder, *profiles = arguments
    if what == "pairs":
        judge_pairs(Path(folder))
        return
    for profile in profiles or sorted(child.name for child in Path(folder).iterdir() if child.is_dir()):
        judge_corpus(corpus(folder, profile))


if __name__ == "__main__":
    main(said_words(__doc__))
