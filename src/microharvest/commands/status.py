"""`status`: one screen, worst first. What is broken, held, stale or new stands above what is well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from microharvest.clock import iso, utc_now
from microharvest.commands.age import ago, until
from microharvest.commands.screen import Screen, counted
from microharvest.commands.workspace import Workspace
from microharvest.errors import ConfigError, ExitStatus
from microharvest.explain.decisions import ReviewState, review_state
from microharvest.link.rules import rules_wait
from microharvest.publish.admission import REASONS
from microharvest.report.reading import dated_offers
from microharvest.store.status import (
    CatalogueState,
    HarvestTotals,
    SourceState,
    catalogue_state,
    harvest_totals,
    source_states,
)

__all__ = ["Line", "show_status"]

_T = TypeVar("_T")

LATE = 2.0
"""A source is late once its last complete run is this many times its interval ago."""

ORDER = ("broken", "blocked", "failed", "held", "partial", "late", "no file", "never", "paused", "complete", "retired")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One source as `status --json` gives it. `state` is one of `ORDER`; `because` says why in one sentence."""

    source: str
    title: str | None
    state: str
    because: str | None
    life: str
    last_run: int | None
    last_outcome: str | None
    last_complete: str | None
    next_due: str | None
    failures: int
    pinned_run: int | None
    held_runs: list[dict[str, Any]]
    records: dict[str, int]
    quarantine: int


def show_status(workspace: Workspace, screen: Screen) -> ExitStatus:
    """Sources, totals and what to do next."""
    now = utc_now()
    with workspace.stores() as stores:
        with stores.harvest.read() as connection:
            states = {state.source: state for state in source_states(connection, now)}
            totals = harvest_totals(connection)
            review = review_state(connection)
            waiting = _if_readable(lambda: rules_wait(connection, workspace.link_rules))
            dated = _if_readable(lambda: dated_offers(connection, workspace.quality.expiry_days))
        with stores.catalogue.read() as connection:
            catalogue = catalogue_state(connection)
    ending = None if dated is None else {state: len(dated.get(state, ())) for state in ("ended", "ends_soon")}
    every = sorted({*states, *workspace.sources, *workspace.broken})
    lines = [_line(source, states.get(source), workspace, now) for source in every]
    lines.sort(key=lambda line: (ORDER.index(line.state), line.source))
    if screen.as_json:
        screen.json(
            {
                "sources": lines,
                "totals": msgspec.to_builtins(totals),
                "catalogue": msgspec.to_builtins(catalogue),
                "review": msgspec.to_builtins(review),
                "link_rules_wait": waiting,
                "accreditation": ending,
            }
        )
        return ExitStatus.DONE
    if not lines:
        screen.no_sources(workspace.folder)
        return ExitStatus.DONE
    _show(screen, lines, totals, catalogue, states, now)
    _show_ending(screen, ending)
    _show_review(screen, review)
    _advise(screen, lines, totals, waiting, review.waiting)
    return ExitStatus.DONE


def _if_readable(read: Callable[[], _T]) -> _T | None:
    """None where the configuration cannot be read: `doctor` says why."""
    try:
        return read()
    except ConfigError:
        return None


def _line(source: str, state: SourceState | None, workspace: Workspace, now: datetime) -> Line:
    config, error = workspace.sources.get(source), workspace.broken.get(source)
    said, because = _judge(source, state, workspace, now)
    return Line(
        source=source,
        title=config.title if config else state.title if state else None,
        state=said,
        because=because if error is None else f"{error.sentence}  [{error.code}]",
        life=state.life if state else "active",
        last_run=state.last_run.run if state and state.last_run else None,
        last_outcome=state.last_run.outcome if state and state.last_run else None,
        last_complete=iso(state.last_complete) if state else None,
        next_due=iso(state.next_due) if state else None,
        failures=state.failures if state else 0,
        pinned_run=state.pinned_run if state else None,
        held_runs=[
            {"run": one.run, "plan": one.plan, "held_because": one.held_because, "held_code": one.held_code}
            for one in state.held
        ]
        if state
        else [],
        records=state.records if state else {},
        quarantine=state.quarantine if state else 0,
    )


