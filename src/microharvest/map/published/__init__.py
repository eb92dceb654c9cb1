"""Files in which publishers give out large vocabularies, read into concepts. Pure: bytes in, concepts out.

A file that is not what its kind says gives one `Unreadable` with one sentence, and nothing of it is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from microharvest.map.published import deqar, esco, eter, nqf, ror
from microharvest.map.published.concept import PublishedConcept, Unreadable

__all__ = ["KINDS", "PublishedConcept", "Unreadable", "read_published"]

KINDS: dict[str, tuple[str, Callable[[bytes, str | None], Iterator[PublishedConcept]]]] = {
    "esco-skills": (
        "ESCO skills: skills_*.csv, skillGroups_*.csv, *Collection_*.csv or broaderRelations*.csv",
        esco.skills,
    ),
    "esco-occupations": ("ESCO occupations: occupations_*.csv", esco.occupations),
    "isco": ("ISCO-08 groups as ESCO gives them out: ISCOGroups_*.csv", esco.isco_groups),
    "nqf": ("National qualification levels: the EU list as XSD enumeration (ELM, cv/nqf.xsd)", nqf.levels),
    "ror": (
        "Research Organization Registry: its dump (ZIP), or the JSON of schema 2",
        ror.organisations,
    ),
    "eter": ("European Tertiary Education Register: the export, CSV or XLSX", eter.institutions),
    "deqar": ("DEQAR's institutions: deqar-institutions.csv", deqar.institutions),
    "deqar-agencies": ("Quality assurance agencies of the European register: deqar-agencies.csv", deqar.agencies),
    "deqar-reports": ("Reports on institutions as a whole: deqar-reports.csv", deqar.reports),
}
"""Kind -> what its files are, and what reads them (the language is that of labels without one)."""


def read_published(kind: str, content: bytes, language: str | None) -> list[PublishedConcept]:
    """All concepts of one file, each URI once (the last one holds). Raises Unreadable."""
    found = {concept.uri: concept for concept in KINDS[kind][1](content, language)}
    if not found:
        raise Unreadable("It holds no concept of this kind.")
    return list(found.values())
