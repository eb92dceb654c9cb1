"""More of what one address may give on a bad day: tables, workbooks, JSON, XML, RDF, archives, pages and sites.

As in `test_bad_days`: a good day, the bad one, a good one again. What is benign ends with status 0 and every record as
it was; what is not is loud and takes nothing away; the third day needs nobody.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest
from sqlalchemy import text

from microharvest.harvest.report import exit_status
from tests.integration.test_bad_days import (
    COLUMNS,
    FINE,
    GOOD,
    HEAD,
    HELD,
    ROWS,
    TABLES,
    N,
    Row,
    Want,
    but,
    codes,
    items,
    live,
    packed,
    table,
    world,
)
from tests.integration.test_harvest import World

__all__ = ["world"]

SAME = Want(0, N, "same")  # not a word of any record differs
LOUD = Want(3)
COLS = HEAD.format("file") + TABLES
ELM = HEAD.format("file").replace('"columns"', '"elm"') + '[withdraw]\nruns = 1\ngrace = "P0D"\n'


def quoted(rows: list[Row] = ROWS, delimiter: str = ",", names: tuple[str, ...] = COLUMNS) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(names)
    writer.writerows([one[name] for name in names] for one in rows)
    return out.getvalue()


def lines(change: Callable[[int, str], str]) -> str:
    """The good table, line by line; 0 is the header."""
    return "".join(change(number, line) for number, line in enumerate(GOOD.splitlines(keepends=True)))


CSV: dict[str, tuple[str | bytes, Want]] = {
    "names in capitals": (table(header=",".join(COLUMNS).upper()), Want(HELD, N, "hold.empty")),
    "quotes and a byte order mark": ("\ufeff" + quoted(), SAME),
    "a column more in the middle": (table(names=(*COLUMNS[:4], "url", *COLUMNS[4:-1])), Want(0, N)),
    "a column split in two": (
        table(header=",".join(COLUMNS).replace("title", "title_1").replace("description", "title_2")),
        Want(HELD, N, "hold.shape"),
    ),
    "commas for points": (table(but(price=lambda _, one: one["price"].replace(".", ",")), ";"), FINE),
    "points for thousands": (
        table(but(price=lambda _, one: "1." + one["price"].replace(".", ",")), ";"),
        Want(HELD, N, "hold.scale"),
    ),
    "days first": (table(but(start=lambda _, one: "/".join(one["start"].split("-")[::-1]))), SAME),
    "months first": (
        table(but(start=lambda _, one: "{1}/{2}/{0}".format(*one["start"].split("-")))),
        SAME,
    ),
    "days or months": (
        table(but(start=lambda n, _: f"0{1 + n % 9}/0{1 + (n + 3) % 9}/2027")),
        Want(HELD, N, "hold.fill_dropped"),
    ),
    "two digits of the year": (table(but(start=lambda _, one: one["start"][2:])), Want(HELD, N, "hold.fill_dropped")),
    "a quote that opens late": (lines(lambda n, line: line.replace("Kurs", '"Kurs') if n == 36 else line), LOUD),
    "a quote within a field": (
        lines(lambda n, line: line.replace("Tischler", '"Tischler"') if n == 36 else line),
        Want(0),
    ),
    "mixed line ends": (lines(lambda n, line: line.replace("\r\n", "\n") if n % 2 else line), SAME),
    "blank lines between rows": (GOOD.replace("\r\n", "\r\n\r\n"), SAME),
    "lines of commas at the end": (GOOD + ",,,,,,,,\r\n" * 20, SAME),
    "a comma at every end": (GOOD.replace("\r\n", ",\r\n"), SAME),
    "a comment above": ("# exported 2026-11-25\r\n" + GOOD, Want(HELD)),
    "another table below": (GOOD + "\r\nPlace,Rooms\r\nUlm,5\r\nBonn,7\r\n", Want(0, N, "feed.row_width")),
    "one row in Latin-1": (
        b"".join(
            line.encode("latin-1" if n == 20 else "utf-8") for n, line in enumerate(GOOD.splitlines(keepends=True))
        ),
        Want(0, N, "feed.encoding_damaged"),
    ),
    "words for nothing": (table(but(description=lambda *_: "NULL")), Want(HELD, N, "hold.alike")),
    "entities of HTML": (GOOD.replace("ü", "&uuml;"), SAME),
    "in another order": (table(ROWS[::-1]), SAME),
    "blanks around the keys": (table(but(id=lambda _, one: f"  {one['id']}\xa0")), SAME),
    "keys in small letters": (table(but(id=lambda _, one: one["id"].lower())), Want(HELD, N, "hold.rekeyed")),
    "every row twice, the second bare": (
        GOOD + "".join(f"{one['id']},{one['title']},,,,,,,\r\n" for one in ROWS),
        Want(0, N, "record.duplicate"),
    ),
    "bytes of zero at the end": (GOOD.encode() + bytes(512), Want(HELD, N, "feed.truncated")),
    "a column name twice": (table(header=",".join(COLUMNS).replace("description", "title")), Want(HELD)),
    "two semicolons": (GOOD.replace(",", ";;"), SAME),
    "a title over two lines": (GOOD.replace("Kurs 5 für Tischler", '"Kurs 5 für\r\nTischler"'), SAME),
    "rows of an older export": (
        table([one | {"title": f"Alt: {one['title']}"} for one in ROWS[:8]] + ROWS[8:]),
        Want(0),
    ),
}


def with_names(*members: tuple[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return target.getvalue()


def tarred() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        info = tarfile.TarInfo("kurse.csv")
        info.size = len(GOOD.encode())
        archive.addfile(info, io.BytesIO(GOOD.encode()))
    return target.getvalue()


CSV |= {
    "with the litter of a Mac": (
        with_names(
            ("kurse.csv", GOOD.encode()),
            ("__MACOSX/._kurse.csv", b"\0\5"),
            (".DS_Store", b"\0"),
            ("LIESMICH.txt", b"Neu"),
        ),
        SAME,
    ),
    "an archive in an archive": (with_names(("a.zip", packed(kurse__csv=GOOD))), Want(3, N, "source.unsafe_archive")),
    "an empty archive": (with_names(), LOUD),
    "an archive with a password": (
        with_names(("kurse.csv", GOOD.encode())).replace(b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0"),
        LOUD,
    ),
    "packed twice": (gzip.compress(gzip.compress(GOOD.encode())), LOUD),
    "a tar": (tarred(), Want(HELD, N, "hold.refused")),
}


def book(rows: list[list[Any]], *, before: list[tuple[str, list[list[Any]], str]] = [], merge: str = "") -> bytes:  # noqa: B006
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for title, cells, shown in [*before, ("Kurse", rows, "visible")]:
        sheet = made.create_sheet(title)
        for cell in cells:
            sheet.append(cell)
        sheet.sheet_state = shown
    if merge:
        made.worksheets[-1].merge_cells(merge)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def cells(change: Callable[[str, str], Any] = lambda name, value: value) -> list[list[Any]]:
    return [list(COLUMNS), *([change(name, one[name]) for name in COLUMNS] for one in ROWS)]


def typed(name: str, value: str) -> Any:
    if name in {"ects", "level"}:
        return int(value)
    return date.fromisoformat(value) if name == "start" else float(value) if name == "price" else value


def serial(name: str, value: str) -> Any:
    return (date.fromisoformat(value) - date(1899, 12, 30)).days if name == "start" else value


XLSX: dict[str, tuple[str | bytes, Want]] = {
    "numbers and dates": (book(cells(typed)), Want(0)),
    "dates as serial numbers": (book(cells(serial)), Want(HELD, N, "hold.fill_dropped")),
    "a hidden sheet first": (book(cells(), before=[("Alt", cells()[:5], "hidden")]), SAME),
    "a sheet of notes first": (
        book(cells(), before=[("Info", [["Stand", "Heute"], ["a", "b"]], "visible")]),
        Want(HELD),
    ),
    "a title over all columns": (book([["Kursliste 2026"], *cells()], merge="A1:I1"), SAME),
    "formulas nobody reckoned": (
        book(cells(lambda name, value: f"={value}+0" if name == "ects" else value)),
        Want(HELD),
    ),
    "keys by formula": (book(cells(lambda name, value: "=A1" if name == "id" else value)), Want(HELD, N, "hold.empty")),
    "a provider for all rows, merged": (book(cells(), merge="D2:D41"), Want(HELD, N, "hold.shape")),
    "totals below": (book([*cells(), ["Summe", None, None, None, 120]]), Want(0, N, "feed.row_aside")),
    "a table again": (GOOD, SAME),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4000), LOUD),
    "a page called .xls": ("<html><table><tr><td>id</td></tr></table></html>", Want(3, N, "source.not_a_feed")),
    "cut": (book(cells())[:-200], LOUD),
}

JSON: dict[str, tuple[str | bytes, Want]] = {
    "a byte order mark": ("\ufeff" + items(), SAME),
    "nothing but keys": (
        items([{name: one[name] if name == "id" else None for name in COLUMNS} for one in ROWS]),
        Want(HELD),
    ),
    "an object by key": (items({one["id"]: one for one in ROWS}), Want(HELD, N, "run.partial")),
    "one object for a list": (items(ROWS[0], total=1), Want(HELD)),
    "one level deeper": (items({"item": ROWS}), Want(HELD, N, "run.partial")),
    "numbers for texts": (items([one | {"ects": int(one["ects"]), "level": int(one["level"])} for one in ROWS]), SAME),
    "the total as text": (items(total=str(N)), SAME),
    "the total of nothing": (items(total=None), SAME),
    "titles by language": (items([one | {"title": {"de": one["title"]}} for one in ROWS]), Want(HELD, N, "hold.shape")),
    "names in capitals": (items([{name.upper(): value for name, value in one.items()} for one in ROWS]), Want(HELD)),
    "for a script": (f"callback({items()});", LOUD),
    "behind a guard": (")]}',\n" + items(), LOUD),
    "two documents": (items() + items(), LOUD),
    "lines": ("\n".join(map(json.dumps, ROWS)), LOUD),
    "JSON in JSON": (json.dumps(items()), LOUD),
    "a null among them": (items([*ROWS, None]), Want(0)),
    "an empty object among them": (items([*ROWS, {}]), Want(0)),
    "lists for texts": (items([one | {"provider": [one["provider"]]} for one in ROWS]), Want(0)),
    "1e999 in one": (items().replace('"105.50"', "1e999"), Want(0, N)),
    "half a surrogate": (items().replace("Kurs 5 ", "Kurs \\ud83d 5 "), Want(0, N)),
    "a next page": (items(ROWS[:30], total=30, next="/feed?page=2"), Want(0, 30)),
    "NUL in a title": (items().replace("Kurs 5 ", "Kurs\\u0000 5 "), Want(0, N)),
    "bytes of Latin-1": (json.dumps({"items": ROWS, "total": N}, ensure_ascii=False).encode("latin-1"), LOUD),
}


def said(world: World) -> dict[str, tuple[str, Any]]:
    """What every record says, whatever it rests on."""
    query = text("SELECT r.native_id, r.status, v.doc FROM record r JOIN version v ON v.id = r.head")
    with world.database.read() as connection:
        rows = [(one, status, json.loads(bytes(doc))) for one, status, doc in connection.execute(query)]
    return {one: (status, {name: value for name, value in doc.items() if name != "basis"}) for one, status, doc in rows}


async def days(world: World, fetch: str, good: str | bytes, bad: str | bytes, want: Want, head: str = COLS) -> None:
    """Like `three_days`, and `SAME` means that not a word of any record differs."""
    config = world.configure(head, "/feed", fetch)
    contents = [one.encode() if isinstance(one, str) else one for one in (good, bad)]
    world.server.add("/feed", contents[0])
    assert (exit_status([await world.harvest(config)]), live(world)) == (0, N)
    before = said(world)
    world.server.add("/feed", contents[1])
    second = await world.harvest(config)
    assert (exit_status([second]), live(world)) == (want.status, want.live), second
    assert want.code in {None, "same"} or want.code in codes(second), second
    if want.status or want.code == "same":
        assert said(world) == before, second
    assert not want.status or second.held_because or second.because
    world.server.add("/feed", contents[0])
    third = await world.harvest(config)
    assert (exit_status([third]), live(world), said(world)) == (0, N, before), third


@pytest.mark.parametrize("case", CSV)
async def test_a_table(world: World, case: str) -> None:
    bad, want = CSV[case]
    await days(world, "[fetch]\n", GOOD, bad, want)


@pytest.mark.parametrize("case", XLSX)
async def test_a_workbook(world: World, case: str) -> None:
    bad, want = XLSX[case]
    await days(world, "[fetch]\n", book(cells()), bad, want)


@pytest.mark.parametrize("case", JSON)
async def test_a_list_in_json(world: World, case: str) -> None:
    bad, want = JSON[case]
    await days(world, '[fetch]\nformat = "json"\nselect = "items"\ntotal = "total"\n', items(), bad, want)


def course_xml(one: Row) -> str:
    return (
        f'<learningOpportunity id="urn:x:{one["id"]}"><title language="de">{one["title"]}</title>'
        f'<description language="de">{one["description"]}</description></learningOpportunity>'
    )


def loq(rows: list[Row] = ROWS, name: str = "Courses") -> str:
    listed = "".join(map(course_xml, rows))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="http://data.europa.eu/snb/model/ap/loq-constraints/" '
        f'xsdVersion="3.1.0"><learningOpportunityReferences>{listed}</learningOpportunityReferences></{name}>'
    )


XML: dict[str, tuple[str | bytes, Want]] = {
    "UTF-16": (loq().replace("UTF-8", "UTF-16").encode("utf-16"), SAME),
    "Latin-1 that says so": (loq().replace("UTF-8", "ISO-8859-1").encode("latin-1"), SAME),
    "Latin-1 that says UTF-8": (loq().encode("latin-1"), SAME),
    "a style sheet and comments": (loq().replace("?>", '?><?xml-stylesheet href="a.xsl"?><!-- 40 -->', 1), SAME),
    "in CDATA": (loq(but(title=lambda _, one: f"<![CDATA[{one['title']}]]>")), SAME),
    "a DOCTYPE": (loq().replace("?>\n", '?>\n<!DOCTYPE Courses SYSTEM "x.dtd">\n', 1), LOUD),
    "an entity of HTML": (loq().replace("ü", "&uuml;", 1), SAME),
    "blanks before the declaration": (" \n" + loq(), SAME),
    "cut": (loq()[:-200], Want(3, N, "source.cut")),
    "cut and closed again": (loq(ROWS[:15]), Want(HELD, N, "hold.withdrawals")),
    "another root": (loq(name="Kurse"), Want(0)),
    "an error in XML": ("<error><code>503</code><message>Busy</message></error>", Want(HELD, N, "hold.empty")),
    "a page in XHTML": ('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>', LOUD),
    "an empty list": (loq([]), Want(HELD, N, "hold.empty")),
    "an empty root": ("<Courses/>", Want(HELD, N, "hold.empty")),
    "a title emptied": (loq(but(title=lambda *_: "")), Want(HELD)),
    "one without id": (loq().replace(' id="urn:x:C-005"', ""), Want(0)),
    "two with one id": (loq().replace("urn:x:C-006", "urn:x:C-005"), Want(0, N)),
    "a child in another namespace": (loq().replace("</title>", '</title><x:y xmlns:x="urn:x">?</x:y>'), SAME),
    "packed": (gzip.compress(loq().encode()), SAME),
}


@pytest.mark.parametrize("case", XML)
async def test_a_list_in_xml(world: World, case: str) -> None:
    bad, want = XML[case]
    await days(world, '[fetch]\nformat = "xml"\n', loq(), bad, want, ELM)


def turtle(rows: list[Row] = ROWS, prefix: str = "elm") -> str:
    head = f"@prefix {prefix}: <http://data.europa.eu/snb/model/elm/> .\n@prefix dct: <http://purl.org/dc/terms/> .\n"
    return head + "".join(
        f'<urn:x:{one["id"]}> a {prefix}:LearningOpportunity ; dct:title "{one["title"]}"@de ;'
        f' dct:description "{one["description"]}"@de .\n'
        for one in rows
    )


RDF: dict[str, tuple[str | bytes, Want]] = {
    "another prefix": (turtle(prefix="e"), SAME),
    "in another order": (turtle(ROWS[::-1]), SAME),
    "every triple twice": (turtle() + turtle(), SAME),
    "a triple that is none": (turtle() + "<urn:x:1> a .\n", LOUD),
    "cut within a triple": (turtle()[:-30], LOUD),
    "cut behind a triple": (turtle(ROWS[:35]), Want(0, 35)),
    "half of it": (turtle(ROWS[:20]), Want(HELD, N, "hold.withdrawals")),
    "a page": ("<!doctype html><title>Sign in</title>", Want(3, N, "source.not_a_feed")),
    "another class": (turtle().replace("LearningOpportunity", "LearningOffer"), Want(HELD, N, "hold.empty")),
    "Latin-1": (turtle().encode("latin-1"), LOUD),
    "a second title in a language": (turtle().replace("@de ;", '@de, "Course"@en ;', 1), Want(0)),
}


@pytest.mark.parametrize("case", RDF)
async def test_a_graph(world: World, case: str) -> None:
    bad, want = RDF[case]
    await days(world, '[fetch]\nformat = "rdf"\n', turtle(), bad, want, ELM)


LINES = "".join(json.dumps(one) + "\n" for one in ROWS)
JSONL: dict[str, tuple[str | bytes, Want]] = {
    "blank lines and Windows ends": (LINES.replace("\n", "\r\n\r\n"), SAME),
    "the last line cut": (LINES[:-20], Want(HELD, N, "feed.truncated")),
    "no end of the last line": (LINES[:-1], Want(0)),
    "cut behind a line": (LINES[: LINES.index('{"id": "C-037"')], Want(0, 37)),
    "one line of noise": (LINES.replace("\n", "\nnull\n", 1), Want(0)),
    "a warning among them": (LINES.replace("\n", "\nWarning: out of memory\n", 1), Want(0)),
    "a list now": (json.dumps(ROWS), Want(HELD, N, "feed.truncated")),
    "two objects a line": (LINES.replace("}\n{", "}{", 1), Want(0)),
    "an error": ('{"error": "quota exceeded"}\n', Want(HELD, N, "hold.empty")),
}


@pytest.mark.parametrize("case", JSONL)
async def test_lines_of_json(world: World, case: str) -> None:
    bad, want = JSONL[case]
    await days(world, '[fetch]\nformat = "jsonl"\n', LINES, bad, want)
