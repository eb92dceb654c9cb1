"""`forget`: erase a value or a record everywhere, and keep it out."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from microharvest.commands.output import save
from microharvest.commands.screen import ONWARD, Screen
from microharvest.commands.workspace import Workspace
from microharvest.errors import ConfigError, ExitStatus
from microharvest.model.forgotten import Rule
from microharvest.store.database import Database

__all__ = ["forget", "read_list", "write_list"]

BEYOND = (
    "Files you exported, logs, backups made until now and copies others took are out of reach: delete them, or restore "
    "a backup only with `microharvest restore`, which erases again."
)


def forget(
    workspace: Workspace, screen: Screen, *, value: str, record: str, again: bool, list_to: Path | None, why: str
) -> ExitStatus:
    """One of: a value (`-`: each line of standard input), a record, the whole list again, the list as a file."""
    from microharvest.harvest.erase import forget_again, forget_record, forget_value

    if (bool(value) + bool(record) + again + (list_to is not None)) != 1:
        raise ConfigError("command.invalid", "Say one of --value, --record, --again and --list.")
    values = [value] if value != "-" else [line.strip() for line in sys.stdin if line.strip()]
    source, _, native_id = record.partition("/")
    if record and not native_id:
        raise ConfigError("command.invalid", "A record is named as SOURCE/NATIVE-ID.")
    with workspace.stores() as stores:
        if list_to is not None:
            return _write(screen, list_to, write_list(stores.harvest))
        if again:
            report = forget_again(stores.harvest, stores.catalogue)
        elif value:
            report = forget_value(stores.harvest, stores.catalogue, *values or [""], who=workspace.operator, why=why)
        else:
            report = forget_record(stores.harvest, stores.catalogue, source, native_id, who=workspace.operator, why=why)
    if screen.as_json:
        screen.json({"changed": report.changed, "left": report.left})
    screen.heading("forget")
    rows = "  ".join(f"{count:,} {table}" for table, count in report.changed.items())
    screen.pairs([("erased in", rows or "nothing: it is not in the store, and is kept out from now on")])
    for sentence in report.left:
        screen.note(f"error: {sentence}.")
    screen.say(BEYOND, "dim")
    screen.say("Keep the list (--list PATH) apart from backups.", "dim")
    if report.changed:
        screen.next(*ONWARD)
    return ExitStatus.STORE if report.left else ExitStatus.DONE


def write_list(database: Database) -> bytes:
    """The list of what is forgotten as JSON: hashes and their keys, no value."""
    from microharvest.store.forgetting import rules_in

    with database.read() as connection:
        return msgspec.json.encode({"forgotten": rules_in(connection)})


def read_list(path: Path) -> list[Rule]:
    """The inverse of `write_list`. Raises ConfigError command.invalid."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, list[Rule]])["forgotten"]
    except (OSError, ValueError, KeyError):
        raise ConfigError("command.invalid", f"{path} is no list written by `microharvest forget --list`.") from None


def _write(screen: Screen, path: Path, content: bytes) -> ExitStatus:
    save(path, content)
    screen.say(
        f"The list is in {path}. It holds no value, but whoever has it can test one: keep it as you keep the store."
    )
    return ExitStatus.DONE
