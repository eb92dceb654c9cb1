"""A turn is one source being served once. Planning it, beginning it, ending it: the schedule meets the store.

Each function is one short transaction. A turn that dies with its process leaves the due time where it was, so the
source is due still, and its run goes on with the pending requests.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from yarl import URL

from microharvest.harvest.fetch.hosts import host_key
from microharvest.harvest.fetch.retries import CREDIBLE
from microharvest.harvest.report import RunReport
from microharvest.service.schedule import Slots, next_due, planned_due, slack_of
from microharvest.sources import SourceConfig
from microharvest.store.database import Database
from microharvest.store.schedule import (
    count_failure,
    due_sources,
    mark_started,
    postponed_hosts,
    set_next_due,
    turns_of,
)

__all__ = ["begin_turn", "due_in_store", "due_now", "end_turn", "is_suspended", "make_due", "plan_turns"]

NO_TIME = timedelta()


def plan_turns(
    database: Database, sources: Mapping[str, SourceConfig], now: datetime, *, anew: bool = False, early: bool = False
) -> dict[str, datetime | None]:
    """Note for each active source when it is due, keeping what was noted unless it lies beyond the next slot.

    `anew`: forget what was noted, for a schedule that changed.
    `early`: a slot that is near is due now. Returns the due times by source.
    """
    planned: dict[str, datetime | None] = {}
    with database.write() as connection:
        postponed = postponed_hosts(connection, now, CREDIBLE)
        for source, turn in turns_of(connection, sources.keys(), now).items():
            if turn.life != "active":
                continue
            config = sources[source]
            planned[source] = planned_due(
                Slots(config.schedule, source, turn.created),
                config.schedule,
                now,
                stored=None if anew else turn.next_due,
                last=turn.last,
                unfinished=turn.unfinished,
                postponed=postponed.get(_host_of(config)),
                early=slack_of(config.schedule) if early else NO_TIME,
            )
            if planned[source] != turn.next_due:
                set_next_due(connection, source, planned[source])
    return planned


def due_in_store(database: Database, sources: Mapping[str, SourceConfig], now: datetime) -> list[str]:
    """Which sources are due, longest waiting first."""
    with database.read() as connection:
        return due_sources(connection, now, sources.keys())


def due_now(database: Database, sources: Mapping[str, SourceConfig], now: datetime) -> dict[str, SourceConfig]:
    """What a one-off `sync` should harvest: what is due, or so soon that the next `sync` would come too late."""
    planned = plan_turns(database, sources, now, early=True)
    return {source: sources[source] for source, due in planned.items() if due is not None and due <= now}


def make_due(database: Database, sources: Collection[str], now: datetime) -> None:
    """Let sources be due at once."""
    with database.write() as connection:
        for source in sources:
            set_next_due(connection, source, now)


def begin_turn(database: Database, source: str, now: datetime) -> None:
    """Note that a turn begins."""
    with database.write() as connection:
        mark_started(connection, source, now)


def end_turn(
    database: Database, config: SourceConfig, report: RunReport | None, now: datetime, *, early: timedelta = NO_TIME
) -> datetime | None:
    """Note when the source is due again; returns it.

    `report`: None for a turn that raised before it had a run. `early`: a slot that comes as soon as this was served.
    """
    with database.write() as connection:
        if report is None or report.run is None:
            count_failure(connection, config.id)
        turn = turns_of(connection, [config.id], now)[config.id]
        if turn.life != "active":
            return None
        due = next_due(
            Slots(config.schedule, config.id, turn.created),
            now,
            early=early,
            outcome="failed" if report is None else report.outcome,
            suspended=report is not None and is_suspended(report),
            failures=turn.failures,
            postponed=postponed_hosts(connection, now, CREDIBLE).get(_host_of(config)),
        )
        set_next_due(connection, config.id, due)
        return due


def is_suspended(report: RunReport) -> bool:
    """Did the run stop before its end, to go on later?"""
    return report.run is not None and report.acceptance is None


def _host_of(config: SourceConfig) -> str:
    return host_key(URL(config.url))
