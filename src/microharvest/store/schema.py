"""Creating and migrating the two schemas, and telling whether a store fits this version of microharvest.

Both migration histories run in one transaction each. A store that is newer than this program is refused and
left as it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, MetaData

from microharvest.errors import StoreError
from microharvest.store import decision_tables  # noqa: F401 - its tables belong to the harvest schema
from microharvest.store.catalogue_tables import CatalogueBase
from microharvest.store.database import Database
from microharvest.store.match_tables import HarvestBase

__all__ = ["SCHEMAS", "Schema", "alembic_config", "check_schema", "migrate"]

Schema = Literal["harvest", "catalogue"]
SCHEMAS: dict[str, MetaData] = {"harvest": HarvestBase.metadata, "catalogue": CatalogueBase.metadata}


def alembic_config(connection: Connection, schema: Schema) -> Config:
    """Alembic's configuration for one schema on an open connection; nothing is read from a file."""
    metadata = SCHEMAS[schema]
    version_table = f"schema_{schema}"

    def include_name(name: str | None, kind: str, _parents: Any) -> bool:
        return kind != "table" or name in metadata.tables

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations" / schema))
    config.set_main_option("path_separator", "os")
    config.attributes.update(
        connection=connection, metadata=metadata, version_table=version_table, include_name=include_name
    )
    return config


def migrate(database: Database, schema: Schema) -> bool:
    """Bring a schema to the newest state; True if anything was done. Raises StoreError store.newer."""
    with database.write() as connection:
        before = _revision(connection, schema)
        config = alembic_config(connection, schema)
        _refuse_newer(config, before, database, schema)
        command.upgrade(config, "head")
        return _revision(connection, schema) != before


def check_schema(database: Database, schema: Schema) -> None:
    """Raise StoreError store.absent, store.older or store.newer unless the schema is the one this program has."""
    with database.read() as connection:
        found = _revision(connection, schema)
        config = alembic_config(connection, schema)
    if found is None:
        raise StoreError("store.absent", f"There is no store in {database.shown} yet: run `microharvest init`.")
    _refuse_newer(config, found, database, schema)
    if found != ScriptDirectory.from_config(config).get_current_head():
        raise StoreError(
            "store.older", f"{database.shown} was written by an older microharvest: run `microharvest init`."
        )


def _revision(connection: Connection, schema: Schema) -> str | None:
    return MigrationContext.configure(connection, opts={"version_table": f"schema_{schema}"}).get_current_revision()


def _refuse_newer(config: Config, found: str | None, database: Database, schema: Schema) -> None:
    if found is None:
        return
    try:
        ScriptDirectory.from_config(config).get_revision(found)
    except CommandError:
        raise StoreError(
            "store.newer",
            f"The {schema} schema of {database.shown} ({found}) was written by a newer microharvest: "
            "install that version; nothing was changed.",
        ) from None
