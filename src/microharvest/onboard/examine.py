"""`sources test`: the contract's checks over a recording of the live feed, and what the source file expects of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import msgspec

from microharvest.errors import advice_for
from microharvest.kit.manifest import connector_folder
from microharvest.onboard.record import Recording, record_source
from microharvest.settings import Settings
from microharvest.sources import SourceConfig
from microharvest.testing.checks import CHECKS, Folder
from microharvest.testing.checks.subject import raised_by

__all__ = ["Examined", "Finding", "examine_source"]

State = Literal["ok", "bad", "warn"]
_SHOWN = 3
MOST_TITLED = 0.5
_ADVICE = {
    "C1": "see the refusals: check url, [fetch] and [auth]",
    "C3": "ask the publisher for a shorter way to the records",
    "S2": "mend [fetch] or [columns]",
    "R1": "check url, [fetch] select, and that the dialect is the right one",
    "R2": "name a column or path that every record has in [identity] key",
    "R3": "name a key that differs in every record in [identity] key",
    "R4": "name another [identity] key: titles and placeholders change or repeat",
    "R5": "the feed answers differently each time: tell its publisher",
    "M9": "read the unread paths with `explain`, and add them to [columns]",
}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table: a check, whether it holds, what is wrong, what to do."""

    code: str
    title: str
    state: State
    wrong: tuple[str, ...] = ()
    advice: str = ""


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """All rows, and what was seen. `unavailable`: the feed gave nothing at all; the code says why."""

    findings: list[Finding]
    requests: int
    records: int
    cut: bool
    issues: dict[str, int]
    unread: list[str]
    unavailable: str | None


def examine_source(config: SourceConfig, settings: Settings, environ: Mapping[str, str]) -> Examined:
    """At most 50 requests, nothing stored. Raises ConfigError for a source that cannot be carried out as written."""
    with TemporaryDirectory(prefix="microharvest-recording-") as name:
        recording = asyncio.run(record_source(config, settings, environ, Path(name)))
        return _examined(config, recording)


def _examined(config: SourceConfig, recording: Recording) -> Examined:
    folder = Folder(connector_folder("dialect", config.dialect), {Path("live"): recording.sample})
    findings = [_reached(recording)]
    broken = raised_by(lambda: folder.runs)
    if broken:
        findings.append(Finding(code="R1", title="can be read", state="bad", wrong=(broken,), advice="report it"))
        mapped: list[Any] = []
    else:
        findings += [_held(check, folder) for check in CHECKS if check.live and check.code != "C1"]
        mapped = next(iter(folder.mapped.values()))
        findings += _expected(config, mapped, recording)
        findings += _columns_there(mapped)
    findings.append(_unmodified(recording))
    offers = [each for each in mapped if each.offer is not None]
    issues: dict[str, int] = {}
    unread: set[str] = set()
    for each in offers:
        for issue in each.issues:
            issues[issue.code] = issues.get(issue.code, 0) + 1
        unread |= {path for path, _ in each.record.unread()}
    nothing = not recording.sample.responses or not mapped
    code = recording.failures[0][1] if recording.failures and nothing else None
    return Examined(
        findings=findings, requests=recording.asked, records=len(mapped), cut=recording.cut, issues=issues,
        unread=sorted(unread), unavailable=code,
    )  # fmt: skip


def _reached(recording: Recording) -> Finding:
    wrong = tuple(f"{url}: {detail or code}  [{code}]" for url, code, detail in recording.failures[:_SHOWN])
    advice = advice_for(recording.failures[0][1]) if recording.failures else ""
    return Finding(code="C1", title="answers", state="bad" if wrong else "ok", wrong=wrong, advice=advice)


def _held(check: Any, folder: Folder) -> Finding:
    wrong = check.found(folder)
    more = (f"and {len(wrong) - _SHOWN:,} more",) if len(wrong) > _SHOWN else ()
    state: State = "ok" if not wrong else "bad" if check.level == "MUST" else "warn"
    return Finding(
        code=check.code, title=check.title, state=state, wrong=(*(one[:200] for one in wrong[:_SHOWN]), *more),
        advice=_ADVICE.get(check.code, "report it with what stands here") if wrong else "",
    )  # fmt: skip


def _expected(config: SourceConfig, mapped: list[Any], recording: Recording) -> Iterator[Finding]:
    """What `[expect]` says, as far as a recording can tell: a list that was not read to its end has no lower bound."""
    bounds, offers = config.expect.records, [each.offer for each in mapped if each.offer is not None]
    titled = sum(bool(offer.title) for offer in offers)
    if mapped:
        untitled = titled < MOST_TITLED * len(offers) or not offers
        yield Finding(
            code="E2", title="records have a title", state="bad" if untitled else "ok",
            wrong=(f"{titled:,} of {len(offers):,} offers have a title",) if untitled else (),
            advice="is it the right dialect? See the unread paths" if untitled else "",
        )  # fmt: skip
    wrong = []
    if not recording.cut and len(mapped) < bounds.min:
        wrong.append(f"{len(mapped):,} records, [expect] asks for {bounds.min:,} at least")
    if bounds.max is not None and len(mapped) > bounds.max:
        wrong.append(f"{len(mapped):,} records, [expect] allows {bounds.max:,}")
    for field, share in config.expect.fill.items():
        filled = sum(bool(getattr(offer, field, None)) for offer in offers) / len(offers) if offers else 0.0
        if filled < share:
            wrong.append(f"{filled:.0%} of the records fill {field}, [expect] asks for {share:.0%}")
    if bounds.min or bounds.max or config.expect.fill:
        yield Finding(
            code="E1", title="as [expect] says", state="bad" if wrong else "ok", wrong=tuple(wrong),
            advice="a harvest would be held: mend the feed, or [expect]" if wrong else "",
        )  # fmt: skip


def _columns_there(mapped: list[Any]) -> Iterator[Finding]:
    """What `[columns]` names and no record of the recording has, for a dialect that reads columns."""
    dialect = mapped[0].mapping if mapped else None
    wrong = [
        f"no record has {name!r}"
        for name in sorted(getattr(dialect, "named", ()))
        if dialect is not None and not any(dialect.has_column(each.record, name) for each in mapped)
    ]
    if getattr(dialect, "named", None):
        yield Finding(
            code="E3", title="named columns are there", state="warn" if wrong else "ok", wrong=tuple(wrong),
            advice="mend their names in [columns], or take out what is always empty" if wrong else "",
        )  # fmt: skip


def _unmodified(recording: Recording) -> Finding:
    said = {None: "it gives neither ETag nor Last-Modified", False: "asked conditionally, it sends everything again"}
    wrong = () if recording.unmodified else (said[recording.unmodified],)
    return Finding(
        code="H3", title="tells what is unmodified", state="warn" if wrong else "ok", wrong=wrong,
        advice="ask the publisher for ETag or Last-Modified: it saves both sides a download" if wrong else "",
    )  # fmt: skip
