"""Linking with a known truth: the sample corpora through the whole product, and how right its clusters are.

    python -m tests.bench.matching FOLDER [PROFILE ...]

FOLDER holds `<profile>_10k/{provider,national,aggregator,truth}.csv`, `reseller.csv` beside them or not (or PROFILE is
such a folder's whole name, as those of `tests.bench.heldout` and `tests.bench.blind`); `truth.csv` names the true
offer of each row.
The source files are harvested into a store of their own, linked and exported; what is judged is the export alone.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import resource
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

from tests.bench import said_words

__all__ = ["COLUMNS", "Row", "clusters_of", "corpus", "figures", "read_rows", "show", "spent", "write_config"]

FILES = {"provider": "provider", "national": "national", "aggregator": "aggregator", "reseller": "aggregator"}
"""{file: what it is trusted for}; a corpus may lack some."""
COLUMNS = """
[columns]
title = { from = "title", lang_from = "title_lang" }
provider = "provider"
provider_id = "provider_id"
country = "country"
city = "city"
code = "code"
homepage = "url"
ects = "ects"
hours = "hours"
eqf_level = "eqf"
isced_f = "isced"
skills = { from = "esco", split = " " }
languages = "lang"
start_date = "start"
mode = "mode"
price = { from = "price", currency = "EUR" }
"""
Row = dict[str, str]


def read_rows(folder: Path) -> dict[str, Row]:
    """{rid: row} of the files, each with the columns of `truth.csv` and `file`."""
    rows: dict[str, Row] = {}
    for name in _files(folder):
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows.update({row["rid"]: row | {"file": name} for row in csv.DictReader(file)})
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        for said in csv.DictReader(file):
            rows[said["rid"]].update(said)
    return rows


def corpus(folder: str, profile: str) -> Path:
    """Where the corpus of a profile stands."""
    whole = Path(folder) / profile
    return whole if whole.is_dir() else Path(folder) / f"{profile}_10k"


def _files(folder: Path) -> dict[str, str]:
    return {name: authority for name, authority in FILES.items() if (folder / f"{name}.csv").exists()}


def write_config(config: Path, feeds: Path) -> None:
    """A source for each of `feeds`/{provider,national,aggregator,reseller}.csv."""
    (config / "sources").mkdir(parents=True, exist_ok=True)
    for name, authority in _files(feeds).items():
        (config / "sources" / f"{name}.toml").write_text(
            f'title = "{name}"\nprotocol = "file"\ndialect = "columns"\nurl = "{(feeds / name).resolve()}.csv"\n'
            f'licence = "https://creativecommons.org/publicdomain/zero/1.0/"\nauthority = "{authority}"\n'
            f'[network]\nallow = ["local"]\n[fetch]\nformat = "csv"\n[identity]\nkey = ["rid"]\n{COLUMNS}'
        )


def clusters_of(feeds: Path, work: Path) -> tuple[dict[str, str], dict[str, float]]:
    """({rid: cluster}, CPU seconds per stage) after harvest and link, as `export offers` tells it."""
    from microharvest import pipeline
    from microharvest.harvest.engine import RunOptions
    from microharvest.publish.export import export_offers
    from microharvest.settings import MergeSettings, load_settings
    from microharvest.sources import load_sources
    from microharvest.telemetry import set_up_logs

    set_up_logs(level="error", to=sys.stderr)
    write_config(work / "config", feeds)
    settings = load_settings(work / "config", f"sqlite:///{work}/bench.db", {})
    pipeline.init_stores(settings)
    stores = pipeline.open_stores(settings)
    sources = load_sources(work / "config", {})
    took: dict[str, float] = {}
    try:
        began = spent()
        for report in asyncio.run(pipeline.harvest(stores, settings, sources, RunOptions(), environ={})):
            if report.acceptance != "accepted":
                sys.exit(f"{report.source}: {report.outcome}, {report.because}")
        took["harvest"] = spent() - began
        began = spent()
        pipeline.link(stores, sources, MergeSettings())
        took["link"] = spent() - began
        exported = io.BytesIO()
        export_offers(stores.harvest, sources, exported, "jsonl", spreadsheet_safe=False)
    finally:
        stores.close()
    offers = [json.loads(line) for line in exported.getvalue().splitlines()]
    return {offer["record_id"]: offer["cluster_id"] for offer in offers}, took


def spent() -> float:
    """CPU seconds of this process and of those it waited for."""
    return sum(os.times()[:4])


def figures(rows: Mapping[str, Row], found: Mapping[str, str]) -> dict[str, float | dict[str, float]]:
    """Pairwise precision, recall, F1; recall within and across languages; exact clusters; wrong merges by kind."""
    found = {rid: found.get(rid, f"lost {rid}") for rid in rows}
    truth, guess = _grouped(rows, {rid: row["offer_id"] for rid, row in rows.items()}), _grouped(rows, found)
    same, hit = Counter[bool](), Counter[bool]()
    for members in truth.values():
        for one, other in combinations(members, 2):
            alike = rows[one]["t_lang"] == rows[other]["t_lang"]
            same[alike] += 1
            hit[alike] += found[one] == found[other]
    wrong: Counter[str] = Counter()
    claimed = 0
    for members in guess.values():
        for one, other in combinations(members, 2):
            claimed += 1
            mine, theirs = rows[one], rows[other]
            if mine["offer_id"] != theirs["offer_id"]:
                wrong[mine["family_kind"] if mine["family_id"] == theirs["family_id"] else "unrelated"] += 1
    right = sum(hit.values())
    precision, recall = right / max(1, claimed), right / max(1, sum(same.values()))
    whole = {frozenset(members) for members in truth.values()} & {frozenset(members) for members in guess.values()}
    siblings = _sibling_pairs(rows)
    return {
        "P": precision,
        "R": recall,
        "F1": 2 * precision * recall / max(1e-9, precision + recall),
        "same-language R": hit[True] / max(1, same[True]),
        "cross-language R": hit[False] / max(1, same[False]),
        "exact": len(whole) / len(truth),
        "wrong per sibling pair": {kind: wrong[kind] / n for kind, n in sorted(siblings.items())},
        "wrong pairs": {kind: float(n) for kind, n in sorted(wrong.items())},
    }


def _grouped(rows: Mapping[str, Row], label: Mapping[str, str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for rid in sorted(rows):
        groups[label[rid]].append(rid)
    return groups


def _sibling_pairs(rows: Mapping[str, Row]) -> Counter[str]:
    """How many pairs of records there are of two offers of one family, by kind."""
    families: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in rows.values():
        families[row["family_id"], row["family_kind"]][row["offer_id"]] += 1
    pairs: Counter[str] = Counter()
    for (_, kind), sizes in families.items():
        if len(sizes) > 1:
            pairs[kind] += sum(one * other for one, other in combinations(sizes.values(), 2))
    return pairs


def show(name: str, said: Mapping[str, float | dict[str, float]], took: Mapping[str, float]) -> None:
    """One profile's figures."""
    flat = "  ".join(f"{key} {value:.4f}" for key, value in said.items() if isinstance(value, float))
    print(f"{name:18} {flat}  " + "  ".join(f"{stage} {cpu:.1f} CPU s" for stage, cpu in took.items()))
    for key, value in said.items():
        if isinstance(value, dict):
            print(f"{'':18} {key}: " + "  ".join(f"{kind} {number:.4g}" for kind, number in value.items()))


def main(arguments: Sequence[str]) -> None:
    """Print a table."""
    folder, *rest = arguments
    for profile in rest or ["easy", "normal", "hard", "nokeys"]:
        feeds = corpus(folder, profile)
        rows = read_rows(feeds)
        with tempfile.TemporaryDirectory() as work:
            found, took = clusters_of(feeds, Path(work))
        show(profile, figures(rows, found), took)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main(said_words(__doc__))
