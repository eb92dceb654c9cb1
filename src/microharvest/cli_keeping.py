"""The command line of what keeps a store clean and safe: quarantine, forget, prune, backup, restore. Verbs only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from microharvest.cli_options import AS_SET, Common, Why
from microharvest.cli_options import run as _run
from microharvest.errors import ExitStatus

__all__ = ["backup", "forget", "prune", "quarantine", "restore"]

Number = Annotated[int, Parameter(name="ID", help="Number of an input, as `quarantine list` shows it.")]
Of = Annotated[str | None, Parameter(name="--source", help="Of this source only.")]
Code = Annotated[str | None, Parameter(name="--code", help="With this code only.")]
CHOSEN = "[OPTIONS] ID... | --source SOURCE | --code CODE"
quarantine = App(name="quarantine", help="What could not be used: list, show, replay, drop.")


@quarantine.command(name="list")
def quarantine_list(*, source: Of = None, code: Code = None, limit: int = 50, common: Common = AS_SET) -> ExitStatus:
    """What could not be used, newest first.

    Parameters
    ----------
    limit
        How many to show (default: 50).
    """
    from microharvest.commands.quarantine import Selection, list_inputs

    return _run(common, list_inputs, Selection(source=source, code=code), max(1, limit))


@quarantine.command(name="show")
def quarantine_show(number: Number, /, *, common: Common = AS_SET) -> ExitStatus:
    """One input with its bytes, everything unprintable escaped."""
    from microharvest.commands.quarantine import show_input

    return _run(common, show_input, number)


@quarantine.command(name="replay", usage=f"Usage: microharvest quarantine replay {CHOSEN}")
def quarantine_replay(
    *ids: Number, source: Of = None, code: Code = None, why: Why = "", common: Common = AS_SET
) -> ExitStatus:
    """Map kept bytes again after dialect or source file were mended; what works now lands as a run."""
    from microharvest.commands.quarantine import Selection, replay_inputs

    return _run(common, replay_inputs, Selection(ids=ids, source=source, code=code), why)


@quarantine.command(name="drop", usage=f"Usage: microharvest quarantine drop {CHOSEN}")
def quarantine_drop(
    *ids: Number, source: Of = None, code: Code = None, why: Why = "", common: Common = AS_SET
) -> ExitStatus:
    """Delete inputs that nobody needs any more."""
    from microharvest.commands.quarantine import Selection, drop_inputs

    return _run(common, drop_inputs, Selection(ids=ids, source=source, code=code), why)


def forget(
    *,
    value: Annotated[str, Parameter(allow_leading_hyphen=True)] = "",
    record: str = "",
    again: bool = False,
    list_to: Annotated[Path | None, Parameter(name="--list")] = None,
    why: Why = "",
    common: Common = AS_SET,
) -> ExitStatus:
    """Erase a value or a record from everything that is stored, and keep it out from now on.

    Parameters
    ----------
    value
        A person's name or e-mail address; - reads one from each line of standard input, so that no shell remembers it.
    record
        SOURCE/NATIVE-ID of a record.
    again
        Apply the whole list once more, after an erasure that was cut off.
    list_to
        Write the list of what is forgotten (hashes only) to a file.
    """
    from microharvest.commands import forget as forgetting

    return _run(common, forgetting.forget, value=value, record=record, again=again, list_to=list_to, why=why)


def prune(*, plan: bool = False, why: Why = "", common: Common = AS_SET) -> ExitStatus:
    """Remove what is past its time: replaced versions, old requests, expired quarantine.

    Parameters
    ----------
    plan
        Show what would go; remove nothing.
    """
    from microharvest.commands.upkeep import prune_stores

    return _run(common, prune_stores, why, plan=plan)


def backup(path: Path, /, *, overwrite: bool = False, why: Why = "", common: Common = AS_SET) -> ExitStatus:
    """Copy the store while it is in use; a catalogue of its own goes to PATH.catalogue.

    Parameters
    ----------
    path
        File to write.
    overwrite
        Replace a file that is there.
    """
    from microharvest.commands.upkeep import backup_stores

    return _run(common, backup_stores, path, why, overwrite=overwrite)


def restore(
    path: Path,
    /,
    *,
    overwrite: bool = False,
    forgotten: Path | None = None,
    why: Why = "",
    common: Common = AS_SET,
) -> ExitStatus:
    """Put a backup into the store, and erase again what was forgotten since.

    Parameters
    ----------
    path
        File written by `backup`.
    overwrite
        Replace the store that is there; the list of what it forgot is kept.
    forgotten
        A list written by `forget --list`, where the former store is lost.
    """
    from microharvest.commands.upkeep import restore_stores

    return _run(common, restore_stores, path, forgotten, why, overwrite=overwrite)
