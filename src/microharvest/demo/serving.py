"""What the demo's feed server serves: the bundled sample feeds, or a folder of real ones.

A real file that is not there is a sentence, not an error: its source is left out.
"""

from __future__ import annotations

import re
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

from microharvest.demo.place import Place
from microharvest.testing.feed_server import Answer, FeedServer
from microharvest.testing.oai_repository import OaiRepository

__all__ = ["REAL_FILES", "serve_real", "serve_samples"]

REAL_FILES: dict[str, tuple[str, ...]] = {
    "real-elm": ("elm/loq.xml",),
    "real-udemy": ("mooclists/udemy_courses.csv",),
    "real-udemy-renamed": ("mooclists/coursera_courses.csv",),
    "real-etpl": ("njetpl/etpl-before-2021-04-06.csv",),
    "real-edurep": ("oai/edurep-oaipmh.initial.0.xml", "oai/edurep-oaipmh.initial.1.xml"),
    "real-greeni": ("oai/surf-greeni.initial.0.xml", "oai/surf-greeni.initial.1.xml"),
    "real-pages": ("webpages",),
}
"""Source id -> the files (or the folder) of real data it needs, below the folder that `--feeds` names."""

_TOKEN = re.compile(rb"<resumptionToken[^>]*>([^<]+)</resumptionToken>")
_IDENTIFY = """<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2022-03-23T15:00:00Z</responseDate>
<request verb="Identify">http://127.0.0.1/</request><Identify><repositoryName>Recorded answers</repositoryName>
<baseURL>http://127.0.0.1/</baseURL><protocolVersion>2.0</protocolVersion><adminEmail>admin@example.org</adminEmail>
<earliestDatestamp>1970-01-01T00:00:00Z</earliestDatestamp><deletedRecord>transient</deletedRecord>
<granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify></OAI-PMH>
"""


def serve_samples(server: FeedServer, place: Place, now: datetime) -> None:
    """The bundled feeds: files, a site with its sitemap, an OAI-PMH repository."""
    server.add_folder("/files", place.feeds)
    server.add_folder("/site", place.feeds / "site")
    server.add("/site/sitemap.xml", place.sitemap(server.url().rstrip("/")))
    server.add_oai("/oai", _repository(place.feeds / "oai" / "saimaanranta.toml", server.url("/oai"), now))


def _repository(path: Path, address: str, now: datetime) -> OaiRepository:
    repository = OaiRepository(address, now=now, page_size=8)
    for record in tomllib.loads(path.read_text(encoding="utf-8"))["record"]:
        at = datetime.fromisoformat(record["datestamp"])
        repository.put(record["identifier"], record.get("metadata", ""), at=at, sets=tuple(record["sets"]))
        if record.get("deleted", False):
            repository.delete(record["identifier"], at=at)
    return repository


def serve_real(server: FeedServer, feeds: Path) -> dict[str, str]:
    """Serve what is there of `REAL_FILES`; {source: sentence} for each source whose files are not."""
    absent: dict[str, str] = {}
    for source, names in REAL_FILES.items():
        missing = [name for name in names if not (feeds / name).exists()]
        if missing:
            absent[source] = f"{source} is left out: {', '.join(missing)} is not in {feeds}."
    server.add_folder("/files", feeds)
    for source in ("real-edurep", "real-greeni"):
        if source not in absent:
            pages = [(feeds / name).read_bytes() for name in REAL_FILES[source]]
            server.add(f"/oai/{source}", _recorded_oai(pages))
    if "real-pages" not in absent:
        pages_found = sorted(path.name for path in (feeds / "webpages").glob("*.html"))
        listed = "".join(f"{server.url(f'/files/webpages/{name}')}\n" for name in pages_found)
        server.add("/pages.txt", listed.encode(), content_type="text/plain")
    return absent


def _recorded_oai(pages: list[bytes]) -> Any:
    """Recorded ListRecords answers, each given for the token its predecessor ends with; the last one ends the list."""
    tokens = [found[1].decode() if (found := _TOKEN.search(page)) else "" for page in pages]
    last = _TOKEN.sub(b"<resumptionToken/>", pages[-1])
    after = dict(zip(tokens, [*pages[1:-1], last], strict=False))

    async def answer(request: Any) -> Any:
        if request.query.get("verb") == "Identify":
            return _xml(_IDENTIFY.encode())
        token = request.query.get("resumptionToken")
        return _xml(pages[0] if token is None else after.get(token, last))

    return answer


def _xml(body: bytes) -> Answer:
    return Answer(body=body, headers={"Content-Type": "text/xml; charset=utf-8"})
