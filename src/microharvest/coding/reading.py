"""Reading what the imported vocabularies say to a page of offers.

What must stay true: memory is bounded by a few indexes of labels, one for each language met lately; registers are
asked by key and never read whole.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import json

from microharvest.coding.known import (
    AGENCIES,
    OCCUPATIONS,
    REGISTERS,
    SKILLS,
    Entry,
    Known,
    Standing,
    agency_keys,
    bodies_of,
    body_keys,
    declared_uris,
)
from microharvest.coding.labels import Labels, Named
from microharvest.coding.words import base_language
from microharvest.model.offer import Offer
from microharvest.store import vocabularies
from microharvest.store.database import Connection, Database

__all__ = ["Vocabularies"]

KEPT = 6
"""Indexes of labels in memory at once; one of ESCO's skills in a language takes about 20 MB."""
_TYPES = {SKILLS: ("KnowledgeSkillCompetence",), OCCUPATIONS: ("Occupation",)}
_DEAD = frozenset({"inactive", "withdrawn", "closed"})


class Vocabularies:
    """The vocabularies of a store, of the kinds that were imported."""

    def __init__(self, database: Database, kinds: Iterable[str]) -> None:
        self._database, self._kinds = database, frozenset(kinds)
        self._indexes: OrderedDict[tuple[str, str], Labels] = OrderedDict()
        self._tags: dict[str, dict[str, list[str]]] = {}

    def for_page(self, connection: Connection, offers: Sequence[Offer]) -> Known:
        """All that these offers may ask."""
        uris: dict[str, set[str]] = {kind: set() for kind in (SKILLS, OCCUPATIONS)}
        for kind, uri in (pair for offer in offers for pair in declared_uris(offer)):
            uris[kind].add(uri)
        entries = self._entries(connection, offers)
        institutions = {one.uri for found in entries.get("deqar", {}).values() for one in found}
        return Known(
            labels=self.labels,
            standings={kind: self._standings(connection, kind, uris[kind]) for kind in uris if kind in self._kinds},
            entries=entries,
            reports={
                uri: Entry(uri, row.edition, valid_from=row.valid_from, valid_to=row.valid_to, agency=row.code)
                for uri, row in vocabularies.reports_on(connection, institutions).items()
            },
        )

    def labels(self, kind: str, language: str) -> Labels | None:
        """The index of a language, read when it is first needed; None where nothing has names in it."""
        tags = self._tags_of(kind).get(language)
        if tags is None:
            return None
        index = self._indexes.pop((kind, language), None)
        if index is None:
            while len(self._indexes) >= KEPT:
                self._indexes.popitem(last=False)
            with self._database.read() as connection:
                index = Labels(_named(vocabularies.labels_of(connection, kind, _TYPES[kind], tags)))
        self._indexes[kind, language] = index
        return index

    def _tags_of(self, kind: str) -> Mapping[str, list[str]]:
        """Language -> the tags under which editions name it."""
        if kind not in self._tags:
            self._tags[kind] = {}
            if kind in self._kinds:
                with self._database.read() as connection:
                    for tag in vocabularies.languages_of(connection, kind):
                        self._tags[kind].setdefault(base_language(tag), []).append(tag)
        return self._tags[kind]

    def _standings(self, connection: Connection, kind: str, uris: Iterable[str]) -> dict[str, Standing]:
        found = vocabularies.standings(connection, kind, uris)
        return {uri: Standing(one.edition, one.withdrawn) for uri, one in found.items()}

    def _entries(
        self, connection: Connection, offers: Sequence[Offer]
    ) -> Mapping[str, Mapping[str, tuple[Entry, ...]]]:
        bodies = {key for offer in offers for body in bodies_of(offer)
                  for keys in body_keys(body, offer.country).values() for key in keys}  # fmt: skip
        agencies = {key for offer in offers for one in offer.quality_assurance for key in agency_keys(one)}
        found: dict[str, dict[str, tuple[Entry, ...]]] = {}
        for kind in (*REGISTERS, AGENCIES):
            if kind in self._kinds:
                found[kind] = {}
                for row in vocabularies.register_entries(connection, kind, agencies if kind == AGENCIES else bodies):
                    entry = Entry(row.uri, row.edition, row.status not in _DEAD, row.valid_from, row.valid_to)
                    found[kind][row.key] = (*found[kind].get(row.key, ()), entry)
        return found


def _named(rows: Iterable[tuple[str, str, str, str]]) -> Iterable[Named]:
    for uri, edition, text, others in rows:
        yield uri, edition, text, json.decode(others)
