"""`explain ID`: what an id means, and everything there is about it, read from the stores and from mapping again.

Nothing is written. A record is `source/native id` (or a native id that only one source has), a cluster or entry its
id, a run `run:12` or `12`. An id that fits nothing exactly gives the candidates it is part of.
"""

from __future__ import annotations

from collections.abc import Mapping

from microharvest.clock import utc_now
from microharvest.errors import ConfigError
from microharvest.explain.cluster import cluster_sheet
from microharvest.explain.pair import pair_sheet
from microharvest.explain.record import explain_record
from microharvest.explain.run import explain_run
from microharvest.explain.sheets import Candidates, ClusterSheet, PairSheet, RecordSheet, RunSheet
from microharvest.link.naming import echoed, name_record
from microharvest.publish.judging import Judge
from microharvest.settings import QualitySettings
from microharvest.sources import SourceConfig
from microharvest.store import explaining
from microharvest.store.database import Connection, Database
from microharvest.store.vocabularies import occupation_codes

__all__ = ["Candidates", "ClusterSheet", "PairSheet", "RecordSheet", "RunSheet", "explain", "explain_pair"]

LISTED = 20
MAX_RUN = 2**63 - 1


def explain(
    harvest: Database,
    catalogue: Database,
    sources: Mapping[str, SourceConfig],
    broken: Mapping[str, ConfigError],
    weights: QualitySettings,
    ident: str,
) -> RecordSheet | ClusterSheet | RunSheet | Candidates:
    """The sheet for an id. Raises ConfigError command.unknown_id or command.unknown_run; no store is changed."""
    word = ident.strip().encode(errors="replace").decode()  # a terminal's bytes need not be text; no id holds such
    prefixed = word.startswith("run:")
    number = _number(word.removeprefix("run:"))
    if prefixed or number is not None:
        with harvest.read() as connection:
            there = number is not None and explaining.run_exists(connection, number)
        if there and number is not None:
            return explain_run(harvest, number)
        if prefixed:
            said = f"There is no {echoed(word)}: `microharvest status` lists the last ones."
            raise ConfigError("command.unknown_run", said)
    with harvest.read() as connection:
        judge = Judge(weights, utc_now().date(), occupation_codes(connection))
    return _record_or_cluster(harvest, catalogue, sources, broken, judge, word)


def explain_pair(harvest: Database, one: str, other: str) -> PairSheet:
    """Two records by name; an entry's id stands for its first member. Raises ConfigError command.unknown_id."""
    with harvest.read() as connection:
        return pair_sheet(connection, name_record(connection, one), name_record(connection, other))


def _number(word: str) -> int | None:
    short = word.isascii() and word.isdigit() and len(word) < 20  # Python reads no number of 5,000 digits
    return int(word) if short and int(word) <= MAX_RUN else None


def _record_or_cluster(
    harvest: Database,
    catalogue: Database,
    sources: Mapping[str, SourceConfig],
    broken: Mapping[str, ConfigError],
    judge: Judge,
    word: str,
) -> RecordSheet | ClusterSheet | Candidates:
    source, slash, native_id = word.partition("/")
    with harvest.read() as connection:
        exact = []
        if slash and _known(connection, source, native_id):
            exact = [(source, native_id)]
        exact = exact or explaining.records_named(connection, word)
        clusters = explaining.clusters_like(connection, word, LISTED + 1) if not exact and word else []
        records = explaining.records_like(connection, word, LISTED + 1) if not exact and word else []
        cluster = explaining.cluster_of(connection, *exact[0]) if len(exact) == 1 else None
    if word in clusters:
        return cluster_sheet(harvest, catalogue, word, judge)
    if len(exact) == 1:
        source, native_id = exact[0]
        linked = cluster_sheet(harvest, catalogue, cluster, judge) if cluster else None
        return explain_record(harvest, source, native_id, sources.get(source), broken.get(source), linked, judge)
    if len(exact) > 1:
        return Candidates(asked=word, records=tuple("/".join(one) for one in exact), clusters=(), more=False)
    if not records and len(clusters) == 1:
        return cluster_sheet(harvest, catalogue, clusters[0], judge)
    if not records and not clusters:
        advice = "name a record as source/native id, a cluster, an entry, or run:12."
        raise ConfigError("command.unknown_id", f"Nothing is known under {echoed(word)}: {advice}")
    return Candidates(
        asked=word,
        records=tuple("/".join(one) for one in records[:LISTED]),
        clusters=tuple(clusters[:LISTED]),
        more=len(records) > LISTED or len(clusters) > LISTED,
    )


def _known(connection: Connection, source: str, native_id: str) -> bool:
    return bool(
        explaining.versions_of(connection, source, native_id)
        or explaining.quarantine_of(connection, source=source, native_id=native_id)
    )
