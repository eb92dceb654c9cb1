"""Coding what changed: accepted offers in, the same with their links to imported vocabularies out.

What must stay true: a pass only writes what the offer and the editions settle, so it may be cut off anywhere, run
twice or beside another one; nobody sees links of an offer that is no longer the accepted one. New editions make it
look at everything, else the change log says what is due; without any vocabulary there is nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import json

from microharvest.coding.known import asks_of
from microharvest.coding.reading import Vocabularies
from microharvest.coding.registers import code_organisations
from microharvest.coding.skills import code_concepts
from microharvest.model.ids import content_hash, id_hash
from microharvest.model.issue import Issue
from microharvest.model.offer import decode_offer, encode_offer
from microharvest.store import coding, exports, links
from microharvest.store.database import Connection, Database
from microharvest.store.vocabularies import published_state
from microharvest.telemetry import failpoint

__all__ = ["CODING_VERSION", "CodingReport", "code_changed", "is_due"]

CODING_VERSION = "2"
"""Raised when the same offer and editions would be coded otherwise: everything is coded again."""
PAGE = 500
"""Offers per transaction: what bounds memory, and how long others wait for the store."""
_STATE, _SEQ = "coding.state", "coding.seq"

Progress = Callable[[int, int], None]


class CodingReport(msgspec.Struct, kw_only=True):
    """`coded`: offers that were held against the vocabularies; `changed`: those of them that read otherwise now."""

    coded: int = 0
    changed: int = 0


class _Moved(Exception):  # noqa: N818 - not an error: the pass begins again
    """An edition was imported while the pass ran."""


def code_changed(database: Database, *, progress: Progress | None = None) -> CodingReport:
    """Code what is due. `progress(done, total)` is called after every page. Raises StoreError only."""
    report = CodingReport()
    while True:
        try:
            _code_changed(database, report, progress)
        except _Moved:
            continue
        failpoint("coding.done")
        return report


def is_due(connection: Connection) -> bool:
    """Whether offers or editions changed since everything was coded last; never without any vocabulary."""
    state, before = published_state(connection), exports.counter(connection, _STATE)
    if not state and before is None:
        return False
    return before != _hashed(state) or (exports.counter(connection, _SEQ) or 0) < coding.last_change(connection)


def _code_changed(database: Database, report: CodingReport, progress: Progress | None) -> None:
    with database.read() as connection:
        if not is_due(connection):
            return
        state = published_state(connection)
        since, newest = exports.counter(connection, _SEQ) or 0, coding.last_change(connection)
        now = _hashed(state)
        anew = exports.counter(connection, _STATE) != now
        total = coding.count_records(connection) if anew else newest - since
    work, done = _Pass(database, state, report), 0
    for seq, rows in _all(database) if anew else _changed(database, since, newest):
        work.code(rows)
        if not anew:
            _remember(database, {_SEQ: seq})
        done += len(rows)
        if progress is not None:
            progress(done, max(done, total))
    if anew:
        _remember(database, {_STATE: now, _SEQ: newest})


class _Pass:
    """One pass under one state of the vocabularies."""

    def __init__(self, database: Database, state: Mapping[str, str], report: CodingReport) -> None:
        self.database, self.state, self.report = database, state, report
        self.vocabularies = Vocabularies(database, state)
        self.known_rules: dict[str, str] = {}

    def code(self, rows: Sequence[Any]) -> None:
        """Code those of a page that are due, and store them in one transaction."""
        due = [row for row in rows if row.coded_of != row.doc_hash or row.rules != self._rules_for(row.asks)]
        if not due:
            return
        offers = [decode_offer(row.doc) for row in due]
        with self.database.read() as connection:
            known = self.vocabularies.for_page(connection, offers)
        coded = []
        for row, offer in zip(due, offers, strict=True):
            issues: list[Issue] = []
            linked = code_organisations(code_concepts(offer, known, issues), known, issues)
            doc = encode_offer(linked) if linked != offer else None
            shown = row.coded if row.coded_of == row.doc_hash else None
            asks = asks_of(offer)
            coded.append(
                coding.Coded(
                    source=row.source, native_id=row.native_id, doc_hash=row.doc_hash, asks=asks,
                    rules=self._rules_for(asks), doc=doc, issues=json.encode(issues).decode(), seen=doc != shown,
                )
            )  # fmt: skip
        held = self._store(coded)
        for one in held:
            self._store([one], wait=True)

    def _store(self, coded: Sequence[coding.Coded], *, wait: bool = False) -> Sequence[coding.Coded]:
        """One transaction; those whose record another one holds are given back."""
        with self.database.write() as connection:
            links.claim(connection)
            if published_state(connection) != self.state:
                raise _Moved
            kept, held = coding.store_coded(connection, coded, wait=wait)
            failpoint("coding.before_commit")
        failpoint("coding.stored")
        self.report.coded += len(kept)
        self.report.changed += sum(one.seen for one in kept)
        return held

    def _rules_for(self, asks: str) -> str:
        if asks not in self.known_rules:
            self.known_rules[asks] = _rules(asks.split(), self.state)
        return self.known_rules[asks]


def _hashed(state: Mapping[str, str]) -> int:
    return id_hash(_rules(sorted(state), state))


def _rules(kinds: Sequence[str], state: Mapping[str, str]) -> str:
    """A hash of coding's version and of all that was imported of some kinds."""
    said = [CODING_VERSION, *(f"{kind} {state.get(kind, '')}" for kind in kinds)]
    return content_hash("\n".join(said).encode()).hex()[:16]


def _all(database: Database) -> Iterator[tuple[int, Sequence[Any]]]:
    after = ("", "")
    while True:
        with database.read() as connection:
            rows = coding.records_after(connection, after, PAGE)
        if not rows:
            return
        after = rows[-1].source, rows[-1].native_id
        yield 0, rows


def _changed(database: Database, since: int, newest: int) -> Iterator[tuple[int, Sequence[Any]]]:
    while since < newest:
        with database.read() as connection:
            since, rows = coding.changed_records(connection, since, PAGE)
        yield since, rows


def _remember(database: Database, counters: Mapping[str, int]) -> None:
    with database.write() as connection:
        for name, value in counters.items():
            exports.set_counter(connection, name, value)
