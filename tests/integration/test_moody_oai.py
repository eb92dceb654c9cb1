"""The habits of real OAI-PMH servers, each after a healthy harvest: exactly the right records, or loud, never less.

What must hold whatever a server does: nothing is withdrawn that was not announced as deleted, nothing is lost that was
there, and where a list could not be read to its end the exit status says so.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiohttp import web

from microharvest.harvest.engine import Engine, RunOptions
from microharvest.harvest.fetch.policy import FetchPolicy
from microharvest.harvest.report import RunReport, exit_status
from microharvest.settings import HarvestSettings, Settings
from microharvest.sources import SourceConfig, load_sources
from microharvest.store.database import Database
from microharvest.testing.feed_server import Answer, FeedServer
from tests.integration.stores import fresh_store, state
from tests.moody_oai import FIRST_DAY, MOODS, POISON, MoodyRepository, course, serve_raw

HEAD = """
title = "Moody"
protocol = "oai_pmh"
dialect = "oai_dc"
licence = "unknown"
"""
NETWORK = '[network]\nallow = ["127.0.0.0/8"]\nrate_per_s = 100000\nattempts = 2\n'
AT_ONCE = '[withdraw]\nruns = 1\ngrace = "P0D"\nmax_ratio = {}\n'


class House:
    """A moody repository behind a feed server, a store, and the one source that harvests it."""

    def __init__(self, server: FeedServer, database: Database, url: str, folder: Path) -> None:
        self.server, self.database, self.folder = server, database, folder
        self.moody = MoodyRepository()
        self.settings = Settings(
            store=url, spool=str(folder / "spool"), harvest=HarvestSettings(inline=True, batch_size=4)
        )
        self.now = datetime.now(UTC) - timedelta(days=9)

    def configure(self, fetch: str = "", max_ratio: float = 1.0, network: str = NETWORK) -> SourceConfig:
        self.server.add("/oai", self.moody.serve)
        folder = self.folder / "config" / "sources"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "s.toml").write_text(
            f'url = "{self.server.url("/oai")}"\n{HEAD}{network}{AT_ONCE.format(max_ratio)}[fetch]\n{fetch}\n'
        )
        return load_sources(self.folder / "config", {})["s"]

    async def harvest(self, config: SourceConfig, *, full: bool = False) -> RunReport:
        self.now += timedelta(days=1)
        async with Engine(self.database, self.settings, environ={}, clock=lambda: self.now) as engine:
            return await engine.harvest(config, RunOptions(full=full))

    async def healthy(self, config: SourceConfig) -> None:
        report = await self.harvest(config)
        assert (report.outcome, report.acceptance, report.counts["added"]) == ("complete", "accepted", 30)
        self.moody.asked.clear()

    def statuses(self) -> Counter[str]:
        return Counter(status for status, _ in state(self.database).values())


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits between attempts are a matter of politeness, not of this test."""
    impatient = partial(FetchPolicy, retry_base_s=0.001, max_wait_s=5.0)
    monkeypatch.setattr("microharvest.harvest.engine.FetchPolicy", impatient)


@pytest.fixture
async def house(tmp_path: Path, patience: None) -> AsyncIterator[House]:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    database = fresh_store(url)
    async with FeedServer() as server:
        yield House(server, database, url, tmp_path)
    database.dispose()


@pytest.fixture
async def both(store_url: str, tmp_path: Path, patience: None) -> AsyncIterator[House]:
    database = fresh_store(store_url)
    async with FeedServer() as server:
        yield House(server, database, store_url, tmp_path)
    database.dispose()


class Want(NamedTuple):
    """What a full harvest in a mood comes to. `code`: of the error, or the issue that must be named."""

    status: int
    outcome: str
    seen: int
    code: str | None = None
    issue: str | None = None
    quarantined: int = 0


