"""Whole runs of the real engine over a sample: days (I), deletions (D), kills and loops (P), faults (F), manners (H).

Each check sets a stage: the sample behind a loopback server, a store of its own, faults switched on between runs.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from email.utils import formatdate
from typing import Literal

from microharvest.clock import utc_now
from microharvest.errors import ERROR_CODES
from microharvest.harvest.report import RunReport
from microharvest.testing.checks.subject import Check, Folder
from microharvest.testing.contract import Response, Sample, drive
from microharvest.testing.faults import FAULTS, Wrong, accept_conditionally
from microharvest.testing.feed_server import Answer
from microharvest.testing.mocked import mocked_http
from microharvest.testing.stage import TOKEN, Fault, Remembered, Stage, plain_url
from microharvest.testing.variation import Variation

__all__ = ["CHECKS", "fault_scene", "play"]

Scene = Callable[[Sample], AsyncIterator[str]]
STOPS_WITHIN_S = 2.0
MAX_KILLS = 4
ROBOTS = "/robots.txt"
NO_SAMPLE = "no sample is read to its end with two live records: the engine's checks need one"


def play(scene: Scene) -> Callable[[Folder], Iterator[str]]:
    """A check over the folder's whole sample; without one it fails."""

    def check(folder: Folder) -> Iterator[str]:
        if folder.whole is None:
            yield NO_SAMPLE
            return

        async def collected(sample: Sample) -> list[str]:
            return [sentence async for sentence in scene(sample)]

        yield from asyncio.run(collected(folder.whole))

    check.__doc__ = scene.__doc__
    return check


def _complete(report: RunReport) -> bool:
    return report.outcome == "complete" and report.acceptance == "accepted"


def _lost(report: RunReport) -> int:
    return report.counts.get("missing", 0) + report.counts.get("withdrawn", 0)


def _told(report: RunReport) -> str:
    counts = {name: count for name, count in report.counts.items() if count}
    return f"{report.outcome}, {report.acceptance}, {counts} ({report.code or 'no code'} {report.because})".strip()


async def nothing_changes_twice(sample: Sample) -> AsyncIterator[str]:
    """I2, I8: a second run over the same answers, and a full one after it, change nothing."""
    async with Stage(sample) as stage:
        first = await stage.harvest()
        if not _complete(first):
            yield f"the sample's first run is not accepted: {_told(first)}"
            return
        known = stage.remembered().heads
        for full in (False, True):
            again = await stage.harvest(full=full)
            if not _complete(again) or stage.remembered().heads != known:
                yield f"a {'full' if full else 'second'} run over the same answers: {_told(again)}"
            if any(again.counts.get(name, 0) for name in ("added", "changed", "missing", "withdrawn", "returned")):
                yield f"a {'full' if full else 'second'} run over the same answers changes something: {_told(again)}"


async def changes_are_exact(sample: Sample) -> AsyncIterator[str]:
    """I3: one record new, one changed, one gone: exactly these; a delta never says that one is gone (D4)."""
    days = Variation(sample)
    if days.less is None or days.changed is None:
        yield "no edit of the sample removes exactly one record or changes exactly one"
        return
    async with Stage(sample) as stage:
        stage.bodies = days.less
        await stage.harvest()
        for name, bodies, wanted in (("new", {}, "added"), ("changed", days.changed, "changed"),
                                     ("gone", {**days.less}, "missing")):  # fmt: skip
            if name == "gone":  # from the sample as it is, so that nothing else differs
                stage.bodies = {}
                await stage.harvest()
            stage.bodies = bodies
            report = await stage.harvest()
            counts = {one: report.counts.get(one, 0) for one in ("added", "changed", "missing", "withdrawn")}
            expected = dict.fromkeys(counts, 0)
            if wanted != "missing" or report.scope == "full":
                expected[wanted] = 1
            held = report.acceptance == "held" and wanted == "missing"
            if counts != expected and not held:
                yield f"one record {name}: {_told(report)}"
            if report.scope == "delta" and _lost(report):
                yield f"a delta takes a record for gone: {_told(report)}"


