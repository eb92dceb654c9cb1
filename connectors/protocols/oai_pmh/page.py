"""One answer of an OAI-PMH server: its records, and its envelope (errors, token, total, date).

The acceptance rule: a root `OAI-PMH` whose end was seen, with a list or an error in it. Anything else is no answer,
never an empty list. Records are read strictly first; only where that fails are the named repairs tried, and what a
stricter reading gave already is not given again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from html import unescape
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple

from microharvest.connectors.protocols.oai_pmh.recognised import MAX_PAGE_BYTES, part_recognised

from microharvest.kit import Body, Document, Finding, Rejected
from microharvest.kit.document import OAI_NS
from microharvest.kit.readers import (
    Pull,
    Unreadable,
    cut_list,
    ends_with_root,
    local_name,
    looks_like_html,
    open_plain,
    read_root,
    read_tree,
    sanitise,
    xml_bytes,
)

__all__ = [
    "FINAL_ERROR",
    "MAX_REPAIRED_BYTES",
    "Envelope",
    "Header",
    "ListPage",
    "read_envelope",
    "read_errors",
    "read_headers",
    "read_small",
    "token_in_tail",
]

ROOT = "OAI-PMH"
LISTS = ("ListRecords", "GetRecord")
BATCH = 200
MAX_REPAIRED_BYTES = 64 * 1024 * 1024
MAX_SMALL_BYTES = 4 * 1024 * 1024
_TAIL_BYTES = 64 * 1024
_STARTS = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?OAI-PMH[\s>/]")
_PREFIX = rb"(?:[A-Za-z_][\w.-]*:)?"
_LAST_TOKEN = re.compile(
    rb"<" + _PREFIX + rb"resumptionToken(?:\s[^<>]*)?(?<!/)>((?:[^<]|<!\[CDATA\[.*?\]\]>)*)</" + _PREFIX
    + rb"resumptionToken\s*>\s*</" + _PREFIX + rb"ListRecords\s*>\s*</" + _PREFIX + rb"OAI-PMH\s*>\s*\Z",
    re.S,
)  # fmt: skip
FINAL_ERROR = re.compile(
    rb"<" + _PREFIX + rb"""error\s[^<>]*code\s*=\s*["'](?:noRecordsMatch|badResumptionToken|badArgument|badVerb|"""
    rb"cannotDisseminateFormat|idDoesNotExist|noMetadataFormats|noSetHierarchy)[\"']"
)
_TOKENS = frozenset({"resumptionToken", "resumptiontoken", "ResumptionToken"})
_LISTED = frozenset({"record", "header"})
_LISTING = frozenset({"ListRecords", "ListIdentifiers"})
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.S)
_KNOWN_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_HEADER_END = re.compile(rb"</" + _PREFIX + rb"header\s*>")
_IDENTIFIER = re.compile(rb"<(?:[\w.-]+:)?identifier(?:\s[^>]*)?>\s*([^<>&\s][^<>&]*?)\s*</")


class Envelope(NamedTuple):
    """What stands around the records. `verb`: the list element's local name, empty where there is none.
    `cursor`: items before this page, as far as the server counts.
    `token`: None where there is no token element, empty where the list ends. `errors`: (code, text). `asked`: the
    attributes of `<request>`. `strays`: names of what stands in the list and is neither record, header nor token."""

    verb: str
    errors: tuple[tuple[str, str], ...]
    inner_error: str | None
    token: str | None
    total: int | None
    cursor: int | None
    response_date: str | None
    namespace: str
    asked: dict[str, str]
    strays: tuple[str, ...]


class Header(NamedTuple):
    """One entry of ListIdentifiers."""

    identifier: str | None
    datestamp: str | None
    deleted: bool
    element: Any


