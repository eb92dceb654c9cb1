"""What the report shows, gathered from the store: plain values, ready to be drawn. No markup, no SQL.

Every figure has one meaning, said beside its field. Texts of a source that may not be shown are left out here, so that
no template can show them by mistake.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import msgspec

from microharvest.demo.apart import Near, Silenced, near_misses
from microharvest.demo.story import Story, tell
from microharvest.demo.wording import best_text
from microharvest.model.issue import ISSUE_CODES
from microharvest.model.offer import Offer, decode_offer
from microharvest.quality.annex import ELEMENTS
from microharvest.sources import SourceConfig
from microharvest.store import reporting
from microharvest.store.database import Connection

__all__ = ["Facts", "Fallout", "IssueFacts", "SourceFacts", "Unread", "gather"]

Pair = tuple[str, str]
NOT_OFFERS = ("record.not_an_offer", "record.credential_refused")
STORIES, EXAMPLES = 3, 12
HIDDEN = "(not shown: its licence keeps its texts off pages)"


class Fallout(msgspec.Struct, frozen=True, kw_only=True):
    """Records (or clusters) that went no further, and why."""

    count: int
    why: str


class IssueFacts(msgspec.Struct, kw_only=True):
    """A data problem: how often, where, and one example as the source wrote it."""

    code: str
    meaning: str
    count: int = 0
    sources: dict[str, int] = {}
    field: str = ""
    value: str = ""
    example: Pair = ("", "")


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a source that nobody reads."""

    source: str
    path: str
    count: int
    value: str


class SourceFacts(msgspec.Struct, kw_only=True):
    """A source. `offers`: accepted and not withdrawn; `shared`: of them, told by another source too; `filled`: how many
    of them fill each element of Annex I. `state`: ok, partial, held, failed."""

    id: str
    title: str
    how: str
    authority: str
    shown: bool
    licence: str
    state: str = "ok"
    sentence: str = ""
    deleted: int = 0
    not_offers: int = 0
    quarantined: int = 0
    held: int = 0
    withdrawn: int = 0
    offers: int = 0
    shared: int = 0
    issues: int = 0
    with_issues: int = 0
    filled: list[int] = msgspec.field(default_factory=lambda: [0] * len(ELEMENTS))

    @property
    def delivered(self) -> int:
        """Everything it gave, whatever became of it."""
        return self.deleted + self.not_offers + self.quarantined + self.held + self.withdrawn + self.offers


class Facts(msgspec.Struct, kw_only=True):
    """The whole report. Counters count offers; `ects` keys are points as text, `eqf` keys levels, "" is unknown."""

    at: datetime
    release: int = 0
    published: datetime | None = None
    entries: list[str] = []
    clusters: int = 0
    told: Counter[int] = msgspec.field(default_factory=Counter)
    withheld: list[Fallout] = []
    withheld_ids: dict[str, list[str]] = {}
    sources: list[SourceFacts] = []
    issues: list[IssueFacts] = []
    findings: list[tuple[str, str, int, str]] = []
    quarantine: list[tuple[str, str, str, str]] = []
    languages: Counter[str] = msgspec.field(default_factory=Counter)
    countries: Counter[str] = msgspec.field(default_factory=Counter)
    eqf: Counter[str] = msgspec.field(default_factory=Counter)
    ects: Counter[str] = msgspec.field(default_factory=Counter)
    stories: list[Story] = []
    near: list[Near] = []
    silenced: list[Silenced] = []
    unread: list[Unread] = []
    titles: dict[Pair, str] = {}

    @property
    def offers(self) -> int:
        """Accepted offers of all sources."""
        return sum(source.offers for source in self.sources)

    @property
    def delivered(self) -> int:
        """Records of all sources, whatever became of them."""
        return sum(source.delivered for source in self.sources)

    @property
    def accepted(self) -> int:
        """Records that were ever accepted."""
        return self.offers + sum(source.withdrawn for source in self.sources)

    def title(self, pair: Pair) -> str:
        """The title of a record, its native id where it has none."""
        return self.titles.get(pair) or pair[1]


def gather(harvest: Connection, catalogue: Connection, configs: Mapping[str, SourceConfig], now: datetime) -> Facts:
    """Everything the report needs, in one pass over the accepted heads."""
    release, published = reporting.catalogue_now(catalogue)
    facts = Facts(at=now, release=release, published=published)
    known = {
        source: _source(source, configs.get(source))
        for source in dict.fromkeys([*configs, *reporting.sources_known(harvest)])
    }
    facts.sources = list(known.values())
    clusters = reporting.members(harvest)
    offers = _read_heads(harvest, facts, known, clusters)
    _count_fallout(harvest, facts, known)
    _note_runs(harvest, known)
    facts.entries = [entry.id for entry in reporting.entries_now(catalogue)]
    _note_withheld(catalogue, facts)
    _tell_stories(harvest, facts, clusters, offers, known)
    facts.near, facts.silenced = near_misses(harvest, [pair for pairs in clusters.values() for pair in pairs])
    facts.unread = [
        Unread(source=source, path=path, count=count, value=example if known[source].shown else HIDDEN)
        for source, path, count, example in reporting.unread_paths(harvest)
    ]
    return facts


