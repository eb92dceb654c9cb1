"""XML: the root as one document, or every element of one name; by size in memory, in parts, or from spilled objects.

What must stay true: a DOCTYPE is refused, an HTML page is no feed, memory is bounded whatever the size; a document
that is not well formed is sanitised by name (up to 32 MiB) or refused, and no element is given twice.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from microharvest.connectors.protocols.file.options import Options  # found by a path hook
from microharvest.connectors.protocols.file.plain import BATCH, Plain

from microharvest.kit import Batch, Document, Evidence, Finding
from microharvest.kit.readers import Pull, SpilledObjects, Unreadable, local_name, read_root, read_tree, sanitise

__all__ = ["read_xml"]

MAX_TREE_BYTES = 16 * 1024 * 1024
MAX_REPAIRED_BYTES = 32 * 1024 * 1024


def read_xml(plain: Plain, options: Options) -> Iterator[Batch]:
    """Every outermost element of the local name `select` as a document; without it the root, or its objects where
    the file is over 16 MiB (see `kit.readers.SpilledObjects`)."""
    stream, url, select = plain.stream, plain.url, options.select
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    given = 0
    try:
        _refuse_html(stream)
        for batch in _elements(stream, url, select, 0):
            given += len(batch.documents)
            yield batch
    except Unreadable as error:
        if error.code != "source.protocol" or "DOCTYPE" in error.detail or size > MAX_REPAIRED_BYTES:
            raise
        strict = error
    else:
        return
    stream.seek(0)
    content = stream.read(MAX_REPAIRED_BYTES + 1)
    clean, done = sanitise(content, _first_name(content))
    yield from _elements(io.BytesIO(clean), url, select, given)
    yield Batch(findings=(Finding(code="feed.repaired", detail=f"sanitised: {done or strict.detail}"[:200]),))


def _refuse_html(stream: BinaryIO) -> None:
    if read_root(stream).local.lower() == "html":
        raise Unreadable("source.not_a_feed", "The answer is an HTML page.")
    stream.seek(0)


def _elements(stream: BinaryIO, url: str, select: str, given: int) -> Iterator[Batch]:
    if select:
        seen = 0
        for elements in Pull(stream, select, accept=_is_outermost, keep_rest=False).batches(BATCH):
            new = elements[max(0, given - seen) :]
            seen += len(elements)
            yield Batch(documents=tuple(Document(xml=element, url=url) for element in new))
    else:
        content = stream.read(MAX_TREE_BYTES + 1)
        if len(content) <= MAX_TREE_BYTES:
            yield Batch(documents=(Document(xml=read_tree(content), url=url),))
        else:
            del content
            stream.seek(0)
            with SpilledObjects(stream) as objects:
                yield Batch(documents=(Document(objects=objects, url=url),))
    yield Batch(evidence=Evidence(ended=True, closed=True))


def _is_outermost(element: Any) -> bool:
    name = local_name(element.tag)
    return not any(local_name(above.tag) == name for above in element.iterancestors())


def _first_name(content: bytes) -> str:
    """The local name of the first element, where strict reading did not get that far."""
    text = content[:65536].replace(b"\x00", b"").decode("latin-1")
    match = re.search(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s>/]", text)
    if match is None:
        raise Unreadable("source.not_a_feed", "The answer holds no XML element.")
    return match[1]
