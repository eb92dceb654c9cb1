"""Erasing: what is forgotten leaves every table of both schemas, and is kept as a keyed hash alone.

What must stay true: the list is written before anything is erased, and whoever writes what he read in an earlier
transaction looks at it in the one he writes in (`allowed`, or `harvest/sieve`), so that nobody brings anything back;
every transaction leaves a valid store, and doing it again finishes what a crash cut off. Tables are walked by their
columns, not by name: what is added later is cleaned as well.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from msgspec import json
from sqlalchemy import Connection, LargeBinary, Table, Text, delete, select, tuple_, update
from sqlalchemy.types import TypeEngine

from microharvest.model.forgotten import Forgotten, Rule, record_rule, value_rule
from microharvest.model.ids import content_hash, id_hash
from microharvest.store import links
from microharvest.store.catalogue_tables import CatalogueBase, EntryRow, ErasureRow, ReleaseRow
from microharvest.store.database import Database, insert_ignore, table_of
from microharvest.store.harvest_tables import (
    BodyRow,
    CodedRow,
    ForgottenRow,
    GoldenRow,
    HarvestBase,
    MemberRow,
    QuarantineRow,
    RecordRow,
    RequestRow,
    SourceRow,
    TouchedClusterRow,
    TouchedRow,
    ValidatorRow,
    VersionRow,
)

__all__ = [
    "add_rules",
    "allowed",
    "await_writers",
    "clean_catalogue",
    "clean_harvest",
    "clean_run",
    "erase_entries",
    "erase_record",
    "load_forgotten",
    "mark_done",
    "new_rule",
    "records_to_forget",
    "rename",
    "rules_in",
    "salt_of",
    "unfinished",
]

PAGE = 200
SOURCE_ID = ("native_id", "old_id", "new_id")
"""Columns that identify a record, beside `source`."""
_HASHES = frozenset({"seen", "raw_hash", "doc_hash", "sha256", "settings_hash", "url_key", "digest", "salt"})
_forgotten, _version, _record = table_of(ForgottenRow), table_of(VersionRow), table_of(RecordRow)
_member, _golden = table_of(MemberRow), table_of(GoldenRow)
_quarantine = table_of(QuarantineRow)
_body, _coded = table_of(BodyRow), table_of(CodedRow)
_RULES = select(_forgotten).order_by(_forgotten.c.digest)
_entry, _request, _validator = table_of(EntryRow), table_of(RequestRow), table_of(ValidatorRow)
_release, _source = table_of(ReleaseRow), table_of(SourceRow)


def load_forgotten(connection: Connection) -> Forgotten:
    """What this store must not hold."""
    return Forgotten(rules_in(connection))


def rules_in(connection: Connection) -> list[Rule]:
    """The list itself, in a stable order."""
    rows = connection.execute(_RULES)
    return [Rule(digest=row.digest, salt=row.salt, words=row.words) for row in rows]


def allowed(connection: Connection, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with a `doc` and its `doc_hash` as they may be written: without what was forgotten since they were read.

    A document that names a forgotten record among its `members` is left out: it is made anew without it.
    """
    forgotten, kept = load_forgotten(connection), []
    if not forgotten:
        return list(rows)
    for row in rows:
        doc = row["doc"] and forgotten.content(row["doc"])
        members = json.decode(doc).get("members", ()) if doc and b'"members"' in doc else ()
        if not any(forgotten.is_record(one["source"], one["native_id"]) for one in members):
            changed: dict[str, Any] = {"doc": doc, "doc_hash": content_hash(doc)} if doc != row["doc"] else {}
            changed |= {name: forgotten.text(row[name]) for name in ("issues", "url") if row.get(name)}
            if "native_id" in row:
                changed["native_id"] = forgotten.native_id(row["native_id"])
            kept.append(row | changed)
    return kept


def await_writers(harvest: Database, catalogue: Database | None = None) -> None:
    """Return once every transaction has ended that may have read the list, or what is erased, before this call.

    Where a database has one writer its turn is enough; else these are the locks that link, landing and publish hold.
    """
    with harvest.write() as connection:
        links.claim(connection)
    with harvest.write() as connection:
        connection.execute(select(_source.c.id).order_by(_source.c.id).with_for_update())
    if catalogue is not None:
        with catalogue.write() as connection:
            connection.execute(select(_release.c.number).order_by(_release.c.number).with_for_update())


