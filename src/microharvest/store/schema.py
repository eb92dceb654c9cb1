"""Creating and migrating the two schemas, and telling whether a store fits this version of microharvest.

Both migration histories run in one transaction each. A store that is newer than this program is refused and
left as it is.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection, MetaData, text

from microharvest.errors import StoreError
from microharvest.store import decision_tables  # noqa: F401 - its tables belong to the harvest schema
from microharvest.store.catalogue_tables import CatalogueBase
from microharvest.store.database import Database
from microharvest.store.match_tables import HarvestBase

if TYPE_CHECKING:  # its import takes a sixth of a second, and a store that fits needs nothing of it
    from alembic.config import Config

__all__ = ["SCHEMAS", "Schema", "alembic_config", "check_schema", "migrate"]

Schema = Literal["harvest", "catalogue"]
SCHEMAS: dict[str, MetaData] = {"harvest": HarvestBase.metadata, "catalogue": CatalogueBase.metadata}


def alembic_config(connection: Connection, schema: Schema) -> Config:
    """Alembic's configuration for one schema on an open connection; nothing is read from a file."""
    from alembic.config import Config

    metadata = SCHEMAS[schema]
    version_table = f"schema_{schema}"

    def include_name(name: str | None, kind: str, _parents: Any) -> bool:
        return kind != "table" or name in metadata.tables

    config = Config(stdout=io.StringIO())  # its default is what standard output was when alembic was imported
    config.set_main_option("script_location", str(_folder(schema)))
    config.set_main_option("path_separator", "os")
    config.attributes.update(
        connection=connection, metadata=metadata, version_table=version_table, include_name=include_name
    )
    return config


def migrate(database: Database, schema: Schema) -> bool:
    """Bring a schema to the newest state; True if anything was done. Raises StoreError store.newer."""
    with database.write() as connection:
        before = _revision(connection, schema)
        if before == _newest(schema):
            return False
        _refuse_newer(connection, before, database, schema)
        from alembic import command

        command.upgrade(alembic_config(connection, schema), "head")
        return True


def check_schema(database: Database, schema: Schema) -> None:
    """Raise StoreError store.absent, store.older or store.newer unless the schema is the one this program has."""
    with database.read() as connection:
        found = _revision(connection, schema)
        if found == _newest(schema):
            return
        _refuse_newer(connection, found, database, schema)
    if found is None:
        raise StoreError("store.absent", f"There is no store in {database.shown} yet: run `microharvest init`.")
    raise StoreError("store.older", f"{database.shown} was written by an older microharvest: run `microharvest init`.")


def _revision(connection: Connection, schema: Schema) -> str | None:
    if not connection.dialect.has_table(connection, f"schema_{schema}"):
        return None
    found: str | None = connection.execute(text(f"SELECT version_num FROM schema_{schema}")).scalar()  # noqa: S608
    return found


def _folder(schema: Schema) -> Path:
    return Path(__file__).parent / "migrations" / schema


def _newest(schema: Schema) -> str:
    """The migration no other one follows."""
    files = [path.read_text(encoding="utf-8") for path in (_folder(schema) / "versions").glob("*.py")]
    names, before = (
        {found[1] for text in files for found in re.finditer(rf'^{name}\b[^=\n]*= "(\w+)"', text, re.M)}
        for name in ("revision", "down_revision")
    )
    (newest,) = names - before
    return newest


def _refuse_newer(connection: Connection, found: str | None, database: Database, schema: Schema) -> None:
    if found is None:
        return
    from alembic.script import ScriptDirectory
    from alembic.util.exc import CommandError

    try:
        ScriptDirectory.from_config(alembic_config(connection, schema)).get_revision(found)
    except CommandError:
        raise StoreError(
            "store.newer",
            f"The {schema} schema of {database.shown} ({found}) was written by a newer microharvest: "
            "install that version; nothing was changed.",
        ) from None
