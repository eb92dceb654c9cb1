"""What a check says: the feed, a grade per profile, findings by what they cost, and what the catalogue would show.

Plain values: the terminal, JSON and the page tell the same report.
"""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["GRADES", "HEAVY", "Finding", "Grade", "Place", "Preview", "Report", "grade_of"]

GRADES = ((95, "A"), (80, "B"), (60, "C"), (40, "D"), (0, "E"))
"""Points of 100 from which a grade is given. Where a `must` or a heavy rule is broken, B is the best there is; where
every record breaks a `must`, D (an endpoint is no record)."""
HEAVY = 4
"""Weight from which a `should` keeps a feed from the best grade: what fills mandatory fields with placeholders passes
every schema, and tells nobody anything."""


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where in the feed: a record, a path in it, a line of its file, the address asked, and the value that stands
    there; each as far as it is known."""

    record: str = ""
    path: str = ""
    line: int | None = None
    url: str = ""
    value: str = ""


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule that does not hold, or a problem of the mapping. `count` records of `of` break it. `costs`: points of 100
    per profile; empty for what no profile counts. `weight`: of the rule or problem times the share of records."""

    code: str
    level: Literal["must", "should"]
    says: str
    why: str
    fix: str
    example: str = ""
    count: int
    of: int
    costs: dict[str, float] = {}
    also: tuple[str, ...] = ()
    weight: float = 0.0
    places: tuple[Place, ...] = ()


class Grade(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a feed stands with a profile. `grade` None: the profile does not apply, `because` says why. `musts` and
    `shoulds`: rules that are broken somewhere, of `rules` that applied. `silent`: rules that had nothing to look at."""

    profile: str
    title: str
    about: str
    grade: str | None = None
    points: float | None = None
    because: str = ""
    rules: int = 0
    musts: int = 0
    shoulds: int = 0
    silent: tuple[str, ...] = ()


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """One record as the catalogue would show it: (name, value) in the order of the page; `points` of annex1."""

    record: str
    title: str
    points: float | None
    rows: list[tuple[str, str]]
    lacks: list[str]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything. `kind`: what the dialect is called. `cut`: more would follow. `failures`: (address, code, what it
    means) of requests without an answer that could be used. `unread`: (path, records, example)."""

    target: str
    at: str
    version: str
    title: str
    protocol: str
    dialect: str
    kind: str
    because: str
    requests: int
    seconds: float
    records: int
    offers: int
    deleted: int
    cut: bool
    failures: list[tuple[str, str, str]]
    grades: list[Grade]
    findings: list[Finding]
    previews: list[Preview]
    unread: list[tuple[str, int, str]]

    @property
    def broken(self) -> bool:
        """Whether anything is broken that must not be."""
        return any(grade.musts for grade in self.grades) or any(one.level == "must" for one in self.findings)


def grade_of(points: float, *, flawed: bool, everywhere: bool) -> str:
    """The letter for so many points. `flawed`: a `must` or a heavy rule is broken; `everywhere`: a `must` by all."""
    letter = next(letter for least, letter in GRADES if points >= least)
    return max(letter, "D" if everywhere else "B" if flawed else "A")