def salt_of(connection: Connection) -> str:
    """The key of this store's hashes, made at the first erasure."""
    found = connection.execute(select(_forgotten.c.salt).order_by(_forgotten.c.at, _forgotten.c.digest).limit(1))
    return str(found.scalar() or secrets.token_hex(16))


def new_rule(connection: Connection, *, value: str = "", source: str = "", native_id: str = "") -> Rule:
    """The rule for a value, or for a record, under the key of this store."""
    salt = salt_of(connection)
    return value_rule(value, salt) if value else record_rule(source, native_id, salt)


def add_rules(connection: Connection, rules: Sequence[Rule], now: datetime) -> None:
    """Write rules down as not done yet; known ones stay."""
    rows = [{"digest": one.digest, "salt": one.salt, "words": one.words, "at": now, "done": None} for one in rules]
    insert_ignore(connection, ForgottenRow, rows, keys=("digest",))
    digests = [one.digest for one in rules]
    connection.execute(update(_forgotten).where(_forgotten.c.digest.in_(digests)).values(done=None))


def mark_done(connection: Connection, rules: Sequence[Rule], now: datetime) -> None:
    """Everything stored was cleaned of these; others may have been added since."""
    here = _forgotten.c.digest.in_([rule.digest for rule in rules]) & _forgotten.c.done.is_(None)
    connection.execute(update(_forgotten).where(here).values(done=now))


def unfinished(connection: Connection) -> int:
    """Erasures that were begun and not ended."""
    return len(connection.execute(select(_forgotten.c.digest).where(_forgotten.c.done.is_(None))).all())


def records_to_forget(connection: Connection, forgotten: Forgotten) -> list[tuple[str, str]]:
    """(source, native id) of everything stored under an id that was forgotten, accepted or not."""
    found: set[tuple[str, str]] = set()
    if any(not rule.words for rule in forgotten.rules):
        for table in (_record, _version, _quarantine):
            pairs = select(table.c.source, table.c.native_id).where(table.c.native_id.is_not(None)).distinct()
            found |= {(one, two) for one, two in connection.execute(pairs) if forgotten.is_record(one, two)}
    return sorted(found)


def clean_harvest(database: Database, forgotten: Forgotten) -> Counter[str]:
    """Erase from every table of the harvest schema; returns the rows changed, by table.

    Versions first: once nobody goes on with what he read in them, nothing that is made of them says it again.
    """
    counts: Counter[str] = Counter()
    counts.update(_rename_records(database, forgotten))
    counts[_version.name] += _clean_table(database, _version, forgotten, _after_harvest)
    await_writers(database)
    counts.update(_rename_records(database, forgotten))
    for table in HarvestBase.metadata.sorted_tables:
        if table.name not in {_forgotten.name, _version.name}:
            counts[table.name] += _clean_table(database, table, forgotten, _after_harvest)
    return +counts


def clean_run(connection: Connection, run: int) -> None:
    """Addresses are needed as they are while a run asks; at its end they lose what was forgotten."""
    forgotten = load_forgotten(connection)
    if not any(rule.words for rule in forgotten.rules):
        return
    for table in (_request, _body):
        keys = list(table.primary_key.columns)
        texts = [one for one in table.columns if _is_text(one.type) and one.name not in _HASHES and one not in keys]
        for row in list(connection.execute(select(table).where(table.c.run == run))):
            values = _cleaned(row, texts, forgotten)
            if values:
                _after_harvest(connection, table, row, values)
                here = [key == getattr(row, key.name) for key in keys]
                connection.execute(update(table).where(*here).values(**values))


def clean_catalogue(database: Database, forgotten: Forgotten, now: datetime) -> Counter[str]:
    """Erase from every table of the catalogue; entry versions are rewritten in place, and that is noted."""

    def note(connection: Connection, table: Table, row: Any, values: dict[str, Any]) -> None:
        if table is _entry and "doc" in values:
            values["doc_hash"] = content_hash(values["doc"])
            erased = {"id": row.id, "from_release": row.from_release, "at": now}
            insert_ignore(connection, ErasureRow, [erased], keys=("id", "from_release"))

    counts: Counter[str] = Counter()
    for table in CatalogueBase.metadata.sorted_tables:
        counts[table.name] += _clean_table(database, table, forgotten, note)
    return +counts


