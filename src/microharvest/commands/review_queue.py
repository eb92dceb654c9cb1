"""`review next` and `review list`: the queue one pair at a time, and everything decided so far.

At a terminal `review next` asks until it is stopped or the queue is empty; in a pipe it shows the next pair and ends.
"""

from __future__ import annotations

import sys
from shlex import quote
from typing import Any, Literal

from microharvest.commands.pair_sheet import show_decisions, show_pair
from microharvest.commands.screen import ONWARD, Screen
from microharvest.commands.workspace import Workspace
from microharvest.errors import ConfigError, ExitStatus

__all__ = ["KEYS", "list_review", "review_next"]

KEYS = "s same  d different  k skip  q stop   (a reason may follow: s one page, two languages)"
UNSAID = "judged from the two records beside each other"
"""The reason of an answer that gives none."""
KIND_SAYS = {
    "merge": "Linked as one offer, by a thin margin: {margin:.2f}. Is it one?",
    "apart": "Near each other and kept apart, by a thin margin: {margin:.2f}. Are they two?",
    "either": "One of them could be of two offers, and is kept alone; nearer to this by {margin:.2f}. Is it this one?",
}


def review_next(workspace: Workspace, screen: Screen) -> ExitStatus:
    """The pair with the thinnest margin; at a terminal, one after the other."""
    from microharvest.explain.queue import next_item

    asks = sys.stdin.isatty() and screen.out.is_terminal and not screen.as_json
    skipped: set[tuple[str, str, str, str]] = set()
    made: list[int] = []
    with workspace.stores() as stores:
        while True:
            with stores.harvest.read() as connection:
                item = next_item(connection, skipped)
            if item is None:
                if screen.as_json:
                    screen.json(None)
                screen.say("The queue is empty." if not skipped else "Nothing is left but what you skipped.")
                break
            if screen.as_json:
                screen.json({"line": item.line, "waiting": item.waiting, "pair": item.pair})
                break
            _show_item(screen, item)
            if not asks:
                named = f"{quote(item.line.one)} {quote(item.line.other)}"
                screen.next(f"review decide same {named} --why …   (or different)")
                break
            answer = _ask(screen)
            if answer is None:
                break
            if answer[0] == "skip":
                skipped.add(item.ends)
                continue
            number = _decide(workspace, screen, stores.harvest, item, answer)
            made.extend([number] if number is not None else [])
            skipped.update([item.ends] if number is None else [])
    if made:
        screen.say(f"{len(made)} decided: {made[0]} to {made[-1]}. Take one back: microharvest review revoke ID")
        screen.next(*ONWARD)
    return ExitStatus.DONE


def _show_item(screen: Screen, item: Any) -> None:
    screen.say()
    screen.say(f"── {item.waiting:,} to review ──", "dim")
    screen.say(KIND_SAYS[item.line.kind].format(margin=item.line.margin))
    show_pair(screen, item.pair)
    screen.say()


def _ask(screen: Screen) -> tuple[Literal["same", "different", "skip"], str] | None:
    """(answer, reason); None to stop."""
    screen.say(KEYS, "dim")
    while True:
        try:
            line = input("> ").strip()
        except EOFError:
            return None
        word, _, reason = line.partition(" ")
        match word.casefold():
            case "s" | "same":
                return "same", reason.strip()
            case "d" | "different":
                return "different", reason.strip()
            case "k" | "skip":
                return "skip", ""
            case "q" | "quit" | "stop":
                return None
        screen.say(KEYS, "dim")


def _decide(workspace: Workspace, screen: Screen, database: Any, item: Any, answer: tuple[Any, str]) -> int | None:
    """The number of the decision; None if it was refused, which is said."""
    from microharvest.link.deciding import assert_pair

    kind, reason = answer
    try:
        number = assert_pair(database, kind, *item.records, who=workspace.operator, why=reason or UNSAID)
    except ConfigError as error:
        screen.say(f"{error.sentence}  [{error.code}]", "yellow")
        return None
    screen.say(f"decision {number}: {kind}", "green")
    return number


def list_review(
    workspace: Workspace, screen: Screen, what: str | None, kind: str | None, state: str | None, about: str, limit: int
) -> ExitStatus:
    """The queue and the decisions, or one of them. `about`: part of a record, provider or field."""
    from microharvest.explain.decisions import decision_stops
    from microharvest.explain.queue import queue_lines
    from microharvest.link.assertions import contradictions
    from microharvest.store import decisions

    if limit < 1:
        raise ConfigError("command.invalid", "--limit is at least 1.")
    with workspace.stores() as stores, stores.harvest.read() as connection:
        queue, waiting = queue_lines(connection, limit, kind if kind in KIND_SAYS else None)
        stops = decision_stops(connection, decisions.decision_rows(connection))
        torn = contradictions(decisions.assertions_all(connection))
    wanted = [
        one
        for one in stops
        if kind in {None, one.kind} and state in {None, one.state} and about.casefold() in one.about.casefold()
    ]
    if screen.as_json:
        found: dict[str, Any] = {"contradictions": torn}
        found |= {"queue": queue, "waiting": waiting} if what != "decisions" else {}
        found |= {"decisions": wanted} if what != "queue" else {}
        screen.json(found)
        return ExitStatus.DONE
    if what != "decisions":
        _show_queue(screen, queue, waiting)
    if what != "queue":
        _show_decided(screen, wanted, limit)
    for one in torn:
        chain = ", ".join(str(number) for number in one.chain)
        screen.say(f"Decision {one.different} (different) stands against {chain} (same): revoke one.", "yellow")
    return ExitStatus.DONE


def _show_queue(screen: Screen, queue: list[Any], waiting: int) -> None:
    screen.heading("queue", f"{waiting:,} to review, thinnest margin first" if waiting else "empty")
    rows = [[f"{one.margin:.2f}", one.kind, one.one, one.other] for one in queue]
    screen.table(["margin", "now", "record", "record"] if rows else [], rows, indent=2)
    if waiting:
        screen.next("review next")


def _show_decided(screen: Screen, stops: list[Any], limit: int) -> None:
    counts: dict[str, int] = {}
    for one in stops:
        counts[one.state] = counts.get(one.state, 0) + 1
    screen.heading("decisions", ", ".join(f"{n:,} {state}" for state, n in sorted(counts.items())) or "none")
    show_decisions(screen, stops[-limit:])
    if len(stops) > limit:
        screen.say(f"  and {len(stops) - limit:,} earlier ones: --limit shows more", "dim")
