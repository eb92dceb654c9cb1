"""Files that do not fit into memory: trees, objects on disk, rows; each refused like a small one."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from microharvest.connectors.protocols.file import elements
from microharvest.connectors.protocols.file.reader import Options, Reader

from microharvest.harvest.parse import Reading, parse_body
from microharvest.kit import (
    Batch,
    Body,
    DialectSettings,
    Document,
    Draft,
    Names,
    Record,
    objects_of,
    record_from_xml,
)
from microharvest.kit.manifest import load_dialect
from microharvest.kit.readers import xml_objects
from microharvest.map.apply import Defaults
from tests.bench.large import write_csv
from tests.unit.protocols.answers import answer
from tests.unit.protocols.file_answers import ASKED, URL, read


class TestLargeXml:
    def test_a_dialect_of_trees_gets_the_tree_and_one_of_objects_the_objects(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(elements, "MAX_TREE_BYTES", 100)
        text = "<list><part>" + "".join(f"<o id='{n}'><title>T{n}</title></o>" for n in range(9)) + "</part></list>"
        body = answer(tmp_path, text, url=URL)
        seen = []

        class Dialect:
            names, version = Names(), 1

            def cut(self, document: Document) -> Iterator[Record]:
                seen.append((document.xml is not None, document.objects is not None))
                for position in objects_of(document).positions(lambda tag: tag == "o"):
                    element = objects_of(document).at(position)
                    yield record_from_xml(element, self.names, native_id=element.get("id"))

            def map_record(self, record: Record, draft: Draft) -> None:
                draft.say("title", record.text("title"))

        def landed() -> list[str]:
            reading = Reading(protocol=Reader(Options(), URL), dialect=dialect, defaults=Defaults(), known={})
            return [one.native_id for parcel in parse_body(reading, body, ASKED) for one in parcel.landed]

        dialect = Dialect()
        assert landed() == [str(number) for number in range(9)]
        monkeypatch.setattr(Dialect, "reads_objects", True, raising=False)
        assert landed() == [str(number) for number in range(9)]
        assert seen == [(True, False), (False, True)]
        monkeypatch.undo()

    def test_a_tree_too_large_refuses_the_body(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(elements, "MAX_TREE_BYTES", 100)
        monkeypatch.setattr(xml_objects, "MAX_WHOLE_BYTES", 200)
        dialect = load_dialect("columns")(DialectSettings(columns={"title": "title"}))
        reading = Reading(protocol=Reader(Options(), URL), dialect=dialect, defaults=Defaults(), known={})
        body = answer(tmp_path, "<list>" + "<o/>" * 100 + "</list>", url=URL)
        (parcel,) = parse_body(reading, body, ASKED)
        assert parcel.refused is not None
        assert (parcel.refused.code, parcel.landed, parcel.evidence) == ("source.too_large", [], None)

    @pytest.mark.parametrize("select", ["", "o"])
    @pytest.mark.parametrize(
        ("content", "code"),
        [
            ('<!DOCTYPE a [<!ENTITY x "y">]><a><o>&x;</o></a>', "source.protocol"),
            ("<a><o>1</o><o>", "source.cut"),
            ("<a><o>1</o><o></a>", "source.cut"),
            ("<html><body>x</body></html>", "source.not_a_feed"),
        ],
    )
    def test_what_streams_is_refused_like_what_does_not(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, select: str, content: str, code: str
    ) -> None:
        small = read(tmp_path, content, select=select)
        monkeypatch.setattr(elements, "MAX_TREE_BYTES", 3)
        large = read(tmp_path, content, select=select)
        assert (small.refusal and small.refusal[0]) == (large.refusal and large.refusal[0])
        assert small.refused is not None
        assert small.refused.code in {code, "source.protocol"}


def test_thirty_thousand_rows_take_no_memory(tmp_path: Path) -> None:
    source = tmp_path / "large.csv"
    write_csv(source, 30_000)
    body = Body(path=source, url=URL, size=source.stat().st_size)
    tracemalloc.start()
    try:
        batches = (one for one in Reader(Options(), URL).parse(body, ASKED) if isinstance(one, Batch))
        count = sum(len(one.documents) for one in batches)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 30_000
    assert peak < 6_000_000  # 30,000 dicts of five cells take four times as much
