"""The rules that stand in files of their own: `merge.toml`, `publish.toml`, `quality.toml`.

They are policy, not machinery: a data team edits them, and each release names the rules it was made under. A file
that is absent means the built-in rules.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec

from microharvest.errors import ConfigError
from microharvest.settings.reading import convert, invalid, proposal, read_toml

__all__ = [
    "MERGE_FIELDS",
    "Authority",
    "MergeSettings",
    "PublishSettings",
    "QualitySettings",
    "load_merge",
    "load_publish",
    "load_quality",
]

Authority = Literal["national", "provider", "aggregator"]
Weight = Annotated[float, msgspec.Meta(ge=0, le=100)]
Days = Annotated[int, msgspec.Meta(ge=1, le=3650)]

MERGE_FIELDS = (
    *("title", "alt_title", "description", "provider", "awarding_body", "identifiers", "homepage", "credential_type"),
    *("source_label", "is_microcredential", "credits", "workload_hours", "duration", "eqf_level", "nqf_level"),
    *("isced_f", "subjects", "languages", "modes", "schedule", "setting", "activities", "assessment", "supervision"),
    *("quality_assurance", "learning_outcomes", "skills", "occupations", "sectors", "entitlements"),
    *("entry_requirement", "target_group", "part_of", "has_part", "prices", "grants"),
    *("accessibility", "instances", "country", "status", "modified"),
)
"""What `[precedence]` may name: the fields of an offer (a test ties this list to the model, which lies above)."""


class MergeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`merge.toml`: whose value the golden record takes where sources differ, most trusted first."""

    default: tuple[Authority, ...] = ("provider", "national", "aggregator")
    precedence: dict[str, tuple[Authority, ...]] = {}

    def order(self, field: str) -> tuple[Authority, ...]:
        """The authorities for a field of an offer, most trusted first."""
        return self.precedence.get(field, self.default)


class PublishSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`publish.toml`: what a cluster needs in order to become an entry. What fails is withheld with its reason.

    `require`: fields of the golden record that must be there. `microcredential`: which answers are let in.
    `exclude_status`: values of `status` (the words of `map.normalise.status`) that are kept out. `max_credits`:
    ECTS above which an offer that does not call itself a microcredential is kept out; None for no ceiling.
    `redistribute` other than "yes" is matched and counted but never shown is no setting.
    """

    require: tuple[str, ...] = ("title", "provider")
    microcredential: tuple[Literal["yes", "no", "undecided"], ...] = ("yes", "undecided")
    exclude_status: tuple[str, ...] = ("to-be-reviewed", "cancelled", "obsolete", "not-published-anymore")
    max_credits: Annotated[float, msgspec.Meta(gt=0)] | None = None


class QualitySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`quality.toml`: the weight of each sub-score in the overall one (0 leaves it out), and two spans in days: an
    accreditation with fewer left ends soon, an offer not seen for longer is stale."""

    completeness: Weight = 1.0
    informativeness: Weight = 1.0
    comparability: Weight = 1.0
    assurance: Weight = 1.0
    freshness: Weight = 1.0
    inclusion: Weight = 1.0
    expiry_days: Days = 90
    seen_days: Days = 30


def load_merge(config_dir: Path | None) -> MergeSettings:
    """The rules of `merge.toml`; each order names every authority once."""
    rules, where = _load(config_dir, "merge.toml", MergeSettings)
    for field in rules.precedence:
        if field not in MERGE_FIELDS:
            message = f'{where}: precedence.{field}: nobody reads "{field}"{proposal(field, MERGE_FIELDS)}'
            raise ConfigError("config.unknown_key", message)
    orders = {"default": rules.default} | {f"precedence.{field}": order for field, order in rules.precedence.items()}
    for key, order in orders.items():
        if sorted(order) != ["aggregator", "national", "provider"]:
            raise invalid(where, key, "national, provider and aggregator, each once, most trusted first")
    return rules


def load_publish(config_dir: Path | None) -> PublishSettings:
    """The rules of `publish.toml`."""
    rules, where = _load(config_dir, "publish.toml", PublishSettings)
    for field in rules.require:
        if field not in MERGE_FIELDS:
            raise invalid(
                where, "require", f'fields of an offer, not "{field}"{proposal(field, MERGE_FIELDS)}'.rstrip(".?")
            )
    if not rules.microcredential:
        raise invalid(where, "microcredential", 'at least one of "yes", "no", "undecided"')
    return rules


def load_quality(config_dir: Path | None) -> QualitySettings:
    """The weights of `quality.toml`."""
    rules, where = _load(config_dir, "quality.toml", QualitySettings)
    if not any(value for name, value in msgspec.structs.asdict(rules).items() if not name.endswith("_days")):
        raise invalid(where, "the file", "at least one weight above 0")
    return rules


Rules = TypeVar("Rules", MergeSettings, PublishSettings, QualitySettings)


def _load(config_dir: Path | None, name: str, type_: type[Rules]) -> tuple[Rules, str]:
    path = (config_dir or Path("config")) / name
    raw = read_toml(path) if path.is_file() else {}
    return convert(raw, type_, str(path)), str(path)
