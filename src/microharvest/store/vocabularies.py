"""SQL of imported vocabularies: editions side by side, never changed by the import of another one.

An import is one transaction: all concepts of a file or none. A second file of an edition (another language, the groups
beside the skills) adds to it; the same file twice changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, exists, func, select

from microharvest.model.ids import content_hash
from microharvest.store.database import among, insert_ignore, table_of, upsert
from microharvest.store.harvest_tables import ConceptKeyRow, ConceptLabelRow, ConceptRow, VocabularyRow

__all__ = [
    "Edition",
    "Keyed",
    "Standing",
    "add_concepts",
    "difference",
    "editions",
    "labels_of",
    "languages_of",
    "newest_first",
    "occupation_codes",
    "published_state",
    "register_entries",
    "reports_on",
    "standing_editions",
    "standings",
]

_vocabulary, _concept, _label = table_of(VocabularyRow), table_of(ConceptRow), table_of(ConceptLabelRow)
_key = table_of(ConceptKeyRow)
_CHUNK = 5000
_WHOLE = 0.5
"""An edition with less than this share of an older one's concepts was imported in part: nothing is withdrawn by it."""


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
    keys: Iterable[dict[str, Any]] = (),
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
        ("type", "code", "status", "country", "valid_from", "valid_to"),
        "excluded.code <> '' OR excluded.status <> ''",
    )
    _write(
        connection,
        ConceptLabelRow,
        ({"kind": kind, "edition": edition, **each} for each in labels),
        ("kind", "edition", "uri", "language"),
        ("text", "others"),
    )
    for chunk in _batched(({"kind": kind, "edition": edition, **each} for each in keys), _CHUNK):
        insert_ignore(connection, ConceptKeyRow, chunk, keys=("kind", "edition", "key", "uri"))
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


class Standing(msgspec.Struct, frozen=True):
    """Where a URI stands: the newest edition that has it, and whether it still does."""

    edition: str | None
    withdrawn: bool


def newest_first(names: Iterable[str]) -> list[str]:
    """Editions by their numbers, 1.10 after 1.9; those without numbers last, by name."""

    def rank(edition: str) -> tuple[bool, list[int], str]:
        numbers = [int(digits) for digits in re.findall("[0-9]{1,9}", edition)]
        return bool(numbers), numbers, edition

    return sorted(names, key=rank, reverse=True)


def published_state(connection: Connection) -> dict[str, str]:
    """A hash of all that was imported of each kind: it changes with every file that says something new."""
    rows = connection.execute(select(_vocabulary.c.kind, _vocabulary.c.edition, _vocabulary.c.files))
    said: dict[str, list[str]] = {}
    for row in rows:
        said.setdefault(row.kind, []).append(f"{row.edition} {row.files}")
    return {kind: content_hash("\n".join(sorted(every)).encode()).hex()[:16] for kind, every in said.items()}


def standing_editions(connection: Connection, kind: str) -> list[tuple[str, bool]]:
    """(edition, is it in force), newest first: the newest whole edition, and newer ones imported in part."""
    counted = select(_concept.c.edition, func.count()).where(_concept.c.kind == kind).group_by(_concept.c.edition)
    sizes = {row[0]: int(row[1]) for row in connection.execute(counted)}
    found: list[tuple[str, bool]] = []
    in_force = True
    listed = newest_first(sizes)
    for place, edition in enumerate(listed):
        found.append((edition, in_force))
        largest = max((sizes[older] for older in listed[place + 1 :]), default=0)
        in_force = in_force and sizes[edition] < _WHOLE * largest
    return found


def standings(connection: Connection, kind: str, uris: Iterable[str]) -> dict[str, Standing]:
    """Where each URI stands; empty without an edition to ask."""
    listed = sorted(set(uris))
    known = standing_editions(connection, kind) if listed else []
    if not known:
        return {}
    having: dict[str, set[str]] = {}
    statement = select(_concept.c.uri, _concept.c.edition).where(_concept.c.kind == kind)
    for row in connection.execute(statement.where(among(connection, _concept.c.uri, listed))):
        having.setdefault(row.uri, set()).add(row.edition)
    found = {}
    for uri in listed:
        edition, in_force = next(((one, now) for one, now in known if one in having.get(uri, ())), (None, False))
        found[uri] = Standing(edition, withdrawn=edition is not None and not in_force)
    return found


