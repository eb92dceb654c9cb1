"""Answers of an OAI-PMH server, and a reader to give them to."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from microharvest.connectors.protocols.oai_pmh.reader import Options, Reader

from microharvest.kit import Request
from tests.unit.protocols.answers import Read, answer

BASE = "https://feed.example/oai"
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
ENVELOPE = (
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-11-24T03:00:05Z</responseDate>'
    '<request verb="ListRecords">https://feed.example/oai</request>{}</OAI-PMH>'
)
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def record(number: int, title: str | None = None, *, deleted: bool = False, metadata: bool = True) -> str:
    status = ' status="deleted"' if deleted else ""
    payload = (
        '<metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{title or f'Title {number}'}</dc:title></oai_dc:dc></metadata>"
    )
    return (
        f"<record><header{status}><identifier>oai:x:{number}</identifier><datestamp>2025-01-01</datestamp></header>"
        f"{payload if metadata and not deleted else ''}</record>"
    )


def page(*records: str, token: str | None = None, attributes: str = "") -> str:
    written = "" if token is None else f"<resumptionToken{attributes}>{token}</resumptionToken>"
    return DECLARATION + ENVELOPE.format(f"<ListRecords>{''.join(records)}{written}</ListRecords>")


def error(code: str, text: str = "") -> str:
    return DECLARATION + ENVELOPE.format(f'<error code="{code}">{text}</error>')


def reader(**options: Any) -> Reader:
    return Reader(msgspec.convert(options, Options), BASE)


def asked(**carry: Any) -> Request:
    depth = 1 if "token" in carry else 0
    query = f"resumptionToken={carry['token']}" if depth else "metadataPrefix=oai_dc"
    url = f"{BASE}?verb=ListRecords&{query}"
    return Request(lane="records", url=url, depth=depth, carry={"granularity": "day", **carry})


def read(
    folder: Path, content: bytes | str, request: Request | None = None, *, status: int = 200, **options: Any
) -> Read:
    body = answer(folder, content, url=BASE, status=status)
    return Read(reader(**options).parse(body, request or asked()))


IDENTIFY = DECLARATION + ENVELOPE.format(
    "<Identify><repositoryName>n</repositoryName><baseURL>https://feed.example/oai</baseURL>"
    "<protocolVersion>2.0</protocolVersion><earliestDatestamp>2026-01-01</earliestDatestamp>"
    "<deletedRecord>persistent</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"
)
