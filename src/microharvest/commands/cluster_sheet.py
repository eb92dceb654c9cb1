"""How a cluster reads: members and why they are one, the golden record field by field, the entry and its releases."""

from __future__ import annotations

from typing import Any

from microharvest.commands.judged_sheet import show_judged
from microharvest.commands.pair_sheet import show_decisions
from microharvest.commands.screen import Screen
from microharvest.commands.values import shown
from microharvest.explain.sheets import ClusterSheet, RecordSheet
from microharvest.link.evidence import REASONS
from microharvest.link.keys import GUARDS
from microharvest.model.offer import OFFER_FIELDS
from microharvest.publish.admission import REASONS as ADMISSION

__all__ = ["show_cluster", "show_entry", "show_membership"]

LISTED = 50
"""Members named to a person: an entry may have thousands."""


def show_cluster(screen: Screen, sheet: ClusterSheet) -> None:
    """A cluster by itself."""
    screen.heading(sheet.id, sheet.state)
    if sheet.title:
        screen.say(f"  {sheet.title}")
    _show_why(screen, sheet)
    _show_decided(screen, sheet)
    if sheet.golden:
        screen.say()
        screen.heading("golden record: each field, the record it was taken from, and the rule")
        provenance = sheet.provenance or {}
        for field in sorted(provenance, key=OFFER_FIELDS.index):
            entry = provenance[field]
            screen.pairs([(field, shown(sheet.golden.get(field)))], width=20)
            screen.say(f"      ← {_origin(entry)}", "dim")
            for loser in entry.get("losing", ()):
                whose = f"{loser['source']}/{loser['native_id']}"
                screen.say(f"      ✕ {whose} says {shown(loser['value'])}", "dim")
    show_entry(screen, sheet)


def show_membership(screen: Screen, sheet: RecordSheet) -> None:
    """The cluster of a record, and which fields of the golden record are the record's own."""
    screen.say()
    if sheet.cluster is None:
        screen.heading("cluster: not linked yet")
        screen.next("link")
        return
    screen.heading(f"cluster: {sheet.cluster.id}", sheet.cluster.state)
    _show_why(screen, sheet.cluster)
    _show_decided(screen, sheet.cluster)
    if len(sheet.cluster.members) < 2:
        return
    screen.say()
    screen.heading("golden record: what this record gives to it")
    screen.pairs([("wins", ", ".join(f"{field} ({rule})" for field, rule in sheet.won.items()) or "nothing")], width=12)
    for field, (value, winner) in sheet.lost.items():
        screen.pairs([("loses", f"{field}: {shown(value)}; {winner} comes first")], width=12)


def _show_why(screen: Screen, sheet: ClusterSheet) -> None:
    rows = [[f"{one['source']}/{one['native_id']}", one["status"]] for one in sheet.members]
    screen.table(["member", "status"], rows[:LISTED], indent=2)
    if len(rows) > LISTED:
        screen.say(f"  and {len(rows) - LISTED:,} more (--json names all)", "dim")
    for key in sheet.shared_keys:
        who = ", ".join("/".join(one) for one in key["members"][:LISTED])
        who += f" and {len(key['members']) - LISTED:,} more" if len(key["members"]) > LISTED else ""
        screen.pairs([("joined by", f"{key['kind']} {key['value']} of {who}")], width=12)
    for key in sheet.silenced_keys:
        why = f"{GUARDS[key['reason']]} ({key['records']:,} records bear it)"
        screen.pairs([("not by", f"{key['kind']} {key['value']}: {why}")], width=12)
    for one in sheet.blocked:
        pair = f"{'/'.join(one['one'])} and {'/'.join(one['other'])}"
        shared = f" Both bear {one['kind']} {one['value']}." if one["kind"] else ""
        said = f"{pair}: {REASONS[one['reason']]}{shared}"
        screen.pairs([("kept apart", said)], width=12)
    if sheet.weakest is not None and len(sheet.members) > 2:
        screen.pairs([("weakest", f"the link of {sheet.weakest.one.id} and {sheet.weakest.other.id}")], width=12)
    for one in sheet.redirects:
        screen.pairs([("redirect", f"{one['old_id']} {one['reason'].replace('_', ' ')} {one['new_id']}")], width=12)


def _show_decided(screen: Screen, sheet: ClusterSheet) -> None:
    if sheet.decisions:
        screen.say()
        screen.heading("decisions: what people said of its records")
        show_decisions(screen, sheet.decisions)


def show_entry(screen: Screen, sheet: ClusterSheet) -> None:
    """What the catalogue made of a cluster."""
    screen.say()
    entry = sheet.entry
    if entry is None:
        screen.heading("entry: not published yet")
        screen.next("publish")
        return
    screen.heading(f"entry: {entry.id}", entry.state)
    because = f"{ADMISSION[entry.withheld]}  [{entry.withheld}]" if entry.withheld else ""
    screen.pairs([("withheld", because)], width=12)
    for version in entry.versions:
        end = f"to {version['to_release']}" if version["to_release"] is not None else "on"
        at = f" ({version['published']})" if version["published"] else ""
        screen.pairs([("releases", f"{version['from_release']}{at} {end}: {version['state']}")], width=12)
    for one in entry.redirects:
        screen.pairs([("redirect", f"{one['old_id']} {one['reason'].replace('_', ' ')} {one['new_id']}")], width=12)
    screen.pairs([("current", f"release {entry.current_release}" if entry.current_release else "none yet")], width=12)
    if entry.judged is not None:
        show_judged(screen, entry.judged)


def _origin(entry: dict[str, Any]) -> str:
    if entry["rule"] == "decision":
        return f"decision {entry['decision']}  {entry['at']}"
    text = f"{entry['source']}/{entry['native_id']}  {entry['rule']}  {entry['at']}"
    languages = {tag: "/".join(who) for tag, who in entry.get("languages", {}).items()}
    if len(set(languages.values())) > 1:
        text += "  " + ", ".join(f"{tag} from {who}" for tag, who in languages.items())
    others = ["/".join(who) for who in entry.get("with", ())]
    return text + (f"  with {', '.join(others)}" if others else "")
