"""One file: every format read exactly, every doubt counted, and nothing taken for an end that is none."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import msgspec
import pytest
from microharvest.connectors.protocols.file.reader import Options, Reader

from microharvest.clock import utc_now
from microharvest.kit import Body, Failure, Request
from tests.unit.protocols.answers import Read, answer

URL = "https://feed.example/offers"
ASKED = Request(lane="file", url=URL)
CSV = "code,title,ects\nA1,Data,5\nB2,Health,\n"


def read(folder: Path, content: bytes | str, *, url: str = URL, status: int = 200, **options: Any) -> Read:
    body = answer(folder, content, url=url, status=status)
    return Read(Reader(msgspec.convert(options, Options), URL).parse(body, ASKED))


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
            ("PK\x03\x04rest", 200, {}, ("source.not_a_feed", "retry")),
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
        assert (found.ended, found.end.closed, found.codes) == (True, True, [])

    def test_many_rows_come_in_batches(self, tmp_path: Path) -> None:
        found = read(tmp_path, "n,m\n" + "".join(f"{number},x\n" for number in range(1001)))
        assert [one["n"] for one in found.values] == [str(number) for number in range(1001)]

    def test_ragged_rows_are_rejected_with_their_bytes(self, tmp_path: Path) -> None:
        found = read(tmp_path, "a,b\n1\n1,2\n1,2,3\n4,5,,\n")
        assert found.values == [{"a": "1", "b": "2"}, {"a": "4", "b": "5"}]
        assert [(one.code, one.content) for one in found.rejected] == [
            ("feed.row_width", b"1\n"),
            ("feed.row_width", b"1,2,3\n"),
        ]
        assert found.ended is True

    def test_headers_are_trimmed_named_and_made_unique(self, tmp_path: Path) -> None:
        found = read(tmp_path, 'id,id," long\n name ",\n1,2,3,4\n')
        assert found.values == [{"id#1": "1", "id#2": "2", "long name": "3", "column_4": "4"}]
        assert found.codes == ["feed.header_duplicate"]

    @pytest.mark.parametrize(
        ("content", "ended", "closed", "values", "codes"),
        [
            ("a,b\n1,2\n3,4", True, False, 2, []),
            ("a,b\n1,2\n3", False, False, 1, ["feed.truncated"]),
            ("a,b\n1,2\n3\n", True, True, 1, []),
        ],
    )
    def test_the_last_row_tells_the_end(
        self, tmp_path: Path, content: str, ended: bool, closed: bool, values: int, codes: list[str]
    ) -> None:
        found = read(tmp_path, content)
        assert found.end is not None
        assert (found.ended, found.end.closed, len(found.values), found.codes) == (ended, closed, values, codes)

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


SHARED_COUNTS: dict[str, tuple[dict[str, Any], int, int, list[str]]] = {
    "mooclists/udemy_courses.csv": ({}, 3678, 0, []),
    "mooclists/coursera_courses.csv": ({}, 2633, 0, []),
    "ec2u/CoursesPoitiers.json": ({"keyed": True}, 379, 0, []),
    "ec2u/CoursesPoitiers-first.json": ({}, 2296, 0, []),
    "ooapi/surf-courses-even.jsonl": ({}, 724, 0, []),
    "xcri/ou-conversion.xml": ({"select": "course"}, 965, 0, []),
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
