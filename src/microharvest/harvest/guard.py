"""Guards: reasons to hold a run although it was read. Pure arithmetic with defaults an ordinary day passes.

n = active records before the run; allowed = max(1, floor(max_ratio x n)), also at most max_count. Tombstones count
like absences, keys are counted, never rows; offers whose last instance has ended do not count. An empty list always
holds where there was something before. What one person approved once is the state the next run is compared with, so
the same cause does not hold twice.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

__all__ = [
    "HOLD_CODES",
    "Alike",
    "Emptied",
    "GuardSettings",
    "Hold",
    "RunFacts",
    "Scaled",
    "alike_fields",
    "allowed_to_go",
    "emptied_fields",
    "hold_for",
]

HOLD_CODES: dict[str, str] = {
    "hold.empty": "The list is empty although there were records before: ask the publisher, else approve.",
    "hold.refused": "Too many records could not be read: see `microharvest quarantine list`, mend dialect or file.",
    "hold.shape": "A column or path is gone and fields are empty because of it: mend [columns], then harvest again.",
    "hold.fill_dropped": "A field that was filled is suddenly empty in many records: compare with the feed.",
    "hold.alike": "Records that differed now say the same, a placeholder or in several fields: compare with the feed.",
    "hold.scale": "Prices, credits or hours became ten times what they were or a tenth: compare with the feed.",
    "hold.other_records": "Most records became others under their old identifiers: compare with the feed.",
    "hold.text_damaged": "Letters such as ä or é were destroyed in many records: tell the publisher, then reject.",
    "hold.rekeyed": "The same content came back under other identifiers: `microharvest approve RUN --rekey` keeps ids.",
    "hold.withdrawals": "More records are gone than may go in one run: approve it if they really ended.",
    "hold.records_few": "Fewer records than [expect] records.min asks for.",
    "hold.records_many": "More records than [expect] records.max allows.",
    "hold.canary": "A record that [expect] canary_ids names is not in the list.",
    "hold.fill_expected": "A field is filled in fewer records than [expect] fill asks for.",
    "hold.pinned": "The source is pinned since it was reverted: approve this run to release it.",
    "hold.planned": "Only planned (--plan): approve it to accept what was shown.",
}
"""Why a run waits for a person, and what to do. `approve --because CODE` accepts all runs of one cause."""

REKEYED_MIN = 3
FEW, MANY = 5, 20
"""Records that must lose a field: of a complete list, and of a run that saw only a part of the source."""


class GuardSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`max_ratio` of active records that may go in one run; `max_count` on top; refusals and expectations.

    `fill_drop`: by how much (share of the records) a field's fill rate may fall in one run.
    """

    max_ratio: float = 0.3
    max_count: int | None = None
    min_records: int | None = None
    max_records: int | None = None
    canary_ids: tuple[str, ...] = ()
    fill: Mapping[str, float] = {}
    refused_ratio: float = 0.2
    refused_min: int = 50
    fill_drop: float = 0.2


