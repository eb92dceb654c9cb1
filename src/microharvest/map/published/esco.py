"""ESCO's CSV files, as the ESCO portal gives them out: one language a file, the version only in the folder's name.

`broaderRelations…` files name every concept without labels: what a release holds can be compared by them alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from microharvest.map.published.concept import Label, PublishedConcept, Unreadable, table_rows

__all__ = ["isco_groups", "occupations", "skills"]

_SKILL = re.compile(r"http://data\.europa\.eu/esco/skill/[A-Za-z0-9.-]+")
_OCCUPATION = re.compile(r"http://data\.europa\.eu/esco/occupation/[A-Za-z0-9.-]+")
_ISCO = re.compile(r"http://data\.europa\.eu/esco/isco/C[0-9]{1,4}")
_ANY = re.compile(r"http://data\.europa\.eu/esco/[a-z-]+/[A-Za-z0-9._-]+")
_OTHERS = re.compile(r"\s*(?:\n|\s\|\s)\s*")


def skills(content: bytes, language: str | None) -> Iterator[PublishedConcept]:
    """Skills and groups of skills; what stands beside them under `esco/isced-f/` belongs to another list."""
    return _concepts(content, language, _SKILL, frozenset({"KnowledgeSkillCompetence", "SkillGroup"}))


def occupations(content: bytes, language: str | None) -> Iterator[PublishedConcept]:
    """Occupations; groups of ISCO beside them are left to `isco_groups`."""
    return _concepts(content, language, _OCCUPATION, frozenset({"Occupation", "ISCOGroup"}))


def isco_groups(content: bytes, language: str | None) -> Iterator[PublishedConcept]:
    """Groups of ISCO-08, with their codes."""
    return _concepts(content, language, _ISCO, frozenset({"ISCOGroup", "Occupation"}))


def _concepts(
    content: bytes, language: str | None, wanted: re.Pattern[str], types: frozenset[str]
) -> Iterator[PublishedConcept]:
    for line, row in table_rows(content, ("conceptType", "conceptUri")):
        uri = row["conceptUri"].strip()
        if row["conceptType"] not in types or not _ANY.fullmatch(uri):
            raise Unreadable(f"Line {line} is no concept of this kind: {row['conceptType'][:40]} {uri[:80]}".rstrip())
        if not wanted.fullmatch(uri):
            continue
        labels: tuple[Label, ...] = ()
        name = row.get("preferredLabel", "").strip()
        if name:
            if language is None:
                raise Unreadable("Its labels are in a language nobody names: say --lang.")
            others = (*_OTHERS.split(row.get("altLabels", "")), *_OTHERS.split(row.get("hiddenLabels", "")))
            labels = (Label(language, name, tuple(dict.fromkeys(filter(None, map(str.strip, others))))),)
        # Editions before 1.1 know an occupation's group alone.
        code = row.get("code") or row.get("iscoGroup") or ""
        yield PublishedConcept(uri, row["conceptType"], code, row.get("status", ""), "", labels)
