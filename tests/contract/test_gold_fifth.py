"""63 further records of real feeds, of kinds the other tables have not (`gold_fifth.jsonl`), read before any run.

Blind, 331 of 333 values were found, one file was refused for a bare ampersand (read since), and one value was another
than the reader's: of two institutions in one LOM record, as school and as publisher, either may be the provider.

Learning objects, lone instances and events become offers by the source's own tables of types, as an operator writes
them. Values are written and counted as in `test_gold_second`.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.bench.fields import run
from tests.contract.test_gold import FIELDS, TRAINING, said
from tests.contract.test_gold_second import (
    FEEDS,
    KOUTA,
    SECOND,
    XCRI,
    again,
    assured,
    columns,
    count_field,
    found_in,
    rows_of,
    shares,
    show,
)

GOLD = Path(__file__).with_name("gold_fifth.jsonl")

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FEEDS.is_dir(), reason="the real files do not stand beside the project"),
]


def typed(dialect: str, word: str, form: str = "", kind: str = "course") -> str:
    """A source that says which of its things are offers."""
    fetch = f'[fetch]\nformat = "{form}"\n' if form else ""
    return f'dialect = "{dialect}"\n{fetch}[lookups.offer_types]\n"{word}" = "{kind}"\n'


SHAREKIT = """[columns]
title = "attributes.title"
provider = "attributes.institutes"
languages = "attributes.language"
subject = "attributes.keywords"
price = "attributes.cost.value"
"""
LIBCAL = """[columns]
title = "title"
start_date = "startdt"
price = "registration_cost"
subject = "categories"
mode = { from = "online_event", lookup = "online" }
[lookups.online]
"true" = "online"
"false" = "onsite"
"""
EVENTS = """[columns]
title = "title"
homepage = "link"
start_date = { from = "addthisdata.startdate", format = "%d/%m/%Y %H:%M" }
"""
LIVE = "webpages/tess-live/"
FIFTH: dict[str, tuple[str, str]] = {
    **SECOND,
    "ouexample": ("xcri/ou-example.xml", XCRI),
    "koutakoulutus": ("kouta/koulutus-ajoneuvoalan-perustutkinto.json", KOUTA),
    "koutatoteutus": ("kouta/toteutus-ajoneuvoalan-perustutkinto.json", KOUTA),
    "edurep0": (
        "oai/edurep-oaipmh.initial.0.xml",
        typed("lom", "weblecture", "xml") + '"kennisclip" = "module"\n',
    ),
    "edurep1": ("oai/edurep-oaipmh.initial.1.xml", typed("lom", "aggregation level 1", "xml")),
    "nbis": ("webpages/tess-nbis-course-instances.json", 'dialect = "schema_org"\n[fetch]\nformat = "json"\n'),
    "gtn": ("webpages/tess-gtn-galaxy-intro-101.html", typed("schema_org", "hands-on tutorial")),
    "mentions": ("webpages/tess-mentions.jsonld", typed("schema_org", "hands on", "json", "module")),
    "lcrdm1": (f"{LIVE}lcrdm/01.html", typed("schema_org", "Event")),
    "lcrdm3": (f"{LIVE}lcrdm/03.html", typed("schema_org", "Event")),
    "tdcc2": (f"{LIVE}tdcc/02.html", typed("schema_org", "Event")),
    "sharekit": ("oai/sharekit-api.initial.0.json", columns("id", SHAREKIT, 'format = "json"\nselect = "data"')),
    "libcal": (f"{LIVE}libcal/00.json", columns("id", LIBCAL, 'format = "json"\nselect = "results"')),
    "utwente": (f"{LIVE}utwente/00.json", columns("id", EVENTS, 'format = "json"\nselect = "result.items"')),
    "carpentries": (
        f"{LIVE}carpentries_swc/01.json",
        columns("slug", '[columns]\ntitle = "name"\ndescription = "description"\n', 'format = "json"'),
    ),
    "dtls": (
        f"{LIVE}dtls/01.xml",
        columns("link", '[columns]\ntitle = "title"\nhomepage = "link"\n', 'format = "xml"\nselect = "item"'),
    ),
    "etplstd": ("njetpl/standardized_etpl_test.csv", columns("programid", "[columns]" + TRAINING)),
    **{source: again(source) for source in ("kit1.0", "kit1.9")},
    "ec2u": again("ec2u", 'format = "json"'),
}


def judged(folder: Path) -> tuple[dict[str, Counter[str]], list[str]]:
    """Per field how many values are right, missed, wrong; and every difference in words."""
    fields = (*FIELDS, "assured")
    counts: dict[str, Counter[str]] = {field: Counter() for field in fields}
    told: list[str] = []
    for (file, head), rows in rows_of(GOLD, FIFTH).items():
        offers: dict[str, dict[str, Any]] = {}
        for record in run(folder, file, head)["records"]:
            offers.setdefault(record["native_id"], record["offer"])
        for row in rows:
            offer = found_in({key: each for key, each in offers.items() if key and each}, row)
            found = {**said(offer), "assured": assured(offer)}
            for field in fields:
                told += count_field(counts[field], field, row, found, row["source"])
    return counts, told


def test_nothing_is_invented_and_little_missed(tmp_path: Path) -> None:
    counts, told = judged(tmp_path)
    shown = "\n".join([*told, *(f"{field}: {dict(count)}" for field, count in counts.items())])
    precision, recall = shares(counts)
    assert sum(len(line) > 0 for line in GOLD.read_text("utf-8").splitlines()) == 63
    assert precision == 1, shown
    assert recall >= 0.95, shown


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        figures, differences = judged(Path(name))
    show(figures, differences)
