"""`forget`: a value or a record leaves everything that is stored, and is kept out from then on.

What must stay true: the rule is committed first, so that runs which land meanwhile bring nothing back; the rest can be
cut off anywhere and is finished by `forget --again`, which knows the rules and needs no value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import msgspec

from microharvest.clock import Clock, utc_now
from microharvest.errors import ConfigError
from microharvest.model.forgotten import Forgotten, words_of
from microharvest.store import ending as stored
from microharvest.store import forgetting, links
from microharvest.store.acceptance import Absences, apply_run
from microharvest.store.actions import note_action
from microharvest.store.compacting import compact
from microharvest.store.database import Database
from microharvest.store.explaining import find_record
from microharvest.store.leases import check_fence, held_leases, leased
from microharvest.store.runs import open_settled_run
from microharvest.telemetry import failpoint

__all__ = ["ErasureReport", "forget_again", "forget_record", "forget_value"]

TTL = timedelta(seconds=60)
MAX_WORDS = 20
PASSES = 3


class ErasureReport(msgspec.Struct, frozen=True, kw_only=True):
    """`changed`: rows by table; `left`: what could not be done, one sentence each."""

    changed: dict[str, int]
    left: tuple[str, ...] = ()


def forget_value(
    harvest: Database, catalogue: Database, *values: str, who: str, why: str = "", clock: Clock = utc_now
) -> ErasureReport:
    """Erase values (names, e-mail addresses) everywhere, in one pass. Raises ConfigError command.invalid, and erases
    nothing, for a single word among them."""
    for count in (len(words_of(value)) for value in values):
        if not 2 <= count <= MAX_WORDS:
            raise ConfigError(
                "command.invalid",
                f"A value to forget has 2 to {MAX_WORDS} words, this one has {count}: give the whole name or the "
                "e-mail address; a single word would be blotted out of every text.",
            )
    with harvest.write() as connection:
        rules = []
        for value in values:
            rules.append(forgetting.new_rule(connection, value=value))  # under the key the first one made
            forgetting.add_rules(connection, rules[-1:], clock())
        why = Forgotten(rules).text(why)
        for rule in rules:
            note_action(connection, clock(), who, "forget", f"a value of {rule.words} words", why, "", rule.digest[:12])
    failpoint("forget.noted")
    return _clean(harvest, catalogue, clock, values)


def forget_record(
    harvest: Database,
    catalogue: Database,
    source: str,
    native_id: str,
    *,
    who: str,
    why: str = "",
    clock: Clock = utc_now,
) -> ErasureReport:
    """Erase a record: its bytes, versions, quarantine and entries.

    Raises ConfigError command.unknown_id, RunError run.busy.
    """
    with harvest.read() as connection:
        if find_record(connection, source, native_id) is None:
            raise ConfigError("command.unknown_id", f"There is no record {native_id!r} of a source {source!r}.")
    with harvest.write() as connection:
        rule = forgetting.new_rule(connection, source=source, native_id=native_id)
        forgetting.add_rules(connection, [rule], clock())
        note_action(connection, clock(), who, "forget", f"a record of {source}", why, "", rule.digest[:12])
    failpoint("forget.noted")
    return _clean(harvest, catalogue, clock)


def forget_again(harvest: Database, catalogue: Database, *, clock: Clock = utc_now) -> ErasureReport:
    """Apply the whole list once more: after a restore, or after an erasure that was cut off."""
    return _clean(harvest, catalogue, clock)


def _clean(harvest: Database, catalogue: Database, clock: Clock, values: Sequence[str] = ()) -> ErasureReport:
    """One pass over all tables; others while somebody works, who may go on with what he holds in memory.

    Every pass applies the whole list: what people wrote since may name what was forgotten before.
    """
    with harvest.read() as connection:
        forgotten = Forgotten(forgetting.rules_in(connection), values)
        doomed = forgetting.records_to_forget(connection, forgotten)
    changed: Counter[str] = Counter()
    forgetting.await_writers(harvest, catalogue)
    for source, native_id in doomed:
        changed["record"] += 1
        changed["entry"] += _erase_record(harvest, catalogue, source, native_id, forgotten, clock)
    for _ in range(PASSES if any(rule.words for rule in forgotten.rules) else 0):
        changed += forgetting.clean_harvest(harvest, forgotten)
        failpoint("forget.harvest")
        changed += forgetting.clean_catalogue(catalogue, forgotten, clock())
        with harvest.read() as connection:
            working = held_leases(connection, clock())
        if not working:
            break
    left = [compact(harvest, set(changed))]
    if catalogue is not harvest:
        left.append(compact(catalogue, set(changed)))
    with harvest.write() as connection:
        forgetting.mark_done(connection, forgotten.rules, clock())
    return ErasureReport(changed=dict(sorted((+changed).items())), left=tuple(one for one in left if one))


def _erase_record(
    harvest: Database, catalogue: Database, source: str, native_id: str, forgotten: Forgotten, clock: Clock
) -> int:
    """The record is withdrawn and blank, in the change log too; returns the entry versions that named it."""
    with leased(harvest, source, "forget", TTL, clock=clock) as lease:
        entries = forgetting.erase_entries(catalogue, source, native_id, clock())
        failpoint("forget.entries")
        with harvest.write() as connection:
            links.claim(connection)  # no link may go on with what it read of the record before
            check_fence(connection, source, lease.fence)
            now = clock()
            record = find_record(connection, source, native_id)
            if record is not None and record.status != "withdrawn":
                run = open_settled_run(connection, source, "forget", lease.fence, lease.owner, now)
                stored.drop_held(connection, source, run)
                apply_run(connection, run, source, Absences(due=(native_id,)), now)
            forgetting.erase_record(connection, source, native_id, forgotten.mark_of(source, native_id))
            failpoint("forget.before_commit")
    return entries
