"""`sync`: everything due, once, and the next due times noted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from microharvest.clock import utc_now
from microharvest.pipeline import init_stores, open_stores
from microharvest.service.daemon import sync_once
from microharvest.settings import HarvestSettings, MergeSettings, PublishSettings, Settings
from microharvest.sources import Identity, Network, Schedule, SourceConfig
from microharvest.testing.feed_server import FeedServer


async def test_a_second_sync_finds_nothing_due_until_the_next_slot(tmp_path: Path) -> None:
    settings = Settings(store=f"sqlite:///{tmp_path / 'store.db'}", harvest=HarvestSettings(inline=True))
    init_stores(settings)
    async with FeedServer({"/a.csv": b"Code,Title\n1,Course one\n2,Course two\n"}) as server:
        network = Network(allow=("127.0.0.0/8",), attempts=1, rate_per_s=1000)
        sources = {
            source: SourceConfig(
                id=source,
                title=source,
                protocol="file",
                dialect="columns",
                url=server.url(f"/{source}.csv"),
                licence="unknown",
                schedule=Schedule(every=timedelta(days=1), jitter_s=0),
                network=network,
                identity=Identity(key=("Code",)),
                columns={"title": "Title"},
            )
            for source in ("a", "gone")
        }
        stores = open_stores(settings)
        try:
            now, found = utc_now(), []
            for wait in (timedelta(), timedelta(minutes=5), timedelta(days=1, minutes=-10)):
                reports, _, _ = await sync_once(
                    stores,
                    settings,
                    sources,
                    MergeSettings(),
                    PublishSettings(),
                    environ={},
                    clock=lambda wait=wait: now + wait,  # type: ignore[misc]
                )
                found.append({one.source: one.outcome for one in reports})
        finally:
            stores.close()
    assert found == [{"a": "complete", "gone": "failed"}, {}, {"a": "complete", "gone": "failed"}]
