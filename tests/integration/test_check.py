"""`check` as providers run it: over a repository, a page, tables and files on loopback, and over real feeds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest

from microharvest.check import reading
from microharvest.check import run as checking
from microharvest.testing.feed_server import Answer, FeedServer
from microharvest.testing.oai_repository import OaiRepository
from tests.integration.test_onboarding import Desk, desk, serving
from tests.unit.check.feeds import ELM

__all__ = ["desk"]

SCRIPT = "<script>alert('1')</script>"
DC = (
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<dc:title>Kurs {0}</dc:title><dc:identifier>https://example.org/{0}</dc:identifier><dc:creator>Uni</dc:creator>"
    "<dc:date>2026-01-02</dc:date><dc:type>course</dc:type><dc:language>de</dc:language></oai_dc:dc>"
)
JSON_LD = """<html lang="en"><title>%s</title><script type="application/ld+json">{"@context": "https://schema.org",
"@type": "Course", "@id": "%s", "name": "%s", "description": "Data.", "provider": {"@type": "Organization",
"name": "University of Example"}, "hasCourseInstance": {"@type": "CourseInstance", "courseMode": "evenings"}}</script>
</html>"""
TABLE = "id;Titel;Anbieter;Beginn;ECTS\n" + "".join(
    f"K{n};Kurs über Prüfungen {n};Universität Lübeck;{n % 28 + 1:02}.03.2026;3\n" for n in range(30)
)


def checked(desk: Desk, target: str, *words: str) -> dict[str, Any]:
    desk.status = desk.run("check", target, "--allow", "127.0.0.0/8", "--json", *words)
    said: dict[str, Any] = msgspec.json.decode(desk.out.splitlines()[-1])
    return said


def grades(said: dict[str, Any]) -> dict[str, str]:
    return {one["profile"]: one["grade"] for one in said["grades"] if "grade" in one}


def found(said: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {code: one for one in said["findings"] for code in (one["code"], *one.get("also", ()))}


def repository(server: FeedServer) -> OaiRepository:
    made = OaiRepository(server.url("/oai"), now=datetime.now(UTC), page_size=4)
    for number in range(9):
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)
        made.put(f"oai:x:{number}", DC.format(number), at=at, sets=("a",))
    made.delete("oai:x:5", at=datetime(2026, 1, 3, tzinfo=UTC))
    server.add_oai("/oai", made)
    return made


def test_a_repository_is_asked_politely_and_graded(desk: Desk) -> None:
    with serving(repository) as server:
        said = checked(desk, server.url("/oai"))
        calls = list(server.calls)
    assert len(calls) == said["requests"] <= 50
    assert {call.method for call in calls} == {"GET", "POST"}
    assert (said["protocol"], said["dialect"], said["records"], said["deleted"]) == ("oai_pmh", "oai_dc", 8, 1)
    assert grades(said) == {"annex1": "E", "oai-pmh": "A"}
    endpoint = next(one for one in said["grades"] if one["profile"] == "oai-pmh")
    assert {code for code in found(said) if code.startswith("oai.")} == {"oai.expiration", "oai.page_size"}
    assert set(endpoint["silent"]) == {"oai.identifier_block", "oai.date_finer"}
    assert endpoint.get("because", "") == ""
    place = found(said)["oai.page_size"]["places"][0]
    assert place["value"] == "4 records on a page"
    assert place["url"].startswith(server.url("/oai?verb=ListRecords"))
    assert not Path(desk.store.removeprefix("sqlite:///")).exists(), "nothing is stored"
    assert desk.files() == []


def test_a_repository_that_takes_everything_for_a_list(desk: Desk) -> None:
    def prepare(server: FeedServer) -> None:
        made = repository(server)

        async def serve(request: Any) -> Answer:
            verb = request.query.get("verb", "Identify")
            if verb not in {"Identify", "ListMetadataFormats", "ListSets"}:
                verb = "ListRecords"
            asked = {"verb": verb, **({"metadataPrefix": "oai_dc"} if verb == "ListRecords" else {})}
            return Answer(body=made.respond(asked)[2], headers={"Content-Type": "text/html"})

        server.add("/oai", serve)

    with serving(prepare) as server:
        said = checked(desk, server.url("/oai"), "--profile", "oai-pmh")
        assert len(server.calls) <= 50
    assert desk.status == 4
    assert grades(said) == {"oai-pmh": "C"}
    codes = set(found(said))
    for code in ("token_junk", "verb_none", "content_type", "date_impossible"):
        assert f"oai.{code}" in codes, code
    assert found(said)["oai.token_junk"]["places"][0]["value"] == "ListRecords"


def test_questions_stop_where_the_requests_do(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "MAX_REQUESTS", 12)
    with serving(repository) as server:
        said = checked(desk, server.url("/oai"), "--profile", "oai-pmh")
        assert len(server.calls) == 11
    endpoint = next(one for one in said["grades"] if one["profile"] == "oai-pmh")
    assert "questions were left out" in endpoint["because"]
    assert "oai.verb_twice" in endpoint["silent"]
    assert "oai.verb_twice" not in found(said)


def test_time_ends_a_check(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "MAX_SECONDS", 0.0)
    with serving(repository) as server:
        said = checked(desk, server.url("/oai"))
    assert (desk.status, said["records"], said["cut"]) == (3, 0, True)


def test_a_page_is_checked_by_itself(desk: Desk) -> None:
    with serving(lambda server: server.add("/c/7", (JSON_LD % ("K", "/c/7", "Data")).encode(), content_type="text/html")
    ) as server:  # fmt: skip
        said = checked(desk, server.url("/c/7"))
        assert [call.path for call in server.calls if call.path != "/robots.txt"] == ["/c/7"]
    assert (said["protocol"], said["dialect"], said["records"]) == ("site", "schema_org", 1)
    assert set(grades(said)) == {"annex1", "google-course"}
    mode = found(said)["google.course_mode"]
    assert mode["places"][0]["path"] == "/hasCourseInstance/courseMode"
    assert mode["places"][0]["value"] == "evenings"
    assert desk.status == 4


@pytest.mark.parametrize(("codec", "told"), [("cp1252", True), ("utf-8", False)])
def test_a_table_in_another_encoding(desk: Desk, tmp_path: Path, codec: str, told: bool) -> None:
    (tmp_path / "kurse.csv").write_bytes(TABLE.encode(codec))
    said = checked(desk, str(tmp_path / "kurse.csv"))
    assert said["records"] == 30
    assert ("feed.encoding_guessed" in found(said)) is told
    title = next(one for one in said["previews"] if one["record"] == "K0")
    assert title["title"] == "Kurs über Prüfungen 0"
    assert found(said)["annex1.learning_outcomes"]["places"][1]["line"] == 3
    assert set(grades(said)) == {"annex1"}


def test_a_table_whose_rows_nothing_tells_apart(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "kurse.csv").write_text("Titel;Anbieter\n" + "Kurs der Woche;VHS\n" * 4 + "Kurs am Abend;Uni\n")
    said = checked(desk, str(tmp_path / "kurse.csv"))
    assert found(said)["record.no_identifier"]["count"] == said["records"] == 5
    assert found(said)["record.duplicate"]["count"] == 3


def test_a_configured_source_is_checked_as_its_file_says(desk: Desk) -> None:
    with serving(lambda server: server.add("/k.csv", TABLE.encode())) as server:
        (desk.config / "sources" / "kurse.toml").write_text(
            f'title = "Kurse"\nprotocol = "file"\ndialect = "columns"\nurl = "{server.url("/k.csv")}"\n'
            'licence = "unknown"\n[network]\nallow = ["127.0.0.0/8"]\n[identity]\nkey = ["id"]\n'
            '[columns]\ntitle = "Titel"\n[defaults]\ncountry = "DE"\n'
        )
        said = checked(desk, "kurse")
        assert said["title"] == "Kurse"
        assert found(said)["annex1.country"]["count"] == 30, "a default counts for nothing"
        server.break_path("/k.csv", 503)
        assert checked(desk, "kurse")["failures"][0][1] == "source.throttled"
        assert desk.status == 3
        server.mend_path("/k.csv")
        assert desk.run("check", "kurse") == 4
    for shown in ("profile", "What to mend", "annex1.learning_outcomes", "line 2", "As the catalogue would show it"):
        assert shown in desk.out


def test_a_good_feed_ends_with_status_0(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "loq.xml").write_text(ELM)
    said = checked(desk, str(tmp_path / "loq.xml"), "--profile", "qdr-3.3")
    assert (desk.status, grades(said), said["findings"]) == (0, {"qdr-3.3": "A"}, said["findings"])
    assert not [one for one in said["findings"] if one["level"] == "must"]
    asked = checked(desk, str(tmp_path / "loq.xml"), "--profile", "qdr-3.1", "--profile", "xcri")
    assert grades(asked) == {"qdr-3.1": "D"}, "an edition that was named is judged, another format is not"
    assert set(found(asked)) >= {"qdr.namespace"}


def test_placeholders_do_not_pass(desk: Desk, tmp_path: Path) -> None:
    """What a national exporter writes where it does not know: outcome = title, 0099, OP_DATPRO, 1 August."""
    text = ELM.replace("Keeps a record of processing activities", "Data protection for small companies")
    text = text.replace("isced-f/0421", "isced-f/0099").replace("language/ENG", "language/OP_DATPRO")
    (tmp_path / "loq.xml").write_text(text.replace("2026-09-14T", "2026-08-01T"))
    said = checked(desk, str(tmp_path / "loq.xml"))
    codes = found(said)
    for code in ("outcome_says_more", "isced_placeholder", "language_placeholder", "start_guessed"):
        assert f"qdr.{code}" in codes, code
    place = codes["qdr.isced_placeholder"]["places"][0]
    assert (place["record"], place["line"]) == ("urn:spec:1", text.splitlines().index(
        '<ISCEDFCode uri="http://data.europa.eu/snb/isced-f/0099"/>') + 1)  # fmt: skip
    assert "annex1.subject" in codes and "annex1.language" in codes  # noqa: PT018
    assert grades(said) == {"qdr-3.3": "B", "annex1": "E"}, "what passes the schema and says nothing is no A"


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("no-such-source",), 2, "config.unknown_source"),
        (("no/such/file.csv",), 3, "source.gone_file"),
        (("ftp://example.org/x",), 2, "command.invalid"),
        (("x.csv", "--profile", "qdr"), 2, "command.invalid"),
        (("https://host.invalid/feed",), 3, "source.dns"),
        (("http://127.0.0.1:9/feed",), 3, "source.address"),
    ],
)
def test_what_cannot_be_checked_says_why(desk: Desk, words: tuple[str, ...], status: int, code: str) -> None:
    assert desk.run("check", *words) == status
    assert f"[{code}]" in desk.err


def test_a_report_that_cannot_be_written_says_so(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "loq.xml").write_text(ELM)
    assert desk.run("check", str(tmp_path / "loq.xml"), "--out", str(tmp_path / "none" / "r.html")) == 2
    assert "[command.invalid]" in desk.err


class Page(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


TAGS = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "section", "footer", "article", "div"),
    *("span", "p", "h1", "h2", "h3", "b", "i", "q", "br", "ul", "ol", "li", "dl", "dt", "dd", "code", "pre"),
    *("table", "thead", "tbody", "tr", "th", "td", "details", "summary"),
}


def hostile_table(folder: Path) -> Path:
    rows = f'1;"{SCRIPT} & Ärger";"javascript:alert(2)";"https://x.example/""><img src=x onerror=alert(3)>"\n'
    path = folder / f"{SCRIPT.replace('/', '|')}.csv"
    path.write_text("id;Titel;Anbieter;Link\n" + rows + '2;Kurs;"<b>VHS</b>";x\n', encoding="utf-8")
    return path


def hostile_page(folder: Path) -> Path:
    script = SCRIPT.replace("</", "<\\/")
    path = folder / "page.html"
    path.write_text(JSON_LD % ("&lt;b&gt;K", "javascript:alert(2)", f"{script} & Ärger"), encoding="utf-8")
    return path


@pytest.mark.parametrize("hostile", [hostile_table, hostile_page])
def test_the_page_loads_nothing_and_holds_no_markup_of_the_feed(desk: Desk, tmp_path: Path, hostile: Any) -> None:
    assert desk.run("check", str(hostile(tmp_path)), "--out", str(tmp_path / "r.html")) == 4
    assert "\x1b" not in desk.out
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    page = Page(text)
    assert {tag for tag, _ in page.tags} <= TAGS
    for tag, attributes in page.tags:
        assert not [one for one in attributes if one.startswith("on") or one in {"src", "href", "action"}], tag
        assert "alert" not in str(attributes)
    assert f"{SCRIPT} & Ärger" in page.text, "shown as text"
    assert "javascript:alert(2)" in page.text
    assert not re.search(r"url\(|@import|https?://", "".join(re.findall(r"(?s)<style>.*?</style>", text)))
    assert "default-src 'none'" in text


def test_the_page_of_a_repository_is_whole(desk: Desk, tmp_path: Path) -> None:
    with serving(repository) as server:
        checked(desk, server.url("/oai"), "--out", str(tmp_path / "r.html"))
    page = Page((tmp_path / "r.html").read_text(encoding="utf-8"))
    for shown in (
        "OAI-PMH 2.0",
        "European standard elements",
        "A page has 100 to 500 records.",
        "Kurs 0",
        "How grades",
    ):
        assert shown in page.text


@pytest.mark.shared
def test_no_hostile_file_crashes_it(desk: Desk, shared: Path, tmp_path: Path) -> None:
    files = sorted(path for path in (shared / "hostile").rglob("*") if path.is_file())
    assert len(files) > 100
    for path in files:
        status = desk.run("check", str(path), "--out", str(tmp_path / "r.html"))
        assert status in {0, 2, 3, 4}, path
        assert "[command.bug]" not in desk.err, path
        if status in {2, 3}:
            assert re.search(r"\[(?:source|config|command)\.[a-z_]+\]", desk.err), path


@pytest.mark.shared
def test_the_open_university(desk: Desk, shared: Path) -> None:
    said = checked(desk, str(shared / "feeds" / "xcri" / "ou-conversion.xml"))
    assert (said["records"], said["offers"], said["cut"]) == (965, 965, False)
    assert grades(said) == {"annex1": "D", "xcri": "B"}
    codes = found(said)
    assert codes["annex1.quality_assurance"]["count"] == 965, "no course says how quality is assured"
    assert codes["xcri.study_mode"]["count"] == codes["xcri.study_mode"]["of"] == 896, "no identifier of the list"
    lines = (shared / "feeds" / "xcri" / "ou-conversion.xml").read_text(encoding="utf-8-sig").splitlines()
    places = [place for one in said["findings"] for place in one.get("places", ()) if place.get("line")]
    assert len(places) > 50
    for place in places:
        if place.get("path", "").startswith("/course/") and place.get("value"):
            name = place["path"].rpartition("/")[2].lstrip("@")
            assert name in lines[place["line"] - 1].lower(), place


@pytest.mark.shared
def test_edurep_over_http(desk: Desk, shared: Path) -> None:
    feeds = shared / "feeds" / "oai"
    other = {"Identify": "sickle-Identify.xml", "ListMetadataFormats": "sickle-ListMetadataFormats.xml"}

    async def serve(request: Any) -> Answer:
        asked = request.query
        if asked.get("verb") == "ListRecords" and asked.get("metadataPrefix", "lom") == "lom":
            part = 1 if "resumptionToken" in asked else 0
            body = (feeds / f"edurep-oaipmh.initial.{part}.xml").read_bytes()
        elif asked.get("verb") in other:
            body = (feeds / other[asked["verb"]]).read_bytes().replace(b">oai_dc<", b">lom<")
            body = body.replace(b"http://www.openarchives.org/OAI/2.0/oai_dc/", b"http://ltsc.ieee.org/xsd/LOM")
        else:
            return Answer(status=404, body=b"not found")
        return Answer(body=body, headers={"Content-Type": "text/xml"})

    with serving(lambda server: server.add("/oai", serve)) as server:
        said = checked(desk, server.url("/oai"))
        assert len(server.calls) <= 50
    assert (desk.status, said["dialect"], said["records"] + said["deleted"]) == (4, "lom", 12)
    assert "oai-pmh" in grades(said)
    codes = found(said)
    assert codes["record.not_an_offer"]["count"] == said["records"], "learning objects, no courses"
    assert {"oai.formats", "oai.base_url", "oai.post_identify", "oai.token_junk"} <= set(codes)
    assert (
        next(one for one in said["grades"] if one["profile"] == "annex1")["because"] == "There was no offer to judge."
    )


def test_a_long_table_is_looked_into_and_not_read_to_its_end(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_RECORDS", 20)
    (tmp_path / "kurse.csv").write_text(TABLE, encoding="utf-8")
    said = checked(desk, str(tmp_path / "kurse.csv"))
    assert (said["records"], said["offers"], said["cut"]) == (20, 20, True)
    assert found(said)["annex1.learning_outcomes"]["of"] == 20


def test_no_secret_of_an_address_gets_into_a_report(desk: Desk, tmp_path: Path) -> None:
    with serving(lambda server: server.add("/k.csv", TABLE.encode())) as server:
        address = server.url("/k.csv?api_key=s3cr3t-of-the-feed")
        said = checked(desk, address, "--out", str(tmp_path / "r.html"))
    assert said["records"] == 30
    assert "s3cr3t" not in desk.out + (tmp_path / "r.html").read_text(encoding="utf-8")


def test_nothing_of_a_learners_credential_is_shown(desk: Desk, tmp_path: Path) -> None:
    credential = {
        "@context": ["https://www.w3.org/ns/credentials/v2"], "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "credentialSubject": {"id": "did:example:learner", "name": "Ada Lovelace"}, "issuer": "https://example.org",
    }  # fmt: skip
    lines = [{"id": "1", "title": "One course"}, {"id": "2", "title": "Two courses"}, credential]
    (tmp_path / "c.jsonl").write_bytes(b"\n".join(map(msgspec.json.encode, lines)) + b"\n")
    desk.run("check", str(tmp_path / "c.jsonl"), "--json", "--out", str(tmp_path / "r.html"))
    written = tmp_path / "r.html"
    assert "Lovelace" not in desk.out + desk.err + (written.read_text(encoding="utf-8") if written.exists() else "")


def test_lines_are_those_of_the_file(desk: Desk, tmp_path: Path) -> None:
    """Lines above the header, and cells of several lines, count."""
    rows = 'K1;"Kurs über\nzwei Zeilen";VHS\nK2;Kurs über die Daten;VHS\nK3;Kurs über das Lernen;Uni\n'
    (tmp_path / "kurse.csv").write_text(f"Export 2026\n\nid;Titel;Anbieter\n{rows}", encoding="utf-8")
    said = checked(desk, str(tmp_path / "kurse.csv"))
    places = found(said)["annex1.learning_outcomes"]["places"]
    assert [(one["record"], one["line"]) for one in places] == [("K1", 4), ("K2", 6), ("K3", 7)]
    (tmp_path / "k.jsonl").write_text('{"id": "1", "title": "One course"}\n\n{"id": "2", "title": "Two courses"}\n')
    places = found(checked(desk, str(tmp_path / "k.jsonl")))["annex1.learning_outcomes"]["places"]
    assert [one["line"] for one in places] == [1, 3]


def test_an_empty_file_is_told_as_to_somebody_who_waits(desk: Desk, tmp_path: Path) -> None:
    """A daemon asks again at its next slot and withdraws nothing; a check does neither."""
    (tmp_path / "empty.xml").write_bytes(b"")
    assert desk.run("check", str(tmp_path / "empty.xml")) == 3
    assert "The answer is empty: look at what is there, and try again." in desk.err
    assert "asked again" not in desk.err


def test_a_place_is_that_of_its_own_field(desk: Desk, tmp_path: Path) -> None:
    """Five hours, and a price of 5 without a currency: the finding shows the column of the price."""
    rows = "".join(f"K{n};Course {n};University;5;5\n" for n in range(3))
    (tmp_path / "k.csv").write_text(f"id;title;provider;hours;price\n{rows}", encoding="utf-8")
    told = found(checked(desk, str(tmp_path / "k.csv")))["price.no_currency"]
    assert [(one["path"], one["value"]) for one in told["places"]] == [("/price", "5")] * 3
    assert told["example"]


def test_a_listed_page_that_is_not_there_is_told(desk: Desk) -> None:
    """A harvest takes it for withdrawn; whoever publishes the list wants to know, and the whole of what is wrong."""

    def site(server: FeedServer) -> None:
        pages = [server.url(f"/c/{number}") for number in range(4)]
        listed = "".join(f"<url><loc>{page}</loc></url>" for page in pages)
        head = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        server.add(
            "/sitemap.xml", Answer(body=f"{head}{listed}</urlset>".encode(), headers={"Content-Type": "text/xml"})
        )
        server.add("/robots.txt", Answer(status=404))
        for number, page in enumerate(pages[:2]):
            body = (JSON_LD % (f"Course {number}", page, f"Course {number}")).encode()
            server.add(f"/c/{number}", Answer(body=body, headers={"Content-Type": "text/html"}))
        broken = (
            b'<html><script type="application/ld+json">{"@type": "Course", "name": "x", "x": [1 2 3]}</script></html>'
        )
        server.add("/c/2", Answer(body=broken, headers={"Content-Type": "text/html"}))
        server.add("/c/3", Answer(status=404, body=b"gone"))

    with serving(site) as server:
        said = checked(desk, server.url("/sitemap.xml"))
        told = found(said)["feed.dead_item"]
        assert (said["records"], told["count"]) == (2, 1)
        assert told["places"][0]["value"] == server.url("/c/3")
        desk.run("check", server.url("/sitemap.xml"), "--allow", "127.0.0.0/8")
        assert f"{server.url('/c/2')}: JSON is malformed" in " ".join(desk.out.split())
