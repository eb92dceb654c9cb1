"""`sources add`: what was found at an address, why, what is left to decide. `sources test`: what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from microharvest.commands.screen import Screen
from microharvest.commands.workspace import Workspace
from microharvest.errors import ExitStatus, advice_for
from microharvest.model.offer import Offer, encode_offer

__all__ = ["add", "test"]

_NAMESPACE = re.compile(r"\{[^{}]*\}")


def add(
    workspace: Workspace,
    screen: Screen,
    target: str,
    *,
    source: str | None,
    allow: Sequence[str],
    key: Sequence[str],
    dry_run: bool,
) -> ExitStatus:
    """Draft a source file. 0 written (or shown), 2 it needs an answer first, 3 its trial gave nothing."""
    from microharvest.onboard.add import add_source

    added = add_source(
        target,
        config_dir=workspace.folder,
        settings=workspace.settings,
        environ=workspace.environ,
        taken={
            **dict.fromkeys(workspace.broken, ""),
            **{name: config.url for name, config in workspace.sources.items()},
        },
        source=source,
        allow=allow,
        key=key,
        dry_run=dry_run,
    )
    trial = added.trial
    status = added.problem.exit_status if added.problem else ExitStatus.DONE
    if screen.as_json:
        screen.json(_record(added))
        return status
    screen.heading(f"{added.source}  {added.proposal.value('title')}")
    guesses = added.proposal.guesses.values()
    screen.table(["key", "value", "because"], [[one.key, _short(one.value), one.reason] for one in guesses], indent=2)
    if trial is not None:
        screen.say()
        screen.say("Tried with --plan in a throwaway store:")
        _show_trial(screen, trial)
    if added.proposal.open:
        screen.say()
        screen.say("Still yours to decide:")
        for question in added.proposal.open:
            screen.say(f"  - {question}")
    screen.say()
    if not added.written:
        for line in added.text.splitlines():
            screen.say(line)
    _close(screen, added)
    return status


def test(workspace: Workspace, screen: Screen, source: str) -> ExitStatus:
    """Hold a live feed to the contract. 0 all MUSTs hold, 3 the feed cannot be reached, 4 something is wrong."""
    from microharvest.onboard.examine import examine_source

    config = workspace.source(source)
    examined = examine_source(config, workspace.settings, workspace.environ)
    bad = [one for one in examined.findings if one.state == "bad"]
    status = ExitStatus.SOURCE if examined.unavailable else ExitStatus.RUN if bad else ExitStatus.DONE
    if screen.as_json:
        screen.json({"source": source, **msgspec.to_builtins(examined)})
        return status
    screen.heading(f"{source}  {config.title}", "bad" if bad else "ok")
    rows = [[one.code, one.title, one.state, list(one.wrong)] for one in examined.findings]
    screen.table(["check", "holds", "", "what is wrong"], rows, indent=2)
    screen.say()
    issues = sorted(examined.issues.items(), key=lambda one: (-one[1], one[0]))[:8]
    screen.pairs(
        [
            ("requests", f"{examined.requests}{', and more would follow' if examined.cut else ''}; nothing was stored"),
            ("records", f"{examined.records:,}"),
            ("issues", ", ".join(f"{count:,} × {code}" for code, count in issues)),
            ("unread", [_NAMESPACE.sub("", path) for path in examined.unread[:8]]),
            *(("to do", f"{one.code}: {one.advice}") for one in examined.findings if one.advice),
        ]
    )
    if bad:
        code, lacks = examined.unavailable or "run.contract", ", ".join(one.code for one in bad)
        then = advice_for(code) if examined.unavailable else "the table says what, and what to do."
        screen.note(f"error: {source}: {lacks} {'do' if len(bad) > 1 else 'does'} not hold: {then}  [{code}]")
    return status


def _show_trial(screen: Screen, trial: Any) -> None:
    report = trial.report
    fill = sorted(trial.fill.items(), key=lambda one: (-one[1], one[0]))
    counts = (
        f"{count:,} {name}" for name, count in report.counts.items() if count and name not in {"added", "changed"}
    )
    issues = sorted(report.issues.items(), key=lambda one: (-one[1], one[0]))[:5]
    screen.pairs(
        [
            ("outcome", report.outcome if trial.whole or report.outcome != "complete" else "as far as it was read"),
            ("why", f"{report.because}  [{report.code}]" if report.code else report.because),
            ("counts", "  ".join(counts)),
            ("issues", ", ".join(f"{count:,} × {code}" for code, count in issues)),
            ("columns", f"no record has {report.absent_columns}" if report.absent_columns else ""),
            ("filled", ", ".join(f"{field} {share:.0%}" for field, share in fill)),
            ("offers", [_told(native_id, offer) for native_id, offer in trial.offers]),
        ]
    )


def _close(screen: Screen, added: Any) -> None:
    if added.problem is not None:
        screen.note(f"error: Nothing was written: {added.problem.sentence}  [{added.problem.code}]")
    elif added.written:
        screen.say(f"Written: {added.path} after {added.requests} request{'s' if added.requests != 1 else ''}.")
        screen.next(f"harvest {added.source} --plan   (once you have read it)")
    else:
        screen.say(f"Not written (--dry-run): {added.path}")


def _record(added: Any) -> dict[str, Any]:
    trial = added.trial
    return {
        "source": added.source,
        "path": str(added.path),
        "written": added.written,
        "requests": added.requests,
        "toml": added.text,
        "guesses": [
            {"key": one.key, "value": one.value, "reason": one.reason} for one in added.proposal.guesses.values()
        ],
        "open": added.proposal.open,
        "error": {"code": added.problem.code, "message": added.problem.sentence} if added.problem else None,
        "plan": trial.report.line() if trial else None,
        "fill": trial.fill if trial else {},
        "offers": [msgspec.Raw(encode_offer(offer)) for _, offer in trial.offers] if trial else [],
    }


def _short(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= 60 else text[:59] + "…"


def _told(native_id: str, offer: Offer) -> str:
    title = next(iter(offer.title.values()), "(no title)")
    parts = [native_id[:60], title[:80]]
    if offer.provider and offer.provider.name:
        parts.append(next(iter(offer.provider.name.values()))[:60])
    return " | ".join(parts)
