"""The formats of the file protocol: each turns an open stream into batches, and proves or disproves its own end.

What must stay true: CSV, JSON Lines and XML with `select` stream; a row or line that cannot be read is rejected
with its bytes while the others stand; what breaks the file as a whole raises Unreadable.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from microharvest.kit import Batch, Document, Evidence, Finding, Rejected
from microharvest.kit.readers import (
    ABSENT,
    MAX_RDF_BYTES,
    Encoding,
    Header,
    Pull,
    Row,
    Unreadable,
    decode_json,
    encode_json,
    find_delimiter,
    find_encoding,
    find_syntax,
    is_error_envelope,
    local_name,
    locate,
    name_columns,
    read_rdf,
    read_root,
    read_rows,
    read_tree,
    sanitise,
)

__all__ = ["read_csv", "read_graph", "read_json", "read_jsonl", "read_xml"]

BATCH = 200
MAX_JSON_BYTES = 512 * 1024 * 1024
MAX_XML_BYTES = 128 * 1024 * 1024
MAX_REPAIRED_BYTES = 64 * 1024 * 1024
MAX_LINE_BYTES = 8 * 1024 * 1024
_SAMPLE_CHARS = 64 * 1024


def read_csv(
    stream: BinaryIO,
    url: str,
    *,
    encoding: str,
    delimiter: str,
    quote: str,
    skip_rows: int,
    header: tuple[str, ...],
) -> Iterator[Batch]:
    """One document per row: {column: cell}, empty cells left out. `skip_rows` counts lines before the header."""
    found = find_encoding(stream, encoding)
    stream.seek(0)
    if delimiter == "auto":
        decoder = codecs.getincrementaldecoder(found.codec)(found.errors)
        sample = decoder.decode(stream.read(4 * _SAMPLE_CHARS if "utf-16" in found.codec else _SAMPLE_CHARS))
        delimiter = find_delimiter("\n".join(sample.splitlines()[skip_rows:]), quote) if sample else ","
        stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=found.codec, errors=found.errors, newline="")
    try:
        for _ in range(skip_rows):
            text.readline(MAX_LINE_BYTES)
        rows = read_rows(text, delimiter, quote)
        named = Header(list(header), []) if header else _read_header(rows)
        doubled = tuple(Finding(code="feed.header_duplicate", detail=one) for one in named.duplicates)
        yield Batch(findings=found.findings + doubled)
        yield from _rows(rows, named.names, url, found)
    finally:
        text.detach()  # the stream is the caller's to close


def _read_header(rows: Iterator[Row]) -> Header:
    first = next(rows, None)
    if first is not None and first.source.startswith("sep=") and len(first.source.strip()) <= 5:
        first = next(rows, None)
    if first is None:
        raise Unreadable("source.cut", "The file holds no header row.")
    return name_columns(first.cells)


def _rows(rows: Iterator[Row], names: list[str], url: str, encoding: Encoding) -> Iterator[Batch]:
    width = len(names)
    documents: list[Document] = []
    rejected: list[Rejected] = []
    closed, whole = True, True
    for cells, source, line in rows:
        closed = source.endswith(("\n", "\r"))
        whole = len(cells) == width or (len(cells) > width and not any(map(str.strip, cells[width:])))
        if whole:
            value = {name: cell for name, cell in zip(names, cells, strict=False) if cell and not cell.isspace()}
            if value:
                documents.append(Document(value=value, url=url))
        else:
            detail = f"Line {line} has {len(cells)} cells, the header {width}."
            content = source.encode(encoding.codec.removesuffix("-sig"), "replace")
            rejected.append(Rejected(code="feed.row_width", detail=detail, content=content))
        if len(documents) + len(rejected) >= BATCH:
            yield Batch(documents=tuple(documents), rejected=tuple(rejected))
            documents, rejected = [], []
    # A last row that is neither ended nor of full width was cut in the middle.
    truncated = not closed and not whole
    yield Batch(
        documents=tuple(documents),
        rejected=tuple(rejected),
        findings=(Finding(code="feed.truncated", detail="The last row is not whole."),) if truncated else (),
        evidence=Evidence(ended=not truncated, closed=closed),
    )


def read_json(
    stream: BinaryIO, url: str, *, select: str, keyed: bool, total: str, max_bytes: int = MAX_JSON_BYTES
) -> Iterator[Batch]:
    """A list (at the top or at `select`), an object of objects (`keyed`), or one object as one document."""
    content = stream.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise Unreadable("source.too_large", f"A JSON file of more than {max_bytes} bytes; use jsonl.")
    value = decode_json(content)
    if is_error_envelope(value):
        raise Unreadable("source.not_a_feed", "The answer is an error message in JSON.")
    listed = locate(value, select)
    if listed is ABSENT:
        raise Unreadable("source.not_a_feed", f"Nothing stands at {select!r}.")
    if keyed and not isinstance(listed, dict):
        raise Unreadable("source.not_a_feed", "With `keyed` the selection has to be an object.")
    if not isinstance(listed, list | dict):
        raise Unreadable("source.not_a_feed", "The selection is neither a list nor an object.")
    said = locate(value, total) if total else None
    evidence = Evidence(ended=True, closed=True, total=_count(said))
    if keyed and isinstance(listed, dict):
        yield from _members(iter(listed.items()), url)
    else:
        yield from _members(((None, one) for one in (listed if isinstance(listed, list) else [listed])), url)
    yield Batch(evidence=evidence)


def _count(said: Any) -> int | None:
    if isinstance(said, str) and said.strip().isdecimal():
        said = int(said)
    return said if isinstance(said, int) and not isinstance(said, bool) and said >= 0 else None


def _members(members: Iterator[tuple[Any, Any]], url: str) -> Iterator[Batch]:
    documents: list[Document] = []
    rejected: list[Rejected] = []
    for key, member in members:
        if isinstance(member, dict):
            documents.append(Document(value=member if key is None else {"@key": key, **member}, url=url))
        else:
            content = encode_json(member if key is None else {key: member})
            rejected.append(Rejected(code="record.unmappable", detail="Not a JSON object.", content=content))
        if len(documents) + len(rejected) >= BATCH:
            yield Batch(documents=tuple(documents), rejected=tuple(rejected))
            documents, rejected = [], []
    if documents or rejected:
        yield Batch(documents=tuple(documents), rejected=tuple(rejected))


def read_jsonl(stream: BinaryIO, url: str, *, select: str) -> Iterator[Batch]:
    """One document per line; an empty line is none. A bad line is rejected, a cut last line ends the list badly."""
    head = stream.read(2)
    stream.seek(0)
    if head in {b"\xff\xfe", b"\xfe\xff"}:
        raise Unreadable("source.encoding", "JSON Lines have to be UTF-8.")
    documents: list[Document] = []
    rejected: list[Rejected] = []
    findings: tuple[Finding, ...] = ()
    number, ended, closed = 0, True, True
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise Unreadable("source.protocol", f"Line {number} is longer than {MAX_LINE_BYTES} bytes.")
        closed = line.endswith(b"\n")
        if not line.strip(b" \t\r\n\x1e"):
            continue
        value, problem = _line(line, select)
        if not problem:
            documents.append(Document(value=value, url=url))
        else:
            rejected.append(Rejected(code="record.unmappable", detail=f"Line {number}: {problem}"[:200], content=line))
            if not closed:
                ended, findings = False, (Finding(code="feed.truncated", detail=f"Line {number} is not whole."),)
        if len(documents) + len(rejected) >= BATCH:
            yield Batch(documents=tuple(documents), rejected=tuple(rejected))
            documents, rejected = [], []
    if not number:
        raise Unreadable("source.cut", "The file is empty.")
    yield Batch(
        documents=tuple(documents),
        rejected=tuple(rejected),
        findings=findings,
        evidence=Evidence(ended=ended, closed=closed),
    )


def _line(line: bytes, select: str) -> tuple[Any, str]:
    try:
        value = locate(decode_json(line.strip(b" \t\r\n\x1e")), select)
    except Unreadable as error:
        return None, error.detail
    if value is ABSENT:
        return None, f"nothing stands at {select!r}"
    return (value, "") if isinstance(value, dict) else (None, "not a JSON object")


def read_graph(stream: BinaryIO, url: str, *names: str) -> Iterator[Batch]:
    """The whole RDF file as one document (`kit.readers.Flattened`). `names`: extension and media type."""
    content = stream.read(MAX_RDF_BYTES + 1)
    syntax = find_syntax(content[:4096], *names) or "turtle"
    graph, findings = read_rdf(content, syntax, url)
    unknown = [Finding(code="feed.unknown_context", detail=address[:200]) for address in graph.get("@context", ())]
    evidence = Evidence(ended=True, closed=syntax in ("rdfxml", "jsonld"))
    yield Batch(documents=(Document(value=graph, url=url),), findings=(*findings, *unknown), evidence=evidence)


def read_xml(stream: BinaryIO, url: str, *, select: str, size: int) -> Iterator[Batch]:
    """The root as one document, or every outermost element of the local name `select` as one."""
    if not select and size > MAX_XML_BYTES:
        raise Unreadable("source.too_large", "An XML file this large needs `select`.")
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
        for elements in Pull(stream, select, accept=_is_outermost).batches(BATCH):
            new = elements[max(0, given - seen) :]
            seen += len(elements)
            yield Batch(documents=tuple(Document(xml=element, url=url) for element in new))
    else:
        yield Batch(documents=(Document(xml=read_tree(stream.read()), url=url),))
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
