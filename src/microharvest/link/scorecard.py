"""The scorecard: what each bucket of each feature weighs, in thousandths of a log-odds; a versioned file.

Without a file of the operator's the one of the package holds. What must stay true: a weight is a whole number, every
bucket has one, and the version is a hash of the content, so that no two contents are one version.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path

import msgspec

from microharvest.errors import ConfigError
from microharvest.link.comparing import TITLE_BUCKETS

__all__ = [
    "BESIDE",
    "BUCKETS",
    "CONFLICTS",
    "FEATURES",
    "FLOOR",
    "OTHER_WORDS",
    "Scorecard",
    "completed",
    "load_scorecard",
    "scorecard_from",
    "shipped",
    "write_scorecard",
]

_TRIPLE = ("absent", "differ", "same")
_MARK = ("absent", "lost", "one_sided", "same", "conflict")
BUCKETS: dict[str, tuple[str, ...]] = {
    "title": TITLE_BUCKETS,
    "provider": ("absent", "unnamed", "other", "some", "alike", "same", "registered_apart"),
    "id": _TRIPLE,
    "code": ("absent", "differ", "differ_here", "shared", "doubted", "same", "number"),
    "url": ("absent", "generic", "differ", "differ_here", "doubted", "same"),
    "start": ("absent", "differ", "same_beside", "same_here", "same"),
    "ects": ("absent", "differ", "differ_here", "same"),
    "hours": ("absent", "differ", "near", "same_beside", "same"),
    "size": _TRIPLE,
    "eqf": _TRIPLE,
    "isced": _TRIPLE,
    "skills": ("absent", "few", "some", "beside", "many", "most"),
    "language": _TRIPLE,
    "price": ("absent", "differ", "free", "same_beside", "same"),
    "country": _TRIPLE,
    **dict.fromkeys(("ordinal", "year", "grade", "stage", "bundle", "tech"), _MARK),
}
"""Feature -> its buckets; the first is "absent", and what says most comes last: of the pairs between two groups that
one counts. What any of them agrees in, they agree in; what forbids one forbids all. `_here`: within one source;
`unnamed`: neither of two sources names a provider; `number`: such sources give one long code, each to one offer, and
the titles share a word, else it is `doubted`; `same_beside`: beside another title or provider; `lost`: one names
a mark, the other's title is cut off where it may have stood."""
FEATURES = tuple(BUCKETS)
OTHER_WORDS = ("extra", "extra_far", "extra_here", "swapped_near", "swapped", "some", "low")
"""Titles of one language of which one has a word of its own at least: siblings rather than spellings."""
BESIDE = {"hours": "same_beside", "price": "same_beside", "start": "same_beside", "skills": "beside"}
"""Feature -> the bucket of an agreement that siblings have too, and so says less. Of two groups the titles that say most
are asked, whichever of their pairs agree in the rest."""
CONFLICTS = dict.fromkeys(("ordinal", "year", "grade", "stage", "tech"), "conflict")
"""Feature -> the bucket that makes two records two offers whatever else agrees: only a person can say otherwise."""
FLOOR = -12_000
"""What a conflict weighs, and no pair less; no pair weighs more than its opposite."""


class Scorecard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`prior` and `weights` {feature: {bucket: thousandths}}; `made`: from what it was fitted, for people."""

    prior: int
    weights: dict[str, dict[str, int]]
    made: str = ""

    def row(self, feature: str) -> list[int]:
        """The weights in the order of BUCKETS."""
        return [self.weights[feature][bucket] for bucket in BUCKETS[feature]]

    def weigher(self) -> Callable[[bytes], int]:
        """What a statement weighs, between FLOOR and its opposite."""
        rows = [self.row(name) for name in FEATURES]
        for name, bucket in CONFLICTS.items():
            rows[FEATURES.index(name)][BUCKETS[name].index(bucket)] = 100 * FLOOR
        beside = [*rows]
        for name, less in BESIDE.items():
            row = beside[FEATURES.index(name)] = [*rows[FEATURES.index(name)]]
            weight = self.weights[name][less]
            row[BUCKETS[name].index(less) :] = [min(weight, said) for said in row[BUCKETS[name].index(less) :]]
        told = {BUCKETS["title"].index(bucket) for bucket in OTHER_WORDS}

        @functools.lru_cache(maxsize=65536)
        def weigh(statement: bytes) -> int:
            said = beside if statement[0] in told else rows
            return max(FLOOR, min(-FLOOR, self.prior + sum(map(list.__getitem__, said, statement))))

        return weigh

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits over prior and weights."""
        said = msgspec.json.encode([self.prior, self.weights], order="deterministic")
        return hashlib.blake2b(said, digest_size=6).hexdigest()


def scorecard_from(text: str | bytes, where: str) -> Scorecard:
    """Read TOML. Raises ConfigError config.invalid naming `where` and what is wrong."""
    try:
        card = msgspec.toml.decode(text, type=Scorecard)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError("config.invalid", f"{where}: {error}.") from None
    missing = [f"{name}.{bucket}" for name in FEATURES for bucket in BUCKETS[name]
               if bucket not in card.weights.get(name, {})]  # fmt: skip
    unknown = [f"{name}.{bucket}" for name, row in card.weights.items() for bucket in row
               if bucket not in BUCKETS.get(name, ())]  # fmt: skip
    if missing or unknown:
        said = [f"lacks {missing[0]}"] if missing else []
        said += [f"names {unknown[0]}, which no feature has"] if unknown else []
        raise ConfigError("config.invalid", f"{where} {' and '.join(said)}: every bucket has one weight.")
    return card


@functools.cache
def shipped() -> Scorecard:
    """The scorecard of the package."""
    file = resources.files("microharvest.link").joinpath("scorecard.toml")
    return scorecard_from(file.read_bytes(), "scorecard.toml of the package")


def completed(card: Scorecard) -> Scorecard:
    """A scorecard of an older package with the buckets it lacks from the shipped one, and without those gone since."""
    weights = {
        name: {bucket: card.weights.get(name, {}).get(bucket, known) for bucket, known in row.items()}
        for name, row in shipped().weights.items()
    }
    return msgspec.structs.replace(card, weights=weights)


def load_scorecard(config_dir: Path) -> Scorecard:
    """`scorecard.toml` of the configuration folder, else the shipped one."""
    path = config_dir / "scorecard.toml"
    return scorecard_from(path.read_bytes(), str(path)) if path.exists() else shipped()


def write_scorecard(prior: float, weights: Mapping[str, Mapping[str, float]], made: str) -> str:
    """A scorecard as TOML, weights in log-odds."""
    lines = [f"made = {msgspec.json.encode(made).decode()}", f"prior = {round(prior * 1000)}"]
    for name in FEATURES:
        lines += ["", f"[weights.{name}]"]
        lines += [f"{bucket} = {round(weights[name].get(bucket, 0.0) * 1000)}" for bucket in BUCKETS[name]]
    return "\n".join(lines) + "\n"
