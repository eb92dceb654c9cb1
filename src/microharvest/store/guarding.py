"""What the guards ask of a run that has landed: who is gone, what was replaced, what came back under another id."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select, text

from microharvest.model.ids import content_hash
from microharvest.store.database import among, insert_ignore, table_of, upsert
from microharvest.store.harvest_tables import AliasRow, ChangeRow, MemberRow, QuarantineRow, RecordRow, VersionRow

__all__ = [
    "Rekeyed",
    "brought_by",
    "changed_bytes",
    "frequent_rejection",
    "head_docs",
    "inherit",
    "rejected_in",
    "rekeyed",
    "replaced_docs",
    "tombstoned",
    "unread_paths",
]

_record, _version, _member = table_of(RecordRow), table_of(VersionRow), table_of(MemberRow)
_quarantine, _alias, _change = table_of(QuarantineRow), table_of(AliasRow), table_of(ChangeRow)
_CHUNK = 500

_REPLACED = (
    "FROM version v JOIN record r ON r.source = v.source AND r.native_id = v.native_id "
    "JOIN version h ON h.id = r.head "
    "WHERE v.run = :run AND v.source = :source AND NOT v.deleted AND r.status <> 'withdrawn' "
    "AND r.doc_hash <> v.doc_hash"
)
_IDENTIFYING = ("identifiers", "homepage", "modified", "basis")
"""Fields of an offer that a new id alone changes."""


class Rekeyed(msgspec.Struct, frozen=True, kw_only=True):
    """`count`: added records with the content of one that is gone. `pairs`: (old id, new id) where each content has
    one bearer on either side, so that there is no choice."""

    count: int = 0
    pairs: tuple[tuple[str, str], ...] = ()


def tombstoned(connection: Connection, run: int, source: str) -> list[str]:
    """Live records that the run declares deleted."""
    return list(
        connection.execute(
            text(
                "SELECT v.native_id FROM version v JOIN record r ON r.source = v.source "
                "AND r.native_id = v.native_id WHERE v.run = :run AND v.source = :source AND v.deleted "
                "AND r.status IN ('active', 'missing')"
            ),
            {"run": run, "source": source},
        ).scalars()
    )


def head_docs(connection: Connection, source: str, native_ids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """(native id, accepted offer) of these records."""
    for start in range(0, len(native_ids), _CHUNK):
        rows = connection.execute(
            select(_record.c.native_id, _version.c.doc)
            .join(_version, _version.c.id == _record.c.head)
            .where(_record.c.source == source, _record.c.native_id.in_(native_ids[start : start + _CHUNK]))
        )
        yield from ((row.native_id, row.doc) for row in rows if row.doc)


def brought_by(connection: Connection, source: str, native_ids: Sequence[str]) -> int | None:
    """The run that added all of these records, if it was one and not the source's first."""
    here = (_change.c.source == source) & (_change.c.kind == "added")
    added = select(_change.c.run).where(here, among(connection, _change.c.native_id, native_ids)).distinct().limit(2)
    runs = connection.execute(added).scalars().all()
    first = connection.execute(select(func.min(_change.c.run)).where(_change.c.source == source)).scalar()
    return runs[0] if len(runs) == 1 and runs[0] != first else None


def replaced_docs(connection: Connection, run: int, source: str) -> Iterator[tuple[bytes, bytes]]:
    """(accepted offer, offer of this run) of live records whose offer differs."""
    statement = text(f"SELECT h.doc, v.doc {_REPLACED}")
    rows = connection.execute(statement.execution_options(yield_per=2000), {"run": run, "source": source})
    for old, new in rows:
        if old and new:
            yield old, new


def changed_bytes(connection: Connection, run: int, source: str, limit: int) -> list[Any]:
    """(old bytes, media type of both, new bytes) of up to `limit` changed records, compressed, small ones only."""
    statement = text(
        "SELECT coalesce(h.raw, o.raw) AS old, h.media_type AS old_type, v.raw AS new, v.media_type AS new_type "
        f"{_REPLACED.replace('WHERE', 'LEFT JOIN version o ON o.id = h.raw_of WHERE', 1)} "
        "AND v.raw IS NOT NULL AND length(v.raw) < 65536 ORDER BY v.native_id LIMIT :limit"
    )
    rows = connection.execute(statement, {"run": run, "source": source, "limit": limit})
    return [row for row in rows if row.old is not None and len(row.old) < 65536]


def landed_bytes(connection: Connection, run: int, limit: int) -> Iterator[tuple[bytes, str]]:
    """(compressed bytes, media type) of up to `limit` live records a run landed, a few at a time: most want few."""
    last = 0
    for _ in range(0, limit, _CHUNK):
        rows = connection.execute(
            select(_version.c.id, _version.c.raw, _version.c.media_type)
            .where(_version.c.run == run, _version.c.id > last, ~_version.c.deleted, _version.c.raw.is_not(None))
            .order_by(_version.c.id)
            .limit(_CHUNK)
        ).all()
        yield from ((row.raw, row.media_type) for row in rows)
        if len(rows) < _CHUNK:
            return
        last = rows[-1].id