def _rename_records(database: Database, forgotten: Forgotten) -> Counter[str]:
    """Ids that hold a forgotten value become others, in all tables at once, one transaction a record."""
    counts: Counter[str] = Counter()
    tables = [table for table in HarvestBase.metadata.sorted_tables if {"source", "native_id"} <= {*table.c.keys()}]
    renamed: set[tuple[str, str]] = set()
    for table in tables:
        with database.read() as connection:
            pairs = connection.execute(
                select(table.c.source, table.c.native_id).where(table.c.native_id.is_not(None)).distinct()
            )
            renamed |= {(one, two) for one, two in pairs if forgotten.native_id(two) != two}
    for source, native_id in sorted(renamed):
        with database.write() as connection:
            rename(connection, source, native_id, forgotten.native_id(native_id))
        counts["record"] += 1
    return counts


def rename(connection: Connection, source: str, old: str, new: str) -> None:
    """Give a record another id everywhere. Its id hash stays: lists are still compared with the feed's own id.

    Where a harvest that knew the rule already wrote the other id, the old rows make way.
    """
    there = (_record.c.source == source) & (_record.c.native_id == new)
    taken = connection.execute(select(_record.c.head).where(there)).first() is not None
    for table in HarvestBase.metadata.sorted_tables:
        for name in SOURCE_ID:
            if {"source", name} <= {*table.c.keys()}:
                here = (table.c.source == source) & (table.c[name] == old)
                if taken and name in table.primary_key.columns:
                    connection.execute(delete(table).where(here))
                else:
                    connection.execute(update(table).where(here).values({name: new}))
    _touch(connection, [(source, new)])


def erase_record(connection: Connection, source: str, native_id: str, mark: str) -> None:
    """Blank what the source said under an id, which becomes `mark`.

    The record stays as a withdrawn one under an id nobody can read, so that log and membership go on to fit.
    """
    from microharvest.store import matching  # numpy: 14 MB that a harvest does without

    here = (_version.c.source == source) & (_version.c.native_id == native_id)
    blank = {"raw": None, "raw_of": None, "doc": None, "issues": "[]", "url": None, "datestamp": None,
             "raw_hash": content_hash(b""), "doc_hash": content_hash(b""), "deleted": True}  # fmt: skip
    connection.execute(update(_version).where(here).values(**blank))
    record = (_record.c.source == source) & (_record.c.native_id == native_id)
    connection.execute(update(_record).where(record).values(raw_hash=blank["raw_hash"], doc_hash=blank["doc_hash"]))
    connection.execute(delete(_quarantine).where(_quarantine.c.source == source, _quarantine.c.native_id == native_id))
    connection.execute(delete(_coded).where(_coded.c.source == source, _coded.c.native_id == native_id))
    matching.erase_record(connection, source, native_id)
    member = select(_member.c.cluster_id).where(_member.c.source == source, _member.c.native_id == native_id)
    clusters = list(connection.execute(member).scalars())
    connection.execute(delete(_golden).where(_golden.c.cluster_id.in_(clusters)))
    peers = connection.execute(
        select(_member.c.source, _member.c.native_id).where(_member.c.cluster_id.in_(clusters))
    ).all()
    _touch(connection, [(one.source, one.native_id) for one in peers if one.native_id != native_id])
    insert_ignore(connection, TouchedClusterRow, [{"cluster_id": one} for one in clusters], keys=("cluster_id",))
    connection.execute(delete(_validator).where(_validator.c.source == source))  # an unchanged list would count it
    rename(connection, source, native_id, mark)
    for table in (_record, _version):
        named = (table.c.source == source) & (table.c.native_id == mark)
        connection.execute(update(table).where(named).values(id_hash=id_hash(mark)))


def erase_entries(database: Database, source: str, native_id: str, now: datetime) -> int:
    """Blank every entry version that names the record as a member; they count as withdrawn from now on."""
    changed = 0
    told = json.encode(native_id)
    for page in _pages(database, list(_entry.primary_key.columns)):
        with database.write() as connection:
            here = tuple_(_entry.c.id, _entry.c.from_release).in_([tuple(row) for row in page])
            for row in list(connection.execute(select(_entry).where(here).with_for_update())):
                if told not in bytes(row.doc) or not _is_member(bytes(row.doc), source, native_id):
                    continue
                doc = json.encode({"id": row.id, "state": "withdrawn", "erased": True})
                this = (_entry.c.id == row.id) & (_entry.c.from_release == row.from_release)
                values = {"state": "withdrawn", "doc": doc, "doc_hash": content_hash(doc)}
                connection.execute(update(_entry).where(this).values(**values))
                erased = {"id": row.id, "from_release": row.from_release, "at": now}
                insert_ignore(connection, ErasureRow, [erased], keys=("id", "from_release"))
                changed += 1
    return changed