async def deletions_need_proof(sample: Sample) -> AsyncIterator[str]:
    """D2: a list without any record is held or refused, and takes nothing away; D4: a delta says nothing about it."""
    nothing = Variation(sample).none
    if nothing is None:
        yield "no edit of the sample empties its list"
        return
    async with Stage(sample) as stage:
        await stage.harvest()
        known = stage.active
        for full in (False, True):
            stage.bodies = nothing
            report = await stage.harvest(full=full)
            if stage.active != known:
                yield f"an empty list takes {len(known - stage.active)} records away: {_told(report)}"
            if report.scope == "full" and report.outcome == "complete" and report.acceptance != "held":
                yield f"an empty list is accepted: {_told(report)}"


async def broken_lists_take_nothing(sample: Sample) -> AsyncIterator[str]:
    """D3, D5, I9: a list whose last page or first item fails takes nothing away and moves no watermark."""
    async with Stage(sample) as stage:
        await stage.harvest()
        known = stage.remembered()
        asked = [one.url for one in stage.requests if one.kind == "list"][-1:]
        items = [one.url for one in stage.requests if one.kind == "item"][:1]
        for url in (*asked, *items):
            stage.fault, stage.faulty = _status(500), frozenset({url})
            report = await stage.harvest(full=True)
            for sentence in _moved(known, stage.remembered(), report, strict=url in asked):
                yield f"with {url} answering 500 {sentence}"
            if report.outcome == "complete":
                yield f"with {url} answering 500 the run is complete: {_told(report)}"


async def tombstones_are_no_records(sample: Sample) -> AsyncIterator[str]:
    """D1: what a feed says is deleted is not there afterwards; D6: what comes back is the same record."""
    days = Variation(sample)
    async with Stage(sample) as stage:
        await stage.harvest()
        if len(stage.active) != len(days.keys):
            yield f"accepted are {len(stage.active)} records, the sample has {len(days.keys)} live ones"
        if days.less is None:
            yield "no edit of the sample removes exactly one record"
            return
        before = stage.active
        for stage.bodies in (days.less, {}):
            await stage.harvest(full=True)
        if stage.active != before:
            yield "a record that was gone for a day does not come back as itself"


async def kills_lose_nothing(sample: Sample) -> AsyncIterator[str]:
    """P1, R8: killed while any of its first answers is on its way, a run stops within two seconds, goes on another time
    and ends as if nothing had been."""
    async with Stage(sample) as whole:
        await whole.harvest()
        wanted = _without_origin(whole)
    for number in range(min(len(whole.requests), MAX_KILLS)):
        async with Stage(sample) as stage:
            stage.kill_after = number
            with suppress(asyncio.CancelledError):
                await stage.harvest()
                stage.killed_at = math.inf  # it ended by itself before that
            took = time.monotonic() - stage.killed_at
            if took > STOPS_WITHIN_S:
                yield f"killed at request {number + 1}, it takes {took:.1f} s to stop"
            stage.kill_after = None
            report = await stage.harvest()
            if not _complete(report) or _without_origin(stage) != wanted:
                yield f"killed at request {number + 1}, it ends as {_told(report)}"


def _without_origin(stage: Stage) -> dict[str, bytes]:
    here = stage.here.encode()
    return {
        key.replace(here.decode(), ""): document.replace(here, b"")
        for key, (_, document) in stage.remembered().heads.items()
    }


