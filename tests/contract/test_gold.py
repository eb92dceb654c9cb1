"""120 records of real feeds, read by eye (`gold_offers.jsonl`), and what the mapping makes of them, field by field.

Columns are named as an operator would name them; a value that only a default gives is not counted. The titles,
amounts and codes of the gold table are facts of the feeds; the feeds themselves stand beside the project.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from microharvest.map.vocabulary import concept_list
from microharvest.testing.contract import run_sample
from tests.conftest import SHARED

FEEDS = SHARED / "feeds"
GOLD = Path(__file__).with_name("gold_offers.jsonl")
FIELDS = (
    "title", "provider", "awarding", "country", "lang", "credits", "hours", "level", "field", "mode", "assess", "qa",
    "price", "start",
)  # fmt: skip

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FEEDS.is_dir(), reason="the real files do not stand beside the project"),
]

TRAINING = """
title = "officialname"
provider = "name"
hours = "totalclockhours"
price = { from = "totalcost", currency = "USD" }
"""


def in_three_languages(field: str, column: str) -> str:
    """A column for each language of the Finnish register."""
    rules = ", ".join(f'{{ from = "{column}.{lang}", lang = "{lang}" }}' for lang in ("fi", "sv", "en"))
    return f"{field} = [{rules}]\n"


KIT = 'country = "FR"\n[columns]\ntitle = "%s"\nnqf_level = "%s"\n'
SOURCES: dict[str, tuple[str, str, str]] = {
    "udemy": (
        "mooclists/udemy_courses.csv",
        "course_id",
        '[columns]\ntitle = "course_title"\nhours = "content_duration"\nprice = "price"\nsubject = "subject"\n',
    ),
    "udemyB": (
        "mooclists/coursera_courses.csv",
        "id",
        '[columns]\ntitle = "title"\nhours = "content_length_min"\nprice = "price"\nsubject = "category"\n',
    ),
    "udacity": ("mooclists/Udacity.csv", "Course URL", '[columns]\ntitle = "Course Name"\nprovider = "University"\n'),
    "etpl": ("njetpl/etpl-before-2021-04-06.csv", "programid", "[columns]" + TRAINING),
    "etplafter": ("njetpl/etpl-after-2021-04-06.csv", "programid", "[columns]" + TRAINING),
    "etplstd": ("njetpl/standardized_etpl_test.csv", "programid", "[columns]" + TRAINING),
    "kit1.0": ("rncp/kit-v1.0.csv", "CodeDiplome", KIT % ("Intitulé Diplôme", "Niveau2019")),
    "kit1.9": ("rncp/kit-v1.9.csv", "Code Diplôme", KIT % ("Intitulé certification", "Niveau de formation")),
    "kit2.0": ("rncp/kit-v2.0.csv", "Code Diplôme", KIT % ("Intitulé diplôme (DEPP)", "Niveau fiche RNCP")),
    "nform": (
        "rncp/N_FORMATION_DIPLOME.csv",
        "FORMATION_DIPLOME",
        KIT % ("LIBELLE_LONG_200", "N_NIVEAU_QUALIFICATION_RNCP.LIBELLE_LONG")
        + 'subject = "N_GROUPE_SPECIALITE.LIBELLE_LONG"\nisced_f = "CITE_DOMAINE_DETAILLE"\n',
    ),
    "ec2u": (
        "ec2u/CoursesPoitiers-first.json",
        "codeEtape",
        'country = "FR"\n[columns]\ntitle = "nom"\nnqf_level = "niveau"\n',
    ),
    "surf": (
        "ooapi/surf-courses-even.jsonl",
        "id",
        '[columns]\ntitle = "name"\nsubject = "field-of-study"\nassessment = "assessment"\n',
    ),
    "kouta": (
        "kouta/search-koulutukset-all.json",
        "oid",
        "[columns]\n"
        + in_three_languages("title", "nimi")
        + in_three_languages("provider", "toteutustenTarjoajat.nimi")
        + 'ects = "opintojenLaajuusNumero"\n',
    ),
    "tessev": (
        "webpages/tess-events.csv",
        "URL",
        '[columns]\ntitle = "Title"\nprovider = "Organizer"\nstart_date = "Start"\ncountry = "Country"\n'
        'mode = { from = "Online", lookup = "online" }\n[lookups.online]\ntrue = "online"\nfalse = "onsite"\n',
    ),
    "nbis": ("webpages/tess-nbis-course-instances.json", "", ""),
    "schemaorg": ("webpages/schemaorg-course-examples.jsonl", "", ""),
    "loq": ("elm/loq.xml", "", ""),
}


def raw_rows(file: str) -> list[Any]:
    """The rows or objects of a flat file, in order."""
    text = (FEEDS / file).read_bytes()
    if file.endswith(".json"):
        loaded = json.loads(text)
        return list(loaded["hits"] if isinstance(loaded, dict) else loaded)
    if file.endswith(".jsonl"):
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    try:
        plain = text.decode("utf-8-sig")
    except UnicodeDecodeError:
        plain = text.decode("latin-1" if file.startswith("rncp") else "utf-8", "replace")
    delimiter = ";" if text[:300].count(b";") > text[:300].count(b",") else ","
    return list(csv.DictReader(io.StringIO(plain, newline=""), delimiter=delimiter))


def mapped(folder: Path, source: str, rows: list[int]) -> list[dict[str, Any]]:
    """The offers of the gold rows of one source, in order."""
    file, key, rest = SOURCES[source]
    head = 'protocol = "file"\nurl = "https://feed.example/f"\nnow = 2026-01-01T00:00:00Z\n'
    body = f'[[responses]]\nurl = "https://feed.example/f"\nfile = {json.dumps(str(FEEDS / file))}\n'
    if source == "loq":
        case = f'dialect = "elm"\n{head}[fetch]\nformat = "xml"\n{body}'
    else:
        chosen = [raw_rows(file)[row] for row in rows]
        (folder / "rows.json").write_text(json.dumps(chosen), encoding="utf-8")
        body = body.replace(json.dumps(str(FEEDS / file)), json.dumps(str(folder / "rows.json")))
        dialect = "columns" if key else "schema_org"
        identity = f'[identity]\nkey = ["{key}"]\n' if key else ""
        front, bracket, tables = rest.partition("[")
        case = f'dialect = "{dialect}"\n{head}{front}[fetch]\nformat = "json"\n{identity}{bracket}{tables}\n{body}'
    (folder / "case.toml").write_text(case, encoding="utf-8")
    return [record["offer"] for record in run_sample(folder / "case.toml")["records"]]


def said(offer: dict[str, Any]) -> dict[str, list[str]]:
    """The fourteen fields of an offer as the gold table writes them."""
    found: dict[str, list[str]] = defaultdict(list)
    instances = offer.get("instances", [])
    found["title"] += offer.get("title", {}).values()
    found["provider"] += offer.get("provider", {}).get("name", {}).values()
    found["awarding"] += [name for body in offer.get("awarding_body", []) for name in body.get("name", {}).values()]
    found["country"] += [offer["country"]] if "country" in offer else []
    found["lang"] += offer.get("languages", []) or [each for one in instances for each in one.get("languages", [])]
    found["credits"] += [f"{each['framework']} {each['points']:g}" for each in offer.get("credits", [])]
    found["hours"] += [f"{offer['workload_hours']:g}"] if "workload_hours" in offer else []
    found["level"] += [f"eqf {offer['eqf_level']}"] if "eqf_level" in offer else []
    found["level"] += [text for each in offer.get("nqf_level", []) for text in each.get("label", {}).values()]
    found["field"] += [f"isced {each['code']}" for each in offer.get("isced_f", [])]
    found["field"] += [text for each in offer.get("subjects", []) for text in each.get("label", {}).values()]
    modes = [each for one in (offer, *instances) for each in one.get("modes", [])]
    found["mode"] += coded("modes", modes)
    found["assess"] += coded("assessments", offer.get("assessment", []))
    found["qa"] += coded(
        "accreditations", [each["type"] for each in offer.get("quality_assurance", []) if "type" in each]
    )
    prices = [each for one in (offer, *instances) for each in one.get("prices", [])]
    found["price"] += [f"{each['amount']} {each.get('currency', '-')}" for each in prices]
    found["start"] += [one["start_date"][:10] for one in instances if "start_date" in one]
    by_default = {"languages": "lang", "country": "country", "provider": "provider"}
    for name, short in by_default.items():
        if offer.get("basis", {}).get(name) == "default":
            found[short] = []
    return {field: sorted(set(values)) for field, values in found.items()}


def coded(name: str, concepts: list[dict[str, Any]]) -> list[str]:
    """Codes of resolved concepts; labels alone are not counted."""
    by_uri = concept_list(name).by_uri
    return [by_uri[each["uri"]].code for each in concepts if each.get("uri") in by_uri]


def judged(folder: Path) -> tuple[dict[str, Counter[str]], list[str]]:
    """Per field how many values are right, missed, wrong; and every difference in words."""
    gold: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in GOLD.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        gold[row["source"]].append(row)
    counts: dict[str, Counter[str]] = {field: Counter() for field in FIELDS}
    told: list[str] = []
    for source, rows in gold.items():
        offers = mapped(folder, source, [row["row"] for row in rows])
        assert len(offers) == len(rows), (source, len(offers), len(rows))
        for row, offer in zip(rows, offers, strict=True):
            found = said(offer or {})
            for field in FIELDS:
                wanted, got = set(row.get(field, [])), set(found.get(field, []))
                counts[field].update(right=len(wanted & got), missed=len(wanted - got), wrong=len(got - wanted))
                if wanted != got:
                    told.append(f"{source} {row['row']} {field}: missed {wanted - got}, wrong {got - wanted}")
    return counts, told


def test_the_mapping_says_what_a_reader_sees(tmp_path: Path) -> None:
    counts, told = judged(tmp_path)
    total = sum(counts.values(), Counter())
    assert sum(len(line) > 0 for line in GOLD.read_text("utf-8").splitlines()) == 120
    shown = "\n".join([*told, *(f"{field}: {dict(count)}" for field, count in counts.items())])
    assert total["right"] / (total["right"] + total["wrong"]) >= 0.995, shown
    assert total["right"] / (total["right"] + total["missed"]) >= 0.95, shown
