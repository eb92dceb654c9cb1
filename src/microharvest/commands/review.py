"""`review decide|value|withhold|revoke|dump|load`: what a person says, and how it gets from one store to another."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from microharvest.commands.output import opened
from microharvest.commands.screen import ONWARD, Screen
from microharvest.commands.values import brief
from microharvest.commands.workspace import Workspace
from microharvest.errors import ConfigError, ExitStatus

__all__ = ["decide_pair", "dump", "give", "load", "take_back", "withhold"]

REFUSED = 20


def decide_pair(
    workspace: Workspace, screen: Screen, kind: Literal["same", "different"], one: str, other: str, why: str
) -> ExitStatus:
    """Say that two records are the same offer, or are not."""
    from microharvest.link.deciding import assert_pair
    from microharvest.link.naming import name_record

    with workspace.stores() as stores:
        with stores.harvest.read() as connection:
            first, second = name_record(connection, one), name_record(connection, other)
        number = assert_pair(stores.harvest, kind, first, second, who=workspace.operator, why=why)
    said = f"{'/'.join(first)} and {'/'.join(second)} are {'the same offer' if kind == 'same' else 'two offers'}."
    return _told(screen, number, said, "link")


def give(workspace: Workspace, screen: Screen, entry: str, field: str, value: str, why: str) -> ExitStatus:
    """Give a field of an entry a value."""
    from microharvest.link.deciding import give_value
    from microharvest.link.given import read_value
    from microharvest.link.naming import name_record

    given = read_value(field, value)
    with workspace.stores() as stores:
        with stores.harvest.read() as connection:
            record = name_record(connection, entry)
        number = give_value(stores.harvest, record, field, given, who=workspace.operator, why=why)
    value = brief(msgspec.json.decode(given))
    said = f"{field} of the entry of {'/'.join(record)} is {value}, until a source says something new of it."
    return _told(screen, number, said, "link")


def withhold(workspace: Workspace, screen: Screen, entry: str | None, provider: str | None, why: str) -> ExitStatus:
    """Keep an entry, or all entries of a provider, out of the catalogue."""
    from microharvest.link.deciding import withhold_entry, withhold_provider
    from microharvest.link.naming import name_record

    if (entry is None) == (provider is None):
        raise ConfigError("command.invalid", "Name an entry, or a provider with --provider, and not both.")
    with workspace.stores() as stores:
        if provider is not None:
            number = withhold_provider(stores.harvest, provider, who=workspace.operator, why=why)
            said = f"Entries of {provider} are withheld."
        else:
            with stores.harvest.read() as connection:
                record = name_record(connection, entry or "")
            number = withhold_entry(stores.harvest, record, who=workspace.operator, why=why)
            said = f"The entry of {'/'.join(record)} is withheld."
    return _told(screen, number, said, "publish")


def take_back(workspace: Workspace, screen: Screen, number: int, why: str) -> ExitStatus:
    """Revoke a decision: as if it had never been said."""
    from microharvest.link.deciding import revoke

    with workspace.stores() as stores:
        was = revoke(stores.harvest, number, who=workspace.operator, why=why)
    if screen.as_json:
        screen.json({"decision": number, "revoked": True})
    screen.say(f"Decision {number} ({was.kind}) is revoked.")
    _say_next(screen, "publish" if was.kind == "withhold" else "link")
    return ExitStatus.DONE


def dump(workspace: Workspace, screen: Screen, out: str) -> ExitStatus:
    """Write all decisions as JSON lines; `-` is standard output, and nothing else."""
    from microharvest.link.dumping import dump_decisions

    lines = 0
    with workspace.stores() as stores, opened(out) as target:
        for line in dump_decisions(stores.harvest):
            target.write(line)
            lines += 1
    if out == "-":
        return ExitStatus.DONE
    if screen.as_json:
        screen.json({"out": out, "decisions": lines})
    screen.say(f"{lines:,} decisions are in {out}.")
    return ExitStatus.DONE


def load(workspace: Workspace, screen: Screen, path: Path) -> ExitStatus:
    """Take decisions from a file; 4 if a line was refused."""
    from microharvest.link.dumping import load_decisions

    try:
        stream = path.open("rb")
    except OSError as error:
        raise ConfigError("command.invalid", f"{path} cannot be read: {error.strerror or error}.") from None
    with stream, workspace.stores() as stores:
        report = load_decisions(stores.harvest, stream, who=workspace.operator)
    if screen.as_json:
        screen.json(report)
        return ExitStatus.RUN if report.refused else ExitStatus.DONE
    screen.heading("load")
    figures = [("added", report.added), ("revoked", report.revoked), ("known", report.known)]
    said = "  ".join(f"{n:,} {name}" for name, n in figures if n)
    rows: list[tuple[str, object]] = [("decisions", said or "none")]
    rows.extend(("waiting", f"{number}: there is no record {who} yet") for number, who in report.waiting.items())
    rows.extend(("refused", f"line {one.line}: {one.because}  [{one.code}]") for one in report.refused[:REFUSED])
    more = len(report.refused) - REFUSED
    rows.append(("", f"and {more:,} more lines: --json lists them" if more > 0 else ""))
    screen.pairs(rows, width=9)
    if report.added or report.revoked:
        _say_next(screen, "link")
    return ExitStatus.RUN if report.refused else ExitStatus.DONE


def _told(screen: Screen, number: int, said: str, following: Literal["link", "publish"]) -> ExitStatus:
    if screen.as_json:
        screen.json({"decision": number})
    screen.say(f"Decision {number}: {said}")
    _say_next(screen, following)
    return ExitStatus.DONE


def _say_next(screen: Screen, following: Literal["link", "publish"]) -> None:
    screen.next(*(ONWARD if following == "link" else ("publish",)))
