"""A good day, a bad one, a good one again: what one address may give in place of its list, and what is left after it.

What must hold: a benign change ends with status 0 and every record; whatever is wrong is loud, names a code and takes
nothing away; and the third day needs nobody. Absence counts at once here (`runs = 1`, no grace), so that every wrong
withdrawal shows.
"""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import zipfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from yarl import URL

from microharvest.harvest.fetch.hosts import host_key
from microharvest.harvest.fetch.retries import CREDIBLE
from microharvest.harvest.report import RunReport, exit_status
from microharvest.store.hosts import StoreHostBook
from microharvest.store.leases import acquire
from microharvest.store.schedule import postponed_hosts
from microharvest.testing.feed_server import Answer, FeedServer
from tests.integration.stores import fresh_store, state
from tests.integration.test_harvest import World

N = 40
Row = dict[str, str]
COLUMNS = ("id", "title", "description", "provider", "ects", "level", "start", "price", "url")
HEAD = 'title = "Courses"\nprotocol = "{}"\ndialect = "columns"\nlicence = "unknown"\n'
TABLES = """
[identity]
key = ["id"]
[columns]
title = { from = "title", lang = "de" }
description = { from = "description", lang = "de" }
provider = "provider"
credits = { from = "ects", unit = "ECTS" }
eqf_level = "level"
start_date = "start"
price = { from = "price", currency = "EUR" }
homepage = "url"
[withdraw]
runs = 1
grace = "P0D"
"""


def row(number: int) -> Row:
    return {
        "id": f"C-{number:03d}",
        "title": f"Kurs {number} für Tischler",
        "description": f"Lehrgang {number} über das Handwerk",
        "provider": "Kammer",
        "ects": str(1 + number % 5),
        "level": str(4 + number % 3),
        "start": f"2027-{1 + number % 12:02d}-{13 + number % 14:02d}",
        "price": f"{100 + number}.50",
        "url": f"https://x.example/{number}",
    }


ROWS = [row(number) for number in range(N)]


def but(**changes: Callable[[int, Row], str]) -> list[Row]:
    """The rows with some fields written otherwise."""
    return [one | {name: write(number, one) for name, write in changes.items()} for number, one in enumerate(ROWS)]


def table(rows: list[Row] = ROWS, delimiter: str = ",", names: tuple[str, ...] = COLUMNS, header: str = "") -> str:
    lines = [header or delimiter.join(names), *(delimiter.join(one[name] for name in names) for one in rows)]
    return "\r\n".join([*lines, ""])


