"""How a run reads: its three facts, its requests with their proofs, what it noticed, and what was decided."""

from __future__ import annotations

from microharvest.commands.screen import Screen, clean
from microharvest.explain.sheets import RunSheet

__all__ = ["show_run"]


def show_run(screen: Screen, sheet: RunSheet) -> None:
    """One run from top to bottom; requests that failed first."""
    facts = sheet.facts
    three = [facts["outcome"] or facts["state"], facts["scope"], facts["acceptance"] or "not accepted"]
    screen.heading(f"run {sheet.id} of {sheet.source}", ", ".join(three))
    error = f"{facts['error']}  [{facts['error_code']}]" if facts["error_code"] else facts["error"]
    screen.pairs(
        [
            ("kind", facts["kind"] + (", planned only" if facts["plan"] else "")),
            ("held", f"{facts['held_because']}  [{facts['held_code']}]" if facts["held_because"] else ""),
            *sheet.detail,
            ("why", error),
            ("began", facts["started"]),
            ("ended", facts["ended"]),
            ("accepted", facts["accepted_at"]),
            ("compared to", f"run {facts['base_run']}" if facts["base_run"] else "nothing: there was no accepted run"),
            ("limit", f"{facts['item_limit']:,} records" if facts["item_limit"] else ""),
            (
                "unproven",
                "an answer was not proven whole: what it leaves out counts as gone only when two runs agree"
                if facts["unproven"]
                else "",
            ),
            ("mapped with", facts["map_version"]),
            ("counts", "  ".join(f"{n:,} {kind}" for kind, n in sheet.counts.items() if n)),
            ("change log", "  ".join(f"{n:,} {kind}" for kind, n in sheet.logged.items())),
            ("issues", "  ".join(f"{n:,} × {code}" for code, n in sheet.issues.items())),
        ],
        width=12,
    )
    if sheet.examples:
        screen.say()
        screen.heading("what accepting it would change")
        screen.pairs([(kind, ", ".join(ids)) for kind, ids in sheet.examples.items()], width=12)
        screen.next(f"approve {sheet.id}   (or reject {sheet.id})")
    _show_requests(screen, sheet)
    _show_rest(screen, sheet)


def _show_requests(screen: Screen, sheet: RunSheet) -> None:
    if not sheet.requests:
        return
    screen.say()
    screen.heading("requests: a run is complete when every lane ended and every body is proven")
    for one in sheet.requests:
        answer = f"{one['status']}, {one['size'] or 0:,} bytes, proof {one['proof']}" if one["status"] else ""
        if one["taken_from_run"] is not None:
            answer = f"not modified since run {one['taken_from_run']}"
        found = f"{one['records']:,} records" if one["records"] else ""
        wrong = f"{one['code']} {one['detail'] or ''}".strip() if one["code"] else ""
        told = ", ".join(part for part in (answer, found, wrong) if part)
        screen.say(f"  {one['state']:<10} {one['kind']:<5} {clean(one['url'], limit=200)}")
        if told:
            screen.say(f"      {told}", "dim")
    if sheet.more_requests:
        screen.say(f"  and {sheet.more_requests:,} more.", "dim")


def _show_rest(screen: Screen, sheet: RunSheet) -> None:
    if sheet.findings or sheet.unmapped or sheet.quarantine:
        screen.say()
        screen.heading("what it noticed")
    for one in sheet.findings:
        example = f'  such as "{clean(one["example"], limit=120)}"' if one["example"] else ""
        screen.pairs([(one["code"], f"{one['count']:,} ×{example}")], width=24)
    for one in sheet.quarantine:
        screen.pairs([("quarantined", f"{one['native_id'] or 'without id'}: {one['code']} {one['detail']}")], width=24)
    if sheet.unmapped:
        screen.say("  in the records, but read by nobody:")
        for one in sheet.unmapped:
            screen.say(f'      · {one["path"]} = "{clean(one["example"], limit=80)}" ({one["count"]:,} ×)', "dim")
    if sheet.actions:
        screen.say()
        screen.heading("what people decided")
    for one in sheet.actions:
        why = f": {one['why']}" if one["why"] else ""
        screen.say(f"  {one['at']}  {one['who']}  {one['what']}{why}")
