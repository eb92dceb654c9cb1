"""DEQAR's daily CSV files (eqar.eu, "Download data sets"): institutions, agencies, and reports on institutions.

An institution stands in several rows, one for each of its places. Of its reports the one on the institution as a whole
that is in force longest is taken; those on single programmes say nothing about other offers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from microharvest.map.normalise.country import country
from microharvest.map.published.concept import Label, PublishedConcept, Unreadable, table_rows
from microharvest.map.published.register import acronym_key, id_keys, name_key, site_key

__all__ = ["agencies", "institutions", "reports"]

_ID = re.compile(r"DEQARINST[0-9]+")
_NUMBER_BEFORE = re.compile(r"^\([0-9]+\)\s*")
_PARTS = re.compile(r"\s*[;|]\s*")
_OTHER_ID = re.compile(r"(?:^|[;,|]\s*)([A-Za-z][A-Za-z -]{1,40}):\s*([^;,|]+)")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_REFUSALS = ("negative",)


def institutions(content: bytes, _language: str | None) -> Iterator[PublishedConcept]:
    """Higher education institutions and other providers, under all their names."""
    merged: dict[str, list[dict[str, str]]] = {}
    for line, row in table_rows(content, ("deqar_id", "name_primary", "country", "website_link")):
        merged.setdefault(_checked(row["deqar_id"], line), []).append(row)
    for ident, rows in merged.items():
        row = rows[0]
        names = [_NUMBER_BEFORE.sub("", row["name_primary"].strip()), row.get("name_official", "").strip()]
        names += _PARTS.split(row.get("name_versions", "").strip())
        names = list(dict.fromkeys(filter(None, names)))
        if not names:
            raise Unreadable(f"The institution {ident} has no name.")
        countries = sorted({code for each in rows if (code := _country(each["country"]))})
        keys = [*id_keys("deqar", ident), *id_keys("eter", row.get("eter_id", "")), *site_key(row["website_link"])]
        for scheme, value in _OTHER_ID.findall(row.get("identifiers_all", "")):
            keys += id_keys(scheme, value)
        keys += [key for code in countries for name in names for key in name_key(code, name)]
        closed = "closed" if row.get("closure_date", "").strip() else "active"
        yield PublishedConcept(
            f"urn:deqar:{ident}", "Institution", ident, closed, countries[0] if len(countries) == 1 else "",
            (Label("und", names[0], tuple(names[1:])),), tuple(dict.fromkeys(keys)),
        )  # fmt: skip


def agencies(content: bytes, _language: str | None) -> Iterator[PublishedConcept]:
    """Agencies of the European register, with the time they are registered for."""
    for line, row in table_rows(content, ("agency_id", "name_primary", "acronym_primary", "registration_valid_to")):
        ident, names = row["agency_id"].strip(), [row["name_primary"].strip(), row["acronym_primary"].strip()]
        if not ident.isdecimal() or not names[0]:
            raise Unreadable(f"Line {line} is no agency: {ident[:20]!r}, {names[0][:40]!r}.")
        registered = row.get("is_registered", "").strip().casefold() not in {"0", "false", "no", "f"}
        yield PublishedConcept(
            f"urn:deqar:agency:{ident}", "Agency", names[1], "registered" if registered else "former",
            _country(row.get("country", "")), (Label("und", names[0], tuple(filter(None, names[1:]))),),
            acronym_key(names), _day(row.get("registration_start", "")), _day(row["registration_valid_to"]),
        )  # fmt: skip


def reports(content: bytes, _language: str | None) -> Iterator[PublishedConcept]:
    """For each institution the report on it as a whole that is in force longest: its `code` is the agency."""
    best: dict[str, PublishedConcept] = {}
    columns = ("hei_deqar_id", "report_type", "report_valid_from", "report_valid_to")
    for line, row in table_rows(content, columns):
        if not row["report_type"].strip().casefold().startswith("institutional"):
            continue
        decision = row.get("report_decision", "").strip()
        if decision.casefold().startswith(_REFUSALS):
            continue
        ident = _checked(row["hei_deqar_id"], line)
        one = PublishedConcept(
            f"urn:deqar:{ident}", "Report", row.get("report_agency", "").strip() or ident, decision,
            valid_from=_day(row["report_valid_from"]), valid_to=_day(row["report_valid_to"]),
        )  # fmt: skip
        known = best.get(ident)
        if known is None or (known.valid_to, known.valid_from) < (one.valid_to, one.valid_from):
            best[ident] = one
    yield from best.values()


def _checked(ident: str, line: int) -> str:
    if not _ID.fullmatch(ident.strip()):
        raise Unreadable(f"Line {line} has no DEQAR id: {ident[:40]!r}.")
    return ident.strip()


def _country(name: str) -> str:
    return country(name.partition("(")[0].strip(), None).value or ""


def _day(text: str) -> str:
    found = _DAY.match(text.strip())
    return found[0] if found else ""
