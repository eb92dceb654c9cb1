"""Every check of the contract, by group: S options, C connecting, R reading, I days, D deletions, P resuming, F faults,
H manners, L limits, M mapping, X what is written. Plain functions with stable codes, runnable without pytest.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from microharvest.kit.manifest import load_dialect
from microharvest.testing.checks import engine, mapping, reading, spec, written
from microharvest.testing.checks.mutations import mutated
from microharvest.testing.checks.subject import STRICTNESS, Check, Failure, Folder, Strictness
from microharvest.testing.contract import read_recorded

__all__ = [
    "CHECKS",
    "STRICTNESS",
    "Check",
    "Failure",
    "Folder",
    "Strictness",
    "bad_bypasses",
    "bypassed",
    "check_folder",
    "checks_for",
    "mutated",
    "record_of",
]

_GROUPS = "SCRIDPFHLMX"
MIN_REASON = 15

CHECKS: tuple[Check, ...] = tuple(
    sorted(
        (*spec.CHECKS, *reading.CHECKS, *engine.CHECKS, *mapping.CHECKS, *written.CHECKS),
        key=lambda check: (_GROUPS.index(check.code[0]), int(check.code[1:])),
    )
)


def checks_for(folder: Folder, strictness: Strictness = "gold") -> list[Check]:
    """The checks that concern a folder, up to a strictness."""
    highest = STRICTNESS.index(strictness)
    return [
        check for check in CHECKS if check.concerns(folder) and STRICTNESS.index(check.strictness) <= highest
    ]  # fmt: skip


def bypassed(folder: Folder, check: Check) -> str | None:
    """Why a check is not held, as `[bypass]` of connector.toml says; None where it is held."""
    return folder.manifest.bypass.get(check.code)


def check_folder(path: Path, strictness: Strictness = "gold") -> list[Failure]:
    """Every check over one connector folder; empty where all hold or are bypassed with a reason."""
    folder = Folder(path)
    found = [
        Failure(code="X2", level="MUST", message=f"connector.toml: bypass.{code}: {wrong}")
        for code, wrong in bad_bypasses(folder)
    ]
    for check in checks_for(folder, strictness):
        if not bypassed(folder, check):
            found += [Failure(code=check.code, level=check.level, message=one) for one in check.found(folder)]
    return found


def bad_bypasses(folder: Folder) -> list[tuple[str, str]]:
    """(code, what is wrong) for every bypass of a check that does not exist or without a reason worth reading."""
    known = {check.code for check in CHECKS}
    return [
        (code, "there is no such check" if code not in known else "say why, in a sentence")
        for code, reason in folder.manifest.bypass.items()
        if code not in known or len(reason.strip()) < MIN_REASON
    ]


def record_of(path: Path) -> dict[str, Any] | None:
    """What is to be recorded of a connector: as it is, or as it was recorded where it broke with that (S8, M8)."""
    folder = Folder(path)
    before = read_recorded(path)
    if folder.is_protocol:
        if before and list(spec.old_options_still_hold(folder)):
            return before
        return {"options": spec.options_of(path.name)}
    if before and list(mapping.versions_are_raised(folder)):
        return before
    return {"version": load_dialect(path.name).version, "drafts": mapping.drafts_of(folder)}
