"""SQL of the catalogue: releases, entry versions, withheld clusters, redirects.

What must stay true: while a release is built nobody sees anything of it (readers follow `catalogue.current`); every
transaction of a build first proves that the build is still its own; what a crashed build left is removed whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from microharvest.errors import StoreError
from microharvest.store.catalogue_tables import CatalogueRow, EntryRedirectRow, EntryRow, ReleaseRow, WithheldRow
from microharvest.store.database import insert_ignore, table_of

__all__ = [
    "add_redirects",
    "begin_release",
    "catalogue_row",
    "entries_at",
    "finish_release",
    "guard_build",
    "last_release",
    "open_entries",
    "open_withheld",
    "publisher",
    "release_state",
    "remove_leftovers",
    "set_current",
    "write_entries",
    "write_withheld",
]

_catalogue, _release = table_of(CatalogueRow), table_of(ReleaseRow)
_entry, _withheld, _redirect = table_of(EntryRow), table_of(WithheldRow), table_of(EntryRedirectRow)
_CHUNK = 400


def catalogue_row(connection: Connection) -> Any:
    """node_id, current, pinned, pinned_because; None in a catalogue nobody has published into."""
    return connection.execute(select(_catalogue).where(_catalogue.c.id == 1)).first()


def publisher(connection: Connection, node_id: str) -> Any:
    """The catalogue's row, ours from now on if it was nobody's. Raises StoreError `publish.foreign`."""
    insert_ignore(connection, CatalogueRow, [{"id": 1, "current": 0, "pinned": False}], keys=("id",))
    nobody = (_catalogue.c.id == 1) & _catalogue.c.node_id.is_(None)
    connection.execute(update(_catalogue).where(nobody).values(node_id=node_id))
    row = catalogue_row(connection)
    if row.node_id != node_id:
        raise StoreError(
            "publish.foreign", f"Node {row.node_id} publishes into this catalogue: one publisher per catalogue."
        )
    return row


def last_release(connection: Connection) -> int:
    """The highest number of a published release, 0 before the first."""
    found = select(func.max(_release.c.number)).where(_release.c.state == "published")
    return int(connection.execute(found).scalar() or 0)


def release_state(connection: Connection, number: int) -> str | None:
    """`building`, `published`, or None if there is no such release."""
    found = connection.execute(select(_release.c.state).where(_release.c.number == number)).scalar()
    return None if found is None else str(found)


def remove_leftovers(connection: Connection) -> int:
    """Take back every release in building, as if it had never begun; how many there were."""
    numbers = list(connection.execute(select(_release.c.number).where(_release.c.state == "building")).scalars())
    for number in numbers:
        for table in (_entry, _withheld):
            connection.execute(delete(table).where(table.c.from_release == number))
            connection.execute(update(table).where(table.c.to_release == number).values(to_release=None))
        connection.execute(delete(_redirect).where(_redirect.c.from_release == number))
        connection.execute(delete(_release).where(_release.c.number == number))
    return len(numbers)


def begin_release(connection: Connection, token: str, now: datetime) -> int:
    """A new release in building, owned by `token`; its number is one more than the highest."""
    number = int(connection.execute(select(func.max(_release.c.number))).scalar() or 0) + 1
    connection.execute(insert(_release).values(number=number, state="building", started=now, counts=token))
    return number


def guard_build(connection: Connection, number: int, token: str) -> None:
    """First statement of every building transaction. Raises StoreError `store.busy` if somebody took over."""
    own = (_release.c.number == number) & (_release.c.state == "building") & (_release.c.counts == token)
    if connection.execute(update(_release).where(own).values(counts=token)).rowcount != 1:
        raise StoreError("store.busy", f"Another process took over building release {number}: it publishes instead.")


def finish_release(connection: Connection, number: int, counts: str, now: datetime) -> None:
    """The release is published and current; follows `guard_build` in the same transaction."""
    values = {"state": "published", "published": now, "counts": counts}
    connection.execute(update(_release).where(_release.c.number == number).values(**values))
    connection.execute(update(_catalogue).where(_catalogue.c.id == 1).values(current=number))


def published_at(connection: Connection, number: int) -> datetime:
    """When a release was made current for the first time."""
    moment: datetime = connection.execute(select(_release.c.published).where(_release.c.number == number)).scalar_one()
    return moment


def set_current(connection: Connection, number: int, *, pinned: bool, because: str | None) -> None:
    """Make a release current by hand."""
    values = {"current": number, "pinned": pinned, "pinned_because": because}
    connection.execute(update(_catalogue).where(_catalogue.c.id == 1).values(**values))


def open_entries(connection: Connection, ids: Iterable[str]) -> dict[str, Any]:
    """The newest version (id, state, doc_hash, from_release) of each entry there is."""
    columns = (_entry.c.id, _entry.c.state, _entry.c.doc_hash, _entry.c.from_release)
    found: dict[str, Any] = {}
    for part in _parts(ids):
        newest = select(*columns).where(_entry.c.to_release.is_(None), _entry.c.id.in_(part))
        found.update({row.id: row for row in connection.execute(newest)})
    return found


def open_withheld(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """The reason for each cluster that is withheld now."""
    found: dict[str, str] = {}
    for part in _parts(ids):
        newest = select(_withheld.c.id, _withheld.c.reason)
        rows = connection.execute(newest.where(_withheld.c.to_release.is_(None), _withheld.c.id.in_(part)))
        found.update({row.id: row.reason for row in rows})
    return found


def write_entries(connection: Connection, number: int, rows: Sequence[dict[str, Any]]) -> None:
    """New versions (id, state, doc, doc_hash) from release `number` on; the ones before end there."""
    for part in _parts([row["id"] for row in rows]):
        newest = _entry.c.to_release.is_(None) & _entry.c.id.in_(part)
        connection.execute(update(_entry).where(newest).values(to_release=number))
    if rows:
        connection.execute(insert(_entry), [{**row, "from_release": number} for row in rows])


def write_withheld(connection: Connection, number: int, reasons: dict[str, str | None]) -> None:
    """Clusters withheld for another reason than before; None: not withheld any more."""
    for part in _parts(reasons):
        newest = _withheld.c.to_release.is_(None) & _withheld.c.id.in_(part)
        connection.execute(update(_withheld).where(newest).values(to_release=number))
    rows = [{"id": one, "from_release": number, "reason": reason} for one, reason in reasons.items() if reason]
    if rows:
        connection.execute(insert(_withheld), rows)


def add_redirects(connection: Connection, number: int, rows: Sequence[Any]) -> None:
    """Public ids that moved (old_id, new_id, reason); those known already stay as they are."""
    values = [
        {"old_id": row.old_id, "new_id": row.new_id, "reason": row.reason, "from_release": number} for row in rows
    ]
    insert_ignore(connection, EntryRedirectRow, values, keys=("old_id", "new_id"))


def entries_at(connection: Connection, release: int, after: str, limit: int) -> list[Any]:
    """(id, doc) of published entries of a release whose id comes after `after`, by bytes."""
    valid = (_entry.c.from_release <= release) & or_(_entry.c.to_release.is_(None), _entry.c.to_release > release)
    shown = select(_entry.c.id, _entry.c.doc).where(valid, _entry.c.state == "published", _entry.c.id > after)
    return list(connection.execute(shown.order_by(_entry.c.id).limit(limit)))


def _parts(items: Iterable[Any]) -> Iterator[list[Any]]:
    every = list(items)
    for start in range(0, len(every), _CHUNK):
        yield every[start : start + _CHUNK]