async def pages_end(sample: Sample) -> AsyncIterator[str]:
    """P2, P3: a list whose later page answers 404, or with its first page again, ends, and is not complete."""
    async with Stage(sample) as stage:
        await stage.harvest()
        known = stage.remembered()
        pages = [one for one in stage.requests if one.kind == "list"]
        later = [one for one in pages if one.depth]
        if not later:
            return
        first = next(one for one in pages if one.lane == later[-1].lane and not one.depth)
        place = next(n for n, one in enumerate(sample.responses) if one.url == first.url)
        again = Answer(body=stage.body_of(place))
        for title, answer in (("404", Answer(status=404)), ("the first page again", again)):
            stage.fault, stage.faulty = _given(answer), frozenset({later[-1].url})
            before = len(stage.server.calls)
            report = await stage.harvest(full=True)
            for sentence in _moved(known, stage.remembered(), report):
                yield f"with a later page answering {title} {sentence}"
            if report.outcome == "complete":
                yield f"with a later page answering {title} the run is complete"
            if len(stage.server.calls) - before > 20 * len(stage.requests) + 20:
                yield f"with a later page answering {title} {len(stage.server.calls) - before} requests were made"


def fault_scene(wrong: Wrong) -> Scene:
    """A good run, then one with the fault in its last list."""

    async def scene(sample: Sample) -> AsyncIterator[str]:
        async with Stage(sample, deadline_s=1.0) as stage:
            await stage.harvest()
            known = stage.remembered()
            url = stage.list_urls()[-1]
            response = next((one for one in sample.responses if one.url == url), None)
            if wrong.markup and (response is None or not response.content(sample.folder).lstrip().startswith(b"<")):
                return
            stage.windows = False  # else a reader that narrows down what hangs asks for an hour at a time
            for stage.fault in wrong.ways:
                stage.faulty = frozenset({url})
                report = await stage.harvest(full=True)
                harmless = _complete(report) and stage.remembered().heads == known.heads
                if harmless and wrong.ends != "noticed":
                    known = stage.remembered()
                    continue
                for sentence in _moved(known, stage.remembered(), report):
                    yield sentence
                if report.outcome == "complete" and report.acceptance != "held":
                    yield f"the run does not notice it: {_told(report)}"
                elif wrong.ends == "harmless":
                    yield f"the run stumbles over it: {_told(report)}"
                if report.outcome != "complete" and report.code not in ERROR_CODES:
                    yield f"the run has no code of its own: {_told(report)}"

    scene.__doc__ = f"{wrong.title}: {wrong.ends}."
    return scene


def _moved(known: Remembered, now: Remembered, report: RunReport, *, strict: bool = True) -> Iterator[str]:
    """What a run that failed must leave alone."""
    gone = [key for key, (status, _) in known.heads.items() if now.heads.get(key, ("gone", b""))[0] != status]
    if gone:
        yield f"{len(gone)} records are taken for gone: {_told(report)}"
    if report.outcome != "complete" and (now.watermark != known.watermark or (strict and now.state != known.state)):
        yield f"the watermark or state moves: {known.watermark} -> {now.watermark} ({_told(report)})"


async def one_bad_record_is_one(sample: Sample) -> AsyncIterator[str]:
    """F22: a record that comes twice in a run is one."""
    days = Variation(sample)
    if days.twice is None:  # the reader itself makes one of two, or two of one
        if days.multiplied:
            yield f"one record more in the bytes makes {days.multiplied} of one"
        return
    async with Stage(sample) as stage:
        await stage.harvest()
        known = stage.remembered().heads
        stage.bodies = days.twice
        report = await stage.harvest(full=True)
        if not _complete(report) or stage.remembered().heads != known:
            yield f"a record that comes twice: {_told(report)}"


async def bad_records_stand_alone(sample: Sample) -> AsyncIterator[str]:
    """F23: where one record of a list cannot be read, the others are there, and nobody raised."""
    days = Variation(sample)
    async with Stage(sample) as stage:
        await stage.harvest()
        known = stage.active
        for bodies in days.spoilt:
            stage.bodies = bodies
            report = await stage.harvest(full=True)
            if len(known - stage.active) > 1 or report.counts.get("missing", 0) > 1:
                yield f"one spoilt record takes others with it: {_told(report)}"
            if report.issues.get("run.connector") or report.code == "run.connector":
                yield f"one spoilt record makes the connector raise: {_told(report)}"


