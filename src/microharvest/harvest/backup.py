"""`backup` and `restore`: the two schemas as files, and back again without what was forgotten since.

What must stay true: the harvest store is copied before the catalogue, so that a pair never lacks a release that its
harvest believes published; a restored store is cleaned of everything on the list of the store it replaces, on its own
and on the one that is given, before anybody can read it (SQLite) or publish from it (PostgreSQL). The lists are united:
what was forgotten anywhere stays forgotten.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from microharvest.clock import Clock, utc_now
from microharvest.errors import ConfigError, StoreError
from microharvest.harvest.erase import ErasureReport, forget_again
from microharvest.model.forgotten import Rule
from microharvest.settings import Settings
from microharvest.store import copies, forgetting
from microharvest.store.actions import note_action
from microharvest.store.database import Database
from microharvest.store.leadership import leader_lock
from microharvest.store.leases import LeaseHeld, free_leases, held_leases
from microharvest.store.schema import migrate

__all__ = ["RestoreReport", "backup", "catalogue_file", "restore"]


class RestoreReport(msgspec.Struct, frozen=True, kw_only=True):
    """`rules`: entries of the united list; `erased`: rows changed by table; `left`: what could not be done."""

    rules: int
    erased: dict[str, int]
    left: tuple[str, ...] = ()


def catalogue_file(path: Path) -> Path:
    """Where the catalogue's copy stands, if the catalogue is a database of its own."""
    return path.with_name(f"{path.name}.catalogue")


def backup(
    harvest: Database,
    catalogue: Database,
    path: Path,
    *,
    overwrite: bool,
    who: str,
    why: str = "",
    clock: Clock = utc_now,
) -> list[Path]:
    """Copy both schemas while they are in use; returns the files. Raises ConfigError config.exists, StoreError."""
    files = [path] if catalogue is harvest else [path, catalogue_file(path)]
    for file in files:
        if file.exists() and not overwrite:
            raise ConfigError("config.exists", f"{file} is there already: name another file, or say --overwrite.")
    for database, file in zip((harvest, catalogue), files, strict=False):
        copies.copy_to(database, file)
    with harvest.write() as connection:
        note_action(connection, clock(), who, "backup", path.name, why, "", f"{len(files)} files")
    return files


def restore(
    settings: Settings,
    path: Path,
    known: list[Rule],
    *,
    overwrite: bool,
    who: str,
    why: str = "",
    clock: Clock = utc_now,
) -> RestoreReport:
    """Put a backup into the configured store. Raises ConfigError backup.unreadable, config.exists, StoreError."""
    other = settings.publish.store
    apart = bool(other) and other != settings.store
    targets: list[tuple[str, Path, list[Literal["harvest", "catalogue"]]]] = [
        (settings.store, path, ["harvest"] if apart else ["harvest", "catalogue"])
    ]
    if apart and other:
        targets.append((other, catalogue_file(path), ["catalogue"]))
    opened: list[_Target] = []
    try:
        for address, file, _ in targets:
            opened.append(_Target(address, file))
            opened[-1].claim(overwrite)
        rules = {rule.digest: rule for rule in known}
        for target in opened:
            rules |= {rule.digest: rule for rule in target.rules}
        for target, (_, _, schemas) in zip(opened, targets, strict=True):
            target.load(schemas)
        harvest, catalogue = opened[0].database, opened[-1].database
        with harvest.write() as connection:
            forgetting.add_rules(connection, list(rules.values()), clock())
            free_leases(connection)
            count = len(forgetting.rules_in(connection))
        report = forget_again(harvest, catalogue, clock=clock) if count else ErasureReport(changed={})
        with harvest.write() as connection:
            note_action(connection, clock(), who, "restore", path.name, why, "", f"{count} forgotten")
        for target in opened:
            target.finish()
    finally:
        for target in opened:
            target.close()
    return RestoreReport(
        rules=count, erased=report.changed, left=(*(one for target in opened for one in target.left), *report.left)
    )


class _Target:
    """One database that is to be replaced: what it forgot, and the way to its new content."""

    def __init__(self, address: str, copy: Path) -> None:
        self.former = Database(address, create=True)
        self.database = self.former
        self.copy = copy
        self.rules: list[Rule] = []
        self.left: tuple[str, ...] = ()
        path = self.former.path
        self._beside = path.with_name(f"{path.name}.restoring") if path is not None else None
        self._lock = leader_lock(self.former)

    def claim(self, overwrite: bool) -> None:
        """Check that copy and database fit, and that nobody uses the database. Raises as `restore`."""
        kind = "sqlite" if self.former.is_sqlite else "postgresql"
        found = copies.kind_of_copy(self.copy)
        if found != kind:
            raise ConfigError("backup.unreadable", f"{self.copy} is a {found} backup, {self.former.shown} is {kind}.")
        path = self.former.path
        there = path is None or (path.exists() and path.stat().st_size > 0)
        if there and self._in_use(overwrite) and not overwrite:
            raise ConfigError(
                "config.exists", f"There is a store in {self.former.shown}: name an empty one, or say --overwrite."
            )
        if not self._lock.try_acquire():
            raise StoreError("store.busy", f"A daemon is running on {self.former.shown}: stop it, then restore.")

    def _in_use(self, overwrite: bool) -> bool:
        """True if there is a store; its list is read, as far as it can be, and nobody may be working on it."""
        busy: list[LeaseHeld] = []
        try:
            tables = copies.tables_of(self.former)
            if "source" in tables:
                with self.former.read() as connection:
                    busy = held_leases(connection, utc_now())
                    self.rules = forgetting.rules_in(connection) if "forgotten" in tables else []
        except StoreError:
            if not overwrite:
                raise
            self.left = (f"What {self.former.shown} had forgotten could not be read: restore again with --forgotten",)
            return True
        if busy:
            raise StoreError("store.busy", f"{busy[0].source} is being worked on: wait for it, then restore.")
        return bool(tables)

    def load(self, schemas: list[Literal["harvest", "catalogue"]]) -> None:
        """Bring the copy where it can be cleaned, at the present state of the schema."""
        if self._beside is None:
            copies.load_dump(self.former, self.copy)
        else:
            copies.copy_file(self.copy, self._beside)
            self.database = Database(f"sqlite:///{self._beside}")
        if not copies.tables_of(self.database):
            raise ConfigError("backup.unreadable", f"{self.copy} holds no store of microharvest.")
        for schema in schemas:
            migrate(self.database, schema)

    def finish(self) -> None:
        """Make it the store."""
        if self._beside is not None and self.former.path is not None:
            self.database.dispose()
            self.former.dispose()
            copies.put_in_place(self._beside, self.former.path)

    def close(self) -> None:
        """Close everything; what was not finished is not there."""
        self._lock.release()
        self.database.dispose()
        self.former.dispose()
        if self._beside is not None:
            for suffix in ("", "-wal", "-shm"):
                with suppress(OSError):
                    self._beside.with_name(self._beside.name + suffix).unlink(missing_ok=True)
