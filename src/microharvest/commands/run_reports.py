"""What people read about a run: its three facts, its counts, why it is held, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from microharvest.commands.screen import Screen
from microharvest.errors import ExitStatus, advice_for
from microharvest.harvest.report import COUNTS, RunReport, exit_status

__all__ = ["complain", "show_reports", "status_of"]

TOP_ISSUES = 3
EXAMPLES = 5


def status_of(reports: Sequence[RunReport]) -> ExitStatus:
    """2 if a source's configuration is wrong, else what the runs say (3 unavailable, 4 partial or held, 0)."""
    codes = {one.code or "" for one in reports if one.run is None}
    if any(code.startswith("config.") for code in codes):
        return ExitStatus.CONFIG
    began = [one for one in reports if not (one.run is None and (one.code or "").startswith("run."))]
    return max(exit_status(began), ExitStatus.RUN if len(began) < len(reports) else ExitStatus.DONE, key=_severity)


def _severity(status: ExitStatus) -> int:
    return [ExitStatus.DONE, ExitStatus.RUN, ExitStatus.SOURCE].index(status)


def show_reports(screen: Screen, reports: Sequence[RunReport]) -> None:
    """One block per source; with `--json` one line per source."""
    for report in reports:
        if screen.as_json:
            screen.json(report.line())
        else:
            _show(screen, report)


def _show(screen: Screen, report: RunReport) -> None:
    planned = report.plan and report.acceptance == "held"
    facts = [report.outcome, report.scope, "planned" if planned else report.acceptance or "not accepted"]
    if report.resumed:
        facts.append("resumed")
    name = report.source if report.run is None else f"{report.source}  run {report.run}"
    screen.heading(name, ", ".join(facts if report.run is not None else [report.outcome]))
    counted = [(one, report.counts.get(one, 0)) for one in COUNTS]
    figures = "  ".join(f"{n:,} {one}" for one, n in counted if n or one in {"seen", "added", "changed"})
    top = sorted(report.issues.items(), key=lambda item: (-item[1], item[0]))
    issues = [f"{n:,} × {code}" for code, n in top[:TOP_ISSUES]]
    if len(top) > TOP_ISSUES:
        issues.append(f"and {len(top) - TOP_ISSUES} more kind{'s' * (len(top) > TOP_ISSUES + 1)}")
    why = report.because if report.because != report.held_because else ""
    rows: list[tuple[str, object]] = [
        ("counts", figures if report.run is not None else ""),
        ("held", "" if planned or not report.held_because else f"{report.held_because}  [{report.held_code}]"),
        ("why", f"{why}  [{report.code}]" if why and report.code else why or report.code),
        ("issues", ", ".join(issues)),
        ("columns", f"no record has {report.absent_columns}" if report.absent_columns else ""),
    ]
    rows.extend(report.held_detail)
    if report.plan or report.acceptance == "held":
        rows.extend((kind, _sample(report, kind)) for kind in COUNTS if report.examples.get(kind))
    rows.append(("next", screen.command(step) if (step := _advice(report)) else ""))
    rows.append(("took", f"{report.seconds:,.1f} s" if report.seconds else ""))
    screen.pairs(rows, width=9)


def _sample(report: RunReport, kind: str) -> str:
    ids = report.examples[kind]
    rest = max(report.counts.get(kind, 0), len(ids)) - len(ids[:EXAMPLES])
    return ", ".join(ids[:EXAMPLES]) + (f", and {rest:,} more" if rest else "")


def complain(screen: Screen, reports: Sequence[RunReport]) -> None:
    """One sentence on standard error for each run that was not simply accepted; with `--json` its line says it all."""
    for report in reports:
        code, sentence = _complaint(report)
        if code and not screen.as_json:
            screen.note(f"error: {sentence}  [{code}]")


def _complaint(report: RunReport) -> tuple[str | None, str]:
    if report.run is None:
        return report.code, report.because
    if report.acceptance == "held" and not report.plan and report.held_because:
        what = report.held_because.rstrip(".")
        return "run.held", f"{report.source}: {what}: look at it, then approve or reject run {report.run}."
    if report.outcome == "complete" or report.code is None:
        return None, ""
    return report.code, f"{report.source}: {report.because.rstrip('.')}: {advice_for(report.code)}"


def _advice(report: RunReport) -> str:
    """The next command for this run, without its first word; empty where there is none."""
    if report.acceptance == "held":
        rekey = " --rekey" if report.held_code == "hold.rekeyed" else ""
        return f"approve {report.run}{rekey}   (or reject {report.run})"
    if report.run is None:
        return ""
    if report.outcome in {"failed", "blocked"}:
        return f"explain run:{report.run}"
    if report.outcome == "partial":
        return f"harvest {report.source}"
    return ""
