"""Profiles as they stand in `profiles/*.toml`: rules, what each tests, why it matters and how to mend what it finds.

What must stay true: a profile that cannot be right is refused when it is read, never while a feed is judged.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from microharvest.quality.annex import ELEMENTS

__all__ = ["Advice", "Condition", "Profile", "Rule", "issue_advice", "profile_names", "read_profile"]

Level = Literal["must", "should"]


class Condition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A condition over some values: they are there, or (with an operator) each of them is as it should be.

    `path`: of the mapped offer (`provider.name.*`; `a | b` takes the values of both); defaults of a source file are no
    values. `own`: of the record as its feed writes it (`course/presentation/start`, `learningOpportunity/@id`).
    `document`: of the document's root (`tag`, `namespace`, `attributes.generated`).
    `at_least`, `at_most`: how many values. `matches`, `without`: a pattern each value has, or none has. `one_of`: the
    values that are allowed. `min_chars`, `max_chars`: of each text. `differs_from`: a path whose texts none may repeat.
    `order`: the names of a part's children in the order they must stand. `some`: one value that fits is enough.
    Without values an operator says nothing (None), unless `at_least` asks for some.
    `any`, `all`: of several conditions; what says nothing is left out. `no`: the opposite.
    """

    path: str = ""
    own: str = ""
    document: str = ""
    at_least: int | None = None
    at_most: int | None = None
    matches: str = ""
    without: str = ""
    one_of: tuple[str, ...] = ()
    min_chars: int | None = None
    max_chars: int | None = None
    differs_from: str = ""
    order: tuple[str, ...] = ()
    some: bool = False
    any: tuple[Condition, ...] = ()
    all: tuple[Condition, ...] = ()
    no: Condition | None = None

    def __post_init__(self) -> None:
        subjects = [self.path, self.own, self.document, self.any, self.all, self.no]
        if sum(map(bool, subjects)) != 1:
            raise ValueError("a condition is about one of path, own, document, any, all, no")
        for pattern in (self.matches, self.without):
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern}: {error}") from None

    @property
    def asks_values(self) -> bool:
        """Whether an operator looks at the values themselves."""
        return bool(
            self.matches or self.without or self.one_of or self.differs_from or self.order
            or self.min_chars is not None or self.max_chars is not None
        )  # fmt: skip


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`says`: the demand, in one sentence. `weight`: what it counts in its profile. `why`, `fix`, `example`: for
    whoever publishes the feed.

    It asks exactly one thing: `test` (for the record, or for each part `each` leads to, where `when` holds), `element`
    (of Annex I), `unique` (own values no two records share), `ask` (a question of the profile's `asks` whose answer
    must be one of `expect`: error codes of OAI-PMH, or `list`), or `judge` (a function over all answers).
    """

    code: str
    level: Level
    weight: int
    says: str
    why: str
    fix: str
    example: str
    test: Condition | None = None
    each: str = ""
    when: Condition | None = None
    element: str = ""
    unique: str = ""
    ask: str = ""
    expect: tuple[str, ...] = ()
    judge: str = ""

    def __post_init__(self) -> None:
        if sum(map(bool, (self.test, self.element, self.unique, self.ask, self.judge))) != 1:
            raise ValueError(f"{self.code}: a rule has one of test, element, unique, ask, judge")
        if not 1 <= self.weight <= 5 or not all((self.says, self.why, self.fix, self.example)):
            raise ValueError(f"{self.code}: weight 1 to 5, and says, why, fix and example")
        if self.element and self.element not in {one.code for one in ELEMENTS}:
            raise ValueError(f"{self.code}: Annex I has no element {self.element}")

    @property
    def weighs(self) -> int:
        """What it counts: a `must` twice its weight."""
        return self.weight * (2 if self.level == "must" else 1)


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`dialects`, `protocols`: what the rules are about; both empty: any offer. `shape`: a condition on the first
    record beside that. `asks`: questions to an endpoint, by name. `like`, in a file: an edition of that profile."""

    name: str
    title: str
    about: str
    source: str
    dialects: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ()
    shape: Condition | None = None
    asks: dict[str, str] = {}
    rule: tuple[Rule, ...]

    def __post_init__(self) -> None:
        codes = [rule.code for rule in self.rule]
        if len(set(codes)) != len(codes):
            raise ValueError(f"{self.name}: a code stands twice")
        if any(rule.ask and rule.ask not in self.asks for rule in self.rule):
            raise ValueError(f"{self.name}: a rule asks what is not in [asks]")


class Advice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an issue of the mapping means for whoever publishes the feed."""

    level: Level = "should"
    weight: int = 1
    why: str = "The value is left out, or kept as text only."
    fix: str = "Look at the value, and write what the field is for."
    example: str = ""


def _read(name: str) -> bytes:
    return (files("microharvest.check") / "profiles" / name).read_bytes()


@cache
def profile_names() -> tuple[str, ...]:
    """Every profile there is, the general one first."""
    found = [one.name.removesuffix(".toml") for one in (files("microharvest.check") / "profiles").iterdir()]
    return tuple(sorted({*found} - {"issues"}, key=lambda name: (name != "annex1", name)))


@cache
def read_profile(name: str) -> Profile:
    """One profile. Raises msgspec.ValidationError and tomllib.TOMLDecodeError for a file that is none."""
    said = tomllib.loads(_read(f"{name}.toml").decode())
    base = said.pop("like", None)
    if base is not None:  # an edition of another profile: its rules, but for those `without` and under its own name
        left_out, other = set(said.pop("without", ())), read_profile(base)
        inherited = [msgspec.to_builtins(rule) for rule in other.rule if rule.code not in left_out]
        said["rule"] = [*said.get("rule", ()), *inherited]
    return msgspec.convert({"name": name, **said}, Profile)


@cache
def issue_advice() -> dict[str, Advice]:
    """Advice by issue code; a code without an entry gets the general one."""
    return msgspec.convert(tomllib.loads(_read("issues.toml").decode()), dict[str, Advice])
