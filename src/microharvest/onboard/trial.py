"""A drafted source file tried out: harvested with --plan into a throwaway store, and what the offers then look like.

What must stay true: nothing of it reaches the real store, and a source with many requests is only looked into.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from microharvest import pipeline
from microharvest.errors import ConfigError
from microharvest.harvest.engine import RunOptions
from microharvest.harvest.report import RunReport
from microharvest.model.offer import OFFER_FIELDS, Offer, decode_offer
from microharvest.onboard.proposal import Proposal
from microharvest.settings import Settings
from microharvest.sources import SourceConfig, load_source
from microharvest.store.reporting import landed_offers

__all__ = ["Trial", "load_draft", "propose_expectations", "try_out"]

FEW = {"oai_pmh": 100, "site": 15, "pages": 100}
"""Records to look at where each page or item is a request of its own."""
WORTH_EXPECTING = (
    *("title", "description", "provider", "homepage", "credits", "workload_hours", "languages", "prices"),
    *("instances", "learning_outcomes", "eqf_level", "isced_f"),
)
_LEAST_FILL = 0.5
_EXAMPLES = 5


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """The plan's report; how many offers fill each field; some offers. `whole`: the list was read to its end."""

    report: RunReport
    fill: dict[str, float]
    offers: list[tuple[str, Offer]]
    whole: bool


def try_out(
    text: str, source: str, settings: Settings, config_dir: Path | None, environ: Mapping[str, str]
) -> tuple[SourceConfig, Trial]:
    """Load the drafted file as it would be loaded, and plan a harvest of it. Raises ConfigError and StoreError."""
    with TemporaryDirectory(prefix="microharvest-trial-") as name:
        folder = Path(name)
        config = load_draft(text, source, folder, config_dir, environ)
        trying = msgspec.structs.replace(
            settings,
            store=f"sqlite:///{folder / 'trial.db'}",
            spool=str(folder / "spool"),
            publish=msgspec.structs.replace(settings.publish, store=None),
        )
        pipeline.init_stores(trying)
        stores = pipeline.open_stores(trying)
        try:
            limit = FEW.get(config.protocol)
            options = RunOptions(plan=True, limit=limit)
            report = asyncio.run(pipeline.harvest(stores, trying, {source: config}, options, environ=environ))[0]
            fill, offers = _looked_at(stores, report)
        finally:
            stores.close()
    whole = report.outcome == "complete" and limit is None
    return config, Trial(report=report, fill=fill, offers=offers, whole=whole)


def load_draft(
    text: str, source: str, folder: Path, config_dir: Path | None, environ: Mapping[str, str]
) -> SourceConfig:
    """A drafted file as it would be loaded; it is written into `folder` for that. Raises ConfigError."""
    path = folder / f"{source}.toml"
    path.write_text(text, encoding="utf-8")
    try:
        return load_source(path, config_dir, environ)
    except ConfigError as error:
        raise ConfigError(error.code, error.sentence.replace(str(path), path.name)) from None


def _looked_at(stores: pipeline.Stores, report: RunReport) -> tuple[dict[str, float], list[tuple[str, Offer]]]:
    if report.run is None:
        return {}, []
    filled: Counter[str] = Counter()
    offers: list[tuple[str, Offer]] = []
    count = 0
    with stores.harvest.read() as connection:
        for native_id, document in landed_offers(connection, report.run):
            offer = decode_offer(document)
            count += 1
            filled.update(field for field in OFFER_FIELDS if getattr(offer, field) and field != "is_microcredential")
            if len(offers) < _EXAMPLES:
                offers.append((native_id, offer))
    return {field: filled[field] / count for field in OFFER_FIELDS if filled[field]}, offers


def propose_expectations(trial: Trial, proposal: Proposal) -> None:
    """`[expect]`: records between 80 and 200 % of what was there, and nine tenths of the fill that was seen."""
    seen, refused = trial.report.counts.get("seen", 0), trial.report.counts.get("refused", 0)
    if refused > seen:
        codes = ", ".join(sorted(code for code in trial.report.issues if code.startswith("record.")))
        proposal.ask(f"are these offers? {refused:,} of the first {refused + seen:,} records were refused ({codes}).")
    elif trial.fill.get("title", 0) < _LEAST_FILL:
        proposal.ask(f"is {proposal.value('dialect')} the right dialect? Most offers of the trial have no title.")
    size = seen if trial.whole else proposal.value("size")
    if size:
        bounds = {"min": math.floor(size * 0.8), "max": max(1, math.ceil(size * 2))}
        proposal.guess("expect.records", bounds, f"80 to 200 % of {size:,}")
    else:
        proposal.ask("how many records are usual? Only the first were looked at: expect.records = { min, max }.")
    fill = {
        field: math.floor(trial.fill[field] * 90) / 100
        for field in WORTH_EXPECTING
        if trial.fill.get(field, 0) >= _LEAST_FILL
    }
    if fill:
        proposal.guess("expect.fill", fill, f"nine tenths of what {seen:,} records fill")
