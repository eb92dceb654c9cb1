"""Large bodies that wait for their parser under a name that survives a crash, so that nothing is fetched twice.

Beside the body lies what is known of it, written last: a body without it was not finished and counts for nothing.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec

from microharvest.harvest.fetch.answers import Fetched

__all__ = ["keep_spooled", "reuse_spooled", "sweep_spool"]


class _Kept(msgspec.Struct, frozen=True):
    size: int
    fetched: Fetched


def keep_spooled(fetched: Fetched, path: Path) -> Fetched:
    """Give a finished body its lasting name; returns the answer with it."""
    os.replace(fetched.body.path, path)
    kept = msgspec.structs.replace(fetched, body=msgspec.structs.replace(fetched.body, path=path))
    note = path.with_suffix(".json")
    half = note.with_suffix(".part")
    half.write_bytes(msgspec.json.encode(_Kept(size=path.stat().st_size, fetched=kept), enc_hook=str))
    os.replace(half, note)
    return kept


def reuse_spooled(path: Path) -> Fetched | None:
    """The answer an interrupted run left under this name, or None."""
    note = path.with_suffix(".json")
    try:
        kept = msgspec.json.decode(note.read_bytes(), type=_Kept, dec_hook=lambda _kind, value: Path(value))
        size = path.stat().st_size
    except (OSError, msgspec.DecodeError):
        return None
    return kept.fetched if size == kept.size else None


def sweep_spool(folder: Path, keep_runs: set[int]) -> int:
    """Delete what belongs to no run that may still be resumed; returns how many files went."""
    gone = 0
    for path in folder.glob("*"):
        owner = re.match(r"run-(\d+)[-.]", path.name)
        if owner and int(owner[1]) in keep_runs:
            continue
        path.unlink(missing_ok=True)
        gone += 1
    return gone