COMPLETE = Want(0, "complete", 30)
WANTED: dict[str, Want] = {
    "poison_500": Want(0, "complete", 30, None, "record.unserved", 1),
    "poison_cut": Want(0, "complete", 30, None, "record.unserved", 1),
    "poison_in_lists_only": COMPLETE,
    "records_fail_alone": COMPLETE,
    "down_after_first_page": Want(4, "partial", 10, "source.http"),
    "too_large": COMPLETE,
    "tokens_die_young": COMPLETE,
    "tokens_die_in_plain_http": COMPLETE,
    "throttled_for_an_hour": Want(4, "partial", 10, "source.throttled"),
    "challenged": Want(4, "partial", 10, "source.blocked"),
    "challenged_softly": Want(3, "blocked", 0, "source.blocked"),
    "token_lost": COMPLETE,
    "endless": Want(4, "partial", 10, "run.partial", "feed.loop"),
    "cycle": Want(4, "partial", 10, "run.partial", "feed.loop"),
    "one_token": COMPLETE,
    "token_needs_prefix": COMPLETE,
    "token_in_cdata": COMPLETE,
    "page_lost": Want(4, "partial", 20, "run.partial"),
    "empty_pages_first": COMPLETE,
    "empty_last_page": COMPLETE,
    "always_empty": Want(4, "partial", 0, "run.partial", "feed.page_cap"),
    "total_of_the_whole_index": Want(4, "partial", 30, "run.partial"),
    "total_too_small": COMPLETE,
    "total_no_number": COMPLETE,
    "doubles": COMPLETE,
    "error_in_the_list": Want(0, "complete", 30, None, "feed.error"),
    "two_documents": COMPLETE,
    "odd_datestamps": COMPLETE,
    "clock_of_2099": COMPLETE,
    "clock_of_words": COMPLETE,
    "clock_of_the_end": COMPLETE,
    "clock_of_the_beginning": COMPLETE,
    "seconds_refused": COMPLETE,
    "no_identify": Want(0, "complete", 30, None, "feed.identify_missing"),
    "earliest_of_the_year_one": COMPLETE,
    "no_namespace": Want(0, "complete", 30, None, "feed.namespace"),
    "prefixed": COMPLETE,
    "declarations_inside": Want(0, "complete", 30, None, "feed.repaired"),
    "notices_before": Want(0, "complete", 30, None, "feed.repaired"),
    "utf_16": COMPLETE,
    "errors_as_404": COMPLETE,
    "errors_as_500": COMPLETE,
    "unknown_error_once": COMPLETE,
    "token_outside": COMPLETE,
    "token_in_lower_case": COMPLETE,
    "two_lists": COMPLETE,
    "total_revised": COMPLETE,
    "packed_unsaid": COMPLETE,
    "declared_utf_16": Want(0, "complete", 30, None, "feed.repaired"),
    "wrapped": Want(0, "complete", 30, None, "feed.repaired"),
}
HELD: dict[str, str] = {
    "half_the_list": "20 of 30 records are gone; 9 may go in one run.",
    "empty_list": "The list is empty; 30 records were there before.",
    "rekeyed": "30 of 30 records came back under other identifiers: the source re-keyed.",
    "all_deleted": "The list is empty; 30 records were there before.",
}


def test_every_mood_is_tried() -> None:
    assert {*WANTED, *HELD, "deleted_in_capitals", "status_on_the_record"} == set(MOODS)


@pytest.mark.parametrize("mood", sorted(WANTED))
async def test_a_full_harvest_in_a_mood(house: House, mood: str) -> None:
    config = house.configure("empty_pages = 40\n")
    await house.healthy(config)
    await _judge(house, config, mood, full=True)
    house.moody.mood = None
    if mood == "throttled_for_an_hour":
        return  # the wish outlives the run
    after = await house.harvest(config, full=True)
    assert (after.outcome, after.counts["seen"], house.statuses()) == ("complete", 30, Counter(active=30))


@pytest.mark.parametrize("mood", sorted(WANTED.keys() - {"throttled_for_an_hour"}))
async def test_what_a_delta_misses_in_a_mood_the_next_one_brings(house: House, mood: str) -> None:
    config = house.configure("empty_pages = 40\n")
    await house.healthy(config)
    began = house.moody.repository.now = datetime.now(UTC)
    for number in range(30):
        house.moody.repository.put(f"oai:x:{number}", course(f"Course {number}, new"), at=began)
    house.moody.mood = MOODS[mood]
    first = await house.harvest(config)
    status = exit_status([first])
    assert first.scope == "delta"
    house.moody.mood = None
    second = await house.harvest(config)
    assert (second.outcome, house.statuses()) == ("complete", Counter(active=30))
    brought = second.counts["changed"] + (first.counts["changed"] if first.acceptance == "accepted" else 0)
    assert brought == 30, (first, second)
    assert status or first.counts["changed"] + first.counts["quarantined"] == 30, first
    if not status:
        assert first.counts["unchanged"] == 0


@pytest.mark.parametrize("mood", ["poison_500", "tokens_die_young", "token_lost", "down_after_first_page", "one_token"])
async def test_on_both_databases(both: House, mood: str) -> None:
    config = both.configure()
    await both.healthy(config)
    await _judge(both, config, mood, full=True)


