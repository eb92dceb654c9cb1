"""Records of a page that are the accepted ones, told by their bytes: no tree is built of them.

What must stay true: nothing is taken for unchanged that a strict reading would see otherwise. A recognised record was
read strictly when it was accepted, and its bytes, with the namespaces in force around it, are those the store keeps.
The page without these records, a numbered <record/> in the place of each, is read strictly as a whole, and every one
of them must be found where the records of a list stand, not in a comment, say. Where anything is odd the whole page is
read as ever.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import Any

from microharvest.kit import Document
from microharvest.kit.readers import Unreadable, local_name, read_tree, xml_bytes

__all__ = ["MAX_PAGE_BYTES", "part_recognised"]

MAX_PAGE_BYTES = 8 * 1024 * 1024
_TRIED = 20
"""Records that may be strange at the beginning of a page: then they changed, or the server writes XML as we do not."""

_OPEN, _CLOSE, _LIST_CLOSE = b"<record>", b"</record>", b"</ListRecords></OAI-PMH>"
_UTF8 = re.compile(rb"""(?:<\?xml\s+version=["']1\.0["'](?:\s+encoding=["'](?i:utf-8)["'])?\s*\?>)?\s*<[^?!]""")
_HEADER = re.compile(
    rb"<record>\s*<header>\s*<identifier>([^<>&]+)</identifier>\s*<datestamp>([^<>&]+)</datestamp>"
    rb"(?:\s*<setSpec>[^<>&]*</setSpec>)*\s*</header>"
)

Recognise = Callable[[str, bytes], bytes | None]


def part_recognised(content: bytes, recognise: Recognise) -> tuple[Any, list[Any]] | None:
    """(root, the records in document order: a Document for each that was recognised, else its element), or None."""
    start = content.find(_OPEN)
    if start < 0 or not _UTF8.match(content):
        return None
    try:
        frame = read_tree(content[:start] + b"<record/>" + _LIST_CLOSE)
        opened = xml_bytes(frame[-1][-1])[: -len("/>")] + b">"
        seal = blake2b(content, digest_size=16).hexdigest()  # no page holds the hash of itself
        known: list[Document] = []
        rest: list[bytes] = []
        end = 0
        for document, first, last in _recognised(content, start, opened, recognise):
            rest += (content[end:first], f'<record n="{_mark(seal, len(known))}"/>'.encode())
            known.append(document)
            end = last
        root = read_tree(b"".join((*rest, content[end:]))) if known else None
    except (Unreadable, UnicodeDecodeError):
        return None
    if root is None:
        return None
    listed = [one for part in root if local_name(part.tag) == "ListRecords" for one in part]
    records = [one for one in listed if local_name(one.tag) == "record"]
    places = [number for number, one in enumerate(records) if not len(one) and one.get("n") is not None]
    if [records[place].get("n") for place in places] != [_mark(seal, number) for number in range(len(known))]:
        return None
    for place, document in zip(places, known, strict=True):
        records[place] = document
    return root, records


def _mark(seal: str, number: int) -> str:
    """No feed can write a <record/> that passes for one of ours."""
    return f"{seal}.{number}"


def _recognised(content: bytes, start: int, opened: bytes, recognise: Recognise) -> Iterator[tuple[Document, int, int]]:
    """Each record that was recognised, and where it begins and ends."""
    strange, any_found = 0, False
    while start >= 0 and (any_found or strange < _TRIED):
        header = _HEADER.match(content, start)
        end = content.find(_CLOSE, header.end()) + len(_CLOSE) if header else 0
        document = None
        if header and end >= len(_CLOSE):
            native_id, datestamp = header[1].decode().strip(), header[2].decode().strip() or None
            accepted = recognise(native_id, opened + content[start + len(_OPEN) : end])
            document = Document(native_id=native_id, datestamp=datestamp, accepted=accepted) if accepted else None
        if document is None:
            strange, end = strange + 1, start + len(_OPEN)
        else:
            any_found = True
            yield document, start, end
        start = content.find(_OPEN, end)
