"""One pass over the demo's feeds: serve, harvest, link, publish, report. The second time it finds nothing to do."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from microharvest import pipeline
from microharvest.clock import Clock, utc_now
from microharvest.demo.facts import Facts, gather
from microharvest.demo.page import render
from microharvest.demo.place import Place
from microharvest.demo.serving import serve_real, serve_samples
from microharvest.demo.summary import commands, show
from microharvest.harvest.engine import RunOptions
from microharvest.harvest.report import RunReport, exit_status
from microharvest.settings import Settings, load_merge, load_publish, load_settings
from microharvest.sources import load_sources
from microharvest.store.reporting import catalogue_now, change_seq
from microharvest.testing.feed_server import FeedServer

__all__ = ["EXPECTED_TO_FAIL", "Passed", "run_demo"]

EXPECTED_TO_FAIL = frozenset({"it-montefiore"})
"""The sample source that answers a page of HTML: the demo is whole when just this one fails."""


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    """What one pass did. `changes`: new entries of the change log. `left_out`: sentences on real files not there."""

    reports: list[RunReport]
    changes: int
    release_before: int
    release: int
    left_out: list[str]


def run_demo(folder: Path, feeds: Path | None, *, environ: Mapping[str, str], clock: Clock = utc_now) -> int:
    """Run the demo in `folder` and print its result; `feeds` is a folder of real files in place of the samples.

    Returns an exit status. Raises MicroharvestError where configuration or store do not serve.
    """
    place = Place(folder, feeds)
    place.prepare()
    settings = load_settings(place.config, place.store, environ)
    settings = msgspec.structs.replace(settings, spool=str(place.home / "spool"))
    pipeline.init_stores(settings, clock=clock)
    stores = pipeline.open_stores(settings)
    try:
        passed = asyncio.run(_pass(place, stores, settings, environ, clock))
        facts = _facts(place, stores, environ, clock)
    finally:
        stores.close()
    place.report.write_text(render(facts, commands(facts, place)), encoding="utf-8")
    show(passed.reports, facts, place, passed.changes, passed.release_before, passed.left_out, sys.stdout)
    return int(exit_status([one for one in passed.reports if one.source not in EXPECTED_TO_FAIL]))


async def _pass(
    place: Place, stores: pipeline.Stores, settings: Settings, environ: Mapping[str, str], clock: Clock
) -> Passed:
    with stores.harvest.read() as connection:
        seq_before = change_seq(connection)
    with stores.catalogue.read() as connection:
        release_before = catalogue_now(connection)[0]
    async with FeedServer(port=place.port) as server:
        wanted = place.source_files()
        left_out: dict[str, str] = {}
        if place.real is None:
            serve_samples(server, place, clock())
        else:
            left_out = serve_real(server, place.real)
            wanted = {name: text for name, text in wanted.items() if name.removesuffix(".toml") not in left_out}
        ids = place.write_sources(server.url().rstrip("/"), wanted)
        sources = load_sources(place.config, environ)
        due = {source: sources[source] for source in ids}
        reports = await pipeline.harvest(stores, settings, due, RunOptions(), environ=environ, clock=clock)
    await asyncio.to_thread(pipeline.link, stores, sources, load_merge(place.config), clock=clock)
    await asyncio.to_thread(pipeline.publish, stores, sources, load_publish(place.config), clock=clock)
    with stores.harvest.read() as connection:
        changes = change_seq(connection) - seq_before
    with stores.catalogue.read() as connection:
        release = catalogue_now(connection)[0]
    return Passed(
        reports=reports,
        changes=changes,
        release_before=release_before,
        release=release,
        left_out=list(left_out.values()),
    )


def _facts(place: Place, stores: pipeline.Stores, environ: Mapping[str, str], clock: Clock) -> Facts:
    with stores.harvest.read() as harvest, stores.catalogue.read() as catalogue:
        return gather(harvest, catalogue, load_sources(place.config, environ), clock())
