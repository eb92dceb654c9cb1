"""What becomes of every real file a dialect reads: `python -m tests.bench.fields [PART OF A NAME]`.

A row per file and field: records that fill it, how the value is known, and what was refused of it, by code. Files are
read as an operator would read them; those refused as a whole (learners' credentials, ontologies) are named with why.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from microharvest.testing.contract import run_sample
from tests.bench import said_words
from tests.contract.test_gold import KIT, SOURCES
from tests.contract.test_gold_second import FEEDS, KOUTA, RDF, SECOND, XCRI, columns
from tests.contract.test_real_feeds import CREDENTIALS, IDENTIFY

INSTANCE = (
    "start_date",
    "end_date",
    "application_deadline",
    "duration",
    "modes",
    "schedule",
    "languages",
    "prices",
    "location",
)
_HTML_PAGES = ("webpages/hoou-*.html", "webpages/tess-gtn-*.html", "webpages/tess-live/*/0*.html")
_COURSE_LIST = """[columns]
title = "officialname"
description = "description"
code = "programid"
provider = "name"
provider_url = "website"
city = "city"
hours = "totalclockhours"
credits = "credit"
price = { from = "totalcost", currency = "USD" }
subject = "cipcode"
entry_requirement = "prerequisites"
quality_assurance = "nongovapproval"
credential_type = "degreeawardedname"
status = "statusname"
"""
_FICHES = """country = "FR"
[columns]
title = "Intitule"
code = "Numero_Fiche"
nqf_level = "Nomenclature_Europe_Intitule"
credential_type = "Abrege_Intitule"
"""


def read_files() -> Iterator[tuple[str, str]]:
    """(file, head of its sample), every file of the folder that a dialect reads."""
    for pattern in ("kouta/*.json", "xcri/*.xml", "elm/qualitylink-*.ttl"):
        head = {"k": KOUTA, "x": XCRI, "e": RDF}[pattern[0]]
        yield from ((str(path.relative_to(FEEDS)), head) for path in sorted(FEEDS.glob(pattern)))
    yield "elm/loq.xml", 'dialect = "elm"\n[fetch]\nformat = "xml"\n'
    for name in CREDENTIALS:
        yield name, 'dialect = "elm"\n' + ("" if name.endswith(".ttl") else '[fetch]\nformat = "json"\n')
    yield "webpages/schemaorg-course-examples.jsonl", 'dialect = "schema_org"\n[fetch]\nformat = "jsonl"\n'
    yield "webpages/tess-nbis-course-instances.json", 'dialect = "schema_org"\n[fetch]\nformat = "json"\n'
    yield "webpages/tess-mentions.jsonld", 'dialect = "schema_org"\n[fetch]\nformat = "json"\n'
    for pattern in _HTML_PAGES:
        yield from ((str(path.relative_to(FEEDS)), 'dialect = "schema_org"\n') for path in sorted(FEEDS.glob(pattern)))
    for path in sorted(FEEDS.glob("oai/*ListRecords*.xml")):
        yield str(path.relative_to(FEEDS)), "oai_dc"
    for name in ("edurep-oaipmh.initial.0.xml", "edurep-oaipmh.initial.1.xml"):
        yield f"oai/{name}", "lom"
    for name in ("before", "after"):
        yield f"njetpl/etpl-{name}-2021-04-06.csv", columns("programid", _COURSE_LIST)
    yield "njetpl/standardized_etpl_test.csv", columns("programid", _COURSE_LIST)
    yield "rncp/fiches/export_fiches_CSV_Standard_2024_02_22.csv", columns("Numero_Fiche", _FICHES)
    for name, title, level in (
        ("1.0", "Intitulé Diplôme", "Niveau2019"),
        ("1.9", "Intitulé certification", "Niveau de formation"),
        ("2.0", "Intitulé diplôme (DEPP)", "Niveau fiche RNCP"),
    ):
        key = "CodeDiplome" if name == "1.0" else "Code Diplôme"
        yield f"rncp/kit-v{name}.csv", columns(key, KIT % (title, level))
    for source in ("nform", "tessev", "ec2u"):
        file, key, rest = SOURCES[source]
        yield file, columns(key, rest, 'format = "json"' if file.endswith("json") else 'format = "csv"')
    named = (
        "kit1.1",
        "kit1.2",
        "kit1.3",
        "udemy",
        "udemyB",
        "udacity",
        "surf",
        "qaprog",
        "ec2usecond",
        "imoox",
        "lheo",
    )
    for source in (*named, "ctdl"):
        yield SECOND[source]


def run(folder: Path, file: str, head: str) -> dict[str, Any]:
    """What a run over one file says."""
    body = f"\nfile = {json.dumps(str(FEEDS / file))}\n"
    if head in ("oai_dc", "lom"):
        url = "https://oai.example/oai"
        text = (
            f'protocol = "oai_pmh"\ndialect = "{head}"\nurl = "{url}"\nnow = 2026-01-01T00:00:00Z\n'
            f'[fetch]\nmetadata_prefix = "{head}"\n[[responses]]\nurl = "{url}?verb=Identify"\n'
            f"text = {json.dumps(IDENTIFY)}\n"
            f'[[responses]]\nurl = "{url}?verb=ListRecords&metadataPrefix={head}"{body}'
        )
    elif file.endswith(".html"):
        url = "https://feed.example/sitemap.xml"
        sitemap = (
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>https://feed.example/page</loc></url>'
            "</urlset>"
        )
        text = (
            f'protocol = "site"\nurl = "{url}"\nnow = 2026-01-01T00:00:00Z\n{head}\n[[responses]]\nurl = "{url}"\n'
            f'text = {json.dumps(sitemap)}\n[[responses]]\nurl = "https://feed.example/page"{body}'
            'headers = { content-type = "text/html" }\n'
        )
    else:
        url = "https://feed.example/f" + Path(file).suffix
        start = f'protocol = "file"\nurl = "{url}"\nnow = 2026-01-01T00:00:00Z\n'
        text = f'{start}{head}\n[[responses]]\nurl = "{url}"{body}'
    (folder / "case.toml").write_text(text, encoding="utf-8")
    return run_sample(folder / "case.toml")


def known(offer: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(field, how it is known) of an offer, each field once; those of instances as `instances.…`."""
    basis = offer.get("basis", {})
    for field in offer:
        if field not in ("basis", "instances") and offer[field] not in ({}, [], None):
            yield field, basis.get(field, "declared")
    for field in INSTANCE:
        if any(field in one for one in offer.get("instances", ())):
            yield f"instances.{field}", basis.get(f"instances.{field}", "declared")


