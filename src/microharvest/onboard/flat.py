"""Flat views of documents: every value of a JSON record or shallow XML element under its path, as the dialect `columns`
will find it there. Bounded: documents come from strangers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from microharvest.kit.protocol import Batch, Body, Refused, Request
from microharvest.kit.readers import Unreadable, local_name
from microharvest.onboard.cells import Cells

__all__ = ["cells_of", "read_documents", "texts_in"]

MAX_DOCUMENTS = 20_000
_DEPTH, _PATHS, _PER_PATH = 3, 400, 50


def read_documents(reader: Any, body: Body, limit: int = MAX_DOCUMENTS) -> tuple[list[Any], int]:
    """(documents, rejected ones) a protocol's reader cuts from a body. Raises Unreadable with the reader's refusal."""
    documents: list[Any] = []
    rejected = 0
    request = Request(lane="file", url=body.url)
    for answer in reader.parse(body, request):
        if isinstance(answer, Refused):
            raise Unreadable(answer.code, answer.detail or "The answer was refused.")
        assert isinstance(answer, Batch)
        documents += answer.documents
        rejected += len(answer.rejected)
        if len(documents) >= limit:
            break
    return documents, rejected


def cells_of(documents: Iterable[Any]) -> list[Cells]:
    """A column per path, in order of appearance; nested values under dotted paths, lists with all their values."""
    columns: dict[str, list[str]] = {}
    filled: Counter[str] = Counter()
    rows = 0
    for document in documents:
        rows += 1
        found: dict[str, list[str]] = {}
        if document.xml is not None:
            _from_xml(document.xml, "", found, 0)
        else:
            _from_json(document.value, "", found, 0)
        for path, values in found.items():
            if path in columns or len(columns) < _PATHS:
                columns.setdefault(path, []).extend(values[:_PER_PATH])
                filled[path] += 1
    return [Cells(path, values, rows, filled[path]) for path, values in columns.items()]


def _from_json(value: Any, path: str, found: dict[str, list[str]], depth: int) -> None:
    if isinstance(value, dict):
        if depth < _DEPTH:
            for key, member in value.items():
                _from_json(member, f"{path}.{key}" if path else str(key), found, depth + 1)
    elif isinstance(value, list):
        for member in value[:_PER_PATH]:
            _from_json(member, path, found, depth)
    elif value is not None and path:
        text = str(value) if not isinstance(value, bool) else str(value).lower()
        if text.strip():
            found.setdefault(path, []).append(text)


def _from_xml(element: Any, path: str, found: dict[str, list[str]], depth: int) -> None:
    for name, value in element.attrib.items():
        key = f"@{local_name(name)}"
        if value.strip() and not name.startswith("{http://www.w3.org/"):
            found.setdefault(f"{path}.{key}" if path else key, []).append(value)
    text = (element.text or "").strip()
    if text and path:
        found.setdefault(path, []).append(text)
    if depth < _DEPTH:
        for child in element:
            if isinstance(child.tag, str):
                name = local_name(child.tag)
                _from_xml(child, f"{path}.{name}" if path else name, found, depth + 1)


def texts_in(documents: Iterable[Any]) -> list[str]:
    """The longer texts of some documents: what a language can be told by."""
    texts: list[str] = []
    for cells in cells_of(documents):
        texts += [value for value in cells.some[:40] if " " in value and not value.startswith("http")]
    return texts