def _is_member(doc: bytes, source: str, native_id: str) -> bool:
    members = json.decode(doc).get("members", ())
    return any(one.get("source") == source and one.get("native_id") == native_id for one in members)


def _clean_table(database: Database, table: Table, forgotten: Forgotten, after: Any) -> int:
    keys = list(table.primary_key.columns)
    texts = [one for one in table.columns if _is_text(one.type) and one.name not in _HASHES and one not in keys]
    named = [one for one in keys if _is_text(one.type) and one.name not in {*_HASHES, *SOURCE_ID, "source"}]
    changed = 0

    def wanted(row: Any) -> tuple[bool, dict[str, Any]]:
        goes = any(forgotten.text(getattr(row, key.name)) != getattr(row, key.name) for key in named)
        return goes, {} if goes else _cleaned(row, texts, forgotten)

    for page in _pages(database, keys, list(table.columns)):
        # Looked through without a lock; what must change is read once more under it, for it may have changed since.
        found = [tuple(getattr(row, key.name) for key in keys) for row in page if any(wanted(row))]
        if not found:
            continue
        with database.write() as connection:
            for row in list(connection.execute(select(table).where(tuple_(*keys).in_(found)).with_for_update())):
                goes, values = wanted(row)
                if not goes and not values:
                    continue
                changed += 1
                this = [key == getattr(row, key.name) for key in keys]
                if goes:
                    connection.execute(delete(table).where(*this))
                else:
                    after(connection, table, row, values)
                    connection.execute(update(table).where(*this).values(**values))
    return changed


def _cleaned(row: Any, columns: Sequence[Any], forgotten: Forgotten) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column in columns:
        value = getattr(row, column.name)
        if isinstance(value, bytes | memoryview):
            cleaned: Any = forgotten.content(bytes(value))
        elif isinstance(value, str):
            cleaned = forgotten.native_id(value) if column.name in SOURCE_ID else forgotten.text(value)
        else:
            continue
        if cleaned != value:
            values[column.name] = cleaned
    return values


def _after_harvest(connection: Connection, table: Table, row: Any, values: dict[str, Any]) -> None:
    """What must follow from a cleaned row: hashes that fit, heads that are linked again, no address taken for known."""
    if table is _version and "doc" in values:
        values["doc_hash"] = content_hash(values["doc"])
        head = (_record.c.source == row.source) & (_record.c.native_id == row.native_id) & (_record.c.head == row.id)
        connection.execute(update(_record).where(head).values(doc_hash=values["doc_hash"]))
        of_it = (_coded.c.source == row.source) & (_coded.c.native_id == row.native_id)
        of_it &= _coded.c.doc_hash == row.doc_hash  # it is cleaned of the same words by itself
        connection.execute(update(_coded).where(of_it).values(doc_hash=values["doc_hash"]))
        _touch(connection, [(row.source, row.native_id)])
    elif table.name == GoldenRow.__tablename__ and "doc" in values:
        values["doc_hash"] = content_hash(values["doc"])
    elif table is _request and "url" in values:
        connection.execute(delete(_validator).where(_validator.c.run == row.run))


def _touch(connection: Connection, records: Sequence[tuple[str, str]]) -> None:
    rows = [{"source": source, "native_id": native_id} for source, native_id in records]
    insert_ignore(connection, TouchedRow, rows, keys=("source", "native_id"))


def _pages(database: Database, keys: Sequence[Any], columns: Sequence[Any] = ()) -> Iterator[list[Any]]:
    """The rows of a table (without `columns` their primary keys), page by page, each in a transaction of its own."""
    after: tuple[Any, ...] | None = None
    while True:
        with database.read() as connection:
            page = select(*(columns or keys)).order_by(*keys).limit(PAGE)
            rows = list(connection.execute(page if after is None else page.where(tuple_(*keys) > after)))
        if not rows:
            return
        after = tuple(getattr(rows[-1], key.name) for key in keys)
        yield rows


def _is_text(kind: TypeEngine[Any]) -> bool:
    return isinstance(kind, Text | LargeBinary)