async def _judge(house: House, config: SourceConfig, mood: str, *, full: bool) -> None:
    house.moody.mood = MOODS[mood]
    report = await house.harvest(config, full=full)
    wanted = WANTED[mood]
    said = (exit_status([report]), report.outcome, report.counts["seen"], report.code)
    assert said == (wanted.status, wanted.outcome, wanted.seen, wanted.code), report
    assert house.statuses() == Counter(active=30), report
    assert report.counts["withdrawn"] == report.counts["missing"] == 0
    if wanted.issue:
        assert wanted.issue in report.issues
    if wanted.quarantined:
        assert report.counts["quarantined"] == wanted.quarantined
    assert len(house.moody.asked) < (700 if mood == "earliest_of_the_year_one" else 200), len(house.moody.asked)


@pytest.mark.parametrize("mood", sorted(HELD))
async def test_a_list_that_shrinks_is_held(house: House, mood: str) -> None:
    config = house.configure(max_ratio=0.3)
    await house.healthy(config)
    house.moody.mood = MOODS[mood]
    report = await house.harvest(config, full=True)
    assert (report.acceptance, exit_status([report]), report.held_because) == ("held", 4, HELD[mood])
    assert house.statuses() == Counter(active=30)


@pytest.mark.parametrize("mood", ["deleted_in_capitals", "status_on_the_record"])
async def test_a_deletion_in_odd_spelling_is_a_deletion(house: House, mood: str) -> None:
    config = house.configure()
    await house.healthy(config)
    house.moody.mood = MOODS[mood]
    report = await house.harvest(config, full=True)
    assert (report.counts["withdrawn"], state(house.database)[POISON][0]) == (1, "withdrawn")


@pytest.mark.parametrize("mood", sorted(mood for mood in MOODS if mood.startswith("clock_")))
async def test_a_clock_that_is_wrong_hides_no_change(house: House, mood: str) -> None:
    config = house.configure()
    house.moody.mood = MOODS[mood]
    await house.harvest(config)
    later = datetime.now(UTC)
    house.moody.repository.now = later + timedelta(seconds=5)
    house.moody.repository.put("oai:x:3", course("Course 3, new"), at=later)
    report = await house.harvest(config)
    assert (report.outcome, report.scope, report.counts["changed"]) == ("complete", "delta", 1)
    assert report.counts["withdrawn"] == report.counts["missing"] == 0


async def test_the_poison_is_named_and_heals(both: House) -> None:
    config = both.configure()
    both.moody.mood = MOODS["poison_500"]
    report = await both.harvest(config)
    assert (report.outcome, report.counts["added"], report.counts["quarantined"]) == ("complete", 29, 1)
    assert POISON not in state(both.database)
    both.moody.repository.delete("oai:x:15", at=FIRST_DAY + timedelta(days=154))  # on the poisoned page
    report = await both.harvest(config, full=True)
    assert (report.counts["withdrawn"], report.counts["quarantined"]) == (1, 1)
    assert both.statuses() == Counter(active=28, withdrawn=1)
    both.moody.mood = None
    report = await both.harvest(config, full=True)
    assert (report.counts["added"], report.counts["unchanged"]) == (1, 28)


async def test_poison_among_records_of_one_day_costs_no_second_look_at_the_others(house: House) -> None:
    house.moody = MoodyRepository(every=timedelta(0), page_size=5)
    config = house.configure()
    await house.healthy(config)
    house.moody.mood = MOODS["poison_500"]
    report = await house.harvest(config, full=True)
    assert (report.outcome, report.counts["seen"], report.counts["quarantined"]) == ("complete", 30, 1)
    singles = [one["identifier"] for one in house.moody.asked if one["verb"] == "GetRecord"]
    assert len(set(singles)) == 25  # the first page had come


async def test_a_server_that_cannot_give_its_records_is_no_server_with_a_poison_record(house: House) -> None:
    house.moody = MoodyRepository(every=timedelta(0))
    config = house.configure()
    await house.healthy(config)
    house.moody.mood = MOODS["records_fail_alone"]
    report = await house.harvest(config, full=True)
    assert (report.outcome, report.counts["seen"], report.counts["quarantined"]) == ("partial", 30, 20)
    assert report.because.startswith("The server could not give 20 of 20 records of ")
    assert house.statuses() == Counter(active=30)


