"""`link`, `publish`, `rollback`, `resume-publishing`, `export`: from accepted records to catalogue and files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

import msgspec
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from microharvest.commands.output import opened
from microharvest.commands.screen import Screen, counted
from microharvest.commands.workspace import Workspace
from microharvest.errors import ConfigError, ExitStatus
from microharvest.link.run import LinkReport
from microharvest.publish.admission import REASONS
from microharvest.publish.run import PublishReport

if TYPE_CHECKING:
    from microharvest.pipeline import Stores

__all__ = [
    "export_elm",
    "export_table",
    "link_offers",
    "publish_release",
    "roll_back",
    "show_links",
    "show_release",
    "unpin",
]

SHOWN = 20
FORMATS: dict[str, Literal["jsonl", "csv"]] = {"": "jsonl", ".jsonl": "jsonl", ".json": "jsonl", ".csv": "csv"}


def link_offers(workspace: Workspace, screen: Screen, *, everything: bool, plan: bool) -> ExitStatus:
    """Bring clusters and golden records up to what was accepted, or show what would become of ids."""
    from microharvest import pipeline

    rules = workspace.link_rules
    with workspace.stores() as stores, _bar(screen, "linking") as progress:
        report = pipeline.link(
            stores,
            workspace.sources,
            workspace.merge,
            rules=rules,
            everything=everything,
            plan=plan,
            progress=progress,
        )
    if screen.as_json:
        screen.json(report)
        return ExitStatus.DONE
    show_links(screen, report)
    if plan:
        screen.next("link --all" if everything else "link")
    elif report.clusters:
        screen.next("publish")
    return ExitStatus.DONE


def publish_release(workspace: Workspace, screen: Screen, *, plan: bool) -> ExitStatus:
    """Make a release of what changed, or show it."""
    from microharvest import pipeline

    with workspace.stores() as stores:
        report = pipeline.publish(stores, workspace.sources, workspace.publish, workspace.merge, plan=plan)
    if screen.as_json:
        screen.json(report)
    else:
        show_release(screen, report)
    return ExitStatus.DONE


def show_release(screen: Screen, report: PublishReport) -> None:
    """What the release holds that the one before it did not."""
    figures = [(name, getattr(report, name)) for name in ("added", "changed", "withdrawn", "unchanged")]
    entries = "  ".join(f"{n:,} {name}" for name, n in figures if n)
    said = f"release {report.release}" if report.release is not None else "no release: nothing changed"
    if report.plan:
        said = "planned only" if entries or report.withheld else "planned only: nothing would change"
    screen.heading("publish", said)
    rows: list[tuple[str, object]] = [("entries", entries)]
    rows.extend(("withheld", f"{n:,}: {REASONS[reason]}  [{reason}]") for reason, n in report.withheld.items())
    rows.extend(("", f"{entry} by decision {number}") for entry, number in list(report.by_decision.items())[:SHOWN])
    more = len(report.by_decision) - SHOWN
    rows.append(("", f"and {more:,} more: --json lists them" if more > 0 else ""))
    screen.pairs(rows, width=9)


def roll_back(workspace: Workspace, screen: Screen, release: int, why: str) -> ExitStatus:
    """Make an earlier release current and pin publishing."""
    from microharvest.publish.history import rollback

    with workspace.stores() as stores:
        rollback(stores.harvest, stores.catalogue, release, workspace.sources, who=workspace.operator, why=why)
    if screen.as_json:
        screen.json({"release": release, "pinned": True})
    screen.say(f"Release {release} is current again, and publishing is pinned to it.")
    screen.next("resume-publishing   once new releases may be made")
    return ExitStatus.DONE


def unpin(workspace: Workspace, screen: Screen, why: str) -> ExitStatus:
    """Let releases be made again."""
    from microharvest.publish.history import resume

    with workspace.stores() as stores:
        was_pinned = resume(stores.harvest, stores.catalogue, who=workspace.operator, why=why)
    if screen.as_json:
        screen.json({"pinned": False, "was_pinned": was_pinned})
    screen.say("Publishing is no longer pinned." if was_pinned else "Publishing was not pinned.")
    screen.next("publish")
    return ExitStatus.DONE


def export_table(
    workspace: Workspace,
    screen: Screen,
    what: Literal["offers", "entries"],
    form: Literal["jsonl", "csv"] | None,
    out: str,
    *,
    spreadsheet_safe: bool,
) -> ExitStatus:
    """Write all offers or entries; a file is complete or not there. `out` "-" is standard output, and nothing else.
    `form` None: as the file is called."""
    from microharvest.publish.export import export_entries, export_offers
    from microharvest.store.vocabularies import occupation_codes

    form = form or FORMATS.get(Path(out).suffix.lower())
    if form is None:
        raise ConfigError("command.invalid", f"What {out} should hold is not known: say --format jsonl or csv.")

    def write(stores: Stores, target: BinaryIO) -> int:
        with stores.harvest.read() as connection:
            isco = occupation_codes(connection)
        weights, safe = workspace.quality, spreadsheet_safe
        if what == "offers":
            sources = workspace.sources
            return export_offers(
                stores.harvest, sources, target, form, weights=weights, isco=isco, spreadsheet_safe=safe
            )
        return export_entries(stores.catalogue, target, form, weights=weights, isco=isco, spreadsheet_safe=safe)

    with workspace.stores() as stores, opened(out) as target:
        lines = write(stores, target)
    if out == "-":
        return ExitStatus.DONE
    if screen.as_json:
        screen.json({"what": what, "format": form, "out": out, "lines": lines})
    said = counted(lines, {"offers": "offer", "entries": "entry"}[what])
    screen.say(f"{said} {'is' if lines == 1 else 'are'} in {out}.")
    if not lines:
        screen.next("status   says what comes first")
    return ExitStatus.DONE


def export_elm(
    workspace: Workspace,
    screen: Screen,
    what: Literal["elm-xml", "elm-jsonld"],
    out: str,
    version: Literal["3.1", "3.3"],
    withheld: Path | None,
    beside: Path | None,
) -> ExitStatus:
    """Write what can be said in LOQ, and say what cannot."""
    from microharvest.publish.elm.demands import DEMANDS
    from microharvest.publish.elm.document import export_loq
    from microharvest.publish.elm.losses import LOSSES

    with ExitStack() as stack:
        stores = stack.enter_context(workspace.stores())
        target = stack.enter_context(opened(out))
        listed = stack.enter_context(opened(withheld)) if withheld else None
        graph = stack.enter_context(opened(beside)) if beside else None
        report = export_loq(
            stores.catalogue, target, version, what, withheld_to=listed, beside_to=graph, weights=workspace.quality
        )
    if out == "-":
        return ExitStatus.DONE
    if screen.as_json:
        screen.json({"what": what, "version": version, "out": out, **msgspec.structs.asdict(report)})
        return ExitStatus.DONE
    verb = "is" if report.written == 1 else "are"
    screen.say(f"{counted(report.written, 'entry')} {verb} in {out}, as LOQ {version}.")
    if report.withheld:
        screen.say(f"Withheld: {report.withheld:,}. The standard demands what they do not say.")
        screen.pairs(_most_first(report.reasons, DEMANDS), width=7)
        if withheld is None:
            screen.say("--withheld FILE lists them.", "dim")
    if report.left_out:
        screen.say("Of those written, LOQ has no place for some of what they say:")
        screen.pairs(_most_first(report.left_out, {code: loss.why for code, loss in LOSSES.items()}), width=7)
    return ExitStatus.DONE


def _most_first(counts: Mapping[str, int], meaning: Mapping[str, str]) -> list[tuple[str, str]]:
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [(f"{count:,}", f"{code}: {meaning[code]}") for code, count in ranked]


def show_links(screen: Screen, report: LinkReport) -> None:
    """What a pass looked at, and what became of clusters."""
    names = ("created", "joined", "merged", "split")
    became = "  ".join(f"{getattr(report, name):,} {name}" for name in names if getattr(report, name))
    silent = "  ".join(f"{n:,} {reason.replace('_', ' ')}" for reason, n in report.silenced.items())
    screen.heading("link", "planned only" if report.plan else "")
    rows: list[tuple[str, object]] = [
        ("records", f"{report.touched:,} looked at" if report.touched else "nothing changed since the last time"),
        ("vocabularies", f"{report.coded:,} records link to them otherwise than before" if report.coded else ""),
        (
            "vocabularies",
            "offers or editions changed since: the plan rests on the older links" if report.uncoded else "",
        ),
        ("clusters", f"{report.clusters:,} written  {became}" if report.clusters or became else ""),
        ("ids", f"{report.moved:,} records go to another cluster" if report.moved else ""),
        ("silent keys", silent),
    ]
    for large in report.oversized:
        around = "/".join(large.one)
        rows.append(("too large", f"{large.records:,} records hang together around {around}: cut at the weakest pairs"))
    for odd in report.contradictions:
        pair = f"{'/'.join(odd.one)} and {'/'.join(odd.other)}"
        rows.append(("decisions", f"number {odd.decision} keeps {pair} apart, though others join them: revoke one"))
    if report.plan:
        rows.extend((one.reason.replace("_", " "), f"{one.old_id} → {one.new_id}") for one in report.redirects)
    screen.pairs(rows, width=12)
    if report.newer_rules is not None:
        screen.say("The scorecard or the organisations of the configuration are not in force yet.", "dim")
        screen.next("link --all --plan")


@contextmanager
def _bar(screen: Screen, what: str) -> Iterator[Callable[[int, int], None] | None]:
    if not screen.watched:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=screen.err, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