async def unmodified_is_present(sample: Sample) -> AsyncIterator[str]:
    """H3, F17: known validators are sent, and a 304 counts as present and unchanged."""
    async with Stage(sample) as stage:
        stage.fault = accept_conditionally
        await stage.harvest()
        known = stage.active
        stage.server.calls.clear()
        report = await stage.harvest()
        conditional = any(one.conditional for one in stage.requests)
        if conditional and not any("if-none-match" in call.headers for call in stage.server.calls):
            yield "no validator is sent though one is known"
        if not _complete(report) or stage.active != known or _lost(report):
            yield f"what was not modified is not there: {_told(report)}"


async def it_is_polite(sample: Sample) -> AsyncIterator[str]:
    """H1, H2, H4: it says who asks, at most as many requests at once as allowed, nobody else is asked."""
    async with Stage(sample, concurrency=1) as stage:
        await stage.harvest()
        for call in stage.server.calls:
            if "microharvest/" not in call.headers.get("user-agent", ""):
                yield f"{call.path} was asked without saying who asks"
        if stage.busiest > 1:
            yield f"{stage.busiest} requests at once where one is allowed"
        allowed = {plain_url(one.url) for one in stage.requests}
        asked = {stage.origin + call.path + (f"?{call.query}" if call.query else "") for call in stage.server.calls}
        surplus = {plain_url(url) for url in asked} - allowed - {stage.origin + ROBOTS}
        if surplus:
            yield f"{sorted(surplus)[0]} was asked by the engine and not by the sample's own run"


async def robots_are_obeyed(sample: Sample) -> AsyncIterator[str]:
    """H5: a protocol that asks for robots.txt obeys it: where everything is forbidden it asks nothing else."""
    async with Stage(sample) as stage:
        await stage.harvest()
        if ROBOTS not in {call.path for call in stage.server.calls}:
            return
        known = stage.active
    async with Stage(sample) as stage:
        stage.fault = _given(Answer(body=b"User-agent: *\nDisallow: /\n", headers={"Content-Type": "text/plain"}))
        stage.faulty = frozenset({stage.origin + ROBOTS})
        report = await stage.harvest()
        asked = sorted({call.path for call in stage.server.calls} - {ROBOTS})
        if asked:
            yield f"robots.txt forbids everything, and {asked[0]} was asked ({len(known)} records, {_told(report)})"


async def secrets_stay_secret(sample: Sample) -> AsyncIterator[str]:
    """S7: a token is in no report, no state, no kept body, also where the server repeats it."""
    async with Stage(sample) as stage:
        auth = {"type": "bearer", "token": "env:SAMPLE_TOKEN"}
        config = stage.configured(stage.config.url, auth=auth)
        stage.fault, stage.faulty = _given(Answer(status=403, body=f"no {TOKEN}".encode())), frozenset()
        report = await stage.harvest(config)
        stage.fault = None
        await stage.harvest(config)
        if not any(TOKEN in call.headers.get("authorization", "") for call in stage.server.calls):
            yield "the token is not sent"
        shown = repr(report) + repr(stage.remembered())
        if TOKEN in shown or TOKEN.encode() in stage.stored():
            yield "the token stands in a report or in the store"


async def passing_faults_pass(sample: Sample) -> AsyncIterator[str]:
    """F1 to F4: an error that passes is asked again, after the time the server names, in seconds or as a date."""
    first = drive(sample).asked[0].url
    later = formatdate(utc_now().timestamp() + 9, usegmt=True)
    for code, status, headers, at_least in (
        ("F1", 500, {}, 0.0), ("F2", 429, {"Retry-After": "7"}, 6.0), ("F3", 503, {"Retry-After": later}, 6.0),
        ("F4", 503, {}, 0.0),
    ):  # fmt: skip
        async with Stage(sample, attempts=2) as stage:
            report = await _mocked(stage, [Response(url=first, status=status, headers=headers)])
            if not _complete(report):
                yield f"{code}: {status} once, then well: {_told(report)}"
            if not stage.waits or max(stage.waits) < at_least:
                yield f"{code}: it waited {stage.waits} s where {at_least:g} were asked for"


