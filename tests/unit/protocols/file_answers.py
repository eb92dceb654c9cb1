"""One answer read as a file, whatever its format: for tests of the protocol `file`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from microharvest.connectors.protocols.file.reader import Options, Reader

from microharvest.kit import Request
from tests.unit.protocols.answers import Read, answer

URL = "https://feed.example/offers"
ASKED = Request(lane="file", url=URL)


def read(folder: Path, content: bytes | str, *, url: str = URL, status: int = 200, **options: Any) -> Read:
    body = answer(folder, content, url=url, status=status)
    return Read(Reader(msgspec.convert(options, Options), URL).parse(body, ASKED))
