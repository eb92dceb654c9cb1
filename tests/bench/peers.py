"""Splink and plain equality beside the product: the same corpora, the same normalised columns, the same run.

    uv sync --group peers; python -m tests.bench.peers FOLDER [PROFILE ...]

FOLDER as in `tests.bench.matching` or written by `tests.bench.heldout`. The product harvests and links; Splink (duckdb)
then reads what the product read of each record: words and marks of the title, the resolved organisation, codes,
canonical addresses, credits, hours, levels, fields, skills. It is given every chance its documentation asks for:
blocking on the whole provider and on titles, codes and addresses, no general pages, levels for near titles, other
languages, one-sided marks and sets that overlap, term frequencies of titles, u from random pairs, m by expectation
maximisation in three sessions over pairs that are mostly the same, and an expert's m for marks. Clusters are connected
components. Two rows are given for it:

- `splink oracle`: the threshold with the best F1, found with the truth in hand. Nobody has that in real life; the
  product has one scorecard for every corpus.
- `splink 0.95`: the match probability its documentation takes for an example.

`equality`: folded title and folded provider. CPU seconds: for the product of linking alone (it normalises and stores as
well), for Splink of registering, training, predicting and one clustering.

F1 (precision, recall) over 10,000 rows each; the lower four are of `tests.bench.heldout`, seed 1. The product is of
today; Splink and equality ran before titles in two languages were taken apart. Two shared cores, splink 5.0, duckdb
2.0; linking takes 5 CPU seconds, Splink 6 to 10:

    corpus  product            splink oracle      splink 0.95  equality
    easy    .996 (1.00 .993)   .966 (.971 .962)   .876         .469
    normal  .983 (.998 .968)   .904 (.923 .886)   .797         .221
    hard    .961 (.994 .930)   .850 (.847 .852)   .745         .087
    nokeys  .968 (.995 .942)   .772 (.802 .745)   .647         .212
    mild    .989 (.999 .979)   .905 (.938 .874)   .553         .354
    plain   .958 (.993 .925)   .825 (.852 .800)   .534         .115
    rough   .879 (.987 .792)   .742 (.774 .713)   .563         .025
    bare    .889 (.992 .806)   .702 (.715 .689)   .491         .117

The held-out four are no judges any more: what kinds of words linking missed there was known when its lexicon grew, and
weights were set by hand with their figures in sight (before: .968, .905, .782, .797). `tests.bench.blind` is younger.
What is lost on the held-out four is mostly recall, by words that no table of the matcher knows. What is joined wrongly
there are siblings that share code and page and say nothing of what tells them apart: other credits, another audience.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from microharvest.link.features import Features
from microharvest.link.stored_columns import load_columns
from microharvest.link.titles import MARK_KINDS, fold
from microharvest.store import matching
from microharvest.store.database import Database
from tests.bench import said_words
from tests.bench.matching import Row, clusters_of, corpus, figures, read_rows, show, spent

Edge = tuple[float, str, str]
"""Match weight, and the two records."""
THRESHOLDS = range(41)
"""Match weights that are tried."""
MARKS_M = (0.95, 0.049, 0.001)
"""Of true pairs, how many have equal marks, a mark on one side, marks in conflict."""
USUAL = 4.25
"""The match weight (log2 of the odds) of probability 0.95."""


def normalised(store: Path) -> list[dict[str, Any]]:
    """What the product read of each record, one value or list per column; None where nothing is said."""
    database = Database(f"sqlite:///{store}")
    with database.read() as connection:
        rows = matching.records_of(connection, matching.all_rids(connection))
        loaded = load_columns(connection, rows)
    database.dispose()
    told = zip(rows, loaded.features, loaded.columns.generic.tolist(), strict=True)
    return [_columns(row.native_id, row.organisation, said, general=general) for row, said, general in told]


def _columns(rid: str, organisation: int | None, said: Features, *, general: bool) -> dict[str, Any]:
    """`general`: the address is no page of the offer alone."""
    title = said.titles[0] if said.titles else None
    words = sorted(title.words) if title else []
    rare = [*sorted(words, key=lambda word: (-len(word), word)), None, None]
    marks = {kind: "|".join(said.marked(kind)) or None for kind in MARK_KINDS}
    return {
        "unique_id": rid,
        "title": " ".join(words) or None, "title_lang": (title.language.rstrip("?") or None) if title else None,
        "rare": rare[0], "rare_next": rare[1], **marks,
        "provider": str(organisation) if organisation else None,
        "provider_name": said.provider.name or None if said.provider else None,
        "code": said.codes[0] if said.codes else None,
        "url": said.urls[0] if said.urls and not general else None, "skills": list(said.skills) or None,
        "starts": list(said.starts) or None, "price": str(said.prices[0]) if said.prices else None,
        "ects": str(said.ects[0]) if said.ects else None, "hours": said.hours or None, "eqf": said.eqf or None,
        "isced": said.isced[0] if said.isced else None, "taught": said.languages[0] if said.languages else None,
        "country": said.country or None,
    }  # fmt: skip


def settings() -> Any:
    """The model."""
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl
    from splink import SettingsCreator, block_on

    titles = cl.CustomComparison(
        [
            cll.NullLevel("title"),
            cll.ExactMatchLevel("title", term_frequency_adjustments=True),
            cll.LevenshteinLevel("title", 2),
            cll.JaroWinklerLevel("title", 0.94),
            cll.JaroWinklerLevel("title", 0.86),
            cll.CustomLevel("title_lang_l <> title_lang_r", "other languages"),
            cll.JaroWinklerLevel("title", 0.7),
            cll.ElseLevel(),
        ],
        "title",
    )
    providers = cl.CustomComparison(
        [
            cll.NullLevel("provider_name"),
            cll.ExactMatchLevel("provider"),
            cll.JaroWinklerLevel("provider_name", 0.9),
            cll.ElseLevel(),
        ],
        "provider",
    )
    hours = cl.CustomComparison(
        [
            cll.NullLevel("hours"),
            cll.ExactMatchLevel("hours"),
            cll.PercentageDifferenceLevel("hours", 0.08),
            cll.ElseLevel(),
        ],
        "hours",
    )
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            titles,
            providers,
            hours,
            *(_mark(kind) for kind in MARK_KINDS),
            cl.ArrayIntersectAtSizes("skills", [3, 1]),
            cl.ArrayIntersectAtSizes("starts", [1]),
            *(cl.ExactMatch(name) for name in ("code", "url", "ects", "eqf", "isced", "taught", "price")),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("provider"),
            block_on("title", "country"),
            block_on("rare", "rare_next", "country"),
            block_on("provider_name"),
            block_on("country", "code"),
            block_on("url"),
        ],
        retain_matching_columns=False,
    )


def _mark(kind: str) -> Any:
    """Equal, on one side alone, or in conflict; nothing where neither title has a mark of the kind.

    The m are an expert's and held: left to expectation maximisation, a conflict weighs little (F1 falls by a tenth).
    """
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl

    neither = {"sql_condition": f"{kind}_l IS NULL AND {kind}_r IS NULL", "is_null_level": True}
    one = cll.CustomLevel(f"{kind}_l IS NULL OR {kind}_r IS NULL", "on one side")
    told = zip((cll.ExactMatchLevel(kind), one, cll.ElseLevel()), MARKS_M, strict=True)
    levels = [level.configure(m_probability=m, fix_m_probability=True) for level, m in told]
    return cl.CustomComparison([neither, *levels], kind)


def splink_edges(records: Sequence[Mapping[str, Any]]) -> list[Edge]:
    """Every candidate pair with its match weight, heaviest first."""
    import pyarrow
    from splink import Linker, block_on
    from splink.backends.duckdb import DuckDBAPI

    table = DuckDBAPI().register(pyarrow.Table.from_pylist([dict(record) for record in records]))
    linker = Linker(table, settings(), log_level="ERROR")
    sure = [block_on("provider", "title"), block_on("provider", "code")]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for rule in (block_on("provider", "title"), block_on("provider", "code"), block_on("url")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    predicted = linker.inference.predict(threshold_match_weight=-10)
    said = predicted.as_record_list()
    return sorted(((row["match_weight"], row["unique_id_l"], row["unique_id_r"]) for row in said), reverse=True)


def components(names: Sequence[str], edges: Sequence[Edge], least: float) -> dict[str, str]:
    """{record: cluster} of the pairs that weigh `least` or more."""
    parent = {name: name for name in names}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = name = parent[parent[name]]
        return name

    for weight, one, other in edges:
        if weight < least:
            break
        parent[root(one)] = root(other)
    return {name: root(name) for name in names}


def best(rows: Mapping[str, Row], edges: Sequence[Edge]) -> tuple[int, dict[str, str]]:
    """The threshold with the best F1, and its clusters."""
    tried = [(least, components(list(rows), edges, least)) for least in THRESHOLDS]
    return max(tried, key=lambda each: figures(rows, each[1])["F1"])


def judge(feeds: Path) -> None:
    """All of them over one corpus."""
    rows = read_rows(feeds)
    with tempfile.TemporaryDirectory() as work:
        found, took = clusters_of(feeds, Path(work))
        records = normalised(Path(work) / "bench.db")
    show("product", figures(rows, found), {"link": took["link"]})
    began = spent()
    edges = splink_edges(records)
    usual = components(list(rows), edges, USUAL)
    cpu = {"splink": spent() - began}
    least, clusters = best(rows, edges)
    show(f"splink oracle {least}", figures(rows, clusters), cpu)
    show("splink 0.95", figures(rows, usual), cpu)
    began = spent()
    equal = {rid: f"{fold(row['title'])}|{fold(row['provider'])}" for rid, row in rows.items()}
    show("equality", figures(rows, equal), {"": spent() - began})


def main(arguments: Sequence[str]) -> None:
    """Print a table per corpus."""
    folder, *profiles = arguments
    warnings.simplefilter("ignore")
    for profile in profiles or sorted(child.name for child in Path(folder).iterdir() if child.is_dir()):
        print(f"-- {profile}", flush=True)
        judge(corpus(folder, profile))


if __name__ == "__main__":
    main(said_words(__doc__))