def packed(**members: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return target.getvalue()


class Want(NamedTuple):
    """`status` of the bad day, live records after it, and the code that must be named."""

    status: int
    live: int = N
    code: str | None = None


GOOD = table()
FINE, HELD = Want(0), 4
CSV: dict[str, tuple[str | bytes, Want]] = {
    "semicolons": (table(delimiter=";"), FINE),
    "tabs": (table(delimiter="\t"), FINE),
    "Excel's first line": ("sep=;\r\n" + table(delimiter=";"), FINE),
    "Windows-1252": (GOOD.encode("cp1252"), FINE),
    "UTF-16": (GOOD.encode("utf-16"), FINE),
    "two byte order marks": ("\ufeff\ufeff" + GOOD, FINE),
    "other order of columns": (table(names=COLUMNS[::-1]), FINE),
    "blanks in the header": (table(header=", ".join(f"{name}\xa0" for name in COLUMNS)), FINE),
    "Mac line ends": (GOOD.replace("\r\n", "\r"), FINE),
    "packed": (gzip.compress(GOOD.encode()), FINE),
    "two exports in one": (GOOD + GOOD, FINE),
    "a line of totals": (GOOD + "Summe: 40" + "," * (len(COLUMNS) - 1) + "\r\n", Want(0, N, "feed.row_aside")),
    "a warning at the end": (GOOD + "Warning: MySQL server has gone away\r\n", Want(0, N, "feed.row_width")),
    "JSON now": (json.dumps(ROWS), FINE),
    "no header": (GOOD.partition("\r\n")[2], Want(HELD, N, "hold.empty")),
    "other names": (table(header="id,name,text,provider,ects,level,start,price,url"), Want(HELD, N, "hold.shape")),
    "another name for the key": (table(header=GOOD.partition("\r\n")[0].replace("id", "nr")), Want(HELD)),
    "rows shifted": (GOOD.replace("\r\nC-", "\r\n,C-"), Want(HELD, N, "hold.empty")),
    "columns swapped under their names": (
        table(but(title=lambda _, one: one["description"], description=lambda _, one: one["title"])),
        Want(HELD, N, "hold.other_records"),
    ),
    "cut within a row": (GOOD[: GOOD.index("C-038") + 12], Want(HELD, N, "feed.truncated")),
    "cut within quotes": (GOOD[: GOOD.index("C-025")] + '"C-025,Kurs', Want(3, N, "source.protocol")),
    "half of it": (table(ROWS[:20]), Want(HELD, N, "hold.withdrawals")),
    "three gone": (table(ROWS[:37]), Want(0, 37)),
    "one key for all": (table(but(id=lambda *_: "1.23E+12")), Want(HELD, N, "hold.withdrawals")),
    "zeros off the keys": (table(but(id=lambda n, _: str(n))), Want(HELD, N, "hold.rekeyed")),
    "keys moved on by one": (table(but(id=lambda n, _: f"C-{(n + 1) % N:03d}")), Want(HELD, N, "hold.other_records")),
    "keys of other courses": (
        table(but(title=lambda n, _: f"Fischzucht {n}", description=lambda n, _: f"Teiche {n}")),
        Want(HELD, N, "hold.other_records"),
    ),
    "another file": (table(but(id=lambda n, _: f"F{n}", title=lambda n, _: f"Fischzucht {n}")), Want(HELD)),
    "placeholders": (table(but(title=lambda *_: "Test")), Want(HELD, N, "hold.alike")),
    "spreadsheet errors": (table(but(title=lambda *_: "#N/A")), Want(HELD, N, "hold.alike")),
    "nothing costs anything": (table(but(price=lambda *_: "0.00")), Want(HELD, N, "hold.alike")),
    "cents": (table(but(price=lambda _, one: one["price"].replace(".", ""))), Want(HELD, N, "hold.scale")),
    "hours for credits": (table(but(ects=lambda _, one: str(25 * int(one["ects"])))), Want(HELD, N, "hold.scale")),
    "price and credits swapped": (
        table(but(price=lambda _, one: one["ects"], ects=lambda _, one: one["price"])),
        Want(HELD, N, "hold.scale"),
    ),
    "one address for all": (table(but(url=lambda *_: "https://x.example/")), Want(0, N, "feed.alike")),
    "no titles": (table(but(title=lambda *_: "")), Want(HELD)),
    "mojibake": (GOOD.encode().decode("latin-1"), Want(HELD, N, "hold.text_damaged")),
    "question marks": (GOOD.encode("ascii", "replace"), Want(HELD, N, "hold.text_damaged")),
    "an empty file": ("", Want(3, N, "source.cut")),
    "only the header": (GOOD.partition("\r\n")[0] + "\r\n", Want(HELD, N, "hold.empty")),
    "a page": ("<!doctype html><title>Sign in</title>", Want(3, N, "source.not_a_feed")),
    "an error in JSON": ('{"error": "quota exceeded"}', Want(3, N, "source.not_a_feed")),
    "a cut archive": (gzip.compress(GOOD.encode())[:-30], Want(3, N, "source.cut")),
    "a renamed member": (packed(kurse__csv=GOOD), FINE),
    "two members": (packed(kurse__csv=GOOD, alt__csv=table(ROWS[:5])), Want(3, N, "source.archive")),
}


def items(rows: Any = ROWS, **more: Any) -> str:
    return json.dumps({"items": rows, "total": N} | more)


JSON: dict[str, tuple[str | bytes, Want]] = {
    "UTF-16": (items().encode("utf-16"), FINE),
    "a name twice": (
        items().replace('"title": "Kurs 5 ', '"title": "X", "title": "Kurs 5 '),
        Want(0, N, "feed.duplicate_key"),
    ),
    "NaN in one": (items().replace('"105.50"', "NaN"), Want(0, N, "feed.unproven")),
    "brackets without end": (
        items().replace('"Kammer"', "[" * 5000 + "]" * 5000, 1),
        Want(0, N, "record.unmappable"),
    ),
    "a comma too many": (items().replace("}]", "},]"), Want(3, N, "source.protocol")),
    "cut": (items()[:2000], Want(3, N, "source.cut")),
    "more announced": (items(total=80), Want(HELD, N, "run.partial")),
    "an empty list": (items([], total=0), Want(HELD, N, "hold.empty")),
    "no list": (json.dumps({"data": ROWS}), Want(3, N, "source.not_a_feed")),
    "null": (items(None), Want(3)),
    "an error beside a part": (items(ROWS[:10], error="half of it", total=10), Want(HELD, N, "hold.withdrawals")),
    "numbers for keys": (items([one | {"id": n} for n, one in enumerate(ROWS)]), Want(HELD, N, "hold.rekeyed")),
}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    database = fresh_store(url)
    async with FeedServer() as server:
        yield World(server, database, tmp_path, url)
    database.dispose()


def live(world: World) -> int:
    counted = Counter(status for status, _ in state(world.database).values())
    return counted["active"] + counted["missing"]


def codes(report: RunReport) -> set[str]:
    return {one for one in (report.held_code, report.code, *report.issues) if one}


async def three_days(world: World, fetch: str, good: str, bad: str | bytes, want: Want) -> None:
    config = world.configure(HEAD.format("file") + TABLES, "/feed", fetch)
    contents = [good.encode(), bad.encode() if isinstance(bad, str) else bad]
    world.server.add("/feed", contents[0])
    first = await world.harvest(config)
    assert (exit_status([first]), live(world)) == (0, N)
    before = state(world.database)
    world.server.add("/feed", contents[1])
    second = await world.harvest(config)
    assert (exit_status([second]), live(world)) == (want.status, want.live), second
    assert want.code is None or want.code in codes(second), second
    if want.status:
        assert state(world.database) == before, "what was there stays as it was"
        assert (second.held_because or second.because).endswith((".", ")")), "one sentence"
    world.server.add("/feed", contents[0])
    third = await world.harvest(config)
    assert (exit_status([third]), live(world)) == (0, N), third


@pytest.mark.parametrize("case", CSV)
async def test_a_table(world: World, case: str) -> None:
    bad, want = CSV[case]
    await three_days(world, "[fetch]\n", GOOD, bad, want)


@pytest.mark.parametrize("case", JSON)
async def test_a_list_in_json(world: World, case: str) -> None:
    bad, want = JSON[case]
    await three_days(world, '[fetch]\nformat = "json"\nselect = "items"\ntotal = "total"\n', items(), bad, want)


async def test_a_clock_that_was_ahead_keeps_nothing_waiting(world: World) -> None:
    """A host that asked to wait, and a lease nobody gave back, both under a clock a year ahead."""
    config = world.configure(HEAD.format("file") + TABLES, "/feed")
    world.server.add("/feed", GOOD.encode())
    StoreHostBook(world.database).postpone(host_key(URL(config.url)), datetime.now(UTC) + timedelta(days=365))
    later = world.now + timedelta(days=365)
    acquire(world.database, "s", "elsewhere:1", timedelta(seconds=60), clock=lambda: later)
    assert exit_status([await world.harvest(config)]) == 0
    with world.database.read() as connection:
        assert postponed_hosts(connection, datetime.now(UTC), CREDIBLE) == {}
    StoreHostBook(world.database).postpone(host_key(URL(config.url)), datetime.now(UTC) + timedelta(days=366))
    with world.database.read() as connection:
        assert len(postponed_hosts(connection, datetime.now(UTC) + timedelta(days=366, hours=-1), CREDIBLE)) == 1


@pytest.mark.parametrize("length", [True, False])
async def test_a_table_cut_at_the_end_of_a_line_without_a_length_withdraws_nothing(world: World, length: bool) -> None:
    """Only the length says that there is no more; a connection that just ends says nothing."""
    content, part = [GOOD], GOOD[: GOOD.index("C-036")]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = content[0].encode()
        announced = b"Content-Length: %d\r\n" % len(body) if length else b""
        writer.write(b"HTTP/1.1 200 OK\r\n" + announced + b"Connection: close\r\n\r\n" + body)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/t.csv"
        config = msgspec.structs.replace(world.configure(HEAD.format("file") + TABLES, "/feed"), url=address)
        await world.harvest(config)
        content[0] = part
        second = await world.harvest(config)
        assert (exit_status([second]), second.counts["withdrawn"]) == (0, 4 if length else 0)
        assert ("feed.unproven" in second.issues) is not length
        content[0] = GOOD
        assert exit_status([await world.harvest(config)]) == 0
        assert live(world) == N


async def test_a_list_that_grows_beyond_measure_is_told_and_the_way_back_is_asked(world: World) -> None:
    """An archive that opens is an ordinary day; that it closes again is none."""
    config = world.configure(HEAD.format("file") + TABLES, "/feed")
    world.server.add("/feed", GOOD.encode())
    assert "feed.grown" not in codes(await world.harvest(config))
    world.server.add("/feed", table([row(number) for number in range(10 * N)]).encode())
    assert "feed.grown" not in codes(await world.harvest(config)), "ten times as long"
    world.server.add("/feed", table([row(number) for number in range(101 * N)]).encode())
    third = await world.harvest(config)
    assert (exit_status([third]), third.counts["added"], "feed.grown" in codes(third)) == (0, 91 * N, True)
    world.server.add("/feed", GOOD.encode())
    back = await world.harvest(config)
    assert (back.held_code, live(world)) == ("hold.withdrawals", 101 * N)
    assert "came with run" not in (back.held_because or ""), "400 of them came before"
    world.server.add("/feed", table([row(number) for number in range(10 * N)]).encode())
    back = await world.harvest(config)
    assert back.held_because == (
        "3,640 of 4,040 records are gone; 1,212 may go in one run. "
        f"All of them came with run {third.run}: the list is again what it was before."
    )


async def test_pages_that_moved_while_they_were_read_withdraw_nothing_passed_over(world: World) -> None:
    """A record went from the first page after it was read: the next ones begin one record late."""
    fetch = '[fetch]\npager = "offset"\nselect = "items"\ntotal = "total"\nsize_param = "limit"\nsize = 10\n'
    config = world.configure(HEAD.format("pages") + TABLES, "/api", fetch)
    moved = [False]

    async def serve(request: Any) -> Answer:
        begin = int(request.query.get("offset", "0"))
        rows = [one for one in ROWS if not (moved[0] and begin and one["id"] == "C-003")]
        return Answer(body=json.dumps({"items": rows[begin : begin + 10], "total": len(rows)}).encode())

    world.server.add("/api", serve)
    assert (await world.harvest(config)).counts["added"] == N
    moved[0] = True
    second = await world.harvest(config)
    assert (second.counts["seen"], second.counts["withdrawn"], second.counts["missing"]) == (N - 1, 0, 1)
    assert "feed.unproven" in second.issues
    moved[0] = False
    assert (await world.harvest(config)).counts["returned"] == 1
    assert live(world) == N
