"""One file: which format and shape it has, which dialect reads it, and for flat records which column is what.

The protocol `file` itself reads the documents, so that what is proposed is what a harvest will see.
"""

from __future__ import annotations

import glob
import io
import re
from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

import msgspec

from microharvest.kit.credential import holds_credential
from microharvest.kit.document import Document
from microharvest.kit.manifest import load_protocol
from microharvest.kit.protocol import Body
from microharvest.kit.readers import (
    Unreadable,
    data_files,
    decode_json,
    find_delimiter,
    find_encoding,
    is_workbook,
    local_name,
    locate,
    open_plain,
    read_root,
    read_rows,
    read_sheet,
    read_tree,
    table_widths,
)
from microharvest.onboard.cells import Cells
from microharvest.onboard.columns import known_name, names_address, propose_columns
from microharvest.onboard.flat import cells_of, read_documents, texts_in
from microharvest.onboard.probe import source_error
from microharvest.onboard.proposal import Proposal
from microharvest.onboard.recognise import Known, dialect_of_json, dialect_of_xml, json_types, with_protocol
from microharvest.onboard.tongue import language_of

__all__ = ["name_from", "propose_file"]

MAX_BYTES = 128 * 1024 * 1024
_HEAD = 64 * 1024
_LISTS = ("data", "items", "results", "records", "courses", "offers", "hits", "hits.hits", "programmes", "value")
_TOTALS = ("total", "count", "totalCount", "total_count", "totalItems", "numberOfItems", "meta.total", "totalElements")
_NEXT = (
    "next",
    "links.next",
    "_links.next.href",
    "_links.next",
    "@odata.nextLink",
    "hydra:view.hydra:next",
    "meta.next",
)
_KINDS = {"rss": "RSS", "feed": "Atom"}
_NESTED = {"lheo": "LHEO", "catalogue": "CDM", "cdm": "CDM"}
"""Formats whose records say what they say deep inside: read as a table they would say something else."""
_CONTEXT_KEYS = frozenset(("@context", "@id", "$schema", "$id", "$comment"))
_CREDENTIAL = "A learner's credential, which is no offer and is not taken"


def propose_file(body: Body, url: str, proposal: Proposal) -> None:
    """Fill the proposal from a file's bytes. Raises SourceError where no dialect can read it."""
    proposal.guess("protocol", "file", "the answer is one document")
    proposal.guess("url", url, "")
    proposal.guess("title", name_from(url), "the file's name")
    try:
        with body.open() as stream, open_plain(stream) as plain:
            head = plain.read(_HEAD)
            plain.seek(0)
            form = _form(head, body)
            if form == "json":
                _json(plain.read(MAX_BYTES + 1), proposal, url)
            elif form == "xml":
                _xml(plain.read(MAX_BYTES + 1), head, proposal)
            elif form == "csv":
                _table(plain, proposal)
            elif form == "rdf":
                _accepted(form)
            elif head.startswith(b"PK"):
                _packed(plain, proposal)
        _read(body, proposal, url)
    except Unreadable as error:
        raise source_error(error.code, url, error.detail) from None


def _accepted(form: str) -> None:
    try:
        msgspec.convert({"format": form}, load_protocol("file")[1])
    except msgspec.ValidationError:
        raise Unreadable("source.not_recognised", f"A file of the kind {form}, which no protocol here reads") from None


def name_from(url: str) -> str:
    """A title to begin with: the last part of the path, or the host."""
    parts = urlsplit(url)
    path = PurePosixPath(unquote(parts.path))
    words = re.sub(r"[_\-.]+", " ", path.name.removesuffix(".gz").rpartition(".")[0] or path.name).strip()
    return words or parts.hostname or "A feed"


def _form(head: bytes, body: Body) -> str:
    """What kind of file, in the words of the protocol `file`, which judges again when it reads."""
    start = head.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if start.startswith(b"<"):
        return "xml"
    if start.startswith((b"{", b"[")) and not re.match(rb"\[[^\]{\"]*\]\s*\n", start):
        first, ended, rest = start.partition(b"\n")
        lines = bool(ended) and first.rstrip().endswith(b"}") and rest.lstrip().startswith(b"{")
        return "jsonl" if lines else "json"
    if b"\x00" in head[:8] or head.startswith((b"PK", b"\xd0\xcf\x11\xe0", b"%PDF")):
        return "binary"
    if re.match(rb"(?:#[^\n]*\n|\s)*@(?:prefix|base)\b|PREFIX\b", head) or body.media_type() == "text/turtle":
        return "rdf"
    return "csv"