def print_file(file: str, result: dict[str, Any], totals: Counter[tuple[str, str]]) -> None:
    """Its records, what was refused whole, and a line per field."""
    offers = [record["offer"] or {} for record in result["records"]]
    whole = Counter(str(refused["code"]) for refused in (*result["refused"], *result["refusals"]))
    found = Counter(str(each["code"]) for each in result["findings"])
    print(f"\n{file}: {len(offers)} records, {len(result['rejected'])} rows rejected, refused {dict(whole)}", end="")
    print(f", findings {dict(found)}" if found else "", f", {len(result['unmapped'])} paths unread", sep="")
    filled = Counter(pair for offer in offers for pair in known(offer))
    refused: dict[str, Counter[str]] = {}
    for record in result["records"]:
        for issue in record["issues"]:
            refused.setdefault(issue.get("field") or "-", Counter())[issue["code"]] += 1
    for field in sorted({name for name, _ in filled} | set(refused)):
        how = {basis: filled[field, basis] for basis in ("declared", "mapped", "derived", "default")}
        shown = " ".join(f"{count} {basis}" for basis, count in how.items() if count)
        codes = " ".join(f"{code}={count}" for code, count in refused.get(field, Counter()).most_common())
        print(f"  {field:32} {sum(how.values()):6}  {shown:40} {codes}")
        totals.update({(field, basis): count for basis, count in how.items()})
        totals.update({(field, code): count for code, count in refused.get(field, Counter()).items()})


def main(part: str = "") -> None:
    """All files whose name holds `part`."""
    totals: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for file, head in read_files():
            if part in file:
                print_file(file, run(Path(folder), file, head), totals)
    print("\nall files")
    for field in sorted({name for name, _ in totals}):
        print(
            f"  {field:32}", " ".join(f"{what}={n}" for (name, what), n in totals.most_common() if name == field and n)
        )


if __name__ == "__main__":
    main(*said_words(__doc__)[:1])