async def test_a_list_that_begins_again_counts_its_broken_records_once(house: House) -> None:
    house.moody.repository.put("oai:x:3", "<dc>R & D <b</dc>", at=FIRST_DAY)
    config = house.configure()
    house.moody.mood = MOODS["tokens_die_in_plain_http"]
    report = await house.harvest(config)
    assert (report.outcome, report.counts["added"], report.counts["quarantined"]) == ("complete", 29, 1)
    assert report.counts["seen"] == 30


async def test_sets_of_the_same_records_are_no_loop(house: House) -> None:
    house.moody = MoodyRepository(page_size=2)
    for number in range(30):
        house.moody.repository.put(f"oai:x:{number}", course(f"Course {number}"), at=FIRST_DAY, sets=("a", "b", "c"))
    config = house.configure('sets = ["a", "b", "c"]')
    report = await house.harvest(config)
    assert (report.outcome, report.counts["added"], report.counts["seen"]) == ("complete", 30, 30)
    assert report.issues["feed.repeated_item"] > 0


async def test_tokens_that_must_go_out_raw(house: House) -> None:
    config = house.configure()
    house.server.add("/oai", lambda request: serve_raw(house.moody, request))
    report = await house.harvest(config)
    assert (report.outcome, report.counts["added"]) == ("complete", 30)


async def test_a_server_that_dies_is_left_alone(house: House) -> None:
    config = house.configure("window = 'day'")
    await house.healthy(config)
    tried: list[str] = []

    async def dying(request: web.Request) -> Answer:
        tried.append(request.query_string)
        if len(tried) > 20 and request.transport is not None:
            request.transport.abort()
        return await house.moody.serve(request)

    house.server.add("/oai", dying)
    report = await house.harvest(config, full=True)
    assert (report.outcome, report.code, exit_status([report])) == ("partial", "source.reset", 4)
    assert house.statuses() == Counter(active=30)
    assert len(tried) < 70


async def test_a_slow_list_is_asked_in_narrower_windows(house: House) -> None:
    config = house.configure(network=NETWORK.replace("attempts = 2", "attempts = 1\ndeadline_s = 0.3"))
    await house.healthy(config)

    async def slow(request: Any) -> Any:
        answer = await house.moody.serve(request)
        asked = house.moody.asked[-1]
        if asked["verb"] == "ListRecords" and asked.keys().isdisjoint(("from", "until", "resumptionToken")):
            await asyncio.sleep(5)
        return answer

    house.server.add("/oai", slow)
    report = await house.harvest(config, full=True)
    assert (report.outcome, report.counts["seen"], report.counts["unchanged"]) == ("complete", 30, 30)


@pytest.mark.parametrize(("window", "lanes"), [("year", 2), ("month", 11), ("P100D", 4)])
async def test_partitions_by_date(house: House, window: str, lanes: int) -> None:
    config = house.configure(f'window = "{window}"')
    house.moody.repository.now = datetime(2025, 12, 1, tzinfo=UTC)
    if window == "year":
        house.moody.repository.put("oai:x:29", course("Course 29"), at=datetime(2026, 1, 20, tzinfo=UTC))
        house.moody.repository.now = datetime(2026, 2, 1, tzinfo=UTC)
    report = await house.harvest(config)
    firsts = [one for one in house.moody.asked if one["verb"] == "ListRecords" and "resumptionToken" not in one]
    assert (report.outcome, report.counts["added"], len(firsts)) == ("complete", 30, lanes)


async def test_an_unchanged_full_harvest_and_deltas_with_overlap(both: House) -> None:
    config = both.configure('overlap = "P1D"')
    await both.healthy(config)
    report = await both.harvest(config, full=True)
    assert {name: count for name, count in report.counts.items() if count} == {"seen": 30, "unchanged": 30}
    repository = both.moody.repository
    for day in range(3):
        at = repository.now = datetime.now(UTC)
        repository.put(f"oai:x:{day}", course(f"Course {day}, new"), at=at)
        repository.put(f"oai:new:{day}", course(f"New {day}"), at=at)
        repository.delete(f"oai:x:{20 + day}", at=at)
        report = await both.harvest(config)
        assert (report.scope, report.outcome) == ("delta", "complete")
        assert {name: count for name, count in report.counts.items() if count} == {
            "seen": 3 + 2 * day, "added": 1, "changed": 1, "withdrawn": 1,
        } | ({"unchanged": 2 * day} if day else {})  # fmt: skip
    assert both.statuses() == Counter(active=30, withdrawn=3)