def _packed(stream: BinaryIO, proposal: Proposal) -> None:
    """Of several sheets of a workbook, or files of an archive, the largest: a note beside the data is short. Among
    tables the widest: those that hang on it (who may teach it, where it leads) are narrow, and often longer."""
    widths: dict[str, int] = {}
    if is_workbook(stream):
        first = read_sheet(stream)
        names = (first.name, *first.others)
        sizes = [(name, sum(1 for _ in read_sheet(stream, name).rows)) for name in names] if first.others else []
        key, kind, unit = "fetch.sheet", "workbook", "rows"
    else:
        sizes = data_files(stream)
        widths = table_widths(stream) if len(sizes) > 1 else {}
        key, kind, unit = "fetch.member", "archive", "bytes"
    if len(sizes) > 1:
        chosen, size = max(sizes, key=lambda one: (widths.get(one[0], 0), one[1]))
        width = widths.get(chosen, 0)
        why = f"the table with most columns: {width}" if width > 1 else f"the largest in the {kind}: {size:,} {unit}"
        others = [name for name, _ in sizes if name != chosen]
        shown = ", ".join(others[:6]) + (f" and {len(others) - 6} more" if len(others) > 6 else "")
        proposal.guess(key, _undated(chosen, others) if key.endswith("member") else chosen, why)
        proposal.ask(f"is {chosen!r} the one? The {kind} holds {shown} beside it ([fetch] {key[6:]}).")


def _undated(name: str, others: Sequence[str]) -> str:
    """A glob for a member, whatever day the next export bears in its name, if it is still for this one alone."""
    pattern = re.sub(r"(?<!\d)(?:19|20)\d\d([-_.]?)\d\d\1\d\d(?!\d)", "*", glob.escape(name))
    return glob.escape(name) if any(fnmatchcase(other, pattern) for other in others) else pattern


def _json(content: bytes, proposal: Proposal, url: str) -> None:
    value = decode_json(content)
    if isinstance(value, dict) and holds_credential(value):
        raise Unreadable("source.not_recognised", _CREDENTIAL)
    if isinstance(value, dict) and "@context" in value and value.keys() <= _CONTEXT_KEYS:
        raise Unreadable("source.not_recognised", "A JSON-LD context, which defines terms and holds no offers")
    following = next((path for path in _NEXT if isinstance(locate(value, path), str) and locate(value, path)), None)
    if following is not None and not isinstance(value, list):
        protocol = "pages" if with_protocol("pages") else None
        if protocol is None:
            detail = f"The list goes on at {following!r}, and no protocol here follows pages of an API"
            raise source_error("source.not_recognised", url, detail)
        proposal.guess("protocol", protocol, f"the list goes on at {following!r}")
        proposal.guess("fetch.next", following, "the address of the next page stands there")
    path, listed = _largest_list(value)
    if dialect_of_json([value]) is not None or isinstance(value, list):
        if listed is not None:
            _total(value, len(listed), proposal)
        return
    if listed is not None:
        proposal.guess("fetch.select", path, f"a list of {len(listed):,} objects stands at {path!r}")
        _total(value, len(listed), proposal)
    elif isinstance(value, dict) and len(value) >= 2 and all(isinstance(one, dict) for one in value.values()):
        shared = Counter(key for one in value.values() for key in one)
        if shared and shared.most_common(1)[0][1] > 0.8 * len(value):
            proposal.guess("fetch.keyed", True, f"an object of {len(value):,} objects, each under its key")


def _total(value: Any, count: int, proposal: Proposal) -> None:
    """The number the publisher announces; a higher one than the list holds means that this is one page of it."""
    said = {path: locate(value, path) for path in _TOTALS}
    found = next((path for path, total in said.items() if isinstance(total, int) and total >= count), None)
    if found is None:
        return
    proposal.guess("fetch.total", found, f"it says {said[found]:,}, the list holds {count:,}")
    if said[found] > count and proposal.value("protocol") == "file":
        proposal.ask(f"the answer holds {count:,} of {said[found]:,}: ask for all of them, or follow its pages.")


