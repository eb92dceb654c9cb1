"""SQL of coding: which accepted offers are due, what was made of them, and the join by which readers see it.

What must stay true: a coded offer is seen only while the accepted offer is the one it was made of (`shown_join`); it
is written together with the touch that lets link see it, under link's claim, so that no pass of link misses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select, tuple_

from microharvest.store.database import among, insert_ignore, table_of, upsert
from microharvest.store.harvest_tables import ChangeRow, CodedRow, RecordRow, TouchedRow, VersionRow

__all__ = [
    "Coded",
    "changed_records",
    "coded_of",
    "count_records",
    "last_change",
    "records_after",
    "shown_join",
    "store_coded",
]

_coded, _record, _version = table_of(CodedRow), table_of(RecordRow), table_of(VersionRow)
_change = table_of(ChangeRow)
Pair = tuple[str, str]

_columns = (
    *(_record.c.source, _record.c.native_id, _record.c.doc_hash, _version.c.doc),
    *(_coded.c.doc_hash.label("coded_of"), _coded.c.asks, _coded.c.rules, _coded.c.doc.label("coded")),
)


class Coded(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one offer; `seen`: does anybody who reads it see something else now?"""

    source: str
    native_id: str
    doc_hash: bytes
    asks: str
    rules: str
    doc: bytes | None
    issues: str
    seen: bool


def shown_join(joined: Any) -> Any:
    """`joined`, which has `record`, beside what coding made of exactly the accepted offer."""
    same = (_coded.c.source == _record.c.source) & (_coded.c.native_id == _record.c.native_id)
    return joined.outerjoin(_coded, same & (_coded.c.doc_hash == _record.c.doc_hash))


def coded_of(connection: Connection, source: str, native_id: str) -> Any:
    """(doc, issues) of what coding made of a record's accepted offer, or None."""
    here = (_record.c.source == source) & (_record.c.native_id == native_id)
    found = select(_coded.c.doc, _coded.c.issues).select_from(shown_join(_record)).where(here)
    return connection.execute(found.where(_coded.c.source.is_not(None))).one_or_none()


def records_after(connection: Connection, after: Pair, limit: int) -> list[Any]:
    """The next accepted records by bytes that are there, with their offer and what it was coded to last."""
    statement = _present().where(tuple_(_record.c.source, _record.c.native_id) > after)
    return list(connection.execute(statement.order_by(_record.c.source, _record.c.native_id).limit(limit)))


def last_change(connection: Connection) -> int:
    """The number of the newest entry of the change log; 0 in an empty one."""
    return int(connection.execute(select(func.coalesce(func.max(_change.c.seq), 0))).scalar_one())


def changed_records(connection: Connection, seq: int, limit: int) -> tuple[int, list[Any]]:
    """The records that the next entries of the change log after `seq` name, and the last entry looked at."""
    page = select(_change.c.seq, _change.c.source, _change.c.native_id).where(_change.c.seq > seq)
    entries = list(connection.execute(page.order_by(_change.c.seq).limit(limit)))
    if not entries:
        return seq, []
    by_source: dict[str, set[str]] = {}
    for entry in entries:
        by_source.setdefault(entry.source, set()).add(entry.native_id)
    found: list[Any] = []
    for source, ids in sorted(by_source.items()):
        named = (_record.c.source == source) & among(connection, _record.c.native_id, sorted(ids))
        found += connection.execute(_present().where(named)).all()
    return entries[-1].seq, found


def count_records(connection: Connection) -> int:
    """How many records there are."""
    return int(connection.execute(select(func.count()).select_from(_record)).scalar_one())


def store_coded(
    connection: Connection, rows: Sequence[Coded], *, wait: bool = False
) -> tuple[list[Coded], list[Coded]]:
    """Keep what became of offers that are still the accepted ones, and let link look at those that read otherwise now.

    (those kept, those whose record somebody else holds): these are to be stored one by one, waiting, because acceptance
    touches records in an order of its own. The caller has link's claim.
    """
    by_source: dict[str, list[str]] = {}
    for row in rows:
        by_source.setdefault(row.source, []).append(row.native_id)
    columns = select(_record.c.source, _record.c.native_id, _record.c.doc_hash)
    accepted = {
        (found.source, found.native_id): found.doc_hash
        for source, ids in by_source.items()
        for found in connection.execute(
            columns.where(_record.c.source == source, among(connection, _record.c.native_id, ids))
            .with_for_update(read=True, skip_locked=not wait)
        )
    }  # fmt: skip
    kept = [row for row in rows if accepted.get((row.source, row.native_id)) == row.doc_hash]
    values = [{name: getattr(row, name) for name in Coded.__struct_fields__ if name != "seen"} for row in kept]
    update = ("doc_hash", "asks", "rules", "doc", "issues")
    upsert(connection, CodedRow, values, keys=("source", "native_id"), update=update)
    touched = [{"source": row.source, "native_id": row.native_id} for row in kept if row.seen]
    insert_ignore(connection, TouchedRow, touched, keys=("source", "native_id"))
    return kept, [row for row in rows if (row.source, row.native_id) not in accepted]


def _present() -> Any:
    same = (_coded.c.source == _record.c.source) & (_coded.c.native_id == _record.c.native_id)
    joined = _record.join(_version, _version.c.id == _record.c.head).outerjoin(_coded, same)
    return select(*_columns).select_from(joined).where(_record.c.status != "withdrawn", _version.c.doc.is_not(None))
