"""Every hostile file through every reader of bodies: no crash, no trap sprung, each refusal with its code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from microharvest.connectors.protocols.file.formats import FORMATS
from microharvest.connectors.protocols.file.options import Options as FileOptions
from microharvest.connectors.protocols.file.reader import Reader as FileReader
from microharvest.connectors.protocols.pages.reader import Options as PagesOptions
from microharvest.connectors.protocols.pages.reader import Reader as PagesReader

from microharvest.errors import ERROR_CODES
from microharvest.kit import Body, Request
from microharvest.model.issue import ISSUE_CODES
from tests.unit.protocols.answers import Read

URL = "https://feed.example/"
ASKED = Request(lane="file", url=URL)
CANARY = "root:x:0:0"

OWN: dict[str, tuple[str | None, int, list[str]]] = {
    # file of hostile/own -> (refusal, documents, findings and rejections)
    "csv/bom_utf8.csv": (None, 1, []),
    "csv/dup_header.csv": (None, 1, ["feed.header_duplicate"]),
    "csv/empty.csv": ("source.cut", 0, []),
    "csv/field_131073.csv": (None, 1, []),
    "csv/formula.csv": (None, 14, []),
    "csv/header_only.csv": (None, 0, []),
    "csv/html_error_page.csv": ("source.not_a_feed", 0, []),
    "csv/latin1.csv": (None, 1, ["feed.encoding_guessed"]),
    "csv/lone_cr.csv": (None, 2, []),
    "csv/mixed_utf8_latin1.csv": (None, 2, ["feed.encoding_damaged"]),
    "csv/nul.csv": (None, 1, []),
    "csv/quote_garbage.csv": ("source.protocol", 0, []),
    "csv/ragged.csv": (None, 0, ["feed.row_width", "feed.row_width"]),
    "csv/semicolon_decimal_comma.csv": (None, 1, []),
    "csv/sep_line.csv": (None, 1, []),
    "csv/tab.csv": (None, 1, []),
    "csv/truncated_last_row.csv": (None, 2, ["feed.row_width", "feed.truncated"]),
    "csv/unbalanced_quote_swallows_file.csv": ("source.protocol", 0, []),
    "csv/utf16le_bom.csv": (None, 1, []),
    "json/bom.json": (None, 1, []),
    "json/depth_100k.json": ("source.cut", 0, []),
    "json/dup_keys.json": (None, 1, ["feed.duplicate_key"]),
    "json/empty_array.json": (None, 0, []),
    "json/error_envelope_200.json": ("source.not_a_feed", 0, []),
    "json/int_2_64.json": (None, 1, []),
    "json/int_4301_digits.json": ("source.protocol", 0, ["record.unmappable"]),
    "json/jsonl_truncated.jsonl": (None, 2, ["feed.truncated", "record.unmappable"]),
    "json/key_1_vs_one.json": (None, 1, []),
    "json/lone_surrogate.json": ("source.protocol", 0, []),
    "json/nan.json": ("source.protocol", 0, []),
    "json/nul.json": (None, 1, []),
    "json/truncated_array.json": ("source.cut", 0, []),
    "xml/attlist_default_amplification.xml": ("source.protocol", 0, []),
    "xml/bad_utf8.xml": (None, 1, ["feed.repaired"]),
    "xml/billion_laughs.xml": ("source.protocol", 0, []),
    "xml/billion_laughs_attr.xml": ("source.protocol", 0, []),
    "xml/ctrl_chars.xml": (None, 1, ["feed.repaired"]),
    "xml/deep_300.xml": ("source.protocol", 0, []),
    "xml/entity_in_title.xml": ("source.protocol", 0, []),
    "xml/entity_loop.xml": ("source.protocol", 0, []),
    "xml/ext_dtd.xml": ("source.protocol", 0, []),
    "xml/html_error_200.xml": ("source.not_a_feed", 0, []),
    "xml/param_xxe.xml": ("source.protocol", 0, []),
    "xml/rdf_namespace_entities_legit.xml": ("source.protocol", 0, []),
    "xml/truncated.xml": ("source.cut", 0, []),
    "xml/two_roots.xml": ("source.cut", 0, []),
    "xml/undeclared_html_entity.xml": (None, 1, ["feed.repaired"]),
    "xml/xinclude.xml": (None, 1, []),
    "xml/xxe_file.xml": ("source.protocol", 0, []),
    "xml/xxe_http.xml": ("source.protocol", 0, []),
    "xml/xxe_utf16.xml": ("source.protocol", 0, []),
    "xml/xxe_utf7.xml": ("source.protocol", 0, []),
}

pytestmark = pytest.mark.shared


def body_of(path: Path) -> Body:
    return Body(path=path, url=URL + path.name, size=path.stat().st_size)


def through_file(path: Path, **options: Any) -> Read:
    return Read(FileReader(msgspec.convert(options, FileOptions), URL).parse(body_of(path), ASKED))


def hostile_files(shared: Path) -> list[Path]:
    return sorted(path for path in (shared / "hostile").rglob("*") if path.is_file())


def text_of(found: Read) -> str:
    """Everything that was taken in, as text."""
    trees = ["".join(one.xml.itertext()) for one in found.documents if one.xml is not None]
    return repr([found.values, trees])


def test_what_becomes_of_each_file_of_our_own(shared: Path) -> None:
    said = {}
    for folder in ("csv", "json", "xml"):
        for path in sorted((shared / "hostile" / "own" / folder).iterdir()):
            found = through_file(path)
            codes = sorted([*found.codes, *(one.code for one in found.rejected)])
            said[f"{folder}/{path.name}"] = (found.refusal and found.refusal[0], len(found.documents), codes)
    assert said == OWN


@pytest.mark.parametrize("format_", ["auto", *FORMATS])
@pytest.mark.parametrize("select", ["", "a"])
def test_every_file_through_every_format(shared: Path, format_: str, select: str) -> None:
    files = hostile_files(shared)
    assert len(files) > 400
    for path in files:
        found = through_file(path, format=format_, select=select)
        assert found.refused is not None or found.ended is not None, path
        assert found.refused is None or found.refused.code in ERROR_CODES, path
        assert all(one.code in ISSUE_CODES for one in [*found.findings, *found.rejected]), path
        assert CANARY not in text_of(found), path


@pytest.mark.parametrize("pager", ["next", "page"])
@pytest.mark.parametrize("select", ["", "a"])
def test_every_file_as_a_page(shared: Path, pager: str, select: str) -> None:
    reader = PagesReader(msgspec.convert({"pager": pager, "select": select}, PagesOptions), URL)
    (first,) = reader.start({}, None, full=True)  # type: ignore[arg-type]  # no clock is read
    for path in hostile_files(shared):
        found = Read(reader.parse(body_of(path), first))
        assert found.refused is not None or found.ended is not None or found.follow, path
        assert found.refused is None or found.refused.code in ERROR_CODES, path
        assert CANARY not in text_of(found), path


def test_json_verdicts_are_those_of_the_suite(shared: Path) -> None:
    """y_ must be read, n_ must not; a value that is no list and no object is no feed, whatever its syntax."""
    verdicts = {"y": 0, "n": 0}
    for path in sorted((shared / "hostile" / "json" / "JSONTestSuite" / "test_parsing").glob("[yn]_*.json")):
        found = through_file(path, format="json")
        is_container = path.read_bytes().strip()[:1] in (b"[", b"{")
        broken = found.refused is not None or any("Not a JSON object" not in one.detail for one in found.rejected)
        if path.name.startswith("n_"):
            assert broken, path.name
        elif is_container:
            assert not broken, path.name
            assert found.ended is True, path.name
        verdicts[path.name[0]] += 1
    assert verdicts["y"] > 80
    assert verdicts["n"] > 170


def test_csv_spectrum_is_read_as_it_says(shared: Path) -> None:
    folder = shared / "hostile" / "csv" / "csv-spectrum"
    for path in sorted((folder / "csvs").glob("*.csv")):
        if path.stem == "location_coordinates":
            continue  # the suite's own table and its JSON name different telephone numbers
        expected = msgspec.json.decode((folder / "json" / f"{path.stem}.json").read_bytes())
        found = through_file(path, format="csv")
        expected = expected if isinstance(expected, list) else [expected]
        filled = [{name: cell.replace("\r\n", "\n") for name, cell in row.items() if cell.strip()} for row in expected]
        assert found.values == [row for row in filled if row], path.name
