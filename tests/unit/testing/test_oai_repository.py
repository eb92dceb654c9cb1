"""The repository keeps OAI-PMH 2.0, and our own reader reads all of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl

import pytest
from microharvest.connectors.protocols.oai_pmh.reader import Options, Reader

from microharvest.kit import Request
from microharvest.testing.oai_repository import OaiRepository
from tests.unit.protocols.answers import Read, answer

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
LIST = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}


def repository(count: int = 25, granularity: Literal["day", "seconds"] = "seconds") -> OaiRepository:
    found = OaiRepository(now=NOW, page_size=10, granularity=granularity)
    for number in range(count):
        at = NOW - timedelta(days=count - number)
        found.put(
            f"oai:x:{number:02}", f"<dc><title>T {number} &amp; more</title></dc>", at=at, sets=("a", f"b:{number % 2}")
        )
    return found


def arguments(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.url.partition("?")[2], strict_parsing=True))


def harvest(folder: Path, served: OaiRepository, state: dict[str, str] | None = None) -> list[tuple[str, bool]]:
    """(id, deleted) of everything a run reads; asserts that every list comes to its end."""
    own = Reader(Options(), served.base_url)
    pending = own.start(dict(state or {}), NOW, full=state is None)
    seen = []
    while pending:
        request = pending.pop(0)
        status, _, body = served.respond(arguments(request))
        found = Read(own.parse(answer(folder, body, status=status), request))
        assert (found.refused, found.codes, found.rejected) == (None, [], [])
        assert found.follow or found.ended is True
        seen += [(one.native_id or "", one.deleted) for one in found.documents]
        pending += found.follow
    return seen


def test_a_full_harvest_and_a_delta(tmp_path: Path) -> None:
    served = repository()
    assert harvest(tmp_path, served) == [(f"oai:x:{number:02}", False) for number in range(25)]
    served.delete("oai:x:03", at=NOW - timedelta(minutes=5))
    served.put("oai:x:99", "<dc/>", at=NOW - timedelta(minutes=1))
    watermark = {"watermark": (NOW - timedelta(hours=1)).isoformat()}
    assert harvest(tmp_path, served, watermark) == [("oai:x:24", False), ("oai:x:03", True), ("oai:x:99", False)]
    assert len(harvest(tmp_path, served)) == 26
    assert harvest(tmp_path, repository(0)) == []


def test_a_repository_that_forgets() -> None:
    served = OaiRepository(now=NOW, deleted_record="no")
    served.put("1", "<a/>", at=NOW)
    served.delete("1", at=NOW)
    assert served.records == {}
    with pytest.raises(KeyError):
        served.delete("1", at=NOW)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, 'error code="badVerb"'),
        ({"verb": "x"}, 'error code="badVerb"'),
        ({"verb": "Identify", "set": "a"}, 'error code="badArgument"'),
        ({"verb": "Identify"}, "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity>"),
        ({"verb": "ListRecords"}, 'error code="badArgument"'),
        ({**LIST, "metadataPrefix": "elm"}, 'error code="cannotDisseminateFormat"'),
        ({**LIST, "from": "2026-02-30"}, 'error code="badArgument"'),
        ({**LIST, "from": "2026-11-24", "until": "2026-11-23"}, 'error code="badArgument"'),
        ({**LIST, "from": "2026-11-01", "until": "2026-11-23T00:00:00Z"}, 'error code="badArgument"'),
        ({**LIST, "until": "1999-01-01"}, 'error code="noRecordsMatch"'),
        ({**LIST, "set": "c"}, 'error code="noRecordsMatch"'),
        ({**LIST, "set": "b"}, 'completeListSize="25"'),
        ({**LIST, "set": "b:1"}, 'completeListSize="12"'),
        ({**LIST, "from": "2026-11-23", "until": "2026-11-23"}, "oai:x:24"),
        ({"verb": "ListRecords", "resumptionToken": "x"}, 'error code="badResumptionToken"'),
        ({"verb": "ListRecords", "resumptionToken": "x", "set": "a"}, 'error code="badArgument"'),
        ({"verb": "ListSets"}, "<setSpec>b:0</setSpec>"),
        ({"verb": "ListMetadataFormats"}, "<metadataPrefix>oai_dc</metadataPrefix>"),
        ({"verb": "ListMetadataFormats", "identifier": "x"}, 'error code="idDoesNotExist"'),
        ({"verb": "GetRecord", "identifier": "oai:x:01", "metadataPrefix": "oai_dc"}, "<title>T 1 &amp; more</title>"),
        ({"verb": "GetRecord", "identifier": "\x00<", "metadataPrefix": "oai_dc"}, 'error code="idDoesNotExist"'),
        ({"verb": "ListIdentifiers", "metadataPrefix": "oai_dc"}, "<header><identifier>oai:x:00</identifier>"),
    ],
)
def test_answers(given: dict[str, str], expected: str) -> None:
    status, headers, body = repository().respond(given)
    assert (status, headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
    assert expected in body.decode()


def test_days_only() -> None:
    served = repository(granularity="day")
    assert 'code="badArgument"' in served.respond({**LIST, "from": "2026-11-01T00:00:00Z"})[2].decode()
    assert "<datestamp>2026-11-23</datestamp>" in served.respond({**LIST, "from": "2026-11-23"})[2].decode()


def test_a_token_can_be_asked_again_and_not_for_another_verb() -> None:
    served = repository()
    token = served.respond(LIST)[2].decode().partition("</resumptionToken>")[0].rpartition(">")[2]
    asked = {"verb": "ListRecords", "resumptionToken": token}
    assert served.respond(asked) == served.respond(asked)
    assert b"badResumptionToken" in served.respond({**asked, "verb": "ListIdentifiers"})[2]