def languages_of(connection: Connection, kind: str) -> list[str]:
    """The tags of its names, in all editions."""
    tags = select(_label.c.language).where(_label.c.kind == kind).distinct()
    return list(connection.execute(tags.order_by(_label.c.language)).scalars())


def labels_of(
    connection: Connection, kind: str, types: Sequence[str], languages: Sequence[str]
) -> Iterator[tuple[str, str, str, str]]:
    """(uri, edition, text, others as JSON) of concepts in force: the newest edition that has the concept, and its name
    from the newest that names it. Those marked as anything else than released are left out."""
    known = standing_editions(connection, kind)
    current: dict[str, str] = {}
    for edition, in_force in known:
        if in_force:
            here = (_concept.c.kind == kind) & (_concept.c.edition == edition) & _concept.c.type.in_(list(types))
            wanted = select(_concept.c.uri).where(here, _concept.c.status.in_(["", "released"]))
            for uri in connection.execute(wanted).scalars():
                current.setdefault(uri, edition)
    for edition, _ in known:
        here = (_label.c.kind == kind) & (_label.c.edition == edition) & _label.c.language.in_(list(languages))
        rows = connection.execute(select(_label.c.uri, _label.c.text, _label.c.others).where(here))
        named = set()
        for row in rows.yield_per(_CHUNK):
            if row.uri in current:
                named.add(row.uri)
                yield row.uri, current[row.uri], row.text, row.others
        for uri in named:
            del current[uri]


class Keyed(msgspec.Struct, frozen=True):
    """What a key found in a register."""

    key: str
    uri: str
    edition: str
    status: str
    valid_from: str
    valid_to: str


def register_entries(connection: Connection, kind: str, keys: Iterable[str]) -> list[Keyed]:
    """What the newest edition of a register finds by keys.

    Two questions, each by its index: PostgreSQL joins badly what was imported a moment ago and has no statistics yet.
    """
    newest = _newest(connection, kind)
    if newest is None:
        return []
    here = (_key.c.kind == kind) & (_key.c.edition == newest) & among(connection, _key.c.key, keys)
    found = list(connection.execute(select(_key.c.key, _key.c.uri).where(here).order_by(_key.c.key, _key.c.uri)))
    columns = (_concept.c.uri, _concept.c.status, _concept.c.valid_from, _concept.c.valid_to)
    named = among(connection, _concept.c.uri, sorted({row.uri for row in found}))
    rows = connection.execute(select(*columns).where(_concept.c.kind == kind, _concept.c.edition == newest, named))
    told = {row.uri: row for row in rows}
    return [
        Keyed(row.key, row.uri, newest, told[row.uri].status, told[row.uri].valid_from, told[row.uri].valid_to)
        for row in found
        if row.uri in told
    ]


def reports_on(connection: Connection, uris: Iterable[str]) -> dict[str, Any]:
    """{institution: (uri, code, valid_from, valid_to, edition)}: the report on it in the newest edition."""
    newest = _newest(connection, "deqar-reports")
    columns = (_concept.c.uri, _concept.c.code, _concept.c.valid_from, _concept.c.valid_to, _concept.c.edition)
    here = (_concept.c.kind == "deqar-reports") & (_concept.c.edition == newest)
    found = select(*columns).where(here, among(connection, _concept.c.uri, uris))
    return {row.uri: row for row in connection.execute(found)}


def _newest(connection: Connection, kind: str) -> str | None:
    names = connection.execute(select(_vocabulary.c.edition).where(_vocabulary.c.kind == kind)).scalars()
    return next(iter(newest_first(names)), None)


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
