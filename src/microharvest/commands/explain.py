"""`explain ID`: the sheet a newcomer learns the system from. One heading per stop, in the order of a record's way."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

from microharvest.commands.cluster_sheet import show_cluster, show_entry, show_membership
from microharvest.commands.judged_sheet import show_judged
from microharvest.commands.output import save
from microharvest.commands.pair_sheet import show_pair
from microharvest.commands.run_sheet import show_run
from microharvest.commands.screen import Screen, clean
from microharvest.commands.values import shown
from microharvest.commands.workspace import Workspace
from microharvest.errors import ConfigError, ExitStatus
from microharvest.explain.sheets import (
    Candidates,
    ClusterSheet,
    FileStop,
    MappingStop,
    PairSheet,
    RawStop,
    RecordSheet,
    RequestStop,
    RunSheet,
    VersionStop,
)
from microharvest.explain.tracing import Said

__all__ = ["show_explanation"]

RAW = 120


def show_explanation(
    workspace: Workspace, screen: Screen, ident: str, other: str | None = None, svg: Path | None = None
) -> ExitStatus:
    """Print the sheet of an id or of two records, or the candidates an incomplete id leaves (status 2)."""
    from microharvest.explain import explain, explain_pair

    with workspace.stores() as stores:
        sheet: RecordSheet | ClusterSheet | RunSheet | PairSheet | Candidates
        if other is not None:
            sheet = explain_pair(stores.harvest, ident, other)
        else:
            sheet = explain(
                stores.harvest, stores.catalogue, workspace.sources, workspace.broken, workspace.quality, ident
            )
    if svg is not None:
        _draw(sheet, svg)
    if screen.as_json:
        screen.json(sheet)
    elif isinstance(sheet, RecordSheet):
        _show_record(screen, sheet)
    elif isinstance(sheet, ClusterSheet):
        show_cluster(screen, sheet)
    elif isinstance(sheet, PairSheet):
        show_pair(screen, sheet)
    elif isinstance(sheet, RunSheet):
        show_run(screen, sheet)
    else:
        _show_candidates(screen, sheet)
    if svg is not None:
        screen.say(f"The picture is in {svg}.", "dim")
    return ExitStatus.CONFIG if isinstance(sheet, Candidates) else ExitStatus.DONE


def _draw(sheet: object, path: Path) -> None:
    """Raises ConfigError command.invalid: only evidence can be drawn, and the file must be writable."""
    from microharvest.explain.waterfall import draw, picture_of_cluster, picture_of_pair

    cluster = sheet.cluster if isinstance(sheet, RecordSheet) else sheet
    if isinstance(sheet, PairSheet):
        picture = picture_of_pair(sheet)
    elif isinstance(cluster, ClusterSheet):
        picture = picture_of_cluster(cluster)
    else:
        raise ConfigError("command.invalid", "Only an entry, a linked record or two records can be drawn.")
    save(path, draw(picture))


def _show_candidates(screen: Screen, sheet: Candidates) -> None:
    screen.say(f"{sheet.asked} is no whole id; name one of these:")
    for ident in (*sheet.records, *sheet.clusters):
        screen.say(f"  microharvest explain {quote(ident)}")
    if sheet.more:
        screen.say("  and more: say more of the id.")


def _show_record(screen: Screen, sheet: RecordSheet) -> None:
    screen.heading(sheet.id, sheet.state.status if sheet.state else "not accepted")
    if sheet.title:
        screen.say(f"  {sheet.title}")
    _show_file(screen, sheet.file)
    if sheet.request is not None:
        _show_request(screen, sheet.request)
    if sheet.raw is not None:
        _show_raw(screen, sheet.raw, sheet.native_id)
    if sheet.mapping is not None:
        _show_mapping(screen, sheet.mapping)
    _show_links(screen, sheet)
    if sheet.judged is not None:
        show_judged(screen, sheet.judged)
    _show_issues(screen, sheet)
    _show_history(screen, sheet)
    _show_state(screen, sheet)
    show_membership(screen, sheet)
    if sheet.cluster is not None:
        show_entry(screen, sheet.cluster)


def _stop(screen: Screen, name: str, said: str) -> None:
    """A heading between two stops: a word of ours, and what happens there."""
    screen.say()
    screen.heading(f"{name}: {said}")


def _show_file(screen: Screen, stop: FileStop) -> None:
    _stop(screen, "source file", "how the feed is fetched, what it says, and what may be done with it")
    how = f"protocol {stop.protocol}, dialect {stop.dialect}" if stop.protocol else ""
    screen.pairs(
        [
            ("source", f"{stop.source}: {stop.title}" if stop.title else stop.source),
            ("read by", how),
            ("url", stop.url),
            ("licence", f"{stop.licence}; redistribute {stop.redistribute}" if stop.licence else ""),
            ("authority", stop.authority),
            ("life", stop.life if stop.life != "active" else ""),
            ("problem", stop.problem),
        ],
        width=12,
    )


def _show_request(screen: Screen, stop: RequestStop) -> None:
    _stop(screen, "request", f"what was asked in run {stop.run}, and how the answer's end is proven")
    answer = ""
    if stop.status is not None:
        wire = f", {stop.wire_bytes:,} on the wire" if stop.wire_bytes != stop.size else ""
        took = f" in {stop.seconds:.2f} s" if stop.seconds else ""
        answer = f"{stop.status}, {stop.size or 0:,} bytes{wire}{took}"
    screen.pairs(
        [
            ("asked", f"{stop.method} {stop.url}"),
            ("at", stop.done_at),
            ("answer", answer),
            ("type", stop.content_type),
            ("proof", stop.proof),
            ("sha256", stop.sha256),
            ("validators", ", ".join(one for one in (stop.etag, stop.last_modified) if one)),
            ("lane", f"{stop.lane} ({stop.state})"),
            ("note", stop.note),
        ],
        width=12,
    )


def _show_raw(screen: Screen, stop: RawStop, native_id: str) -> None:
    _stop(screen, "raw", "the record's own bytes, kept before anybody interpreted them")
    screen.pairs(
        [
            ("native id", native_id),
            ("bytes", f"{stop.size:,}, {stop.media_type} (version {stop.version})"),
            ("datestamp", stop.datestamp),
            ("page", stop.url),
        ],
        width=12,
    )
    for line in stop.first_lines:
        screen.say(f"    {clean(line, limit=96)}", "dim")
    if stop.more:
        screen.say("    …", "dim")


def _show_mapping(screen: Screen, stop: MappingStop) -> None:
    _stop(screen, "mapping", "each field of the offer, and the source values it was made from")
    if stop.problem:
        screen.pairs([("problem", stop.problem)], width=12)
        for field, value in (stop.stored or {}).items():
            screen.pairs([(field, shown(value))], width=20)
        return
    for origin in stop.fields:
        basis = f"  ({origin.basis})" if origin.basis else ""
        screen.pairs([(origin.field, f"{shown(origin.value)}{basis}")], width=20)
        for said in origin.said:
            screen.say(f"      ← {_said(said)}", "dim")
        if not origin.said:
            default = origin.basis == "default"
            screen.say(f"      ← {'filled in from the source file' if default else 'follows from the others'}", "dim")
    if stop.idle:
        screen.say("  said, but made into no value:")
        for said in stop.idle:
            screen.say(f"      · {_said(said)}", "dim")
    if stop.unread:
        screen.say("  in the record, but read by nobody:")
        for path, example in stop.unread:
            screen.say(f"      · {path} = {clean(example, limit=RAW)}", "dim")
    if stop.cut:
        screen.say(f"  {stop.cut:,} further values were not traced.", "dim")
    if stop.stale:
        fields = ", ".join(stop.stale)
        screen.say(f"  Stored differently: {fields}. The mapping changed: microharvest map --again", "yellow")


def _said(said: Said) -> str:
    hints = "".join(f", {name} {hint}" for name, hint in said.hints.items() if hint != said.value)
    lang = f" @{said.lang}" if said.lang else ""
    basis = f" ({said.basis})" if said.basis != "declared" else ""
    issues = "".join(f"  ! {issue.code}" for issue in said.issues)
    where = f"{said.path} = " if said.path else ""
    return f'{where}"{clean(said.value, limit=RAW)}"{lang}{basis} as {said.field}{hints}{issues}'


def _show_links(screen: Screen, sheet: RecordSheet) -> None:
    if sheet.links:
        _stop(screen, "coding", "links to imported vocabularies and registers; each says how it was found")
    for one in sheet.links:
        score = f" {one.score:g}" if one.score is not None else ""
        where = f"{one.register} {one.edition}" if one.register else one.edition or "in no imported edition"
        valid = f", in force {one.valid}" if one.valid else ""
        screen.pairs([(one.field, f"{clean(one.label, limit=RAW)}  ({one.basis}{score}; {where}{valid})")], width=20)
        screen.say(f"      → {one.uri}", "dim")


def _show_issues(screen: Screen, sheet: RecordSheet) -> None:
    if not sheet.issues and not sheet.quarantine:
        return
    _stop(screen, "issues", "what was doubtful; the original is kept, nothing was guessed")
    for issue in sheet.issues:
        what = f'{issue.field} "{clean(issue.value, limit=RAW)}"'.strip() if issue.value else issue.field
        screen.pairs([(issue.code, f"{what}  {issue.meaning}")], width=24)
    for one in sheet.quarantine:
        detail = f" ({one['detail']})" if one["detail"] else ""
        screen.pairs([("quarantined", f"run {one['run']}, {one['at']}: {one['code']}{detail}")], width=24)


def _show_history(screen: Screen, sheet: RecordSheet) -> None:
    if sheet.versions:
        _stop(screen, "versions", "only new or changed content makes one")
    for version in sheet.versions:
        facts = [version.kind, version.acceptance or "not accepted yet"]
        facts.extend(["deleted"] if version.deleted else [])
        facts.extend(["what counts now"] if version.head else [])
        screen.pairs([(f"version {version.version}", f"run {version.run}, {version.at}: {', '.join(facts)}")], width=12)
        _show_difference(screen, version, first=version is sheet.versions[0])
    if sheet.log:
        _stop(screen, "change log", "what acceptance made visible, in commit order")
        screen.table(
            ["seq", "at", "run", "kind"], [[one.seq, one.at, one.run, one.kind] for one in sheet.log], indent=2
        )


def _show_difference(screen: Screen, version: VersionStop, *, first: bool) -> None:
    if version.why:
        screen.say(f"      held: {version.why}", "yellow")
    if first and version.changed:
        screen.say(f"      {len(version.changed)} fields: {', '.join(version.changed)}", "dim")
        return
    for field, (before, after) in version.changed.items():
        was = "absent" if before is None else shown(before, limit=RAW)
        now = "absent" if after is None else shown(after, limit=RAW)
        screen.say(f"      {field}: {was} → {now}", "dim")


def _show_state(screen: Screen, sheet: RecordSheet) -> None:
    _stop(screen, "status", "where the record stands")
    state = sheet.state
    if state is None:
        screen.say("  No accepted run holds it: nothing of it is visible.", "yellow")
        return
    missing = f"since {state.missing_since}, in {state.missing_runs} complete runs" if state.missing_since else ""
    screen.pairs(
        [
            ("status", state.status),
            ("missing", missing),
            ("first seen", state.first_seen),
            ("last changed", state.last_seen),
            ("confirmed", f"{state.confirmed} (its source's last complete run)" if state.confirmed else ""),
        ],
        width=12,
    )
