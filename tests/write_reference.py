"""Writes `deploy/CHECKS.md` and the generated part of `deploy/OPERATING.md` again: `python -m tests.write_reference`
(or `make fix`).

The codes and their sentences live in the source; the handbook repeats them for people, and `tests/unit/test_docs.py`
fails while the two differ.
"""

from __future__ import annotations

from pathlib import Path

from microharvest.check.profile import profile_names, read_profile
from microharvest.check.report import GRADES, HEAVY
from microharvest.errors import ERROR_CODES
from microharvest.harvest.guard import HOLD_CODES
from microharvest.model.issue import ISSUE_CODES
from microharvest.publish.elm.demands import DEMANDS
from microharvest.publish.elm.losses import LOSSES
from microharvest.quality.facts import FACTS

__all__ = ["CHECKS", "HANDBOOK", "checks", "reference", "with_reference"]

HANDBOOK = Path(__file__).resolve().parents[1] / "deploy" / "OPERATING.md"
CHECKS = HANDBOOK.with_name("CHECKS.md")
BEGIN = "<!-- generated from here by `make fix` -->"
END = "<!-- generated to here -->"


def reference() -> str:
    """The tables of codes, as Markdown."""
    errors = _table("Error", ERROR_CODES)
    holds = _table("Hold", HOLD_CODES)
    issues = _table("Issue", ISSUE_CODES)
    facts = {fact.code: fact.raise_it for group in FACTS.values() for fact in group}
    scores = _table("Score", facts)
    demands = _table("LOQ demand", DEMANDS)
    losses = _table("LOQ left out", {code: loss.why for code, loss in LOSSES.items()})
    parts = {"Errors": errors, "Holds": holds, "Issues": issues, "Scores": scores}
    parts |= {"Withheld from LOQ": demands, "Left out of LOQ": losses}
    return "\n\n".join(f"### {title}\n\n{table}" for title, table in parts.items())


def with_reference(text: str) -> str:
    """The handbook with its generated part as it should be; ValueError if the marks are not there."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{HANDBOOK} lacks the marks around its generated part")
    return f"{before}{BEGIN}\n\n{reference()}\n\n{END}{after}"


def checks() -> str:
    """Every profile and its rules, as a page for providers."""
    grades = ", ".join(f"{letter} from {points}" for points, letter in GRADES)
    parts = [
        "# What `check` asks of a feed\n\n"
        "Written by `make fix` from `src/microharvest/check/profiles/`. `must`: what the standard demands, it counts "
        "twice its weight; `should`: what makes an offer better known. A record's points are the weight of the rules "
        "that hold in that of the rules that apply to it; a profile's are the mean of its records'. Of 100 points: "
        f"{grades}. Where a `must`, or a rule of weight {HEAVY} and more, is broken, B is the best grade; where every "
        "record breaks a `must`, D."
    ]
    for name in profile_names():
        profile = read_profile(name)
        about = ", ".join((*profile.protocols, *profile.dialects)) or "any"
        parts.append(
            f"## `{name}`: {profile.title}\n\n{profile.about}. Source: {profile.source}. Judges: {about}.\n\n"
            "| Rule | | Weight | Demand | Why |\n|---|---|---|---|---|\n"
            + "\n".join(
                f"| `{rule.code}` | {rule.level} | {rule.weight} | {_cell(rule.says)} | {_cell(rule.why)} |"
                for rule in profile.rule
            )
        )
    return "\n\n".join(parts) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", chr(92) + "|").replace("<", "&lt;")


def _table(title: str, codes: dict[str, str]) -> str:
    rows = [f"| `{code}` | {meaning.replace('|', chr(92) + '|')} |" for code, meaning in codes.items()]
    return "\n".join([f"| {title} code | What it means, what to do |", "|---|---|", *rows])


if __name__ == "__main__":
    CHECKS.write_text(checks(), encoding="utf-8")
    HANDBOOK.write_text(with_reference(HANDBOOK.read_text(encoding="utf-8")), encoding="utf-8")
