"""`quarantine list|show|replay|drop`: what could not be used, and what becomes of it."""

from __future__ import annotations

import msgspec

from microharvest.clock import iso, utc_now
from microharvest.commands.age import ago
from microharvest.commands.run_reports import complain, show_reports, status_of
from microharvest.commands.screen import Screen
from microharvest.commands.workspace import Workspace
from microharvest.errors import ConfigError, ExitStatus, MicroharvestError, StoreError
from microharvest.store import quarantine
from microharvest.store.quarantine import Selection
from microharvest.telemetry import plain

__all__ = ["Selection", "drop_inputs", "list_inputs", "replay_inputs", "show_input"]

SHOWN = 8000
"""Bytes that `show` prints."""


def list_inputs(workspace: Workspace, screen: Screen, chosen: Selection, limit: int) -> ExitStatus:
    """The newest first, and how many there are of each kind."""
    with workspace.stores() as stores, stores.harvest.read() as connection:
        rows = quarantine.list_rows(connection, chosen, limit)
        counts = quarantine.count_rows(connection, chosen)
    if screen.as_json:
        for row in rows:
            screen.json({"id": row.id, "source": row.source, "run": row.run, "record_id": row.native_id,
                         "code": row.code, "detail": row.detail, "size": row.size, "media_type": row.media_type,
                         "at": iso(row.at), "expires": iso(row.expires)})  # fmt: skip
        return ExitStatus.DONE
    now = utc_now()
    heads = ["id", "source", "record", "code", "detail", "since"]
    cells = [
        [str(row.id), row.source, row.native_id or "without id", row.code, (row.detail or "")[:60],
         ago(row.at, now)]
        for row in rows
    ]  # fmt: skip
    if cells:
        screen.table(heads, cells)
    total = sum(counts.values())
    if total > len(rows):
        screen.say(f"The newest {len(rows):,} of {total:,}; --limit shows more.", "dim")
    for (source, code), count in counts.items():
        screen.say(f"{source}: {count:,} x {code}")
    if rows:
        screen.next(
            f"quarantine show {rows[0].id}", "quarantine replay --source ID   (once its file or dialect is mended)"
        )
    else:
        screen.say("Nothing is in quarantine.", "dim")
    return ExitStatus.DONE


def show_input(workspace: Workspace, screen: Screen, number: int) -> ExitStatus:
    """One input: why it was refused, and its bytes with everything unprintable escaped."""
    with workspace.stores() as stores, stores.harvest.read() as connection:
        row = quarantine.row_of(connection, number)
    if row is None:
        raise ConfigError("command.unknown_id", f"There is nothing with the number {number} in quarantine.")
    content = bytes(row.content or b"")
    text = plain(content[:SHOWN].decode("utf-8", "backslashreplace"), lines=True)
    facts = {"source": row.source, "run": row.run, "record": row.native_id, "code": row.code, "detail": row.detail,
             "media type": row.media_type, "since": iso(row.at), "kept until": iso(row.expires)}  # fmt: skip
    if screen.as_json:
        screen.json({"id": row.id, **facts, "size": len(content), "content": text})
        return ExitStatus.DONE
    screen.heading(f"quarantine {row.id}", row.code)
    screen.pairs([*facts.items(), ("bytes", f"{len(content):,}")])
    screen.say()
    for line in text.splitlines():
        screen.say(f"  {line}")
    if len(content) > SHOWN:
        screen.say(f"and {len(content) - SHOWN:,} more bytes.", "dim")
    return ExitStatus.DONE


def replay_inputs(workspace: Workspace, screen: Screen, chosen: Selection, why: str) -> ExitStatus:
    """Map kept bytes again, source by source. 4 if a run is held; what still fails stays."""
    from microharvest.harvest.replay import ReplayReport, replay

    _narrowed(chosen)
    status = ExitStatus.DONE
    reports: list[ReplayReport] = []
    with workspace.stores() as stores:
        with stores.harvest.read() as connection:
            sources = quarantine.sources_in(connection, chosen)
        for source in sources:
            try:
                config = workspace.source(source)
                reports += replay(stores.harvest, config, workspace.settings, chosen, who=workspace.operator, why=why)
            except StoreError:
                raise
            except MicroharvestError as error:
                status = error.exit_status
                screen.note(f"error: {source}: {error.sentence}  [{error.code}]")
    for report in reports:
        _show(screen, report)
    if not reports and status == ExitStatus.DONE:
        screen.say("Nothing of that is in quarantine.")
    runs = [report.run for report in reports if report.run is not None]
    complain(screen, runs)
    return status or status_of(runs)


def _show(screen: Screen, report: object) -> None:
    from microharvest.harvest.replay import ReplayReport

    assert isinstance(report, ReplayReport)
    if screen.as_json:
        run = report.run.line() if report.run is not None else None
        screen.json(msgspec.to_builtins(msgspec.structs.replace(report, run=None)) | {"run": run})
        return
    screen.heading(report.source, "replayed")
    left = ", ".join(f"{count:,} x {code}" for code, count in report.left.items())
    rows = [
        ("tried", f"{report.tried:,}"),
        ("work now", f"{report.landed:,}"),
        ("obsolete", f"{report.obsolete:,}: the source said something newer since" if report.obsolete else ""),
        ("no offers", f"{report.no_offers:,}" if report.no_offers else ""),
        ("still not", left),
        ("parts", f"{report.fragments:,} are no records of their own: harvest {report.source} again"
         if report.fragments else ""),
    ]  # fmt: skip
    screen.pairs(rows, width=9)
    if report.run is not None:
        show_reports(screen, [report.run])


def drop_inputs(workspace: Workspace, screen: Screen, chosen: Selection, why: str) -> ExitStatus:
    """Delete what is chosen."""
    from microharvest.harvest.operator import drop_quarantine

    _narrowed(chosen)
    with workspace.stores() as stores:
        dropped = drop_quarantine(stores.harvest, chosen, who=workspace.operator, why=why)
    if screen.as_json:
        screen.json({"dropped": dropped})
    screen.say(f"{dropped:,} dropped.")
    return ExitStatus.DONE


def _narrowed(chosen: Selection) -> None:
    if chosen.everything:
        raise ConfigError("command.invalid", "Say which: numbers, --source or --code.")