class Emptied(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the model among records that changed: how many filled it, lost it, and fill it newly."""

    had: int
    lost: int
    gained: int = 0


class Alike(msgspec.Struct, frozen=True, kw_only=True):
    """One field whose values changed in `changed` records, `count` of which differed before and say `value` now.

    `empty`: the value is one that stands for none.
    """

    changed: int
    count: int
    value: str = ""
    empty: bool = False


class Scaled(msgspec.Struct, frozen=True, kw_only=True):
    """One field whose amounts changed in `changed` records: in `count` of them to ten times as much and more, or a
    tenth and less. `factor`: the frequent one; `example`: one amount before and after."""

    changed: int
    count: int
    factor: float
    example: str


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a run would do. `gone`: newly missing and tombstoned, without the `ended`;
    `gone_with`: the run that brought them all, where one did and others came before it. `rekeyed`: added with the
    content of one gone. `rejected_before`: the same counter of the accepted run. `replaced`: live records whose
    content changes. `renamed`: paths that are gone -> the path that holds their values now, or None; `unread`: those
    of them that nobody read before, so that no field can be empty because of them. `alike`, `scaled`, `other`
    (`example`: a title before and after), `damaged`: see `contrast`."""

    scope: str
    outcome: str
    active: int
    present: int
    added: int = 0
    gone: int = 0
    gone_with: int | None = None
    ended: int = 0
    rekeyed: int = 0
    rejected: int = 0
    rejected_known: int = 0
    rejected_before: int = 0
    rejected_as: str = ""
    absent_canaries: tuple[str, ...] = ()
    fill: Mapping[str, float] = {}
    replaced: int = 0
    emptied: Mapping[str, Emptied] = {}
    renamed: Mapping[str, str | None] = {}
    unread: frozenset[str] = frozenset()
    alike: Mapping[str, Alike] = {}
    scaled: Mapping[str, Scaled] = {}
    other: int = 0
    damaged: int = 0
    example: str = ""


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """One cause: a code of `HOLD_CODES` and one sentence."""

    code: str
    sentence: str


def allowed_to_go(active: int, settings: GuardSettings) -> int:
    """How many of `active` records may go in one run."""
    allowed = max(1, int(settings.max_ratio * active))
    return allowed if settings.max_count is None else min(allowed, settings.max_count)


def hold_for(facts: RunFacts, settings: GuardSettings) -> Hold | None:
    """Why the run must wait for a person, the most fundamental cause first; None: it need not."""
    whole = facts.scope == "full" and facts.outcome == "complete"
    checks = (
        _empty(facts) if whole else None,
        _refused(facts, settings),
        _shape(facts, settings),
        _contents(facts, settings),
        _rekeyed(facts) if whole else None,
        _withdrawals(facts, settings),
        _expected(facts, settings) if whole else None,
    )
    return next((hold for hold in checks if hold is not None), None)


def emptied_fields(facts: RunFacts, settings: GuardSettings) -> dict[str, Emptied]:
    """Fields whose fill rate drops too far, or that nobody fills any more; the worst first."""
    least, kept = _compared(facts)
    found = {}
    for field, one in facts.emptied.items():
        net = one.lost - one.gained
        if net < least:
            continue
        wholly = one.lost == one.had and not one.gained and net >= MANY and net > 0.05 * kept
        if net > settings.fill_drop * kept or wholly:
            found[field] = one
    return dict(sorted(found.items(), key=lambda item: (-item[1].lost, item[0])))


def alike_fields(facts: RunFacts, settings: GuardSettings) -> dict[str, Alike]:
    """Fields that say the same in too many records now, those whose value stands for none first."""
    least, kept = _compared(facts)
    found = {
        field: one
        for field, one in facts.alike.items()
        if one.count >= least and one.count > settings.fill_drop * kept and one.count * 2 > one.changed
    }
    return dict(sorted(found.items(), key=lambda item: (not item[1].empty, -item[1].count)))


def _compared(facts: RunFacts) -> tuple[int, int]:
    """(records that must show the same for it to mean anything, records it is a share of)."""
    if facts.scope == "full" and facts.outcome == "complete":
        return FEW, max(facts.replaced, facts.active - facts.gone - facts.ended)
    return MANY, facts.replaced


def _empty(facts: RunFacts) -> Hold | None:
    if facts.present or not facts.active:
        return None
    why = f" {facts.rejected:,} could not be read ({facts.rejected_as})." if facts.rejected else ""
    return Hold(code="hold.empty", sentence=f"The list is empty; {facts.active:,} records were there before.{why}")


def _refused(facts: RunFacts, settings: GuardSettings) -> Hold | None:
    delivered = facts.present + facts.rejected - facts.rejected_known
    many = facts.rejected > settings.refused_min and facts.rejected > settings.refused_ratio * delivered
    most = facts.rejected >= FEW and facts.rejected * 2 > delivered
    if not (many or most) or facts.rejected <= 1.25 * facts.rejected_before:
        return None
    kind = f", most of them {facts.rejected_as}" if facts.rejected_as else ""
    sentence = f"{facts.rejected:,} of {delivered:,} records could not be read{kind}."
    return Hold(code="hold.refused", sentence=sentence)


def _shape(facts: RunFacts, settings: GuardSettings) -> Hold | None:
    fields = emptied_fields(facts, settings)
    if not fields:
        return None
    names, worst = list(fields), next(iter(fields.values()))
    said = ", ".join(names[:3]) + (f" and {len(names) - 3} more fields" if len(names) > 3 else "")
    empty = f"{said} {'are' if len(names) > 1 else 'is'} empty now in {worst.lost:,} records that had it before."
    causes = [(old, new) for old, new in facts.renamed.items() if old not in facts.unread]
    if not causes:
        return Hold(code="hold.fill_dropped", sentence=empty)
    gone = [
        f"{old} (now {new})" if new else old for old, new in sorted(causes, key=lambda one: (one[1] is None, one[0]))
    ]
    more = f" and {len(gone) - 3} more" if len(gone) > 3 else ""
    return Hold(code="hold.shape", sentence=f"The feed no longer has {', '.join(gone[:3])}{more}: {empty}")


def _contents(facts: RunFacts, settings: GuardSettings) -> Hold | None:
    """Fields are filled as before, by what cannot be meant."""
    least, kept = _compared(facts)
    alike = alike_fields(facts, settings)
    if len(alike) > 1 or any(one.empty for one in alike.values()):
        field, one = next(iter(alike.items()))
        sentence = f"{field} is {one.value[:100]} now in {one.count + 1:,} records that differed in it before."
        return Hold(code="hold.alike", sentence=sentence)
    for field, scaled in facts.scaled.items():
        if scaled.count >= least and scaled.count > 0.05 * kept and scaled.count * 2 > scaled.changed:
            return Hold(code="hold.scale", sentence=_rescaled(field, scaled))
    if facts.damaged >= least and facts.damaged > 0.05 * kept:
        sentence = f"Letters outside ASCII were destroyed in the texts of {facts.damaged:,} records."
        return Hold(code="hold.text_damaged", sentence=sentence)
    if facts.other >= least and facts.other * 2 > kept:
        sentence = (
            f"{facts.other:,} of {kept:,} records have the title of something else now, under the same identifier."
        )
        return Hold(code="hold.other_records", sentence=sentence)
    return None


def _rescaled(field: str, one: Scaled) -> str:
    often = f"{one.factor:,.0f} times" if one.factor > 1 else f"1/{1 / one.factor:,.0f} of"
    return f"{field} mostly became about {often} what they were, in {one.count:,} records (such as {one.example})."


def _rekeyed(facts: RunFacts) -> Hold | None:
    gone = facts.gone + facts.ended
    if gone < REKEYED_MIN or facts.rekeyed * 2 <= gone or facts.rekeyed <= 0.1 * facts.active:
        return None
    sentence = f"{facts.rekeyed:,} of {facts.active:,} records came back under other identifiers: the source re-keyed."
    return Hold(code="hold.rekeyed", sentence=sentence)


def _withdrawals(facts: RunFacts, settings: GuardSettings) -> Hold | None:
    allowed = allowed_to_go(facts.active, settings)
    if facts.gone <= allowed:
        return None
    sentence = f"{facts.gone:,} of {facts.active:,} records are gone; {allowed:,} may go in one run."
    if facts.gone_with is not None:
        sentence += f" All of them came with run {facts.gone_with}: the list is again what it was before."
    return Hold(code="hold.withdrawals", sentence=sentence)


def _expected(facts: RunFacts, settings: GuardSettings) -> Hold | None:
    if settings.min_records is not None and facts.present < settings.min_records:
        sentence = f"{facts.present:,} records; [expect] asks for at least {settings.min_records:,}."
        return Hold(code="hold.records_few", sentence=sentence)
    if settings.max_records is not None and facts.present > settings.max_records:
        sentence = f"{facts.present:,} records; [expect] asks for at most {settings.max_records:,}."
        return Hold(code="hold.records_many", sentence=sentence)
    if facts.absent_canaries:
        sentence = f"The expected record {facts.absent_canaries[0]!r} is not in the list."
        return Hold(code="hold.canary", sentence=sentence)
    for field, wanted in settings.fill.items():
        found = facts.fill.get(field, 0.0)
        if found < wanted:
            sentence = f"Only {found:.0%} of the records fill {field}; [expect] asks for {wanted:.0%}."
            return Hold(code="hold.fill_expected", sentence=sentence)
    return None
