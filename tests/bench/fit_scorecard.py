"""Fitting a scorecard: labelled or weakly labelled pairs to weights (scikit-learn, group `peers`).

    python -m tests.bench.fit_scorecard OUT FOLDER [PROFILE ...]     corpora with truth, as in `tests.bench.matching`
    python -m tests.bench.fit_scorecard OUT sqlite:///store.db      a registry's own store, weak labels and decisions

Weak labels: one code of one provider, or one page that is no general one, is the same offer; a conflict, two codes
within one feed or two registered providers are different ones. What people decided of two records (`same`,
`different`) outweighs DECIDED of those. What the samples cannot know is put in by hand, and
said so: they are told apart too well (no price ever differs, no register gives codes of its own), so agreeing values
are made to differ in ROUGH of the pairs, and BOUNDS keep weights where real feeds have shown them to belong.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from microharvest.link.pairing import pairs_with
from microharvest.link.scorecard import BUCKETS, CONFLICTS, FEATURES, FLOOR, write_scorecard
from microharvest.link.scoring import relate
from microharvest.link.stored_columns import load_columns
from microharvest.link.titles import MARK_KINDS
from microharvest.model.decision import Record
from microharvest.store import decisions, matching
from microharvest.store.database import Database
from tests.bench import said_words
from tests.bench.matching import clusters_of, read_rows

Buckets = dict[str, NDArray[np.int8]]
Labels = NDArray[np.bool_]

ROUGH = {"code": 0.12, "url": 0.05, "price": 0.12, "isced": 0.08, "eqf": 0.03, "language": 0.02, "hours": 0.04}
"""Share of pairs whose agreeing values are made to differ."""
HIDDEN = 0.3
"""Share of values that are hidden in two of three copies, so that no feature leans on another being there."""
BOLDER = 0.5
"""Added to the prior: a cluster has more pairs that speak for a record than the one it was fitted on."""
DECIDED = 20
"""Weak labels that one decision weighs as much as."""
BOUNDS: dict[tuple[str, str], tuple[float, float]] = {
    ("id", "same"): (6.0, 6.0),  # no sample has global identifiers
    ("id", "differ"): (0.0, 0.0),
    ("code", "same"): (7.0, 9.0),  # one code of one provider outweighs a title in a language nobody declared
    ("code", "number"): (8.9, 8.9),  # nor lists without providers: a register's number and a title like it, just enough
    ("code", "doubted"): (5.0, 5.0),  # a school's "101", or numbers of two lists that count from one on
    ("title", "low"): (-4.0, 0.0),
    ("title", "foreign_some"): (-9.0, -0.15),
    ("title", "some"): (-4.0, 0.0),
    ("title", "unsure"): (-4.0, 0.0),
    ("title", "reordered"): (0.0, 1.2),  # "Python web programming" need not be "Web programming with Python"
    ("title", "typo"): (0.0, 1.2),  # nor "Blues guitar fundamentals" "Guitar: blues guitar fundamentals"
    ("title", "reworded"): (0.0, 1.0),  # "PHP basics" need not be "PHP for beginners" where one provider has many
    ("title", "extra"): (-9.0, 0.3),
    ("title", "tagged"): (0.0, 9.0),
    ("title", "extra_here"): (-9.0, -2.5),  # one source tells "X" from "X (virtual)": it means two
    ("title", "extra_far"): (-9.0, -0.3),
    ("ordinal", "same"): (0.0, 0.4),  # two courses of level 1 are no nearer for that
    ("year", "same"): (0.0, 0.4),
    ("grade", "same"): (0.0, 0.0),
    ("tech", "same"): (0.0, 0.0),
    ("bundle", "same"): (0.0, 0.4),
    ("ordinal", "one_sided"): (-9.0, -3.5),
    ("grade", "one_sided"): (-9.0, -3.3),
    ("provider", "alike"): (0.5, 0.5),  # "X - Montvale" and "X - Wayne": campuses rather than spellings
    ("provider", "unnamed"): (4.1, 4.1),  # equal titles of two sources, also of one price where the hours differ
    ("code", "shared"): (2.0, 2.0),  # a family's code: a little
    ("code", "differ"): (-9.0, -2.5),
    ("code", "differ_here"): (-9.0, -5.0),  # one feed with two codes, or two pages, means two offers
    ("url", "differ_here"): (-9.0, -4.0),
    ("code", "differ_run"): (-2.5, -2.5),  # but beside equal titles with other days they are runs
    ("url", "differ_run"): (-1.2, -1.2),
    ("listed", "apart"): (0.0, 0.0),  # a conflict
    ("skills", "beside"): (1.5, 1.5),
    ("price", "same"): (0.0, 2.1),  # a provider asks one price for many courses,
    ("price", "same_beside"): (0.0, 1.0),
    ("start", "same"): (0.0, 2.8),  # and begins many on the first day of term: that and its name make no offer one,
    ("start", "same_here"): (0.0, 2.4),
    ("start", "same_beside"): (0.0, 1.0),
    ("hours", "same"): (0.0, 2.6),  # and gives many the same hours
    ("hours", "same_beside"): (0.0, 1.2),
    ("title", "swapped_near"): (-9.0, -1.2),
    ("title", "swapped"): (-9.0, -1.9),
    ("provider", "some"): (-1.0, -1.0),
    ("provider", "other"): (-3.0, -3.0),
    ("price", "free"): (-9.0, 0.5),
    ("language", "differ"): (-9.0, -3.5),  # taught in another language is another offer,
    ("language", "differ_here"): (-7.0, -7.0),  # above all in one list
    ("ects", "differ"): (-9.0, -6.0),  # 24 of 29 real pairs of one title in one list differ in size, of one id 1 in 286
    ("country", "same"): (0.0, 0.0),
    ("country", "differ"): (-1.5, -1.5),
    ("stage", "same"): (0.3, 0.3),
    ("stage", "one_sided"): (-1.5, -1.5),
    **{(kind, "lost"): (-9.0, 0.0) for kind in MARK_KINDS},
    ("bundle", "conflict"): (0.0, 0.0),
    ("bundle", "one_sided"): (-9.0, -4.0),  # a programme has the name of its first course
    ("ects", "differ_here"): (-9.0, -9.0),
    ("size", "same"): (0.0, 1.3),  # no more than equal credits
}


def pairs_of(url: str) -> tuple[Buckets, list[tuple[Record, Record]]]:
    """Buckets of all candidate pairs of a store that was linked, and whose they are."""
    database = Database(url)
    with database.read() as connection:
        rids = matching.all_rids(connection)
        rows = matching.records_of(connection, rids)
        one, other = pairs_with(connection, rows)
        loaded = load_columns(connection, rows)
    database.dispose()
    left, right = loaded.at(one), loaded.at(other)
    names = [(row.source, row.native_id) for row in rows]
    listed = [(names[a], names[b]) for a, b in zip(left.tolist(), right.tolist(), strict=True)]
    return relate(loaded.columns, left, right), listed


def weak_labels(buckets: Buckets) -> tuple[Buckets, Labels]:
    """The pairs that keys or contradictions label, the features that did it hidden in half of them."""

    def at(name: str, bucket: str) -> Labels:
        return np.asarray(buckets[name] == BUCKETS[name].index(bucket))

    conflict = np.logical_or.reduce([at(name, bucket) for name, bucket in CONFLICTS.items()])
    same = (at("code", "same") | at("url", "same") | at("id", "same")) & ~conflict
    different = at("code", "differ_here") | at("provider", "registered_apart") | conflict
    known = same != different
    kept = {name: row[known].copy() for name, row in buckets.items()}
    hide = np.random.default_rng(0).random(int(known.sum())) < 0.5
    for name in ("code", "url", "id"):
        kept[name][hide] = 0
    return kept, same[known]


def decided(url: str, buckets: Buckets, pairs: Sequence[tuple[Record, Record]]) -> tuple[Buckets, Labels]:
    """The pairs people decided, DECIDED times each."""
    database = Database(url)
    with database.read() as connection:
        said = {frozenset((one.one, one.other)): one.kind == "same" for one in decisions.assertions_all(connection)}
    database.dispose()
    places = [place for place, pair in enumerate(pairs) if frozenset(pair) in said]
    labels = np.array([said[frozenset(pairs[place])] for place in places], dtype=bool)
    return {name: np.repeat(row[places], DECIDED) for name, row in buckets.items()}, np.repeat(labels, DECIDED)


def roughened(buckets: Buckets, labels: Labels, seed: int) -> tuple[Buckets, Labels]:
    """Three copies: as they are, and twice with values hidden; all with values that differ for no reason."""
    chance = np.random.default_rng(seed)
    copies = []
    for number in range(3):
        copy = {name: row.copy() for name, row in buckets.items()}
        for name, row in copy.items():
            if number and name not in {"title", "provider"}:
                row[chance.random(len(row)) < HIDDEN] = 0
        for name, share in ROUGH.items():
            same, differ = BUCKETS[name].index("same"), BUCKETS[name].index("differ")
            copy[name][(chance.random(len(labels)) < share) & (copy[name] == same)] = differ
        copies.append(copy)
    return {name: np.concatenate([copy[name] for copy in copies]) for name in buckets}, np.tile(labels, 3)


def fit(samples: Sequence[tuple[Buckets, Labels]]) -> tuple[float, dict[str, dict[str, float]]]:
    """Logistic regression over one column per bucket; "absent" weighs nothing. Pairs in conflict are left out."""
    from sklearn.linear_model import LogisticRegression

    inputs, outputs = [], []
    for seed, (buckets, labels) in enumerate(samples):
        free = np.logical_and.reduce([buckets[name] != BUCKETS[name].index(bad) for name, bad in CONFLICTS.items()])
        rough, known = roughened({name: row[free] for name, row in buckets.items()}, labels[free], seed)
        inputs.append(np.hstack([np.eye(len(BUCKETS[name]), dtype=np.float32)[rough[name]] for name in FEATURES]))
        outputs.append(known)
    model = LogisticRegression(C=1.0, max_iter=500).fit(np.vstack(inputs), np.concatenate(outputs))
    seen = np.vstack(inputs).sum(axis=0) > 0
    prior, place = float(model.intercept_[0]), 0
    weights: dict[str, dict[str, float]] = {}
    for name in FEATURES:
        row = model.coef_[0][place : place + len(BUCKETS[name])]
        prior += float(row[0])
        weights[name] = {
            bucket: _bounded(name, bucket, float(weight - row[0]) if seen[place + number] else 0.0)
            for number, (bucket, weight) in enumerate(zip(BUCKETS[name], row, strict=True))
        }
        place += len(BUCKETS[name])
    for name, bucket in CONFLICTS.items():
        weights[name][bucket] = FLOOR / 1000
    return prior + BOLDER, weights


def _bounded(name: str, bucket: str, weight: float) -> float:
    low, high = BOUNDS.get((name, bucket), (-12.0, 12.0))
    return 0.0 if bucket == "absent" else min(high, max(low, weight))


def labelled(feeds: Path) -> tuple[Buckets, Labels]:
    """Pairs of a corpus whose truth is known."""
    rows: Mapping[str, Mapping[str, str]] = read_rows(feeds)
    with tempfile.TemporaryDirectory() as work:
        clusters_of(feeds, Path(work))
        buckets, pairs = pairs_of(f"sqlite:///{work}/bench.db")
    offers = [(rows[one]["offer_id"], rows[other]["offer_id"]) for (_, one), (_, other) in pairs]
    return buckets, np.array([one == other for one, other in offers], dtype=bool)


def main(arguments: Sequence[str]) -> None:
    """Write a scorecard."""
    out, where, *profiles = arguments
    if where.startswith(("sqlite:", "postgresql:")):
        buckets, pairs = pairs_of(where)
        samples, said = [weak_labels(buckets), decided(where, buckets, pairs)], "weak labels and decisions of a store"
    else:
        named = profiles or ["easy", "normal", "hard", "nokeys"]
        samples = [labelled(Path(where) / f"{profile}_10k") for profile in named]
        said = f"truth of the corpora {' '.join(named)}"
    prior, weights = fit(samples)
    count = sum(len(labels) for _, labels in samples)
    Path(out).write_text(write_scorecard(prior, weights, f"{count:,} pairs, {said}, with bounds for real feeds"))
    same = sum(int(labels.sum()) for _, labels in samples)
    print(f"{out}: prior {prior:.2f} from {count:,} pairs, {same:,} of them same")


if __name__ == "__main__":
    main(said_words(__doc__))