class ListPage:
    """The records of an answer in batches; `root` and `findings` are complete after the last one, and so is `whole`:
    False where something had to be repaired or a record has no name, so that another may hide in it."""

    def __init__(self, body: Body, *, chunk_bytes: int = 64 * 1024) -> None:
        self.root: Any = None
        self.whole = True
        self.findings: list[Finding] = []
        self._body = body
        self._chunk_bytes = chunk_bytes
        self._given: Counter[str] = Counter()
        self._odd_namespace = False

    @property
    def count(self) -> int:
        """Records so far, rejected ones too."""
        return self._given.total()

    @property
    def distinct(self) -> int:
        """Records so far, each counted once."""
        return len(self._given)

    def holds(self, identifier: str) -> bool:
        """Was there a record of this identifier?"""
        return identifier in self._given

    @property
    def digest(self) -> str:
        """8 hex digits over the identifiers: pages of the same records have the same."""
        return blake2b("\x00".join(sorted(self._given)).encode("utf-8", "replace"), digest_size=4).hexdigest()

    def batches(self) -> Iterator[tuple[tuple[Document, ...], tuple[Rejected, ...]]]:
        """At most 200 records each. Raises Unreadable; the batches before it stand."""
        with self._body.open() as stream, open_plain(stream) as plain:
            try:
                _expect_oai(plain)
                plain.seek(0)
                parted = None
                if self._body.recognise is not None and self._body.size <= MAX_PAGE_BYTES:
                    parted = part_recognised(plain.read(MAX_PAGE_BYTES), self._body.recognise)
                    plain.seek(0)
                if parted is not None:
                    self.root, records = parted
                    for start in range(0, len(records), BATCH):
                        yield self._read(((one, None) for one in records[start : start + BATCH]), Counter())
                else:
                    yield from self._pull(Pull(plain, "record", accept=_is_listed, chunk_bytes=self._chunk_bytes))
            except Unreadable as error:
                if error.code == "source.not_a_feed":
                    raise
                plain.seek(0)
                yield from self._repaired(plain.read(MAX_REPAIRED_BYTES + 1), error)

    def _pull(self, pull: Pull) -> Iterator[tuple[tuple[Document, ...], tuple[Rejected, ...]]]:
        owed = self._given.copy()
        for batch in pull.batches(BATCH):
            yield self._read(((element, None) for element in batch), owed)
        self.root = pull.root

    def _repaired(
        self, content: bytes, strict: Unreadable
    ) -> Iterator[tuple[tuple[Document, ...], tuple[Rejected, ...]]]:
        if len(content) > MAX_REPAIRED_BYTES or not content.strip():
            raise strict
        if not _STARTS.search(content.replace(b"\x00", b"") if b"\x00" in content[:64] else content):
            raise Unreadable("source.not_a_feed", f"The answer holds no {ROOT} document.")
        if not ends_with_root(content[-_TAIL_BYTES:], ROOT):
            raise Unreadable("source.cut", f"The answer ends before its {ROOT} element does.")
        clean, done = sanitise(content, ROOT)
        self.whole = False
        try:
            yield from self._pull(Pull(BytesIO(clean), "record", accept=_is_listed))
        except Unreadable as error:
            yield from self._cut(clean, error.detail)
        else:
            self.findings.append(Finding(code="feed.repaired", detail=f"sanitised: {done or strict.detail}"[:200]))

    def _cut(self, clean: bytes, reason: str) -> Iterator[tuple[tuple[Document, ...], tuple[Rejected, ...]]]:
        found = cut_list(clean, listing=LISTS, record="record", opening="header")
        owed = self._given.copy()
        batch: list[tuple[Any, Rejected | None]] = []
        for piece in found.pieces:
            rejected = None
            if piece.element is None:
                known = _IDENTIFIER.search(_HEADER_END.split(piece.content, maxsplit=1)[0])
                rejected = Rejected(
                    code="record.unmappable",
                    detail=piece.detail,
                    native_id=known[1].decode() if known else None,
                    content=piece.content,
                )
            batch.append((piece.element, rejected))
            if len(batch) >= BATCH:
                yield self._read(batch, owed)
                batch = []
        yield self._read(batch, owed)
        self.root = found.root
        self.findings.append(Finding(code="feed.repaired", detail=f"cut: {reason}"[:200]))

    def _read(
        self, batch: Iterable[tuple[Any, Rejected | None]], owed: Counter[str]
    ) -> tuple[tuple[Document, ...], tuple[Rejected, ...]]:
        documents: list[Document] = []
        rejected: list[Rejected] = []
        for element, refusal in batch:
            read = refusal or (element if isinstance(element, Document) else read_record(element, self._body.url))
            self.whole = self.whole and read.native_id is not None
            key = read.native_id if read.native_id is not None else repr(getattr(read, "content", b""))
            if owed and owed[key] > 0:
                owed[key] -= 1
                continue
            self._given[key] += 1
            if isinstance(read, Document):
                documents.append(read)
            else:
                rejected.append(read)
            if element is None or element is read or self._odd_namespace:
                continue
            if not element.tag.startswith(f"{{{OAI_NS}}}"):
                self._odd_namespace = True
                self.findings.append(Finding(code="feed.namespace", detail=str(element.tag)[:200]))
        return tuple(documents), tuple(rejected)


def read_record(element: Any, url: str) -> Document | Rejected:
    """A <record>: header, payload. Without an identifier, or alive without metadata, it is rejected whole."""
    header = metadata = None
    for child in element:
        name = local_name(child.tag)
        if name == "header" and header is None:
            header = child
        elif name == "metadata" and metadata is None:
            metadata = child
    identifier, datestamp, deleted, _ = _read_header(header)
    deleted = deleted or element.get("status", "").strip().lower() == "deleted"  # where OAI-PMH 1 had it
    if identifier is None:
        return Rejected(code="record.no_identifier", detail="A record without identifier.", content=xml_bytes(element))
    payload = next(iter(metadata), None) if metadata is not None else None
    if payload is None and not deleted:
        return Rejected(
            code="record.unmappable",
            detail="A record that is not deleted and has no metadata.",
            native_id=identifier,
            content=xml_bytes(element),
        )
    return Document(
        native_id=identifier,
        datestamp=datestamp,
        deleted=deleted,
        xml=None if deleted else payload,
        raw_xml=element,
        url=url,
    )


