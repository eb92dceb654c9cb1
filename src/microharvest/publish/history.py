"""Going back to an earlier release by hand, and going on again. Both leave a row in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import json

from microharvest.clock import Clock, utc_now
from microharvest.errors import RunError
from microharvest.sources import SourceConfig
from microharvest.store import catalogue as releases
from microharvest.store.actions import note_action
from microharvest.store.database import Connection, Database

__all__ = ["resume", "rollback"]

PAGE = 500


def rollback(
    harvest: Database,
    catalogue: Database,
    release: int,
    sources: Mapping[str, SourceConfig],
    *,
    who: str,
    why: str,
    clock: Clock = utc_now,
) -> None:
    """Make an earlier release current and pin publishing.

    Nothing is deleted: the releases after it stay, and the next publish after `resume` goes on from the newest. Raises
    RunError `command.unknown_release`, and `publish.forbidden` if the release shows a source that may not be shown now.
    """
    with catalogue.write() as connection:
        if releases.release_state(connection, release) != "published":
            raise RunError("command.unknown_release", f"There is no published release {release}.")
        forbidden = _forbidden(connection, release, sources)
        if forbidden is not None:
            raise RunError(
                "publish.forbidden",
                f"Release {release} shows texts of {forbidden}, which may not be shown now: choose another release.",
            )
        before = releases.catalogue_row(connection).current
        releases.set_current(connection, release, pinned=True, because=why)
    with harvest.write() as connection:
        note_action(connection, clock(), who, "rollback", f"release {release}", why, str(before), str(release))


def _forbidden(connection: Connection, release: int, sources: Mapping[str, SourceConfig]) -> str | None:
    """A source of which the release shows something although it may not be shown (any more)."""
    after = ""
    while page := releases.entries_at(connection, release, after, PAGE):
        for entry in page:
            for member in json.decode(entry.doc).get("members", ()):
                source = member["source"]
                if source not in sources or not sources[source].shown:
                    return str(source)
        after = page[-1].id
    return None


def resume(harvest: Database, catalogue: Database, *, who: str, why: str = "", clock: Clock = utc_now) -> bool:
    """Lift the pin; the next publish makes a release. False if publishing was not pinned."""
    with catalogue.write() as connection:
        row = releases.catalogue_row(connection)
        if row is None or not row.pinned:
            return False
        releases.set_current(connection, row.current, pinned=False, because=None)
    with harvest.write() as connection:
        subject = f"release {row.current}"
        note_action(connection, clock(), who, "resume-publishing", subject, why, "pinned", "publishing")
    return True
