"""What a run has to say for itself: the line of `harvest --json`, and what its exit status is."""

from __future__ import annotations

from typing import Any

import msgspec

from microharvest.errors import ExitStatus, MicroharvestError

__all__ = ["COUNTS", "RunReport", "exit_status"]

COUNTS = ("seen", "added", "changed", "unchanged", "missing", "withdrawn", "returned", "refused", "quarantined")


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """One run. `counts` has every key of `COUNTS`; `issues` counts by code; `because` explains anything odd.
    `absent_columns`: those `[columns]` names and no record has.
    """

    source: str
    run: int | None
    outcome: str
    scope: str
    acceptance: str | None
    held_because: str | None = None
    held_code: str | None = None
    held_detail: list[tuple[str, str]] = []
    counts: dict[str, int] = {}
    issues: dict[str, int] = {}
    code: str | None = None
    because: str = ""
    examples: dict[str, list[str]] = {}
    absent_columns: str = ""
    resumed: bool = False
    plan: bool = False
    seconds: float = 0.0

    @classmethod
    def unbegun(cls, source: str, error: MicroharvestError) -> RunReport:
        """Of a source that failed before its run began."""
        return cls(
            source=source, run=None, outcome="failed", scope="full", acceptance=None,
            code=error.code, because=error.sentence,
        )  # fmt: skip

    def line(self) -> dict[str, Any]:
        """The stable keys of `harvest --json`."""
        return {
            "source": self.source,
            "run": self.run,
            "outcome": self.outcome,
            "scope": self.scope,
            "acceptance": self.acceptance,
            "held_because": self.held_because,
            "held_code": self.held_code,
            "counts": {name: self.counts.get(name, 0) for name in COUNTS},
            "issues": self.issues,
            "code": self.code,
            "because": self.because,
        }


def exit_status(reports: list[RunReport]) -> ExitStatus:
    """3 if a source could not be read at all, else 4 if a run is partial or held, else 0."""
    if any(one.outcome in {"failed", "blocked"} for one in reports):
        return ExitStatus.SOURCE
    if any(one.outcome == "partial" or (one.acceptance == "held" and not one.plan) for one in reports):
        return ExitStatus.RUN
    return ExitStatus.DONE
