"""A good day of an OAI-PMH server, a bad one, a good one again: what a mood of `moody_rare` leaves behind.

What must hold: records are what they were, or the run says what is wrong; nothing is withdrawn that was not announced
as deleted; and the third day needs nobody. Absence counts at once here, so that every wrong withdrawal shows.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from aiohttp import web

from microharvest.harvest.report import RunReport, exit_status
from microharvest.testing.feed_server import Answer
from tests.integration.stores import state
from tests.integration.test_moody_oai import House, house, patience
from tests.moody_base import changed
from tests.moody_oai import POISON, Arguments, MoodyRepository, course
from tests.moody_rare import RARE

__all__ = ["house", "patience"]

PAGE = b"<!DOCTYPE html><title>Sign in</title>"


def fill(house: House, said: str = "", at: datetime | None = None) -> None:
    """30 courses whose titles have letters outside ASCII; five of them in another set."""
    for number, known in enumerate(list(house.moody.repository.records.values())):
        sets = ("b",) if number % 6 == 5 else ("a",)
        title = course(f"Kurs für Köche {number}{said}")
        house.moody.repository.put(known.identifier, title, at=at or known.datestamp, sets=sets)


def codes(report: RunReport) -> set[str]:
    return {one for one in (report.held_code, report.code, *report.issues) if one}


@pytest.mark.parametrize("name", RARE)
async def test_a_full_harvest(house: House, name: str) -> None:
    mood, want, fetch, ratio = RARE[name]
    fill(house)
    house.server.add("/login", PAGE, content_type="text/html")
    config = house.configure(fetch, ratio)
    first = await house.harvest(config)
    assert (exit_status([first]), first.counts["added"]) == (0, 30)
    before = state(house.database)
    house.moody.mood = mood
    second = await house.harvest(config, full=True)
    counts = second.counts
    told = want.code is None or want.code in codes(second)
    found = want._replace(
        status=exit_status([second]), seen=counts["seen"], code=want.code if told else repr(codes(second)),
        quarantined=counts["quarantined"], missing=counts["missing"], withdrawn=counts["withdrawn"],
    )  # fmt: skip
    assert found == want, second
    after = state(house.database)
    gone = {one for one in before if after[one][0] == "withdrawn"}
    assert gone == ({POISON} if want.withdrawn == 1 else set())
    assert {one: text for one, (_, text) in after.items() if one not in gone} == {
        one: text for one, (_, text) in before.items() if one not in gone
    }
    house.moody.mood = None
    third = await house.harvest(config, full=True)
    assert (exit_status([third]), third.counts["seen"]) == (0, 30), third
    assert state(house.database) == before


ANNOUNCED_OTHERWISE = [name for name, one in RARE.items() if one.fetch or one.max_ratio < 1 or one.want.withdrawn]


@pytest.mark.parametrize("name", sorted(RARE.keys() - {*ANNOUNCED_OTHERWISE}))
async def test_what_a_delta_misses_the_next_one_brings(house: House, name: str) -> None:
    fill(house)
    house.server.add("/login", PAGE, content_type="text/html")
    config = house.configure('overlap = "PT0S"')  # the default one hides what is lost for a day
    house.moody.repository.now = datetime.now(UTC) - timedelta(hours=9)
    await house.healthy(config)
    house.moody.repository.now += timedelta(hours=2)
    fill(house, ", neu", at=house.moody.repository.now - timedelta(hours=1))
    house.moody.mood = RARE[name].mood
    first = await house.harvest(config)
    house.moody.mood = None
    house.moody.repository.now += timedelta(hours=2)
    second = await house.harvest(config)
    assert (first.scope, second.scope, second.outcome) == ("delta", "delta", "complete")
    found = state(house.database)
    assert (Counter(status for status, _ in found.values()), len(found)) == (Counter(active=30), 30), (first, second)
    assert all(", neu" in text for _, text in found.values()), (first, second)


async def test_a_body_in_chunks_that_stops_behind_a_record_is_no_whole_page(house: House) -> None:
    """Well-formed records, no end of the list, no last chunk: the page is asked again, then its records one by one."""
    fill(house)
    config = house.configure()
    await house.healthy(config)
    before = state(house.database)

    async def stopping(request: web.Request) -> web.StreamResponse | Answer:
        answer = await house.moody.serve(request)
        if "resumptionToken" not in request.query or request.query["verb"] != "ListRecords":
            return answer
        part = web.StreamResponse(headers={"Content-Type": "text/xml"})
        await part.prepare(request)
        await part.write(answer.body[: answer.body.index(b"</record>") + 9])
        assert request.transport is not None
        request.transport.close()
        return part

    house.server.add("/oai", stopping)
    report = await house.harvest(config, full=True)
    assert (exit_status([report]), report.counts["unchanged"], state(house.database)) == (0, 30, before)


async def test_a_server_whose_lists_lag_behind_its_clock_loses_nothing(house: House) -> None:
    """What is written under local time, and read under UTC, comes hours late (vufind#1350): the overlap brings it."""
    fill(house)
    config = house.configure()
    await house.healthy(config)
    house.moody.repository.now = datetime.now(UTC)
    fill(house, ", neu", at=house.moody.repository.now - timedelta(hours=2))

    def lagging(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
        now, moody.repository.now = moody.repository.now, moody.repository.now - timedelta(hours=5)
        late, moody.repository.now = moody.honest(arguments), now
        return changed(late, ("<responseDate>[^<]*", f"<responseDate>{now:%Y-%m-%dT%H:%M:%SZ}"))

    house.moody.mood = lagging
    assert (await house.harvest(config)).counts["changed"] == 0
    house.moody.repository.now += timedelta(hours=20)
    second = await house.harvest(config)
    assert (second.scope, second.counts["changed"]) == ("delta", 30)


async def test_what_is_gone_without_a_word_is_withdrawn_within_its_grace_and_no_month_later(house: House) -> None:
    """A server that keeps no deletions: only a full run sees that something is missing, and two must agree."""
    fill(house)
    house.moody.repository.deleted_record = "no"
    config = house.configure()
    config = msgspec.structs.replace(
        config, withdraw=msgspec.structs.replace(config.withdraw, runs=2, grace=timedelta(days=3))
    )
    await house.healthy(config)
    house.moody.repository.delete(POISON, at=datetime.now(UTC))
    assert (await house.harvest(config, full=True)).counts["missing"] == 1
    runs = [await house.harvest(config) for _ in range(4)]
    assert [(one.scope, one.counts["withdrawn"]) for one in runs] == [
        ("delta", 0),
        ("delta", 0),
        ("full", 1),
        ("delta", 0),
    ]
