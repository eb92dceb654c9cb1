"""Real change series as successive days: exact counts against a count made here with the standard library, each hold
with its cause, and no hold on a day without one."""

from __future__ import annotations

import asyncio
import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from microharvest.harvest.engine import Engine, RunOptions
from microharvest.harvest.report import RunReport
from microharvest.settings import HarvestSettings, Settings
from microharvest.sources import load_sources
from microharvest.store.database import Database
from tests.conftest import SHARED
from tests.integration.stores import fresh_store

FEEDS = SHARED / "feeds"
SOURCE = """
title = "Series"
protocol = "file"
dialect = "columns"
licence = "unknown"
url = "{url}"
[network]
allow = ["local"]
[identity]
key = {key}
[columns]
{columns}
"""
NJ = (
    'title = { from = "officialname", lang = "en" }\ndescription = { from = "description", lang = "en" }\n'
    'provider = "name"\nhours = "totalclockhours"\nprice = { from = "totalcost", currency = "USD" }'
)
UDEMY = 'title = "course_title"\nhomepage = "url"\nprice = { from = "price", currency = "USD" }\nsubject = "subject"'
RNCP = 'title = { from = "Intitulé Diplôme", lang = "fr" }\ncode = "CodeRNCP"\nnqf_level = "Niveau2019"'
POITIERS = 'title = { from = ["nom", "name"], lang = "fr" }\nsubject = ["discipline", "composante"]'

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FEEDS.is_dir(), reason="the real files do not stand beside the project"),
]


class Series:
    """One source whose file changes from day to day."""

    def __init__(self, folder: Path, name: str, key: str, columns: str) -> None:
        self.file = folder / name
        sources = folder / "config" / "sources"
        sources.mkdir(parents=True)
        (sources / "s.toml").write_text(SOURCE.format(url=self.file.as_uri(), key=key, columns=columns))
        self.config = load_sources(folder / "config", {})["s"]
        store = f"sqlite:///{folder / 's.db'}"
        self.settings = Settings(store=store, spool=str(folder / "spool"), harvest=HarvestSettings(inline=True))
        self.database: Database = fresh_store(store)
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def day(self, content: bytes) -> RunReport:
        self.file.write_bytes(content)
        self.now += timedelta(days=1)

        async def harvest() -> RunReport:
            async with Engine(self.database, self.settings, environ={}, clock=lambda: self.now) as engine:
                return await engine.harvest(self.config, RunOptions())

        return asyncio.run(harvest())


def keyed(content: bytes, key: str, delimiter: str = ",") -> dict[str, dict[str, str]]:
    """The first row of each key."""
    found: dict[str, dict[str, str]] = {}
    for row in csv.DictReader(content.decode("utf-8-sig").splitlines(keepends=True), delimiter=delimiter):
        if row[key] and row[key].strip():
            found.setdefault(row[key].strip(), row)
    return found


def counts(report: RunReport, *names: str) -> tuple[int, ...]:
    assert (report.outcome, report.acceptance) == ("complete", "accepted"), report.held_because
    return tuple(report.counts[name] for name in names)


def test_a_states_training_list_before_and_after(tmp_path: Path) -> None:
    series = Series(tmp_path, "f.csv", '["programid"]', NJ)
    before, after = (FEEDS / f"njetpl/etpl-{day}-2021-04-06.csv" for day in ("before", "after"))
    old, new = (keyed(path.read_bytes(), "programid") for path in (before, after))
    assert counts(series.day(before.read_bytes()), "added") == (len(old),) == (386,)
    assert counts(series.day(before.read_bytes()), "unchanged") == (386,)
    report = series.day(after.read_bytes())
    assert counts(report, "added", "missing") == (len(new.keys() - old.keys()), len(old.keys() - new.keys()))
    read = ("officialname", "description", "name", "totalclockhours", "totalcost")
    differ = sum(any(old[key][name] != new[key][name] for name in read) for key in old.keys() & new.keys())
    assert counts(report, "changed", "unchanged") == (differ, len(old.keys() & new.keys()) - differ)
    assert counts(series.day(after.read_bytes()), "unchanged") == (470,)


def test_a_course_list_under_other_column_names(tmp_path: Path) -> None:
    series = Series(tmp_path, "f.csv", '["course_id", "id"]', UDEMY)
    first, second = ((FEEDS / f"mooclists/{name}_courses.csv").read_bytes() for name in ("udemy", "coursera"))
    old, new = keyed(first, "course_id"), keyed(second, "id")
    assert counts(series.day(first), "added") == (len(old),)
    held = series.day(second)
    assert held.held_code == "hold.shape"
    assert held.held_because == (
        "The feed no longer has /course_id (now /id), /course_title (now /title), /subject (now /category) and 1 more: "
        "homepage, subjects, title are empty now in 2,629 records that had it before."
    )
    assert held.counts["missing"] == len(old.keys() - new.keys())
    assert ("path", "/course_title is gone, its values stand in /title") in held.held_detail
    assert counts(series.day(first), "unchanged") == (len(old),)


def test_releases_of_a_national_table(tmp_path: Path) -> None:
    series = Series(tmp_path, "f.csv", '["CodeDiplome"]', RNCP)
    before: set[str] = set()
    missing: set[str] = set()
    for version in ("1.0", "1.1", "1.2"):
        content = (FEEDS / f"rncp/kit-v{version}.csv").read_bytes()
        now = keyed(content, "CodeDiplome", ";").keys()
        report = series.day(content)
        assert counts(report, "added", "returned", "missing") == (
            len(now - before - missing), len(now & missing), len(before - now),
        )  # fmt: skip
        missing = (missing | (before - now)) - now
        before = set(now)
    for version in ("1.3", "1.9", "2.0"):
        held = series.day((FEEDS / f"rncp/kit-v{version}.csv").read_bytes())
        assert held.held_code == "hold.empty", "the key column was renamed"
        assert held.counts["withdrawn"] == 0
    assert counts(series.day((FEEDS / "rncp/kit-v1.2.csv").read_bytes()), "unchanged") == (len(before),)


def test_a_list_in_another_shape_without_a_shared_key(tmp_path: Path) -> None:
    series = Series(tmp_path, "f.json", '["codeEtape", "code"]', POITIERS)
    first = (FEEDS / "ec2u/CoursesPoitiers-first.json").read_bytes()
    listed = json.loads(first)
    assert counts(series.day(first), "added") == (len({one["codeEtape"] for one in listed}),) == (2296,)
    cut = series.day(first[: len(first) // 2])
    assert (cut.outcome, cut.acceptance, cut.code) == ("failed", "rejected", "source.cut")
    short = series.day(json.dumps(listed[: len(listed) // 2]).encode())
    assert short.held_because == "1,148 of 2,296 records are gone; 688 may go in one run."
    assert series.day((FEEDS / "ec2u/CoursesPoitiers.json").read_bytes()).acceptance == "held"
    assert series.day(b"[]").held_because == "The list is empty; 2,296 records were there before."
    assert counts(series.day(first), "unchanged", "withdrawn") == (2296, 0)