def _largest_list(value: Any, path: str = "", depth: int = 0) -> tuple[str, list[Any] | None]:
    """The list with most objects, at most three keys deep; the usual names win ties."""
    best: tuple[str, list[Any] | None] = ("", None)
    if not isinstance(value, dict) or depth > 2:
        return best
    for key in sorted(value, key=lambda key: (key not in _LISTS, str(key))):
        member, here = value[key], f"{path}.{key}" if path else str(key)
        if isinstance(member, list) and member and all(isinstance(one, dict) for one in member[:50]):
            found: tuple[str, list[Any] | None] = (here, member)
        else:
            found = _largest_list(member, here, depth + 1)
        if found[1] is not None and (best[1] is None or len(found[1]) > len(best[1])):
            best = found
    # An object of many objects is keyed, and a list inside one of them is not the list.
    members = [one for one in value.values() if isinstance(one, dict)]
    return ("", None) if depth == 0 and len(members) > 5 and len(members) == len(value) else best


def _xml(content: bytes, head: bytes, proposal: Proposal) -> None:
    root = read_root(io.BytesIO(content))
    known = dialect_of_xml(root.local, root.namespace, head)
    if known is not None:
        _take(known, proposal)
        return
    tree = read_tree(content)
    repeated = None if root.local.lower() in _NESTED else _repeated(tree)
    if repeated is None:
        detail = f"XML with the root <{root.local}>{f' in {root.namespace}' if root.namespace else ''}"
        raise Unreadable("source.not_recognised", f"{detail}, which no dialect here reads")
    kind = _KINDS.get(root.local.lower())
    seen = f"{kind or 'XML'} with the root <{root.local}>, which no dialect reads"
    proposal.guess("fetch.select", repeated, f"{seen}; <{repeated}> repeats")
    if kind:
        proposal.ask(f"{kind} is read as a table here: what stands deep inside its records is left out.")


def _repeated(tree: Any) -> str | None:
    """The outermost element name that occurs most often among its siblings and has parts."""
    level = [tree]
    for _ in range(4):
        counts = Counter(
            local_name(one.tag) for parent in level for one in parent if isinstance(one.tag, str) and len(one)
        )
        if counts and counts.most_common(1)[0][1] >= 2:
            return counts.most_common(1)[0][0]
        level = [one for parent in level for one in parent if isinstance(one.tag, str)]
    return None


def _table(stream: Any, proposal: Proposal) -> None:
    """Lines before the header, and whether there is a header at all; what `auto` finds by itself is not written."""
    found = find_encoding(stream)
    stream.seek(0)
    text = stream.read(4 * _HEAD).decode(found.codec, "replace")
    lines = re.split(r"\r\n|\r|\n", text)
    skip, rows, above = _skipped(lines)
    for finding in found.findings:
        if finding.code == "feed.encoding_guessed":
            proposal.guess("fetch.encoding", finding.detail, "not UTF-8; the letters fit this one best")
            proposal.ask(f"is the encoding {finding.detail}? Look at words with accents.")
    if not rows or len(rows[0]) < 2:
        raise Unreadable("source.not_recognised", "Text that is neither XML nor JSON nor a table of several columns")
    named = _named_above(above, rows)
    if named:
        width = f"the header names {len(above)} columns, the rows have {len(rows[0])}"
        proposal.guess("fetch.skip_rows", skip, "the header row is given below")
        proposal.guess("fetch.header", named, width)
        proposal.ask(f"{width}: which name is which column's? [fetch] header says what was taken.")
        return
    if skip:
        proposal.guess("fetch.skip_rows", skip, f"{skip} lines stand before the header")
    if not _is_header(rows):
        names = [f"column_{number}" for number in range(1, len(rows[0]) + 1)]
        proposal.guess("fetch.header", names, "the first row looks like data, not like names")
        proposal.ask("what are the columns called? The file has no header row.")


