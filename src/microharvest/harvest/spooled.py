"""Large bodies that wait for their parser under a name that survives a crash, so that nothing is fetched twice.

Beside the body lies what is known of it, written last: a body without it was not finished and counts for nothing.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from pathlib import Path

import msgspec

from microharvest.harvest.fetch.answers import Fetched

__all__ = ["Workplace", "keep_spooled", "reuse_spooled", "sweep_spool"]


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


class Workplace:
    """A folder of its own for one process inside the spool, locked as long as the process lives.

    Processes share a spool; what a dead one left is recognised by its lock being free.
    """

    def __init__(self, spool: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="work-", dir=spool))
        self._lock = (self.folder / "lock").open("wb")
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def close(self) -> None:
        """Remove the folder and everything in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()


def sweep_spool(spool: Path, keep_runs: set[int]) -> int:
    """Delete what dead processes left and what belongs to no run that may be resumed; returns how many."""
    gone = 0
    for path in spool.glob("run-*"):
        owner = re.match(r"run-(\d+)-", path.name)
        if owner is None or int(owner[1]) not in keep_runs:
            path.unlink(missing_ok=True)
            gone += 1
    for folder in spool.glob("work-*"):
        try:
            with (folder / "lock").open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
                gone += 1
        except OSError:  # in use, being made, or just swept by another process
            continue
    return gone
