"""Check a feed: find out what it is, read it within limits, judge it, and put the report together."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from microharvest import __version__
from microharvest.check.endpoint.answers import Interview
from microharvest.check.endpoint.asking import ask_all
from microharvest.check.endpoint.dublin import DUBLIN
from microharvest.check.endpoint.judges import JUDGES, answered_with
from microharvest.check.engine import Given, Verdict, state_of
from microharvest.check.grading import Tally, merged, place_of
from microharvest.check.preview import preview_of
from microharvest.check.profile import Advice, Profile, issue_advice, profile_names, read_profile
from microharvest.check.reading import Problem, Reading
from microharvest.check.report import Finding, Grade, Place, Preview, Report
from microharvest.check.values import Value
from microharvest.clock import iso, utc_now
from microharvest.errors import ERROR_CODES, ConfigError
from microharvest.harvest.engine import policy_of
from microharvest.kit.manifest import list_connectors, load_protocol
from microharvest.kit.protocol import Body, Request
from microharvest.model.issue import ISSUE_CODES
from microharvest.model.offer import Offer
from microharvest.onboard.add import address_of, probe_policy
from microharvest.onboard.look import look_at
from microharvest.onboard.probe import Probe, open_probe, source_error
from microharvest.onboard.proposal import Proposal
from microharvest.onboard.trial import load_draft
from microharvest.settings import PublishSettings, Settings
from microharvest.settings.reading import proposal
from microharvest.sources import SourceConfig, convert_options
from microharvest.telemetry import redact

__all__ = ["MAX_REQUESTS", "MAX_SECONDS", "check_feed"]

MAX_REQUESTS = 50
"""One of them is left for robots.txt, which the client asks for by itself."""
MAX_SECONDS = 240.0
ATTEMPT_S = 60.0
_KEPT, _PLACES, _UNREAD = 500, 5, 12


def check_feed(
    target: str,
    *,
    config: SourceConfig | None,
    profiles: Sequence[str],
    settings: Settings,
    rules: PublishSettings,
    environ: Mapping[str, str],
    config_dir: Path | None = None,
    allow: Sequence[str] = (),
) -> Report:
    """`config`: of a source that has one; else `target` is an address or a file. `profiles`: those to grade by; empty:
    all that apply. At most 50 requests, nothing stored. Raises ConfigError and SourceError."""
    known = profile_names()
    for name in profiles:
        if name not in known:
            raise ConfigError("command.invalid", f'There is no profile "{name}"{proposal(name, known)}')
    judging = _Judging([read_profile(name) for name in known], frozenset(profiles), rules)
    return asyncio.run(_checked(target, config, judging, settings, environ, config_dir, allow))


async def _checked(
    target: str,
    config: SourceConfig | None,
    judging: _Judging,
    settings: Settings,
    environ: Mapping[str, str],
    config_dir: Path | None,
    allow: Sequence[str],
) -> Report:
    begun = time.monotonic()
    url, allowed = (config.url, ()) if config is not None else address_of(target, allow)
    policy = policy_of(config, environ) if config is not None else probe_policy(allowed, settings)
    policy = msgspec.structs.replace(
        policy, attempts=1, max_wait_s=20.0, deadline_s=min(policy.deadline_s, ATTEMPT_S), concurrency=1
    )
    because, alone, keyless = "as its source file says", False, False
    async with open_probe(policy, settings.user_agent, limit=MAX_REQUESTS - 1) as probe:
        if config is None:
            found = await look_at(probe, url, one_page=True)
            found.guesses.pop("fetch.encoding", None)  # that it had to be guessed is a finding
            if allowed:
                found.guess("network.allow", list(allowed), "what you named may be reached")
            because = found.guesses["dialect"].reason or "by what stands in it"
            alone = bool(found.value("alone"))
            keyless = _stand_in(found, url)
            address = str(found.value("url"))
            found.guess("url", address.partition("?")[0], "")  # a key in it may not stand in a file, but be asked with
            with TemporaryDirectory(prefix="microharvest-check-") as folder:
                config = load_draft(found.text(), "check", Path(folder), config_dir, environ)
            config = msgspec.structs.replace(config, url=address)
        reading = _Kept(probe, config, judging, begun + MAX_SECONDS)
        await reading.follow([Request(lane="page", url=url, kind="item")] if alone else reading.start())
        if keyless:
            reading.note_keyless()
        interview = await reading.interview() if judging.wants_endpoint(config) else None
        requests = len(probe.asked)
    grades, findings = judging.close(config, reading, interview)
    failures = [(redact(where), code, detail or ERROR_CODES.get(code, "")) for where, code, detail in reading.failures]
    return Report(
        target=redact(target) if "://" in target else target, at=iso(utc_now()) or "", version=__version__,
        title=config.title, protocol=config.protocol, dialect=config.dialect, kind=_called(config.dialect),
        because=because, requests=requests, seconds=round(time.monotonic() - begun, 1), records=reading.records,
        offers=reading.offers, deleted=reading.deleted, cut=reading.cut, failures=failures, grades=grades,
        findings=findings, previews=judging.previews(),
        unread=[(path, count, reading.examples[path]) for path, count in reading.unread.most_common(_UNREAD)],
    )  # fmt: skip


class _Kept(Reading):
    """A reading that keeps the pages of a repository for the questions about them."""

    def __init__(self, probe: Probe, config: SourceConfig, judging: _Judging, until: float) -> None:
        made, options = load_protocol(config.protocol)
        reader = made(convert_options(config.fetch, options, f"{config.id}: [fetch]"), config.url)
        if getattr(reader, "obeys_robots", False):
            probe.policy = msgspec.structs.replace(probe.policy, robots=True)
        super().__init__(reader, probe, config, judging.add, until)
        judging.config = config
        self._lists: list[tuple[str, Body]] = []
        self.left_out: list[str] = []

    def start(self) -> list[Request]:
        """What a first harvest asks."""
        begun: list[Request] = self._reader.start({}, utc_now(), full=True)
        return begun

    def note_keyless(self) -> None:
        """No column can tell the records apart: said once, of all of them."""
        said = "No column is filled in every row and different in each: for this report the titles stood in."
        self.problems["record.no_identifier"] = Problem(
            code="record.no_identifier", count=self.records, seen=[("", "", None, said)]
        )

    def keep(self, request: Request, body: Body) -> None:
        """Remember the pages of the list."""
        if self._config.protocol == "oai_pmh" and request.kind == "list":
            self._lists.append((request.url, body))

    async def interview(self) -> Interview:
        """Ask the endpoint what its profile asks."""
        base = self._config.url.partition("?")[0]
        prefix = str(self._config.fetch.get("metadata_prefix", "oai_dc"))
        asks = read_profile("oai-pmh").asks
        told, self.left_out = await ask_all(self._probe, base, prefix, asks, self._lists, self._until)
        return told


class _Judging:
    """Profiles over the records as they come. `asked`: profiles somebody named; empty: all that apply."""

    def __init__(self, profiles: list[Profile], asked: frozenset[str], rules: PublishSettings) -> None:
        self._profiles = [one for one in profiles if not asked or one.name in asked]
        self._asked, self._rules = asked, rules
        self.config: SourceConfig
        self._tallies: dict[str, Tally] | None = None
        self._off: dict[str, str] = {}
        self._kept: list[tuple[float, int, str, Offer]] = []
        self._issues: Counter[str] = Counter()
        self._places: dict[str, list[Place]] = {}
        self._annex = Tally(read_profile("annex1"))
        self._count = 0

    def wants_endpoint(self, config: SourceConfig) -> bool:
        """Whether there is an endpoint to ask, and somebody wants to know."""
        return config.protocol == "oai_pmh" and (not self._asked or "oai-pmh" in self._asked)

    def add(self, given: Given) -> None:
        """Judge a record by all profiles that apply."""
        if self._tallies is None:
            self._off = {one.name: why for one in self._profiles if (why := self._unfit(one, given))}
            fitting = [one for one in self._profiles if one.name not in self._off and not one.protocols]
            self._tallies = {one.name: Tally(one) for one in fitting}
        points = [tally.add(given) for name, tally in self._tallies.items() if name != "annex1"]
        annex = self._annex.add(given)
        if len(self._kept) < _KEPT:
            shown = annex if annex is not None else next((one for one in points if one is not None), 0.0)
            self._kept.append((shown, self._count, given.record.native_id or "", given.offer))
        self._count += 1
        for code in {issue.code for issue in given.issues}:
            self._issues[code] += 1
        for issue in given.issues:
            places = self._places.setdefault(issue.code, [])
            if len(places) < _PLACES and not (places and places[-1].record == given.record.native_id):
                places.append(place_of(given, Value(issue.value, issue.field or "record")))

    def _unfit(self, profile: Profile, given: Given | None) -> str:
        """Why a profile does not apply; empty where it does."""
        config = self.config
        if profile.protocols and config.protocol not in profile.protocols:
            return f"It is about {', '.join(profile.protocols)}; this feed is fetched as {config.protocol}."
        if profile.dialects and config.dialect not in profile.dialects:
            return f"It is about {', '.join(profile.dialects)}; this feed is {config.dialect}."
        named = profile.name in self._asked and profile.dialects and profile.shape and profile.shape.document
        if profile.shape is None or given is None or named:
            return ""
        fits = state_of(profile.shape, given, given.record).holds
        return "" if fits else "It is about another edition or form than the one found."

    def close(self, config: SourceConfig, reading: _Kept, told: Interview | None) -> tuple[list[Grade], list[Finding]]:
        """Grades in the order of the profiles, findings by what they cost."""
        tallies = {**(self._tallies or {})}
        if "annex1" in tallies:
            tallies["annex1"] = self._annex
        if told is not None:
            tallies["oai-pmh"] = _endpoint_tally(read_profile("oai-pmh"), told)
        grades, findings = [], []
        for profile in self._profiles:
            tally = tallies.get(profile.name)
            if tally is None:
                why = self._off.get(profile.name) or self._unfit(profile, None) or "There was no offer to judge."
                grades.append(Grade(profile=profile.name, title=profile.title, about=profile.about, because=why))
                continue
            grade, found = tally.close()
            if profile.name == "oai-pmh" and reading.left_out:
                grade = msgspec.structs.replace(
                    grade, because=f"{len(reading.left_out)} questions were left out: 50 requests were made."
                )
            grades.append(grade)
            findings += found
        return grades, merged([*findings, *self._issue_findings(), *_feed_findings(reading)])

    def _issue_findings(self) -> list[Finding]:
        return [_told(code, count, self._count, tuple(self._places[code])) for code, count in self._issues.items()]

    def previews(self) -> list[Preview]:
        """The richest record, the one in the middle and the poorest of the first 500."""
        ranked = sorted(self._kept, key=lambda one: (-one[0], one[1]))
        picked = {0, len(ranked) // 2, len(ranked) - 1} if ranked else set()
        return [
            preview_of(record, offer, round(points, 1), self._rules)
            for points, _, record, offer in (ranked[place] for place in sorted(picked))
        ]


def _stand_in(found: Proposal, url: str) -> bool:
    """Whether a table has no column to tell its rows apart: for a report, the title does. Raises SourceError where no
    column is known at all."""
    if found.value("dialect") != "columns":
        return False
    columns = found.table("columns")
    if not columns:
        detail = "No column has a name of an offer's: call them title, provider, ects, start_date and so on"
        raise source_error("source.not_recognised", url, detail)
    if found.value("identity.key"):
        return False
    said = columns.get("title", next(iter(columns.values())))
    found.guess("identity.key", [said if isinstance(said, str) else said.get("from", "")], "for this report alone")
    return True


def _called(dialect: str) -> str:
    return next((one.title for one in list_connectors() if one.kind == "dialect" and one.name == dialect), dialect)


def _endpoint_tally(profile: Profile, told: Interview) -> Tally:
    """The rules about an endpoint: it is one thing that is judged."""
    tally = Tally(profile)
    for number, rule in enumerate(profile.rule):
        judge = {**JUDGES, **DUBLIN}.get(rule.judge)
        places = judge(told) if judge else answered_with(told, rule.ask, rule.expect)
        tally.note(number, Verdict(None if places is None else not places, []), places or [])
    tally.records = 1
    return tally


def _feed_findings(reading: Reading) -> list[Finding]:
    found = []
    for problem in reading.problems.values():
        places = tuple(
            Place(record=record, path=path, line=line, value=value) for record, path, line, value in problem.seen
        )
        of = problem.count if problem.code.startswith("feed.") else max(reading.records, problem.count)
        found.append(_told(problem.code, problem.count, of, places))
    return found


def _told(code: str, count: int, of: int, places: tuple[Place, ...]) -> Finding:
    """A problem of the mapping as a finding: what the code means, and advice for whoever publishes the feed."""
    advice = issue_advice().get(code, Advice())
    says = ISSUE_CODES.get(code) or ERROR_CODES.get(code, code)
    factor = 2 if advice.level == "must" else 1
    return Finding(
        code=code, level=advice.level, says=says, why=advice.why, fix=advice.fix, example=advice.example,
        count=count, of=of, weight=round(advice.weight * factor * count / of, 4), places=places,
    )  # fmt: skip