def _named_above(above: list[str], rows: list[list[str]]) -> list[str]:
    """Names out of a header that is wider or narrower than its rows: the first or last of them, as addresses agree.

    Where it is narrower, the columns without a name are called by their number. Empty where `above` is no header.
    """
    width = len(rows[0])
    if sum(known_name(cell) for cell in above) < 2 or len(above) == width:
        return []
    numbers = [f"column_{number}" for number in range(1, width + 1)]
    short = max(0, width - len(above))
    candidates = [(above + numbers[len(above) :])[:width], (numbers[:short] + above)[-width:]]
    if short:
        candidates.reverse()  # a running number that nobody named stands first

    def agrees(names: list[str]) -> bool:
        below = [Cells("", [row[at] for row in rows[:200] if len(row) > at], len(rows[:200])) for at in range(width)]
        return all(cells.are_urls == names_address(name) for name, cells in zip(names, below, strict=True))

    return next(filter(agrees, candidates), [])


def _skipped(lines: list[str]) -> tuple[int, list[list[str]], list[str]]:
    """(lines before the first row of the usual width, the rows from there, the row above them)."""
    sample = "\n".join(lines[:400])
    delimiter = find_delimiter(sample)
    rows: list[list[str]] = []
    ends: list[int] = []
    try:
        for row in read_rows(io.StringIO(sample, newline=""), delimiter):
            rows.append(row.cells)
            ends.append(row.line)
    except Unreadable:
        if not rows:
            return 0, [], []
    widths = Counter(len(row) for row in rows[:200])
    usual = max(widths, key=lambda width: (widths[width], width), default=0)
    first = next((number for number, row in enumerate(rows) if len(row) == usual), 0)
    if first == 0 or first > 20 or rows[0][0].startswith("sep="):
        return 0, rows, []
    return ends[first - 1], rows[first:], rows[first - 1]


def _is_header(rows: list[list[str]]) -> bool:
    """Names we know speak for a header; cells that look like the ones below them speak against it."""
    first, rest = rows[0], rows[1:200]
    if sum(known_name(cell) for cell in first) >= 1:
        return True
    for number, cell in enumerate(first):
        below = Cells("", [row[number] for row in rest if len(row) > number], len(rest))
        own = Cells("", [cell], 1)
        both_numbers = own.numbers is not None and below.numbers is not None
        if both_numbers or (own.are_urls and below.are_urls):
            return False
    return True


def _read(body: Body, proposal: Proposal, url: str) -> None:
    """Read the documents as the harvest will, and find dialect, columns, key and language."""
    protocol = proposal.value("protocol")
    reader_type, options = load_protocol(protocol)
    fetch = proposal.table("fetch")
    typed = msgspec.convert(fetch, options)
    documents, rejected = read_documents(reader_type(typed, body.url), body)
    if not documents:
        raise Unreadable("source.not_recognised", "No record could be read from it")
    if rejected:
        proposal.ask(
            f"{rejected:,} of {rejected + len(documents):,} records could not be read and will be quarantined."
        )
    values = [one.value for one in documents if isinstance(one.value, dict)]
    if values and all(holds_credential(one) for one in values[:5]):
        raise Unreadable("source.not_recognised", _CREDENTIAL)
    if "dialect" not in proposal.guesses:
        known = dialect_of_json(values[:50]) or _of_elements(documents)
        if known is not None:
            _take(known, proposal)
    found = language_of(texts_in(documents[:60]))
    if found:
        proposal.guess("languages", [found[0]], f"the texts: {found[1]} of its small words")
    if "dialect" in proposal.guesses:
        return
    types = json_types(values[:20])
    if values and all("@graph" in one for one in values):
        kinds = ", ".join(sorted(types)[:6]) or "no type"
        raise Unreadable("source.not_recognised", f"A graph of nodes ({kinds}), which no dialect here reads")
    if types:
        proposal.ask(f"JSON-LD of type {', '.join(sorted(types)[:6])} is read as a table: no dialect knows it.")
    proposal.guess("dialect", "columns", f"{len(documents):,} flat record{'s' * (len(documents) != 1)}")
    propose_columns(cells_of(documents), proposal)


def _of_elements(documents: list[Document]) -> Known | None:
    element = documents[0].xml
    if element is None or "}" not in element.tag:
        return None
    namespace, _, local = element.tag[1:].partition("}")
    return dialect_of_xml(local, namespace, b"")


def _take(known: Known, proposal: Proposal) -> None:
    proposal.guess("dialect", known.manifest.name, known.reason)
    for key, value in known.manifest.recognise.fetch.get(proposal.value("protocol", ""), {}).items():
        proposal.guess(f"fetch.{key}", value, f"what the dialect {known.manifest.name} needs")