def _source(source: str, config: SourceConfig | None) -> SourceFacts:
    if config is None:
        return SourceFacts(
            id=source, title=source, how="no source file any more", authority="", shown=False, licence=""
        )
    return SourceFacts(
        id=source,
        title=config.title,
        how=f"{config.protocol} · {config.dialect}",
        authority=config.authority,
        shown=config.shown,
        licence=config.licence,
    )


def _read_heads(
    harvest: Connection, facts: Facts, known: dict[str, SourceFacts], clusters: dict[str, list[Pair]]
) -> dict[Pair, Offer]:
    """Count every head; returns the offers of clusters with several members."""
    several = {pair for pairs in clusters.values() if len(pairs) > 1 for pair in pairs}
    issues: dict[str, IssueFacts] = {}
    kept: dict[Pair, Offer] = {}
    for head in reporting.heads(harvest):
        source = known[head.source]
        if head.status == "withdrawn" or head.doc is None:
            source.withdrawn += 1
            continue
        pair = (head.source, head.native_id)
        offer = decode_offer(head.doc)
        source.offers += 1
        source.shared += pair in several
        facts.titles[pair] = best_text(offer.title) if source.shown else HIDDEN
        if pair in several:
            kept[pair] = offer
        for place, element in enumerate(ELEMENTS):
            source.filled[place] += bool(element.filled(offer))
        _count_offer(facts, offer)
        source.issues += len(head.issues)
        source.with_issues += bool(head.issues)
        for issue in head.issues:
            entry = issues.setdefault(issue.code, IssueFacts(code=issue.code, meaning=ISSUE_CODES[issue.code]))
            entry.count += 1
            entry.sources = {**entry.sources, head.source: entry.sources.get(head.source, 0) + 1}
            if source.shown and (not entry.value and (issue.value or not entry.example[0])):
                entry.field, entry.value, entry.example = issue.field, issue.value, pair
    facts.issues = sorted(issues.values(), key=lambda entry: (-entry.count, entry.code))
    return kept


def _count_offer(facts: Facts, offer: Offer) -> None:
    languages = offer.languages or tuple(dict.fromkeys(tag for each in offer.instances for tag in each.languages))
    facts.languages.update(languages or ("",))
    facts.countries[offer.country or (offer.provider.country if offer.provider else None) or ""] += 1
    facts.eqf[str(offer.eqf_level or "")] += 1
    points = [given.points for given in offer.credits if given.framework == "ECTS"]
    facts.ects[format(points[0].normalize(), "f") if points else ""] += 1


def _count_fallout(harvest: Connection, facts: Facts, known: dict[str, SourceFacts]) -> None:
    for source, count in reporting.announced_deleted(harvest).items():
        known[source].deleted = count
    for source, count in reporting.held_records(harvest).items():
        known[source].held = count
    facts.quarantine = [
        (source, code, detail if known[source].shown or code.startswith(("feed.", "source.")) else HIDDEN, native_id)
        for source, code, detail, native_id in reporting.quarantined(harvest)
    ]
    for source, code, _, _ in facts.quarantine:
        known[source].quarantined += not code.startswith("source.")
    for source, codes in reporting.findings_by_source(harvest).items():
        for code, (count, example) in sorted(codes.items()):
            if code in NOT_OFFERS:
                known[source].not_offers += count
            facts.findings.append((source, code, count, example if known[source].shown else HIDDEN))


def _note_runs(harvest: Connection, known: dict[str, SourceFacts]) -> None:
    runs = reporting.last_runs(harvest)
    for source, one in known.items():
        run = runs.get(source)
        if run is None:
            one.state, one.sentence = "never", "Not harvested yet."
        elif run.outcome in {"failed", "blocked"}:
            one.state, one.sentence = "failed", f"{run.error or 'The last run failed.'} ({run.code})"
        elif run.acceptance == "held":
            one.state, one.sentence = "held", run.held_because or "A guard holds the last run."
        elif run.outcome == "partial":
            one.state, one.sentence = "partial", run.error or "The list could not be read to its end."


def _note_withheld(catalogue: Connection, facts: Facts) -> None:
    by_reason: dict[str, list[str]] = {}
    for cluster, reason in reporting.withheld_now(catalogue):
        by_reason.setdefault(reason, []).append(cluster)
    facts.withheld_ids = dict(sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0])))
    facts.withheld = [Fallout(count=len(ids), why=reason) for reason, ids in facts.withheld_ids.items()]


def _tell_stories(
    harvest: Connection,
    facts: Facts,
    clusters: dict[str, list[Pair]],
    offers: dict[Pair, Offer],
    known: dict[str, SourceFacts],
) -> None:
    """The offers most sources tell, of those that may be shown in full."""
    facts.clusters = len(clusters)
    facts.told = Counter(len(pairs) for pairs in clusters.values())
    showable = [
        cluster
        for cluster, pairs in clusters.items()
        if len(pairs) > 1 and all(known[source].shown and (source, one) in offers for source, one in pairs)
    ]
    chosen = sorted(showable, key=lambda cluster: (-len(clusters[cluster]), clusters[cluster]))[:STORIES]
    golden = reporting.golden_rows(harvest, chosen)
    facts.stories = [
        tell(cluster, *golden[cluster], {pair: offers[pair] for pair in clusters[cluster]})
        for cluster in chosen
        if cluster in golden
    ]