def landed_live(connection: Connection, run: int) -> int:
    """Live records a run landed anew."""
    counted = select(func.count()).select_from(_version).where(_version.c.run == run, ~_version.c.deleted)
    return int(connection.execute(counted).scalar_one())


def unread_paths(connection: Connection, source: str, before: int) -> set[str]:
    """Paths that earlier runs of the source reported as read by nobody."""
    statement = text(
        "SELECT DISTINCT u.path FROM unmapped u JOIN run r ON r.id = u.run WHERE r.source = :source AND r.id < :before"
    )
    return set(connection.execute(statement, {"source": source, "before": before}).scalars())


_is_record = ~_quarantine.c.code.like("source.%")


def rejected_in(connection: Connection, run: int | None) -> int:
    """Records that went to quarantine in a run; an answer that was refused whole is none, however often it came."""
    counted = select(func.count()).select_from(_quarantine).where(_quarantine.c.run == run, _is_record)
    return 0 if run is None else int(connection.execute(counted).scalar_one())


def frequent_rejection(connection: Connection, run: int) -> str:
    """The code that most of a run's records in quarantine have; empty without any."""
    counted = select(_quarantine.c.code).where(_quarantine.c.run == run, _is_record).group_by(_quarantine.c.code)
    return str(connection.execute(counted.order_by(func.count().desc(), _quarantine.c.code).limit(1)).scalar() or "")


def rekeyed(connection: Connection, run: int, source: str, gone: Sequence[str]) -> Rekeyed:
    """Compare what is added with what is gone: by everything but identifiers, then by title, text and provider."""
    old: dict[str, bytes] = dict(head_docs(connection, source, gone))
    if not old:
        return Rekeyed()
    new: dict[str, bytes] = {}
    added = connection.execute(
        text(
            "SELECT v.native_id, v.doc FROM version v LEFT JOIN record r ON r.source = v.source "
            "AND r.native_id = v.native_id WHERE v.run = :run AND v.source = :source AND NOT v.deleted "
            "AND r.native_id IS NULL"
        ).execution_options(yield_per=2000),
        {"run": run, "source": source},
    )
    new = {native_id: bytes(doc) for native_id, doc in added if doc}
    pairs: list[tuple[str, str]] = []
    for content in (_whole, _told):
        matched = _one_to_one(old, new, content)
        pairs += matched
        for before, after in matched:
            del old[before], new[after]
    rest = Counter(_told(doc) for doc in old.values())
    more = sum(min(count, rest[told]) for told, count in Counter(_told(doc) for doc in new.values()).items() if told)
    return Rekeyed(count=len(pairs) + more, pairs=tuple(sorted(pairs)))


def _one_to_one(old: dict[str, bytes], new: dict[str, bytes], content: Any) -> list[tuple[str, str]]:
    bearers: dict[bytes, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for side, docs in enumerate((old, new)):
        for native_id, doc in docs.items():
            bearers[content(doc)][side].append(native_id)
    return [(one[0], two[0]) for told, (one, two) in bearers.items() if told and len(one) == 1 and len(two) == 1]


_raw_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])


def _whole(doc: bytes) -> bytes:
    """A hash of the offer without what identifies it; empty without a title, which says too little."""
    fields = _raw_fields.decode(doc)
    if "title" not in fields:
        return b""
    return content_hash(b"\x1f".join(bytes(fields[name]) for name in sorted(fields) if name not in _IDENTIFYING))


def _told(doc: bytes) -> bytes:
    """The same of title, description and provider alone."""
    fields = _raw_fields.decode(doc)
    if "title" not in fields:
        return b""
    return content_hash(b"\x1f".join(bytes(fields.get(one, b"")) for one in ("title", "description", "provider")))


def inherit(connection: Connection, source: str, pairs: Sequence[tuple[str, str]], run: int, now: datetime) -> None:
    """Write the aliases down, and put each new record into the cluster of the old one: link keeps the public id."""
    rows = [{"source": source, "old_id": old, "new_id": new, "run": run, "at": now} for old, new in pairs]
    upsert(connection, AliasRow, rows, keys=("source", "old_id"), update=("new_id", "run", "at"))
    successor = dict(pairs)
    for start in range(0, len(pairs), _CHUNK):
        part = [old for old, _ in pairs[start : start + _CHUNK]]
        known = connection.execute(
            select(_member.c.native_id, _member.c.cluster_id).where(
                _member.c.source == source, _member.c.native_id.in_(part)
            )
        )
        members = [
            {"source": source, "native_id": successor[row.native_id], "cluster_id": row.cluster_id} for row in known
        ]
        insert_ignore(connection, MemberRow, members, keys=("source", "native_id"))
