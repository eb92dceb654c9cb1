"""Records told by their bytes: whatever a page looks like, it is read as it would be without knowing anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from microharvest.connectors.dialects.oai_dc.mapping import Mapping
from microharvest.connectors.protocols.oai_pmh import page as page_module
from microharvest.connectors.protocols.oai_pmh.reader import Options, Reader

from microharvest.harvest.parse import Reading, parse_body
from microharvest.kit.dialect import DialectSettings
from microharvest.kit.protocol import Body, Request
from microharvest.map.apply import Defaults
from microharvest.store.parcel import Landed, Parcel

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"'
MORE = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><responseDate>{date}</responseDate><ListRecords>'
END = "<resumptionToken/></ListRecords></OAI-PMH>"
LIST = Request(lane="l", url="http://127.0.0.1/oai?verb=ListRecords")


def record(number: int, title: str = "Course", *, stamp: str = "2026-01-01", status: str = "") -> str:
    """One <record> as most servers write it."""
    dc = (
        '<metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title} {number}</dc:title></oai_dc:dc></metadata>'
    )
    header = f"<identifier>oai:x:{number}</identifier><datestamp>{stamp}</datestamp><setSpec>a</setSpec>"
    return f"<record><header{status}>{header}</header>{'' if status else dc}</record>"


def listed(*records: str, head: str = HEAD, date: str = "2026-11-25T03:00:00Z", between: str = "\n") -> str:
    return head + MORE.format(date=date) + between.join(records) + END


def parcels(tmp_path: Path, content: str | bytes, known: Any, *, recognise: bool = True) -> list[Parcel]:
    mapping = Mapping(DialectSettings())
    if not recognise:
        mapping.one_record = False
    reading = Reading(protocol=Reader(Options(), LIST.url), dialect=mapping, defaults=Defaults(), known=known)
    path = tmp_path / "body"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(parse_body(reading, Body(path=path, url=LIST.url, size=path.stat().st_size), LIST))


def landed(found: list[Parcel]) -> list[Landed]:
    return [one for parcel in found for one in parcel.landed]


def known_of(tmp_path: Path, content: str) -> dict[int, bytes]:
    return {one.id_hash: one.raw_hash for one in landed(parcels(tmp_path, content, {}))}


def both_ways(tmp_path: Path, content: str | bytes, known: Any) -> list[Landed]:
    """What recognising gives; it must be what reading everything gives."""
    plain = parcels(tmp_path, content, known, recognise=False)
    quick = parcels(tmp_path, content, known)
    assert quick == plain
    return landed(quick)


ORDINARY = [record(number) for number in range(30)]
ODD = {
    "other date, other order": listed(*reversed(ORDINARY), date="2027-01-01T00:00:00Z"),
    "no records": listed(),
    "one changed": listed(*ORDINARY[:9], record(9, "Changed"), *ORDINARY[10:]),
    "first twenty changed": listed(*(record(number, "Changed") for number in range(25)), *ORDINARY[25:]),
    "new stamp": listed(*ORDINARY[:3], record(3, stamp="2026-05-05")),
    "deleted": listed(*ORDINARY[:3], record(3, status=' status="deleted"')),
    "twice": listed(*ORDINARY[:3], ORDINARY[1]),
    "new ones between": listed(ORDINARY[0], record(77), ORDINARY[1], record(78)),
    "in a comment": listed(ORDINARY[0], f"<!-- {ORDINARY[1]} -->", ORDINARY[2]),
    "in CDATA": listed(ORDINARY[0], f"<record><![CDATA[{ORDINARY[1]}]]></record>", ORDINARY[2]),
    "within another": listed(ORDINARY[0], record(50).replace("<dc:title>", ORDINARY[1] + "<dc:title>"), ORDINARY[2]),
    "in about": listed(ORDINARY[0], record(50).replace("</record>", f"<about>{ORDINARY[1]}</about></record>")),
    "an empty record": listed(ORDINARY[0], "<record/>", ORDINARY[1]),
    "a numbered record": listed(ORDINARY[0], '<record n="1"/>', ORDINARY[1]),
    "a numbered record for one in a comment": listed(
        ORDINARY[0], f"<!-- {ORDINARY[1]} -->", '<record n="1"/>', ORDINARY[2]
    ),
    "cut": listed(*ORDINARY)[:-30],
    "cut in a record": listed(*ORDINARY[:2])[:-120],
    "broken record": listed(ORDINARY[0], record(50, "A & B"), ORDINARY[1]),
    "broken envelope": listed(*ORDINARY[:3], between=" & "),
    "DOCTYPE": listed(*ORDINARY[:3], head=HEAD.replace("\n", "\n<!DOCTYPE x []>")),
    "other namespace": listed(*ORDINARY[:3], head=HEAD.replace("OAI/2.0/", "OAI/2.1/")),
    "other declarations": listed(*ORDINARY[:3], head=HEAD + ' xmlns:y="urn:y"'),
    "no declaration": listed(*ORDINARY[:3], head=HEAD.partition("\n")[2]),
    "Latin 1": listed(*ORDINARY[:3], head=HEAD.replace("UTF-8", "ISO-8859-1")),
    "text between": listed(*ORDINARY[:3], between=" text "),
    "carriage returns": listed(*ORDINARY[:3]).replace("<header>", "\r\n<header>"),
    "an item": listed(*ORDINARY[:1]).replace("ListRecords", "GetRecord"),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_page_is_read_as_ever(tmp_path: Path, name: str) -> None:
    known = known_of(tmp_path, listed(*ORDINARY))
    assert len(known) == 30
    both_ways(tmp_path, ODD[name], known)


def test_a_page_in_another_encoding_is_never_taken_for_known(tmp_path: Path) -> None:
    text = listed(record(1, "Gr\u00fc\u00dfe"))
    found = both_ways(tmp_path, text.replace("UTF-8", "ISO-8859-1").encode(), known_of(tmp_path, text))
    assert [one.unchanged for one in found] == [False]


def test_no_tree_is_built_of_what_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = known_of(tmp_path, listed(*ORDINARY))
    read: list[Any] = []
    monkeypatch.setattr(page_module, "read_record", lambda *given: read.append(given))
    found = landed(parcels(tmp_path, ODD["other date, other order"], known))
    assert [one.native_id for one in found] == [f"oai:x:{number}" for number in reversed(range(30))]
    assert all(one.unchanged for one in found)
    assert read == []


def test_an_answer_that_does_not_say_what_was_asked_is_one_all_the_same(tmp_path: Path) -> None:
    assert "<request" not in listed(*ORDINARY)
    assert parcels(tmp_path, listed(*ORDINARY), {})[-1].refused is None


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.booleans(), st.sampled_from(["", "<!-- x -->", " ", "<a/>", "text"]))),
    st.sets(st.integers(0, 12)),
)
def test_any_mixture(
    tmp_path_factory: pytest.TempPathFactory, items: list[tuple[int, bool, str]], known: set[int]
) -> None:
    folder = tmp_path_factory.mktemp("mixed")
    accepted = known_of(folder, listed(*(record(number) for number in sorted(known))))
    both_ways(folder, listed(*(record(n, "New" if new else "Course") + after for n, new, after in items)), accepted)
