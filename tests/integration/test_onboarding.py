"""`sources add` and `sources test` as people run them, over feeds on loopback: what is drafted, written, refused."""

from __future__ import annotations

import asyncio
import io
import threading
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pytest

from microharvest.cli import main
from microharvest.testing.feed_server import Answer, FeedServer
from microharvest.testing.oai_repository import OaiRepository

SETTINGS = "[network]\nrate_per_s = 100000.0\nattempts = 1\n[harvest]\ninline = true\n"
ROW = "K{0};Kurs {0} über die Daten und das Lernen mit der Maschine;{1};1{2}.03.2026;{3};{0},50\n"
TABLE = "Kurs-ID;Titel;Anbieter;Beginn;ECTS;Preis (EUR)\n" + "".join(
    ROW.format(n, "VHS" if n % 2 else "Uni", n % 9, n % 6) for n in range(40)
)
PAGE = (
    '<html lang="de"><title>K</title><script type="application/ld+json">{"@context": "https://schema.org", '
    '"@type": "Course", "@id": "%s", "name": "Kurs %d"}</script></html>'
)


@contextmanager
def serving(prepare: Callable[[FeedServer], None]) -> Iterator[FeedServer]:
    """A feed server in a thread of its own: commands run an event loop themselves."""
    ready, ended = threading.Event(), asyncio.Event()
    held: list[Any] = []

    async def serve() -> None:
        async with FeedServer() as server:
            held.extend((server, asyncio.get_running_loop()))
            prepare(server)
            ready.set()
            await ended.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(20)
    try:
        yield held[0]
    finally:
        held[1].call_soon_threadsafe(ended.set)
        thread.join(20)