def read_headers(root: Any) -> list[Header]:
    """The headers of a ListIdentifiers answer, in document order."""
    return [
        _read_header(header)
        for part in root
        if local_name(part.tag) == "ListIdentifiers"
        for header in part
        if local_name(header.tag) == "header"
    ]


def _read_header(header: Any) -> Header:
    identifier = datestamp = None
    if header is None:
        return Header(None, None, False, None)
    for child in header:
        name = local_name(child.tag)
        if name == "identifier" and identifier is None:
            identifier = (child.text or "").strip() or None
        elif name == "datestamp" and datestamp is None:
            datestamp = (child.text or "").strip() or None
    deleted = header.get("status", "").strip().lower() == "deleted"
    return Header(identifier, datestamp, deleted, header)


def read_envelope(root: Any) -> Envelope:
    """Verb, errors, token, total and date of an answer, from a root without (or with) its records."""
    verb, token, total, cursor, date, inner = "", None, None, None, None, None
    errors: list[tuple[str, str]] = []
    asked: dict[str, str] = {}
    strays: list[str] = []
    for child in root:
        name = local_name(child.tag)
        if name == "error":
            errors.append((child.get("code", "").strip(), _text(child)))
        elif name == "responseDate":
            date = date or _text(child) or None
        elif name == "request":
            asked = {local_name(key): value for key, value in child.attrib.items()}
        elif name in {verb or name, *_TOKENS}:
            verb = verb or (name if name not in _TOKENS else "")
            # A token in the wrong place or spelling is a token all the same: without it the list would end in silence.
            for part in (child,) if name in _TOKENS else child:
                part_name = local_name(part.tag)
                if part_name in _TOKENS:
                    token = _text(part) or token or ""
                    total, cursor = _number(part, "completeListSize"), _number(part, "cursor")
                elif part_name == "error":
                    inner = part.get("code", "").strip() or _text(part) or "error"
                elif part_name not in _LISTED and isinstance(part.tag, str) and verb in _LISTING:
                    strays.append(part_name)
    tag = str(root.tag)
    namespace = tag[1:].partition("}")[0] if tag.startswith("{") else ""
    return Envelope(verb, tuple(errors), inner, token, total, cursor, date, namespace, asked, tuple(strays))


def _number(element: Any, name: str) -> int | None:
    text = element.get(name, "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def read_small(body: Body, limit: int = MAX_SMALL_BYTES) -> Any:
    """The root of an answer that is small by nature (Identify, an error). Raises Unreadable like ListPage."""
    with body.open() as stream, open_plain(stream) as plain:
        content = plain.read(limit)
    if not content.strip():
        raise Unreadable("source.cut", "The answer is empty.")
    if looks_like_html(content[:2048]) or not _STARTS.search(content.replace(b"\x00", b"")):
        raise Unreadable("source.not_a_feed", f"The answer holds no {ROOT} document.")
    try:
        return read_tree(content)
    except Unreadable:
        return read_tree(sanitise(content, ROOT)[0])


def read_errors(body: Body) -> Envelope | None:
    """The envelope of an answer with an error status, if its body is an OAI-PMH error; servers do send both."""
    try:
        envelope = read_envelope(read_small(body))
    except Unreadable:
        return None
    return envelope if envelope.errors else None


def token_in_tail(tail: bytes) -> str | None:
    """The token, if the last bytes of an answer hold all of it and nothing but the list's end follows."""
    match = _LAST_TOKEN.search(tail)
    if match is None or not match[1].isascii():
        return None
    pieces: list[str] = []
    position = 0
    text = match[1].decode()
    if re.search(r"[^\t\n\r\x20-\x7e]", text):
        return None
    for cdata in _CDATA.finditer(text):
        pieces += (text[position : cdata.start()], "\x00" + cdata[1])
        position = cdata.end()
    pieces.append(text[position:])
    for number, piece in enumerate(pieces):
        if piece.startswith("\x00"):
            pieces[number] = piece[1:]
        elif "&" in _KNOWN_ENTITY.sub("", piece):
            return None
        else:
            pieces[number] = unescape(piece)
    return "".join(pieces).replace("\r\n", "\n").replace("\r", "\n").strip() or None


def _expect_oai(stream: BinaryIO) -> None:
    head = stream.read(2048)
    if not head.strip():
        raise Unreadable("source.cut", "The answer is empty.")
    if looks_like_html(head):
        raise Unreadable("source.not_a_feed", "The answer is an HTML page.")
    stream.seek(0)
    root = read_root(stream)
    if root.local != ROOT:
        if _STARTS.search(head):
            raise Unreadable("source.protocol", f"Something stands before the {ROOT} element.")
        raise Unreadable("source.not_a_feed", f"The root element is {root.local}, not {ROOT}.")


def _is_listed(element: Any) -> bool:
    parent = element.getparent()
    if parent is None or local_name(parent.tag) not in LISTS:
        return False
    root = parent.getparent()
    return root is not None and root.getparent() is None


def _text(element: Any) -> str:
    return "".join(element.itertext()).strip()
