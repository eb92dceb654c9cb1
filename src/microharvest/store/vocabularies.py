"""SQL of imported vocabularies: editions side by side, never changed by the import of another one.

An import is one transaction: all concepts of a file or none. A second file of an edition (another language, the groups
beside the skills) adds to it; the same file twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, exists, func, select

from microharvest.store.database import table_of, upsert
from microharvest.store.harvest_tables import ConceptLabelRow, ConceptRow, VocabularyRow

__all__ = ["Edition", "add_concepts", "difference", "editions", "last_edition_with", "occupation_codes", "uris_of"]

_vocabulary, _concept, _label = table_of(VocabularyRow), table_of(ConceptRow), table_of(ConceptLabelRow)
_CHUNK = 5000


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """One imported edition. `types`: concepts by type; `languages`: names by language; `files`: {name, sha256}."""

    kind: str
    edition: str
    imported: datetime
    concepts: int
    types: dict[str, int]
    languages: dict[str, int]
    files: list[dict[str, str]]


def add_concepts(
    connection: Connection,
    kind: str,
    edition: str,
    file: dict[str, str],
    now: datetime,
    concepts: Iterable[dict[str, Any]],
    labels: Iterable[dict[str, Any]],
) -> int:
    """Add the rows of one file to an edition; returns how many concepts are new in it."""
    here = (_vocabulary.c.kind == kind) & (_vocabulary.c.edition == edition)
    known = connection.execute(select(_vocabulary.c.files).where(here)).scalar()
    files = msgspec.json.decode(known, type=list[dict[str, str]]) if known else []
    before = _size(connection, kind, edition)
    if file not in files:
        files.append(file)
    row = {"kind": kind, "edition": edition, "imported": now, "files": msgspec.json.encode(files).decode()}
    upsert(connection, VocabularyRow, [row], keys=("kind", "edition"), update=("imported", "files"))
    # A file that says less (relations name concepts only) never overwrites what another one said.
    _write(
        connection,
        ConceptRow,
        ({"kind": kind, "edition": edition, **each} for each in concepts),
        ("kind", "edition", "uri"),
        ("type", "code", "status", "country"),
        "excluded.code <> '' OR excluded.status <> ''",
    )
    _write(
        connection,
        ConceptLabelRow,
        ({"kind": kind, "edition": edition, **each} for each in labels),
        ("kind", "edition", "uri", "language"),
        ("text", "others"),
    )
    return _size(connection, kind, edition) - before


def editions(connection: Connection) -> list[Edition]:
    """Every imported edition, by kind and then as they were imported."""
    types, languages = _counts(connection, _concept, _concept.c.type), _counts(connection, _label, _label.c.language)
    rows = connection.execute(select(_vocabulary).order_by(_vocabulary.c.kind, _vocabulary.c.imported))
    found: list[Edition] = []
    for row in rows:
        of_type = types.get((row.kind, row.edition), {})
        found.append(
            Edition(
                kind=row.kind,
                edition=row.edition,
                imported=row.imported,
                concepts=sum(of_type.values()),
                types=of_type,
                languages=languages.get((row.kind, row.edition), {}),
                files=msgspec.json.decode(row.files),
            )
        )
    return found


def difference(connection: Connection, kind: str, one: str, other: str) -> list[Any]:
    """Concepts of edition `one` that `other` has not: uri, type, and a name in English or any language."""
    theirs = _concept.alias("theirs")
    gone = ~exists(
        select(theirs.c.uri).where(theirs.c.kind == kind, theirs.c.edition == other, theirs.c.uri == _concept.c.uri)
    )
    here = (_label.c.kind == kind) & (_label.c.edition == one) & (_label.c.uri == _concept.c.uri)
    english = select(_label.c.text).where(here, _label.c.language.like("en%")).limit(1).correlate(_concept)
    other_name = select(func.min(_label.c.text)).where(here).correlate(_concept)
    name = func.coalesce(english.scalar_subquery(), other_name.scalar_subquery()).label("name")
    statement = select(_concept.c.uri, _concept.c.type, name).where(
        _concept.c.kind == kind, _concept.c.edition == one, gone
    )
    return list(connection.execute(statement.order_by(_concept.c.uri)))


def occupation_codes(connection: Connection) -> dict[str, str]:
    """{URI of an ESCO occupation: its code, which begins with its ISCO-08 group}; the last imported edition holds."""
    joined = _concept.join(
        _vocabulary, (_vocabulary.c.kind == _concept.c.kind) & (_vocabulary.c.edition == _concept.c.edition)
    )
    known = select(_concept.c.uri, _concept.c.code).select_from(joined).order_by(_vocabulary.c.imported)
    found = known.where(_concept.c.kind == "esco-occupations", _concept.c.code != "")
    return {str(row.uri): str(row.code) for row in connection.execute(found)}


def uris_of(connection: Connection, kind: str, edition: str, uris: Sequence[str]) -> set[str]:
    """Those of `uris` that an edition has."""
    found: set[str] = set()
    for start in range(0, len(uris), _CHUNK // 10):
        some = list(uris[start : start + _CHUNK // 10])
        here = (_concept.c.kind == kind) & (_concept.c.edition == edition) & _concept.c.uri.in_(some)
        found.update(connection.execute(select(_concept.c.uri).where(here)).scalars())
    return found


def last_edition_with(connection: Connection, kind: str, uri: str, newest_first: Sequence[str]) -> str | None:
    """The newest edition that has a URI; None if none has it."""
    statement = select(_concept.c.edition).where(_concept.c.kind == kind, _concept.c.uri == uri)
    having = set(connection.execute(statement).scalars())
    return next((edition for edition in newest_first if edition in having), None)


def _write(
    connection: Connection,
    row: Any,
    values: Iterable[Any],
    keys: Sequence[str],
    update: Sequence[str],
    where: str | None = None,
) -> None:
    for chunk in _batched(values, _CHUNK):
        upsert(connection, row, chunk, keys=keys, update=update, where=where)


def _batched(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _size(connection: Connection, kind: str, edition: str) -> int:
    here = (_concept.c.kind == kind) & (_concept.c.edition == edition)
    return int(connection.execute(select(func.count()).select_from(_concept).where(here)).scalar_one())


def _counts(connection: Connection, table: Any, by: Any) -> dict[tuple[str, str], dict[str, int]]:
    statement: Select[Any] = select(table.c.kind, table.c.edition, by, func.count()).group_by(
        table.c.kind, table.c.edition, by
    )
    found: dict[tuple[str, str], dict[str, int]] = {}
    for kind, edition, value, count in connection.execute(statement.order_by(by)):
        found.setdefault((kind, edition), {})[value] = count
    return found