class Desk:
    """A configuration folder and the command line."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.config, self._capsys = folder / "config", capsys
        (self.config / "sources").mkdir(parents=True)
        (self.config / "microharvest.toml").write_text(SETTINGS)
        self.store = f"sqlite:///{folder / 'real.db'}"
        self.out = self.err = ""

    def run(self, *words: str) -> int:
        self._capsys.readouterr()
        status = main([*words, "--config", str(self.config), "--store", self.store])
        self.out, self.err = self._capsys.readouterr()
        return status

    def add(self, target: str, *words: str) -> dict[str, Any]:
        """What `sources add --json` says."""
        self.status = self.run("sources", "add", target, "--allow", "127.0.0.0/8", "--json", *words)
        said: dict[str, Any] = msgspec.json.decode(self.out.splitlines()[-1])
        return said

    def toml(self, source: str) -> dict[str, Any]:
        return tomllib.loads((self.config / "sources" / f"{source}.toml").read_text())

    def files(self) -> list[str]:
        return sorted(path.name for path in (self.config / "sources").iterdir())


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def test_a_table_is_drafted_tried_written_and_harvested(desk: Desk) -> None:
    with serving(lambda server: server.add("/kurse.csv", TABLE.encode())) as server:
        said = desk.add(server.url("/kurse.csv"))
        assert (desk.status, said["source"], said["written"]) == (0, "kurse", True)
        assert said["requests"] <= 3
        toml = desk.toml("kurse")
        assert toml["columns"] == {
            "title": "Titel", "provider": "Anbieter", "start_date": "Beginn", "ects": "ECTS",
            "price": {"from": "Preis (EUR)", "currency": "EUR"},
        }  # fmt: skip
        assert (toml["identity"], toml["languages"], toml["licence"]) == ({"key": ["Kurs-ID"]}, ["de"], "unknown")
        assert toml["expect"]["records"] == {"min": 32, "max": 80}
        assert said["plan"]["counts"]["seen"] == 40
        assert not Path(desk.store.removeprefix("sqlite:///")).exists(), "nothing reaches the real store"
        assert any("licence" in question for question in said["open"])
        assert desk.run("init") == 0
        assert desk.run("harvest", "kurse", "--json") == 0
        assert '"added":40' in desk.out
        assert desk.run("sources", "test", "kurse") == 0, desk.out
        path = desk.config / "sources" / "kurse.toml"
        path.write_text(path.read_text().replace('"Anbieter"', '"Anbeter"'))
        assert desk.run("sources", "test", "kurse") == 4, "[expect] asks for providers"
        assert "no record has 'Anbeter'" in desk.out
        desk.run("harvest", "kurse", "--plan")
        assert "no record has Anbeter (in none of 40 records)" in desk.out
        again = desk.add(server.url("/kurse.csv"))
        assert (desk.status, again["error"]["code"]) == (2, "config.exists")
        assert desk.files() == ["kurse.toml"]


def test_a_dry_run_writes_nothing_and_shows_the_file(desk: Desk) -> None:
    with serving(lambda server: server.add("/kurse.csv", TABLE.encode())) as server:
        assert desk.run("sources", "add", server.url("/kurse.csv"), "--allow", "127.0.0.0/8", "--dry-run") == 0
    assert desk.files() == []
    for shown in ("Tried with --plan", "Still yours to decide", 'protocol = "file"', "Not written"):
        assert shown in desk.out


def test_a_path_is_allowed_by_naming_it(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "Kurse 2026.csv").write_text(TABLE, encoding="cp1252")
    said = desk.add(str(tmp_path / "Kurse 2026.csv"), "--id", "my-courses")
    assert desk.status == 0
    toml = desk.toml("my-courses")
    assert toml["network"]["allow"][0] == "local"
    assert toml["fetch"]["encoding"] == "cp1252"
    assert said["offers"][0]["title"] == {"de": "Kurs 0 über die Daten und das Lernen mit der Maschine"}


@pytest.mark.parametrize("asked", ["/oai", "/oai?verb=ListRecords&metadataPrefix=oai_dc", "/repository"])
def test_a_repository_is_found_with_and_without_verb(desk: Desk, asked: str) -> None:
    def prepare(server: FeedServer) -> None:
        repository = OaiRepository(now=datetime.now(UTC), page_size=2)
        for number in range(5):
            repository.put(
                f"oai:x:{number}",
                '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/'
                f'elements/1.1/"><dc:title>Course {number}</dc:title></oai_dc:dc>',
                at=datetime(2026, 1, 1, tzinfo=UTC),
            )
        server.add_oai(asked.partition("?")[0], repository)

    with serving(prepare) as server:
        said = desk.add(server.url(asked))
        assert desk.status == 0, said
        assert len(server.calls) <= 20
    toml = desk.toml(said["source"])
    assert (toml["protocol"], toml["dialect"], toml["url"]) == (
        "oai_pmh",
        "oai_dc",
        server.url(asked.partition("?")[0]),
    )
    assert toml["fetch"]["metadata_prefix"] == "oai_dc"


@pytest.mark.parametrize(
    ("name", "body", "fetch"),
    [
        ("list.json", '[{"id": 1, "title": "One course"}, {"id": 2, "title": "Two courses"}]', {}),
        ("wrapped.json", '{"meta": {"total": 2}, "data": [{"id": 1, "title": "One"}, {"id": 2, "title": "Two"}]}',
         {"select": "data", "total": "meta.total"}),
        ("api.json", '{"data": [{"id": 1, "attributes": {"title": "One"}}, {"id": 2, "attributes": {"title": "Two"}}]}',
         {"select": "data"}),
        ("keyed.json", '{"A": {"code": "A", "name": "One"}, "B": {"code": "B", "name": "Two"}}', {"keyed": True}),
        ("lines.jsonl", '{"id": 1, "title": "One course"}\n{"id": 2, "title": "Two courses"}\n', {}),
        ("items.xml", "<r><channel><item><id>1</id><title>One</title></item><item><id>2</id><title>Two</title></item>"
         "</channel></r>", {"select": "item"}),
        ("tabs.tsv", "id\ttitle\turl\n1\tOne course\thttps://h.example/1\n2\tTwo courses\thttps://h.example/2\n", {}),
        ("late.csv", "Export of 2026\n\nid,title,city\n1,One course,Oslo\n2,Two courses,Oslo\n3,Three,Oslo\n",
         {"skip_rows": 1}),
        ("wide.csv", "Course Name,University,Course URL,Skills\n"
         + "".join(f"Course {n},Uni,https://h.example/{n}\n" for n in range(3)),
         {"skip_rows": 1, "header": ["Course Name", "University", "Course URL"]}),
        ("narrow.csv", "Course Name,University,Course URL\n"
         + "".join(f"{n},Course {n},Uni,https://h.example/{n}\n" for n in range(3)),
         {"skip_rows": 1, "header": ["column_1", "Course Name", "University", "Course URL"]}),
    ],
)  # fmt: skip
def test_shapes_of_files(desk: Desk, name: str, body: str, fetch: dict[str, Any]) -> None:
    with serving(lambda server: server.add(f"/{name}", body.encode())) as server:
        said = desk.add(server.url(f"/{name}"))
    assert desk.status == 0, said
    toml = desk.toml(said["source"])
    assert (toml["dialect"], toml.get("fetch", {})) == ("columns", fetch)
    assert len(said["offers"]) >= 2
    assert all(offer["title"] for offer in said["offers"])


def site(server: FeedServer) -> None:
    for number in range(3):
        path = f"/kurse/k{number}.html"
        server.add(path, (PAGE % (server.url(path), number)).encode(), content_type="text/html")
    links = "".join(f'<a href="k{number}.html">k</a>' for number in range(3))
    server.add(
        "/kurse/",
        f"<html><title>Our courses</title>{links}<a href='/imprint'>i</a></html>".encode(),
        content_type="text/html",
    )


def test_a_page_of_links_to_pages_with_courses(desk: Desk) -> None:
    with serving(site) as server:
        said = desk.add(server.url("/kurse/"))
        assert desk.status == 0, said
        toml = desk.toml("kurse")
        assert desk.run("sources", "test", "kurse") == 0, desk.out
    assert (toml["protocol"], toml["dialect"], toml["title"]) == ("site", "schema_org", "Our courses")
    assert toml["fetch"] == {"kind": "list", "include": ["/kurse/"]}


def test_a_sitemap_and_a_page_that_it_lists(desk: Desk) -> None:
    def prepare(server: FeedServer) -> None:
        site(server)
        urls = [server.url(f"/kurse/k{number}.html") for number in range(3)] + [server.url("/imprint")]
        locs = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
        server.add(
            "/sitemap.xml", f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{locs}</urlset>'.encode()
        )

    with serving(prepare) as server:
        for number, asked in enumerate(("/sitemap.xml", "/kurse/k1.html")):
            said = desk.add(server.url(asked), "--dry-run")
            assert desk.status == 0, said
            toml = tomllib.loads(said["toml"])
            assert toml["url"] == server.url("/sitemap.xml"), number
            assert toml["fetch"]["include"] == ["/kurse/"]
            assert said["requests"] <= 10


def test_a_manifest_leads_to_its_source(desk: Desk) -> None:
    def prepare(server: FeedServer) -> None:
        manifest = {"sources": [{"type": "ooapi", "path": "/ooapi"}, {"type": "elm", "path": "/courses.jsonl"}]}
        server.add("/.well-known/quality-link-manifest", msgspec.json.encode(manifest), content_type="application/json")
        server.add("/courses.jsonl", b'{"id": 1, "title": "One course"}\n{"id": 2, "title": "Two courses"}\n')

    with serving(prepare) as server:
        said = desk.add(server.url("/.well-known/quality-link-manifest"))
    assert desk.status == 0, said
    assert desk.toml(said["source"])["url"].endswith("/courses.jsonl")
    assert any("/ooapi (ooapi)" in question for question in said["open"])


@pytest.mark.parametrize(
    ("answer", "code", "status"),
    [
        (Answer(status=404), "source.not_found", 3),
        (Answer(status=401), "source.unauthorised", 3),
        (Answer(body=b"", headers={"Content-Type": "text/csv"}), "source.cut", 3),
        (Answer(body=b"just a sentence without any shape"), "source.not_recognised", 3),
        (Answer(body=b"<html><body>Hello</body></html>"), "source.not_recognised", 3),
        (Answer(body=b"<lheo><offres><formation/></offres></lheo>"), "source.not_recognised", 3),
        (Answer(body=b"<a><b>"), "source.cut", 3),
        (Answer(body=b"<!DOCTYPE x [<!ENTITY y 'z'>]><x>&y;</x>"), "source.protocol", 3),
        (Answer(body=b"%PDF-1.7 \x00"), "source.not_a_feed", 3),
        (Answer(body=b'{"a": [1, 2'), "source.cut", 3),
        (Answer(body=b'{"items": [], "next": "http://h/2"}'), "source.not_a_feed", 3),
        (Answer(body=b'{"type": "VerifiableCredential", "credentialSubject": {}}'), "source.not_recognised", 3),
        (Answer(body=b'{"@context": [{"title": "dc:title"}, {"x": "urn:x"}]}'), "source.not_recognised", 3),
        (Answer(body=b'{"@context": {"title": "dc:title", "id": "@id"}}'), "source.not_recognised", 3),
        (Answer(body=b"@prefix elm: <http://x/> .\n"), "source.not_recognised", 3),
        (Answer(body=bytes(range(256)) * 40), None, 3),
        (Answer(status=302, headers={"Location": "http://192.168.7.7/"}), "source.address", 3),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_one_sentence(desk: Desk, answer: Answer, code: str | None, status: int) -> None:
    with serving(lambda server: server.add("/x", answer)) as server:
        assert desk.run("sources", "add", server.url("/x"), "--allow", "127.0.0.0/8") == status
    assert len(desk.err.splitlines()) == 1, desk.err
    assert "Traceback" not in desk.err
    assert code is None or f"[{code}]" in desk.err, desk.err
    assert desk.files() == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("ftp://h.example/x",), "command.invalid"),
        (("http://127.0.0.1:9/x", "--id", "Not An Id"), "command.invalid"),
        (("/no/such/file.csv",), "source.gone_file"),
        (("http://127.0.0.1:9/x",), "source.address"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(desk: Desk, words: tuple[str, ...], code: str) -> None:
    assert desk.run("sources", "add", *words) in {2, 3}
    assert f"[{code}]" in desk.err
    assert len(desk.err.splitlines()) == 1


def zipped(**members: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def test_of_an_archive_the_largest_file_is_drafted(desk: Desk) -> None:
    several = zipped(**{"readme.txt": TABLE * 9, "d/kurse [2026].csv": TABLE, "d/orte.csv": "id;ort\n1;Kiel\n"})
    with serving(lambda server: server.add("/k.zip", several)) as server:
        said = desk.add(server.url("/k.zip"))
    assert (desk.status, said["written"], said["plan"]["counts"]["seen"]) == (0, True, 40)
    assert desk.toml("k")["fetch"] == {"member": "d/kurse [[]2026].csv"}
    assert any("holds d/orte.csv beside it" in question for question in said["open"])


def test_of_an_archive_of_tables_that_hang_together_the_main_one_is_drafted(desk: Desk) -> None:
    """The tables beside it are longer, and bear the day of the export in their names like itself."""
    rows = [line.partition(";")[0] for line in TABLE.splitlines()[1:]]
    beside = "nr;partner\n" + "".join(f"{one};Verein zur Förderung von Kurs {n}\n" for one in rows for n in range(20))
    names = ("d/export_Standard_2026_03_01.csv", "d/export_Partner_2026_03_01.csv")
    with serving(
        lambda server: server.add("/k.zip", zipped(**dict(zip(names, (TABLE, beside), strict=True))))
    ) as server:
        said = desk.add(server.url("/k.zip"))
        assert (desk.status, said["plan"]["counts"]["seen"]) == (0, 40)
        assert desk.toml("k")["fetch"] == {"member": "d/export_Standard_*.csv"}
        server.add("/k.zip", zipped(**{names[0].replace("03_01", "04_01"): TABLE, names[1]: beside}))
        assert (desk.run("init"), desk.run("harvest", "k")) == (0, 0)


def test_of_a_workbook_the_largest_sheet_is_drafted(desk: Desk) -> None:
    rows = [line.split(";") for line in TABLE.splitlines()]
    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.worksheets[0].append(["As of 2026"])
    sheet = book.create_sheet("Kurse")
    for row in (["All courses"], [], *rows):
        sheet.append(row)
    book.save(stream)
    with serving(lambda server: server.add("/k.xlsx", stream.getvalue())) as server:
        said = desk.add(server.url("/k.xlsx"))
    assert (desk.status, said["written"], said["plan"]["counts"]["seen"]) == (0, True, 40)
    assert desk.toml("k")["fetch"] == {"sheet": "Kurse"}
    assert desk.toml("k")["columns"]["title"] == "Titel"


def test_an_archive_of_nothing_is_one_sentence(desk: Desk) -> None:
    with serving(lambda server: server.add("/k.zip", zipped())) as server:
        said = desk.add(server.url("/k.zip"))
    assert (desk.status, said["error"]["code"]) == (3, "source.archive")
    assert "has no data files" in said["error"]["message"]


def test_without_a_key_nothing_is_written_until_it_is_named(desk: Desk) -> None:
    body = "title,town\n" + "".join(f"Course {n % 12},Town {n % 3}\n" for n in range(40))
    with serving(lambda server: server.add("/k.csv", body.encode())) as server:
        said = desk.add(server.url("/k.csv"))
        assert (desk.status, said["written"], said["error"]["code"]) == (2, False, "config.missing_key")
        assert desk.files() == []
        said = desk.add(server.url("/k.csv"), "--key", "town")
        assert (desk.status, said["written"]) == (0, True)
    assert desk.toml("k")["identity"]["key"] == ["town"]


def test_pages_of_an_api_are_followed(desk: Desk) -> None:
    def prepare(server: FeedServer) -> None:
        for number in (1, 2):
            following = server.url("/api/2") if number == 1 else None
            items = [{"id": f"{number}-{n}", "title": f"Course {n} of page {number}"} for n in range(3)]
            body = msgspec.json.encode({"meta": {"total": 6}, "items": items, "links": {"next": following}})
            server.add(f"/api/{number}", body, content_type="application/json")

    with serving(prepare) as server:
        said = desk.add(server.url("/api/1"))
        assert desk.status == 0, said
        toml = desk.toml(said["source"])
        assert toml["protocol"] == "pages"
        assert toml["fetch"] == {"next": "links.next", "select": "items", "total": "meta.total"}
        assert said["plan"]["counts"]["seen"] == 6
        assert desk.run("sources", "test", said["source"]) == 0, desk.out


def test_a_page_of_a_longer_list_is_told(desk: Desk) -> None:
    body = '{"total": 900, "hits": [{"id": 1, "title": "One course"}, {"id": 2, "title": "Two courses"}]}'
    with serving(lambda server: server.add("/k.json", body.encode())) as server:
        said = desk.add(server.url("/k.json"))
    assert any("2 of 900" in question for question in said["open"])
    assert said["plan"]["outcome"] == "partial"


def test_a_live_feed_is_examined_and_nothing_stored(desk: Desk) -> None:
    with serving(lambda server: server.add("/kurse.csv", TABLE.encode())) as server:
        desk.add(server.url("/kurse.csv"))
        path = desk.config / "sources" / "kurse.toml"
        path.write_text(path.read_text().replace('key = ["Kurs-ID"]', 'key = ["Anbieter"]'))
        before = len(server.calls)
        assert desk.run("sources", "test", "kurse", "--json") == 4
        said = msgspec.json.decode(desk.out)
        assert len(server.calls) - before <= 50
        bad = {one["code"]: one for one in said["findings"] if one["state"] == "bad"}
        assert "different records have the same key" in bad["R3"]["wrong"][0]
        assert "[identity] key" in bad["R3"]["advice"]
        server.add("/kurse.csv", Answer(status=503))
        assert desk.run("sources", "test", "kurse") == 3
        assert "C1" in desk.out
    assert not Path(desk.store.removeprefix("sqlite:///")).exists()


def test_an_endless_site_is_examined_within_fifty_requests(desk: Desk) -> None:
    def prepare(server: FeedServer) -> None:
        locs = "".join(f"<url><loc>{server.url(f'/kurse/k{number}')}</loc></url>" for number in range(400))
        server.add("/map.xml", f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{locs}</urlset>'.encode())

        async def page(request: Any) -> Answer:
            body = (PAGE % (str(request.url), 1)).encode()
            return Answer(body=body, headers={"Content-Type": "text/html"})

        server.add_prefix("/kurse/", page)

    with serving(prepare) as server:
        said = desk.add(server.url("/map.xml"))
        assert desk.status == 0, said
        assert said["requests"] <= 10
        server.calls.clear()
        assert desk.run("sources", "test", said["source"], "--json") == 0, desk.out
        assert len(server.calls) <= 50
        assert msgspec.json.decode(desk.out)["cut"] is True
