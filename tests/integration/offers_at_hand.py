"""Accepted records put straight into a store, as an acceptance would: for tests of what comes after harvesting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from microharvest.model.ids import content_hash, id_hash
from microharvest.model.offer import Offer, encode_offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Credits, Identifier, Microcredential
from microharvest.sources import SourceConfig
from microharvest.store.database import Database, insert_ignore, table_of
from microharvest.store.harvest_tables import NodeRow, RecordRow, TouchedRow, VersionRow
from microharvest.store.schema import migrate

START = datetime(2026, 1, 1, tzinfo=UTC)


def source(name: str, **more: Any) -> SourceConfig:
    """A source that may be shown."""
    values: dict[str, Any] = {
        "id": name, "title": f"Source {name}", "protocol": "file", "dialect": "columns", "url": "https://x.test/",
        "licence": "https://creativecommons.org/licenses/by/4.0/", "redistribute": "yes", "derive": "yes",
        "authority": "aggregator", **more,
    }  # fmt: skip
    return SourceConfig(**values)


def offer(title: str = "Welding", provider: str = "Oslo Met", **more: Any) -> Offer:
    """A small offer; `code`, `url`, `urn` and `ects` are short for the fields they fill."""
    identifiers = list(more.pop("identifiers", ()))
    if "code" in more:
        identifiers.append(Identifier(scheme="code", value=more.pop("code")))
    if "urn" in more:
        identifiers.append(Identifier(scheme="uri", value=more.pop("urn")))
    if "url" in more:
        more["homepage"] = (more.pop("url"),)
    if "ects" in more:
        more["credits"] = (Credits(framework="ECTS", points=more.pop("ects")),)
    more.setdefault("is_microcredential", Microcredential(value="yes", basis="declared"))
    return Offer(
        title={"en": title}, provider=Organisation(name={"en": provider}), identifiers=tuple(identifiers), **more
    )


class Shelf:
    """A migrated store that tests fill."""

    def __init__(self, url: str) -> None:
        self.database = Database(url, create=True)
        migrate(self.database, "harvest")
        migrate(self.database, "catalogue")
        self._at = START
        with self.database.write() as connection:
            connection.execute(insert(table_of(NodeRow)), [{"id": 1, "node_id": "node-1", "created": START}])

    def clock(self) -> datetime:
        """A second later at each call."""
        self._at += timedelta(seconds=1)
        return self._at

    def put(self, name: str, native_id: str, said: Offer, *, touch: bool = True) -> None:
        """Accept an offer as the record's newest version."""
        doc, now = encode_offer(said), self.clock()
        identity = {"source": name, "native_id": native_id}
        with self.database.write() as connection:
            version = connection.execute(
                insert(table_of(VersionRow)).values(
                    **identity, run=int(now.timestamp()), id_hash=id_hash(native_id), place="0", deleted=False,
                    media_type="application/json", raw=b"", raw_hash=b"r", doc=doc, doc_hash=content_hash(doc),
                    issues='[{"code":"price.no_currency","field":"prices","value":"5"}]', map_version="1", created=now,
                )
            ).inserted_primary_key[0]  # fmt: skip
            table = table_of(RecordRow)
            here = (table.c.source == name) & (table.c.native_id == native_id)
            values = {"head": version, "doc_hash": content_hash(doc), "status": "active", "last_seen": now}
            if connection.execute(select(table.c.head).where(here)).first() is None:
                more = {"id_hash": id_hash(native_id), "raw_hash": b"r", "map_version": "1", "first_seen": now}
                connection.execute(insert(table).values(**identity, **values, **more, missing_runs=0))
            else:
                connection.execute(update(table).where(here).values(**values))
            if touch:
                insert_ignore(connection, TouchedRow, [identity], keys=("source", "native_id"))

    def set_status(self, name: str, native_id: str, status: str) -> None:
        """active, missing or withdrawn, as acceptance says it."""
        table = table_of(RecordRow)
        with self.database.write() as connection:
            here = (table.c.source == name) & (table.c.native_id == native_id)
            connection.execute(update(table).where(here).values(status=status))
            self._touch(connection, name, native_id)

    def touch(self, name: str, native_id: str) -> None:
        """Nothing changed, but link looks."""
        with self.database.write() as connection:
            self._touch(connection, name, native_id)

    def rows(self, row: Any) -> list[Any]:
        """All rows of a table."""
        with self.database.read() as connection:
            return list(connection.execute(select(table_of(row))))

    @staticmethod
    def _touch(connection: Any, name: str, native_id: str) -> None:
        row = {"source": name, "native_id": native_id}
        insert_ignore(connection, TouchedRow, [row], keys=("source", "native_id"))
