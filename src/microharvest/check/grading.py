"""From verdicts over records to a grade and findings.

A record's points are the weight of the rules that hold in that of those that apply; a profile's points are the mean of
its records'. What a rule costs is what the mean would gain if it held: the costs of all rules and the points add up
to 100 exactly.
"""

from __future__ import annotations

import hashlib

import msgspec

from microharvest.check.engine import Given, Verdict, judge
from microharvest.check.profile import Profile, Rule
from microharvest.check.report import HEAVY, Finding, Grade, Place, grade_of
from microharvest.check.values import Value, record_values
from microharvest.telemetry import redact

__all__ = ["Tally", "merged", "place_of"]

_NONE, _HELD, _BROKEN = 0, 1, 2
_PLACES = 4
_SAID_AS = {
    "homepage": ("homepage", "provider_url"), "credits": ("ects", "credits"), "workload_hours": ("hours", "workload"),
    "modes": ("mode",), "prices": ("price", "amount"), "identifiers": ("identifier", "code"), "subjects": ("subject",),
    "title": ("title", "name"), "isced_f": ("isced_f", "subject"),
}  # fmt: skip
"""Field of an offer or issue -> the fields of a draft that say it, where they are called otherwise."""


class Tally:
    """The verdicts of one profile. `add` records as they come, `close` once, then read."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._states: list[bytearray] = [bytearray() for _ in profile.rule]
        self._places: list[list[Place]] = [[] for _ in profile.rule]
        self._owners: list[dict[str, tuple[int, Place]]] = [{} for _ in profile.rule]
        self.records = 0

    def add(self, given: Given) -> float | None:
        """Judge a record; its points of 100, None where no rule applies to it."""
        held = applying = 0
        for number, rule in enumerate(self.profile.rule):
            verdict = judge(rule, given)
            if rule.unique:
                verdict = self._shared(number, rule, given)
            self.note(number, verdict, [place_of(given, next(iter(verdict.values), None))])
            if verdict.holds is not None:
                applying += rule.weighs
                held += rule.weighs * verdict.holds
        self.records += 1
        return 100 * held / applying if applying else None

    def note(self, number: int, verdict: Verdict, places: list[Place]) -> None:
        """A verdict of the rule at that place, for the record that is being added."""
        state = _NONE if verdict.holds is None else _HELD if verdict.holds else _BROKEN
        self._states[number].append(state)
        if state == _BROKEN and len(self._places[number]) < _PLACES:
            self._places[number] += places[: _PLACES - len(self._places[number])]

    def _shared(self, number: int, rule: Rule, given: Given) -> Verdict:
        """Values another record has too; the record that had one first is broken as well."""
        values, owners = record_values(given.record, rule.unique), self._owners[number]
        doubled = []
        for value in {one.text: one for one in values}.values():
            first = owners.setdefault(value.text, (self.records, place_of(given, value)))
            if first[0] != self.records:
                doubled.append(value)
                if self._states[number][first[0]] == _HELD:
                    self._states[number][first[0]] = _BROKEN
                    self._places[number].append(first[1])
        return Verdict(not doubled if values else None, doubled)

    def close(self) -> tuple[Grade, list[Finding]]:
        """The grade and what was found. Without a record there is no grade."""
        rules = self.profile.rule
        costs, points = self._costs()
        broken = [states.count(_BROKEN) for states in self._states]
        applied = [len(states) - states.count(_NONE) for states in self._states]
        heavy = any(count and rule.weight >= HEAVY for rule, count in zip(rules, broken, strict=True))
        musts = sum(1 for rule, count in zip(rules, broken, strict=True) if count and rule.level == "must")
        everywhere = not self.profile.protocols and any(
            count == self.records for rule, count in zip(rules, broken, strict=True) if rule.level == "must"
        )
        grade = Grade(
            profile=self.profile.name, title=self.profile.title, about=self.profile.about,
            grade=None if points is None else grade_of(points, flawed=bool(musts) or heavy, everywhere=everywhere),
            points=None if points is None else round(points, 1),
            because="" if points is not None else "No record could be judged by it.",
            rules=sum(map(bool, applied)), musts=musts, shoulds=sum(map(bool, broken)) - musts,
            silent=tuple(rule.code for rule, count in zip(rules, applied, strict=True) if not count),
        )  # fmt: skip
        return grade, [
            self._finding(rule, broken[number], applied[number], costs[number], self._places[number])
            for number, rule in enumerate(rules)
            if broken[number]
        ]

    def _costs(self) -> tuple[list[float], float | None]:
        costs = [0.0] * len(self.profile.rule)
        total, judged = 0.0, 0
        for index in range(self.records):
            states = [states[index] for states in self._states]
            applying = sum(rule.weighs for rule, state in zip(self.profile.rule, states, strict=True) if state)
            if not applying:
                continue
            judged += 1
            for number, (rule, state) in enumerate(zip(self.profile.rule, states, strict=True)):
                if state == _BROKEN:
                    costs[number] += 100 * rule.weighs / applying
                total += 100 * rule.weighs / applying * (state == _HELD)
        if not judged:
            return costs, None
        return [cost / judged for cost in costs], total / judged

    def _finding(self, rule: Rule, broken: int, applied: int, cost: float, places: list[Place]) -> Finding:
        share = broken / self.records
        return Finding(
            code=rule.code, level=rule.level, says=rule.says, why=rule.why, fix=rule.fix, example=rule.example,
            count=broken, of=applied, costs={self.profile.name: round(cost, 2)},
            weight=round(rule.weighs * share, 4), places=tuple(places),
        )  # fmt: skip


def merged(findings: list[Finding]) -> list[Finding]:
    """Findings by the points they cost in all profiles, dearest first; what no profile counts stands by its weight, at
    what a unit of weight costs here. What several profiles demand of the same records is told once."""
    ruled = {(one.count, one.places[0].record, one.places[0].path) for one in findings if one.costs and one.places}
    untitled = {one.count for one in findings if one.costs and one.code.endswith((".title", ".name"))}
    kept: dict[bytes, Finding] = {}
    for finding in sorted(findings, key=lambda one: (-one.weight, one.code)):
        place = next(iter(finding.places), None)
        seen_there = place is not None and place.path and (finding.count, place.record, place.path) in ruled
        if not finding.costs and (seen_there or (finding.code == "record.no_title" and finding.count in untitled)):
            continue  # a rule says it already, with better advice
        about = finding.code.partition(".")[2]
        seen = f"{about}|{finding.count}|{finding.of}|{[place.record for place in finding.places[:1]]}"
        key = hashlib.sha256(seen.encode()).digest()
        first = kept.get(key)
        if first is None or not finding.costs or not first.costs:
            kept[key if first is None else finding.code.encode()] = finding
            continue
        joined = {"costs": {**first.costs, **finding.costs}, "also": (*first.also, finding.code)}
        kept[key] = msgspec.structs.replace(first, **joined)
    counted = [one for one in kept.values() if one.costs and one.weight]
    unit = sum(sum(one.costs.values()) for one in counted) / (sum(one.weight for one in counted) or 1.0)
    return sorted(
        kept.values(), key=lambda one: (-(sum(one.costs.values()) or one.weight * unit), -one.weight, one.code)
    )


def place_of(given: Given, value: Value | None = None) -> Place:
    """Where a value of an offer stands in its feed: by the statement that gave it; else where its record begins."""
    place = _place_of(given, value)
    return place if given.lined else msgspec.structs.replace(place, line=None)


def _place_of(given: Given, value: Value | None) -> Place:
    record, url = given.record.native_id or "", redact(given.record.url)
    if value is None:
        return Place(record=record, line=given.line, url=url)
    shown = "" if value.text == "…" else value.text[:200]
    if value.path.startswith("/") or value.line is not None:
        line = value.line if value.line is not None else given.line
        return Place(record=record, path=value.path, line=line, url=url, value=shown)
    path, line = _statement(given, value)
    return Place(record=record, path=path, line=line, url=url, value=shown)


def _statement(given: Given, value: Value) -> tuple[str, int | None]:
    """(path, line) of the statement behind a value: of its field and text, else of its text, else of its field."""
    name, *within = value.path.split(".")
    fields = _SAID_AS.get(name, (name,))
    best, found, said = 0, "", value.text[:200].strip()
    pending = [(given.draft, False)]
    while pending:
        draft, about = pending.pop(0)
        for one in draft.statements:
            asked, same = about or one.field in fields, bool(said) and one.value[:200].strip() == said
            rank = 4 * (asked and same) or 3 * (about and one.field in within) or 2 * same or int(asked)
            if one.path and rank > best:
                best, found = rank, one.path
        pending += [(part, about or part.kind == name.removesuffix("s")) for part in draft.parts]
    return found, _line_at(given, found)


def _line_at(given: Given, path: str) -> int | None:
    """The line of the first part a path leads to."""
    part = given.record
    for step in path.strip("/").split("/") if path else ():
        following = None if step.startswith("@") else part.first(step)
        if following is None:
            break
        part = following
    return part.line if part.line is not None else given.line
