"""The European Tertiary Education Register's export, CSV or XLSX: a row for each institution and year; the newest year
holds. Its columns are called by their codes, by their labels, or by the codes with the labels in the row below."""

from __future__ import annotations

import re
from collections.abc import Iterator

from microharvest.map.published.concept import Label, PublishedConcept, Unreadable, table_rows
from microharvest.map.published.register import id_keys, name_key, site_key

__all__ = ["institutions"]

_ID = re.compile(r"[A-Z]{2}[0-9]{4}")
_NONE = frozenset({"", "m", "a", "x", "xc", "c", "s", "nc"})
"""ETER's codes for missing, not applicable, confidential and the like (handbook, special codes)."""


_LABELS = {
    "ETER ID": "BAS.ETERID", "Reference year": "BAS.REFYEAR", "Institution Name": "BAS.INSTNAME",
    "English Institution Name": "BAS.INSTNAMEENGL", "Country Code": "BAS.COUNTRY",
    "Institutional website": "BAS.WEBSITE",
}  # fmt: skip


_ISO = {"EL": "GR", "UK": "GB"}
"""Eurostat writes Greece and the United Kingdom otherwise than ISO 3166."""


def institutions(content: bytes, _language: str | None) -> Iterator[PublishedConcept]:
    """Institutions with their own and their English name."""
    newest: dict[str, tuple[int, PublishedConcept]] = {}
    for line, row in table_rows(content, ("BAS.ETERID", "BAS.REFYEAR", "BAS.INSTNAME"), _LABELS):
        ident, year = row["BAS.ETERID"].strip(), row["BAS.REFYEAR"].strip()
        if ident in _LABELS:
            continue
        if not _ID.fullmatch(ident) or not re.fullmatch("[0-9]{4}", year):
            raise Unreadable(f"Line {line} has no ETER id and year: {ident[:20]!r}, {year[:20]!r}.")
        names = (("und", row["BAS.INSTNAME"]), ("en", row.get("BAS.INSTNAMEENGL", "")))
        labels = tuple(Label(language, text.strip()) for language, text in names if text.strip() not in _NONE)
        land, site = row.get("BAS.COUNTRY", "").strip() or ident[:2], row.get("BAS.WEBSITE", "").strip()
        keys = [*id_keys("eter", ident), *(site_key(site) if site not in _NONE else ())]
        keys += [key for label in labels for key in name_key(_ISO.get(land, land), label.text)]
        concept = PublishedConcept(
            f"urn:eter:{ident}", "Institution", ident, "", _ISO.get(land, land), labels, tuple(dict.fromkeys(keys))
        )
        if int(year) > newest.get(ident, (0, concept))[0]:
            newest[ident] = (int(year), concept)
    for _, concept in newest.values():
        yield concept