def _judge(source: str, state: SourceState | None, workspace: Workspace, now: datetime) -> tuple[str, str | None]:
    """What there is to say first about a source, and why."""
    if source in workspace.broken:
        return "broken", None
    if state is not None and state.life != "active":
        return state.life, None
    if source not in workspace.sources:
        return "no file", f"The store knows it, but there is no {workspace.folder / 'sources'}/{source}.toml."
    if state is None or state.last_run is None:
        return "never", "It was never harvested."
    last = state.last_run
    if last.outcome in {"failed", "blocked"}:
        return last.outcome, f"{last.error or 'The last run failed.'}  [{last.error_code}]"
    held = [one for one in state.held if not one.plan]
    if held:
        return "held", f"{held[-1].held_because}  [{held[-1].held_code}]"
    if last.outcome == "partial":
        return "partial", last.error
    every = workspace.sources[source].schedule.every
    if every is not None and state.last_complete is not None and now - state.last_complete > every * LATE:
        return "late", f"Its last complete run was {ago(state.last_complete, now)}."
    if last.state == "running":
        return "partial", f"Run {last.run} was begun and not ended: the next harvest goes on with it."
    return "complete", None


def _show(
    screen: Screen,
    lines: list[Line],
    totals: HarvestTotals,
    catalogue: CatalogueState,
    states: dict[str, SourceState],
    now: datetime,
) -> None:
    heads = ["source", "state", "complete", "due", "active", "besides"]
    rows = []
    for line in lines:
        state = states.get(line.source)
        streak = f" ×{line.failures}" if line.failures > 1 else ""
        besides = [(status, line.records.get(status, 0)) for status in ("missing", "withdrawn")]
        besides.append(("in quarantine", line.quarantine))
        rows.append(
            [
                line.source,
                line.state + streak,
                ago(state.last_complete, now) if state else "never",
                until(state.next_due, now) if state else "",
                line.records.get("active", 0),
                ", ".join(f"{n:,} {status}" for status, n in besides if n),
            ]
        )
    screen.table(heads, rows)
    worrying = [line for line in lines if line.because]
    if worrying:
        screen.say()
    for line in worrying:
        runs = (
            ", ".join(f"run {one['run']}" for one in line.held_runs if not one["plan"]) if line.state == "held" else ""
        )
        screen.say(f"{line.source}: {runs + ': ' if runs else ''}{line.because}")
    screen.say()
    release = "nothing published yet"
    if catalogue.release:
        entries = counted(catalogue.entries, "entry")
        release = f"release {catalogue.release} ({ago(catalogue.published, now)}), {entries}"
    screen.say(f"{counted(totals.offers, 'offer')} in {counted(totals.clusters, 'cluster')}; {release}.")
    if catalogue.withheld and not catalogue.entries:
        reason, count = max(catalogue.withheld.items(), key=lambda one: one[1])
        screen.say(f"Nothing is shown. {counted(count, 'cluster')}: {REASONS[reason]}  [{reason}]", "yellow")
    if catalogue.pinned:
        screen.say(f"Publishing is pinned: {catalogue.pinned_because or 'after a rollback'}.", "yellow")


def _show_ending(screen: Screen, ending: dict[str, int] | None) -> None:
    """In one line; `doctor` names an offer of each, the report of trust all."""
    words = {"ended": "has ended for", "ends_soon": "ends soon for"}
    told = [f"{words[state]} {counted(count, 'offer')}" for state, count in (ending or {}).items() if count]
    if told:
        screen.say(f"Accreditation {' and '.join(told)}: `microharvest doctor` says until when.", "yellow")


def _show_review(screen: Screen, review: ReviewState) -> None:
    """Values of people that do not hold any more, and what waits for a person."""
    for number in review.lapsed:
        screen.say(f"Decision {number} has lapsed: its field is told differently than when it was made (review list).")
    if review.torn:
        numbers = ", ".join(str(number) for number in review.torn)
        screen.say(f"Decisions {numbers} give one field different values: revoke one.", "yellow")


def _advise(screen: Screen, lines: list[Line], totals: HarvestTotals, waiting: bool | None, undecided: int) -> None:
    """The next steps, as commands."""
    steps = [
        f"approve {run['run']}   (or reject {run['run']}{'; planned only' if run['plan'] else ''})"
        for line in lines
        for run in line.held_runs
    ]
    if any(line.state == "never" for line in lines):
        steps.append("harvest --all")
    if totals.touched:
        steps.append(f"link   (waiting: {counted(totals.touched, 'record')})")
    if waiting:
        steps.append("link --all --plan   (the configuration's scorecard or organisations wait for it)")
    if totals.touched_clusters:
        steps.append(f"publish   (waiting: {counted(totals.touched_clusters, 'cluster')})")
    if undecided:
        steps.append(f"review next   (waiting for a person: {counted(undecided, 'pair')})")
    steps.extend(f"explain run:{line.last_run}" for line in lines if line.state in {"failed", "blocked"})
    if waiting is None or any(line.state == "broken" for line in lines):
        steps.append("doctor")
    screen.next(*steps[:6])
