"""One file: every format read exactly, every doubt counted, and nothing taken for an end that is none."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import zipfile
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
import openpyxl
import pytest
from microharvest.connectors.protocols.file.formats import FORMATS
from microharvest.connectors.protocols.file.reader import Options, Reader

from microharvest.clock import utc_now
from microharvest.kit import (
    Body,
    Failure,
)
from tests.unit.protocols.answers import Read
from tests.unit.protocols.file_answers import ASKED, URL, read

CSV = "code,title,ects\nA1,Data,5\nB2,Health,\n"


def zipped(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def workbook(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_one_request_for_everything() -> None:
    own = Reader(Options(conditional=False), URL)
    assert own.scope({"watermark": "2026-01-01"}, full=False) == "full"
    (first,) = own.start({}, utc_now(), full=False)
    assert (first.lane, first.kind, first.url, first.conditional) == ("file", "list", URL, False)
    assert own.failed(first, Failure(code="source.http")).lane == "incomplete"
    assert own.peek(b"x", first) == []


@pytest.mark.parametrize("options", [{"delimiter": ";;"}, {"quote": "''"}, {"skip_rows": -1}, {"header": ["a", "a"]}])
def test_options_are_checked(options: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(options, Options)


class TestAnswers:
    @pytest.mark.parametrize(
        ("content", "status", "options", "refusal"),
        [
            ("<!DOCTYPE html><html><body>moved</body></html>", 200, {}, ("source.not_a_feed", "retry")),
            ("<html><body>moved</body></html>", 200, {"format": "csv"}, ("source.not_a_feed", "retry")),
            ("", 200, {}, ("source.cut", "retry")),
            ('{"error": "quota exceeded"}', 200, {}, ("source.not_a_feed", "retry")),
            ('{"errors": [{"status": "500"}], "data": []}', 200, {"select": "data"}, ("source.not_a_feed", "retry")),
            ('{"a": [1', 200, {}, ("source.cut", "retry")),
            ("[NaN]", 200, {}, ("source.protocol", "fatal")),
            ('"text"', 200, {"format": "json"}, ("source.not_a_feed", "retry")),
            ('{"items": []}', 200, {"select": "data"}, ("source.not_a_feed", "retry")),
            ("[]", 200, {"keyed": True}, ("source.not_a_feed", "retry")),
            ("PK\x03\x04rest", 200, {}, ("source.cut", "retry")),
            ("<a><b>", 200, {}, ("source.cut", "retry")),
            ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", 200, {}, ("source.protocol", "fatal")),
            ("a,b\n1,caf\udce9\n", 200, {"encoding": "utf-8"}, ("source.encoding", "fatal")),
            ("a,b\n1,2\n", 200, {"encoding": "utf-9"}, ("source.encoding", "fatal")),
            (CSV, 404, {}, ("source.not_found", "fatal")),
            (CSV, 503, {}, ("source.throttled", "retry")),
        ],
    )
    def test_what_is_no_feed_is_refused(
        self, tmp_path: Path, content: str, status: int, options: dict[str, Any], refusal: tuple[str, str]
    ) -> None:
        found = read(tmp_path, content.encode("utf-8", "surrogateescape"), status=status, **options)
        assert (found.refusal, found.documents, found.ended) == (refusal, [], None)

    @pytest.mark.parametrize("content", ["[]", "a,b\n", "<list/>"])
    def test_an_empty_list_is_an_end(self, tmp_path: Path, content: str) -> None:
        found = read(tmp_path, content, **({"select": "x"} if content == "<list/>" else {}))
        assert (found.documents, found.ended, found.refused) == ([], True, None)

    def test_gzip_is_opened_and_must_be_whole(self, tmp_path: Path) -> None:
        packed = gzip.compress(CSV.encode())
        assert len(read(tmp_path, packed, url=URL + ".csv.gz").documents) == 2
        assert read(tmp_path, packed[:-4]).refusal == ("source.cut", "retry")

    @pytest.mark.parametrize(
        ("content", "name", "count"),
        [
            ('[{"a": 1}, {"a": 2}]', "x.csv", 2),
            ('{"a": 1}\n{"a": 2}\n', "x.json", 2),
            ('{"a": 1}\n', "x.jsonl", 1),
            ('{\n"a": 1}', "x", 1),
            ("<a/>", "x.json", 1),
            ("a;b\n1;2\n", "x", 1),
        ],
    )
    def test_the_bytes_say_the_format(self, tmp_path: Path, content: str, name: str, count: int) -> None:
        assert len(read(tmp_path, content, url=f"{URL}/{name}").documents) == count


class TestCsv:
    def test_rows(self, tmp_path: Path) -> None:
        found = read(tmp_path, CSV)
        assert found.values == [{"code": "A1", "title": "Data", "ects": "5"}, {"code": "B2", "title": "Health"}]
        assert found.end is not None
        assert (found.ended, found.end.closed, found.codes) == (True, False, [])

    def test_a_header_within_and_totals_are_no_records(self, tmp_path: Path) -> None:
        found = read(tmp_path, "id,title,ects,level\nA,One,5,4\nid, title ,ects,level\nB,Two,5,4\nTotal: 2,,,\nC,,,\n")
        assert [one["id"] for one in found.values] == ["A", "B", "C"]
        assert [(one.code, one.detail) for one in found.findings] == [
            ("feed.row_aside", "Line 3: id, title ,ects,level"),
        ]
        assert found.findings[0].count == 2
        assert [one["id"] for one in read(tmp_path, "id,title\nTotal,40\nSum,x\n").values] == ["Total", "Sum"]

    def test_a_course_called_total_is_a_record(self, tmp_path: Path) -> None:
        head = "title,provider,url,level,ects,price\n"
        found = read(tmp_path, f'{head}Total,University,,,,\nSum 101,,https://x.example,,,\nTotal,,,,,"1 200,50 €"\n')
        assert [one["title"] for one in found.values] == ["Total", "Sum 101"]
        assert [one.detail for one in found.findings] == ['Line 4: Total,,,,,"1 200,50 €"']

    @pytest.mark.parametrize("head", ["\ufeffid,name,ects", "id,name,name", "id,,name", "id,name#1,ects"])
    def test_files_put_together_have_one_header(self, tmp_path: Path, head: str) -> None:
        found = read(tmp_path, f"{head}\nA,x,5\n{head}\nB,y,6\n")
        assert [one["id"] for one in found.values] == ["A", "B"]
        assert "feed.row_aside" in found.codes

    def test_rows_left_out_are_counted_and_not_kept(self, tmp_path: Path) -> None:
        found = read(tmp_path, "id,title,ects,level\n" * 2000 + "A,One,5,4\n")
        assert len(found.values) == 1
        assert [(one.detail, one.count) for one in found.findings] == [("Line 2: id,title,ects,level", 1999)]

    def test_byte_order_marks_are_no_part_of_a_name(self, tmp_path: Path) -> None:
        assert read(tmp_path, "\ufeff\ufeffid,title\n1,x\n").values == [{"id": "1", "title": "x"}]

    def test_many_rows_come_in_batches(self, tmp_path: Path) -> None:
        found = read(tmp_path, "n,m\n" + "".join(f"{number},x\n" for number in range(1001)))
        assert [one["n"] for one in found.values] == [str(number) for number in range(1001)]

    def test_ragged_rows_are_rejected_with_their_bytes(self, tmp_path: Path) -> None:
        found = read(tmp_path, "a,b\n1\n1,2\n1,2,3\n4,5,,\n")
        assert found.values == [{"a": "1", "b": "2"}]
        assert [(one.code, one.content) for one in found.rejected] == [
            ("feed.row_width", b"1\n"),
            ("feed.row_width", b"1,2,3\n"),
            ("feed.row_width", b"4,5,,\n"),
        ]
        assert found.ended is True

    def test_a_row_is_named_by_the_line_it_begins_on_in_the_file(self, tmp_path: Path) -> None:
        found = read(tmp_path, 'licence\n\na,b\n1,"x\ny"\n"2\n2"\n', skip_rows=2)
        assert [one.detail for one in found.rejected] == ["Line 6 has 1 cells, the header 2."]

    def test_a_surplus_of_empty_cells_means_nothing_where_every_row_has_it(self, tmp_path: Path) -> None:
        rows = "a,b,c\n" + "".join(f"{number},x,,\n" for number in range(30))
        assert len(read(tmp_path, rows).values) == 30
        shifted = read(tmp_path, rows + "31,one, two,three,\n")
        assert (len(shifted.values), [one.content for one in shifted.rejected]) == (30, [b"31,one, two,three,\n"])

    def test_headers_are_trimmed_named_and_made_unique(self, tmp_path: Path) -> None:
        found = read(tmp_path, 'id,id," long\n name ",\n1,2,3,4\n')
        assert found.values == [{"id#1": "1", "id#2": "2", "long name": "3", "column_4": "4"}]
        assert [(one.code, one.detail) for one in found.findings] == [
            ("feed.header_duplicate", "id"),
            ("feed.header_damaged", "long name, column_4"),
        ]

    @pytest.mark.parametrize(
        ("content", "ended", "values", "codes"),
        [
            ("a,b\n1,2\n3,4", True, 2, []),
            ("a,b\n1,2\n3", False, 1, ["feed.truncated"]),
            ("a,b\n1,2\n3\n", True, 1, []),
        ],
    )
    def test_the_last_row_tells_the_end(
        self, tmp_path: Path, content: str, ended: bool, values: int, codes: list[str]
    ) -> None:
        """And a whole one proves nothing: there may have been more."""
        found = read(tmp_path, content)
        assert found.end is not None
        assert (found.ended, found.end.closed, len(found.values), found.codes) == (ended, False, values, codes)

    @pytest.mark.parametrize("content", ['a,b\n1,2\n"3,4\n5,6\n', 'a,b\n1,2\n"3"x,4\n'])
    def test_broken_quoting_stops_at_its_line(self, tmp_path: Path, content: str) -> None:
        found = read(tmp_path, content)
        assert found.refusal == ("source.protocol", "fatal")
        assert found.refused is not None
        assert found.refused.detail.startswith("Line 3: ")

    @pytest.mark.parametrize(
        ("content", "codec", "codes"),
        [
            ("a;b\n1;Café\n", "utf-8-sig", []),
            ("a;b\n1;Café\n", "utf-16", []),
            ("a;b\n1;Café\n", "utf-32", []),
            ("a;b\n" + "1;x\n" * 20_000 + "2;Café\n", "cp1252", ["feed.encoding_guessed"]),
            ("a;b\n1;Café déjà vu\n2;Größe\n", "mac_roman", ["feed.encoding_guessed"]),
        ],
    )
    def test_encodings(self, tmp_path: Path, content: str, codec: str, codes: list[str]) -> None:
        found = read(tmp_path, content.encode(codec))
        assert found.codes == codes
        assert "Café" in "".join(one["b"] for one in found.values)

    def test_what_was_destroyed_before_is_counted(self, tmp_path: Path) -> None:
        found = read(tmp_path, "a,b\n1,Caf\ufffd\n")
        assert [(one.code, one.detail) for one in found.findings] == [
            ("feed.encoding_damaged", "1 replacement characters")
        ]

    def test_a_file_without_header(self, tmp_path: Path) -> None:
        content = "# exported today\rA1,Data\rB2,Health\r"
        found = read(tmp_path, content, header=["code", "title"], skip_rows=1)
        assert found.values == [{"code": "A1", "title": "Data"}, {"code": "B2", "title": "Health"}]
        assert found.ended is True

    def test_excels_first_line(self, tmp_path: Path) -> None:
        assert read(tmp_path, "sep=;\na;b\n1;2,5\n").values == [{"a": "1", "b": "2,5"}]

    def test_without_quotes(self, tmp_path: Path) -> None:
        assert read(tmp_path, 'a\tb\n"1\t2\n', quote="", delimiter="\t").values == [{"a": '"1', "b": "2"}]


class TestJson:
    def test_lists_objects_and_keys(self, tmp_path: Path) -> None:
        assert read(tmp_path, '[{"a": 1}]').values == [{"a": 1}]
        assert read(tmp_path, '{"data": {"items": [{"a": 1}]}}', select="data.items").values == [{"a": 1}]
        assert read(tmp_path, '{"a": 18446744073709551616}').values == [{"a": 2**64}]
        assert read(tmp_path, '{"X1": {"a": 1}}', keyed=True).values == [{"@key": "X1", "a": 1}]

    def test_a_total_inside_the_one_document_is_evidence(self, tmp_path: Path) -> None:
        content = b'{"total": 2274, "hits": [{"oid": "1"}]}'
        assert [one.total for one in read(tmp_path, content, total="total").evidence] == [2274]

    def test_a_total_is_evidence(self, tmp_path: Path) -> None:
        content = '{"count": "3", "items": [{"a": 1}]}'
        assert [one.total for one in read(tmp_path, content, select="items", total="count").evidence] == [3]
        ignored = read(tmp_path, content, select="items", total="count", declared_total="ignore")
        assert [one.total for one in ignored.evidence] == [None]

    def test_members_that_are_no_objects_are_rejected(self, tmp_path: Path) -> None:
        found = read(tmp_path, '[{"a": 1}, null, "x"]')
        assert (found.values, [one.content for one in found.rejected]) == ([{"a": 1}], [b"null", b'"x"'])

    def test_an_object_with_an_error_and_a_list_is_a_feed(self, tmp_path: Path) -> None:
        assert len(read(tmp_path, '{"error": "partly", "items": [{"a": 1}]}', select="items").documents) == 1


class TestJsonl:
    def test_a_bad_line_is_rejected(self, tmp_path: Path) -> None:
        found = read(tmp_path, '{"a": 1}\n{"a": \n\n{"a": 3}\n', format="jsonl")
        assert found.values == [{"a": 1}, {"a": 3}]
        assert [(one.code, one.content) for one in found.rejected] == [("record.unmappable", b'{"a": \n')]
        assert found.ended is True

    @pytest.mark.parametrize(("end", "ended", "count"), [('{"a": 2}', True, 2), ('{"a": ', False, 1)])
    def test_a_last_line_without_its_end(self, tmp_path: Path, end: str, ended: bool, count: int) -> None:
        found = read(tmp_path, '{"a": 1}\n' + end, format="jsonl")
        assert found.end is not None
        assert (found.ended, found.end.closed, len(found.values)) == (ended, False, count)
        assert found.codes == ([] if ended else ["feed.truncated"])


class TestXml:
    def test_the_root_is_one_document(self, tmp_path: Path) -> None:
        found = read(tmp_path, "<catalog><a/></catalog>")
        assert [one.xml.tag for one in found.documents] == ["catalog"]
        assert found.ended is True

    def test_selected_elements_outermost_only(self, tmp_path: Path) -> None:
        inner = "<c n='{}'><c/></c>"
        content = "<r xmlns='urn:x'>" + "".join(inner.format(number) for number in range(450)) + "</r>"
        found = read(tmp_path, content, select="c")
        assert [one.xml.get("n") for one in found.documents] == [str(number) for number in range(450)]

    def test_a_repair_is_told_and_gives_nothing_twice(self, tmp_path: Path) -> None:
        content = "<r>" + "".join(f"<c>{number}</c>" for number in range(600)) + "<c>a\x01&eacute;</c></r>"
        found = read(tmp_path, content, select="c")
        assert [one.xml.text for one in found.documents] == [*map(str, range(600)), "aé"]
        assert found.codes == ["feed.repaired"]

    def test_a_cut_file_is_no_end(self, tmp_path: Path) -> None:
        content = "<r>" + "<c>é</c>" * 300 + "</r>"
        for size in range(1, len(content) - 1, 97):
            found = read(tmp_path, content[:size], select="c")
            assert (found.refused is not None, found.ended) == (True, None)


class TestArchives:
    def test_the_only_data_file_is_read_by_what_it_is(self, tmp_path: Path) -> None:
        packed = zipped(("readme.txt", b"x"), ("data/offers.dat.json", b'[{"a": 1}]'))
        assert read(tmp_path, packed, url=URL + ".zip").values == [{"a": 1}]
        lines = zipped(("offers.jsonl", b'{"a": 1}\n'))
        assert read(tmp_path, lines).values == [{"a": 1}]

    def test_a_workbook_is_a_format_and_no_archive(self, tmp_path: Path) -> None:
        content = workbook([["code", "title"], ["007", "Data"]])
        for packed in (content, gzip.compress(content), zipped(("offers.xlsx", content))):
            assert read(tmp_path, packed).values == [{"code": "007", "title": "Data"}]

    @pytest.mark.parametrize(
        ("content", "options", "code"),
        [
            (lambda: zipped(("a.csv", b"x"), ("b.csv", b"x")), {}, "source.archive"),
            (lambda: zipped(("a.zip", zipped(("a.csv", b"a\n1\n")))), {}, "source.unsafe_archive"),
            (lambda: zipped(("a.csv.gz", gzip.compress(b"a\n1\n"))), {}, "source.unsafe_archive"),
            (lambda: gzip.compress(gzip.compress(b"a\n1\n")), {}, "source.unsafe_archive"),
            (lambda: gzip.compress(zipped(("../a.csv", b"x"))), {}, "source.unsafe_archive"),
            (lambda: zipped(("a.csv", b"a\n1\n"))[:-1], {}, "source.cut"),
            (lambda: zipped(("a.csv", b"")), {}, "source.cut"),
            (lambda: zipped(("a.html", b"<html><body></body></html>")), {}, "source.not_a_feed"),
            (lambda: zipped(("a.csv", b"a,b\n1,2\n")), {"format": "xlsx"}, "source.not_a_feed"),
            (lambda: workbook([["a"]]), {"format": "csv"}, "source.not_a_feed"),
            (lambda: b"%PDF-1.4", {"format": "csv"}, "source.not_a_feed"),
            (lambda: b"\xd0\xcf\x11\xe0" + b"x" * 600, {}, "source.not_a_feed"),
            (lambda: b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), {}, "source.encrypted"),
            (lambda: b"%PDF-1.4", {}, "source.not_a_feed"),
            (lambda: gzip.compress(bytes(30_000_000)), {}, "source.bomb"),
        ],
    )
    def test_what_is_not_read_has_a_code(
        self, tmp_path: Path, content: Any, options: dict[str, Any], code: str
    ) -> None:
        found = read(tmp_path, content(), **options)
        assert (found.refusal and found.refusal[0], found.documents, found.ended) == (code, [], None)


class TestXlsx:
    def test_the_header_is_found_below_a_title(self, tmp_path: Path) -> None:
        rows = [["List of 2026", None], [], ["code", "title", "when"], ["1", "Data", dt.date(2026, 3, 1)], [], [2, "x"]]
        found = read(tmp_path, workbook(rows))
        assert found.values == [{"code": "1", "title": "Data", "when": "2026-03-01"}, {"code": "2", "title": "x"}]
        assert (found.ended, found.codes) == (True, [])
        third = read(tmp_path, workbook(rows), header_row=4)
        assert third.values == [{"1": "2", "Data": "x"}]
        named = read(tmp_path, workbook(rows), header=["a", "b", "c"], header_row=4)
        assert [one["a"] for one in named.values] == ["1", "2"]

    def test_what_stands_beyond_the_header_keeps_its_place(self, tmp_path: Path) -> None:
        found = read(
            tmp_path, workbook([["a", None, "b"], ["1", "2", "3", "4"], ["5", None, "6"], [None] * 4 + ["note"]])
        )
        assert found.values == [
            {"a": "1", "column_2": "2", "b": "3", "column_4": "4"}, {"a": "5", "b": "6"}, {"column_5": "note"},
        ]  # fmt: skip
        assert (found.codes, found.rejected) == (["feed.header_damaged"], [])

    @pytest.mark.parametrize("rows", [[], [[]], [[None, " "]]])
    def test_nothing_in_it(self, tmp_path: Path, rows: list[Any]) -> None:
        found = read(tmp_path, workbook(rows))
        assert found.refused is not None
        assert found.refused.code in {"source.not_a_feed", "source.cut"}


def test_every_format_can_be_named() -> None:
    names = get_args(get_type_hints(Options)["format"])
    assert names == ("auto", *FORMATS)


SHARED_COUNTS: dict[str, tuple[dict[str, Any], int, int, list[str]]] = {
    "mooclists/udemy_courses.csv": ({}, 3678, 0, []),
    "mooclists/coursera_courses.csv": ({}, 2633, 0, []),
    "ec2u/CoursesPoitiers.json": ({"keyed": True}, 379, 0, []),
    "ec2u/CoursesPoitiers-first.json": ({}, 2296, 0, []),
    "ooapi/surf-courses-even.jsonl": ({}, 724, 0, []),
    "xcri/ou-conversion.xml": ({"select": "course"}, 965, 0, []),
    "mooclists/Udacity.csv": ({}, 0, 263, ["feed.encoding_damaged"]),
    "njetpl/etpl-before-2021-04-06.csv": ({}, 386, 0, []),
    "njetpl/etpl-after-2021-04-06.csv": ({}, 470, 0, []),
    "njetpl/providers_20200811.csv": ({}, 1953, 0, []),
    "rncp/N_FORMATION_DIPLOME.csv": ({}, 3923, 0, ["feed.encoding_guessed"]),
    "rncp/kit-v1.0.csv": ({}, 4588, 0, []),
    "rncp/kit-v2.0.csv": ({}, 5025, 0, []),
    "rncp/export-fiches-csv-2024-02-22.sample.zip": ({"member": "*_Standard_*"}, 9, 0, []),
    "kouta/search-koulutukset-all.json": ({"select": "hits"}, 20, 0, []),
    "webpages/tess-nbis-course-instances.json": ({}, 32, 0, []),
}


@pytest.mark.shared
@pytest.mark.parametrize("name", SHARED_COUNTS)
def test_real_files(shared: Path, name: str) -> None:
    options, count, rejected, codes = SHARED_COUNTS[name]
    path = shared / "feeds" / name
    body = Body(path=path, url=f"https://feed.example/{name}", size=path.stat().st_size)
    found = Read(Reader(msgspec.convert(options, Options), URL).parse(body, ASKED))
    assert (len(found.documents), len(found.rejected), found.codes) == (count, rejected, codes)
    assert found.ended is True


@pytest.mark.shared
def test_the_same_table_in_mac_os_roman_and_utf_8(shared: Path) -> None:
    names = [f"c{number}" for number in range(15)]
    pair = []
    for file in ("FCod-macroman.csv", "FCod-utf-8.csv"):
        path = shared / "feeds" / "lheo" / file
        own = Reader(msgspec.convert({"header": names}, Options), URL)
        pair.append(Read(own.parse(Body(path=path, url=URL, size=path.stat().st_size), ASKED)))
    mac, utf = pair
    assert [(len(one.documents), len(one.rejected)) for one in pair] == [(2912, 136), (2911, 137)]
    assert mac.codes == ["feed.encoding_guessed", "feed.truncated"]  # its last row has 4 cells and no line end
    assert utf.codes == ["feed.truncated"]
    terms = [{one["c0"]: one["c2"] for one in found.values} for found in pair]
    differing = {code: (terms[0][code], term) for code, term in terms[1].items() if terms[0][code] != term}
    assert differing == {"33082": ("360°", "360 deg"), "30882": ("langage c#.net", "langage c\\#.net")}


@pytest.mark.shared
def test_hostile_files_never_crash(shared: Path) -> None:
    for path in sorted((shared / "hostile" / "own").glob("*/*")):
        if path.parent.name in {"csv", "json", "xml"}:
            found = Read(
                Reader(Options(), URL).parse(Body(path=path, url=f"{URL}/{path.name}", size=path.stat().st_size), ASKED)
            )
            assert found.refused is not None or found.ended is not None, path.name
            if path.parent.name == "xml":
                assert "root:" not in repr([one.xml.xpath("string()") for one in found.documents])