async def refusals_have_names(sample: Sample) -> AsyncIterator[str]:
    """C2: a wrong address, no permission, no name, no certificate, nobody there: each ends with its own code."""
    for status, code in ((401, "source.unauthorised"), (403, "source.unauthorised"), (404, "source.not_found")):
        async with Stage(sample) as stage:
            urls = {one.url for one in sample.responses} | {one.url for one in stage.requests}
            report = await _mocked(stage, [Response(url=url, status=status) for url in urls], always=True)
            if report.outcome in {"complete", "partial"} or report.code != code:
                yield f"status {status} everywhere: {_told(report)}, where {code} was expected"
    async with Stage(sample) as stage:
        path = stage.config.url[len(stage.here) :]
        secure = stage.here.replace("http:", "https:")
        for place, code in (("http://feed.invalid", "source.dns"), ("http://127.0.0.1:9", "source.connect"),
                            (secure, "source.tls")):  # fmt: skip
            report = await stage.harvest(stage.configured(place + path))
            if report.outcome in {"complete", "partial"} or report.code != code:
                yield f"at {place.partition(':8')[0]}: {_told(report)}, where {code} was expected"


async def _mocked(stage: Stage, wrong: list[Response], *, always: bool = False) -> RunReport:
    """A run whose HTTP is a mock: the wrong answers first (or for ever), then the sample's."""
    with mocked_http() as mock:
        mock.get(stage.origin + ROBOTS, status=404, repeat=True)
        for one in (*wrong, *(() if always else stage.sample.responses)):
            headers = {"Content-Type": "application/octet-stream", **one.headers}
            body = one.content(stage.sample.folder)
            mock.get(one.url, status=one.status, body=body, headers=headers, repeat=always or one not in wrong)
        return await stage.harvest(stage.configured(stage.sample.url))


def _given(answer: Answer) -> Fault:
    async def give(_: object, honest: Answer) -> Answer:
        return answer

    return give


def _status(status: int) -> Fault:
    return _given(Answer(status=status, body=b"out of order"))


def _silver(code: str, title: str, scene: Scene, only: Literal["protocol"] | None = None) -> Check:
    return Check(code=code, level="MUST", strictness="silver", title=title, run=play(scene), only=only)


CHECKS: tuple[Check, ...] = (
    _silver("S7", "secrets stay secret", secrets_stay_secret, "protocol"),
    _silver("C2", "refusals have names", refusals_have_names, "protocol"),
    _silver("I2", "nothing changes twice", nothing_changes_twice),
    _silver("I3", "changes are exact", changes_are_exact),
    _silver("D1", "deleted and returned", tombstones_are_no_records),
    _silver("D2", "an empty list takes nothing", deletions_need_proof),
    _silver("D3", "a broken list takes nothing", broken_lists_take_nothing, "protocol"),
    _silver("P1", "killed, resumed, the same", kills_lose_nothing, "protocol"),
    _silver("P3", "pages end", pages_end, "protocol"),
    _silver("F1", "passing faults pass", passing_faults_pass, "protocol"),
    *(_silver(code, wrong.title, fault_scene(wrong), "protocol") for code, wrong in FAULTS.items()),
    _silver("F22", "twice is once", one_bad_record_is_one, "protocol"),
    _silver("F23", "one bad record is one", bad_records_stand_alone),
    _silver("H1", "polite", it_is_polite, "protocol"),
    _silver("H5", "robots obeyed", robots_are_obeyed, "protocol"),
    _silver("H3", "validators are used", unmodified_is_present, "protocol"),
)
