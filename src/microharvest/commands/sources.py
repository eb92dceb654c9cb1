"""`sources`: which feeds there are, what holds for one of them and why, and its life."""

from __future__ import annotations

from typing import Any

import msgspec

from microharvest.clock import iso, utc_now
from microharvest.commands.age import ago, span, until
from microharvest.commands.screen import ONWARD, Screen, clean
from microharvest.commands.workspace import Workspace
from microharvest.errors import ExitStatus, StoreError
from microharvest.store.lives import Life, set_life
from microharvest.store.status import SourceState, source_states
from microharvest.telemetry import redact

__all__ = ["list_sources", "live", "show_source"]


def list_sources(workspace: Workspace, screen: Screen) -> ExitStatus:
    """Every source file, readable or not. 2 if one is not."""
    states = _states(workspace)
    found: list[dict[str, Any]] = []
    for source in sorted({*workspace.sources, *workspace.broken, *states}):
        config, error, state = workspace.sources.get(source), workspace.broken.get(source), states.get(source)
        found.append(
            {
                "source": source,
                "title": config.title if config else state.title if state else None,
                "protocol": config.protocol if config else None,
                "dialect": config.dialect if config else None,
                "url": redact(config.url) if config else None,
                "life": "broken" if error else state.life if state else "active",
                "next_due": iso(state.next_due) if state else None,
                "records": state.records if state else {},
                "error": {"code": error.code, "message": error.sentence} if error else None,
            }
        )
    if screen.as_json:
        for one in found:
            screen.json(one)
        return ExitStatus.CONFIG if workspace.broken else ExitStatus.DONE
    if not found:
        screen.no_sources(workspace.folder)
        return ExitStatus.DONE
    rows = [
        [one["source"], one["life"], one["protocol"], one["dialect"], one["records"].get("active", 0),
         clean(one["title"] or "", limit=60)]
        for one in found
    ]  # fmt: skip
    screen.table(["source", "life", "protocol", "dialect", "active", "title"], rows)
    for source, error in workspace.broken.items():
        screen.say()
        screen.say(f"{source}: {error.sentence}  [{error.code}]")
    return ExitStatus.CONFIG if workspace.broken else ExitStatus.DONE


def show_source(workspace: Workspace, screen: Screen, source: str, *, effective: bool) -> ExitStatus:
    """One source: the file in short, or every value with its origin."""
    config = workspace.source(source)
    if effective:
        from microharvest.sources import effective as effective_values

        rows = effective_values(source, workspace.config_dir, workspace.environ)
        shown = [(one.key, redact(one.value) if one.key == "url" else one.value, one.origin) for one in rows]
        if screen.as_json:
            for key, value, origin in shown:
                screen.json({"key": key, "value": msgspec.to_builtins(value), "origin": origin})
            return ExitStatus.DONE
        screen.table(["key", "value", "from"], [[key, _written(value), origin] for key, value, origin in shown])
        return ExitStatus.DONE
    state = _states(workspace).get(source)
    if screen.as_json:
        record = {"source": source, "config": msgspec.to_builtins(config), "state": msgspec.to_builtins(state)}
        record["config"]["url"] = redact(config.url)
        screen.json(record)
        return ExitStatus.DONE
    every = config.schedule.every
    schedule = f"every {span(every)}" if every is not None else config.schedule.cron
    screen.heading(f"{source}  {config.title}", state.life if state else "active")
    screen.pairs(
        [
            ("fetched by", config.protocol),
            ("says", config.dialect),
            ("url", redact(config.url)),
            ("licence", config.licence),
            ("redistribute", config.redistribute),
            ("authority", config.authority),
            ("schedule", f"{schedule} ({config.schedule.timezone})"),
            *_state_rows(state),
            ("next", f"microharvest sources show {source} --effective   names where each value comes from"),
        ]
    )
    return ExitStatus.DONE


def live(workspace: Workspace, screen: Screen, source: str, life: Life, why: str) -> ExitStatus:
    """Pause, resume or retire a source. A source without file can be retired, not resumed."""
    with workspace.stores() as stores:
        with stores.harvest.read() as connection:
            known = {state.source for state in source_states(connection, utc_now())}
        if source not in known and source not in workspace.broken:
            workspace.source(source)
        withdrawn = set_life(stores.harvest, source, life, who=workspace.operator, why=why)
    if screen.as_json:
        screen.json({"source": source, "life": life, "withdrawn": withdrawn})
        return ExitStatus.DONE
    said = {
        "active": "is active again: it is harvested at its next slot.",
        "paused": f"is paused: neither schedule nor --all harvests it until `microharvest sources resume {source}`.",
        "retired": f"is retired for good; {withdrawn:,} records were withdrawn. Its file may be removed now.",
    }
    screen.say(f"{source} {said[life]}")
    if withdrawn:
        screen.next(*ONWARD)
    return ExitStatus.DONE


def _state_rows(state: SourceState | None) -> list[tuple[str, object]]:
    if state is None:
        return [("harvested", "never")]
    now, last = utc_now(), state.last_run
    wrong = f"run {last.run}, {last.outcome}: {last.error}  [{last.error_code}]" if last and last.error else ""
    return [
        ("last", wrong),
        ("complete", ago(state.last_complete, now)),
        ("due", until(state.next_due, now)),
        ("records", ", ".join(f"{n:,} {status}" for status, n in sorted(state.records.items()))),
        ("pinned", f"to run {state.pinned_run}" if state.pinned_run else ""),
        ("held", [f"run {one.run}: {one.held_because}" for one in state.held]),
    ]


def _states(workspace: Workspace) -> dict[str, SourceState]:
    """What the store knows; nothing where there is no store yet, for the files can be read without one."""
    try:
        with workspace.stores() as stores, stores.harvest.read() as connection:
            return {state.source: state for state in source_states(connection, utc_now())}
    except StoreError as error:
        if error.code != "store.absent":
            raise
        return {}


def _written(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
