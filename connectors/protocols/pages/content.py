"""What stands on one page: its items, what else the answer says (the envelope), and a mark to know the page again."""

from __future__ import annotations

import hashlib
import io
from typing import Any, NamedTuple

from microharvest.kit import Body, Document, Finding, Rejected
from microharvest.kit.readers import (
    ABSENT,
    MemberList,
    Unreadable,
    decode_json,
    encode_json,
    is_error_envelope,
    local_name,
    locate,
    looks_like_html,
    open_plain,
    open_utf8,
    read_tree,
    repeats_keys,
    strip_bom,
    xml_bytes,
)

__all__ = ["Content", "read_page", "read_value"]

MAX_PAGE_BYTES = 64 * 1024 * 1024
_KEPT_BYTES = 1024 * 1024
_ID_NAMES = ("id", "@id", "identifier", "uuid", "primaryCode", "courseId", "code", "guid", "url", "link", "href")


class Content(NamedTuple):
    """`envelope`: a JSON value without its items, or the XML root. `mark`: 16 hex digits over the items' ids in any
    order; empty for a page without items. `framed`: the items' ends are beyond doubt."""

    items: tuple[Document | Rejected, ...]
    envelope: Any
    mark: str
    framed: bool = True
    findings: tuple[Finding, ...] = ()

    def said(self, path: str) -> Any:
        """What the envelope says at a dotted path (for XML local names, an attribute as `@name`); None for nothing."""
        if not path:
            return None
        if isinstance(self.envelope, dict):
            found = locate(self.envelope, path)
            return None if found is ABSENT else found
        return None if isinstance(self.envelope, list) else _xml_said(self.envelope, path.split("."))


def read_page(body: Body, select: str, item_id: str) -> Content:
    """Raises Unreadable: source.cut, source.not_a_feed, source.protocol, source.too_large."""
    content = _content(body)
    if strip_bom(content[:64]).replace(b"\x00", b"").lstrip().startswith(b"<"):
        return _read_xml(content, body.url, select, item_id)
    return _read_json(content, body.url, select, item_id)


def read_value(body: Body) -> Any:
    """The JSON of an item's own page. Raises Unreadable as `read_page`."""
    value = decode_json(_content(body))
    if is_error_envelope(value):
        raise Unreadable("source.not_a_feed", "The answer is an error message in JSON.")
    return value


def _content(body: Body) -> bytes:
    with body.open() as stream, open_plain(stream, MAX_PAGE_BYTES) as plain:
        content = plain.read(MAX_PAGE_BYTES + 1)
    if len(content) > MAX_PAGE_BYTES:
        raise Unreadable("source.too_large", f"A page of more than {MAX_PAGE_BYTES} bytes.")
    if not content.strip():
        raise Unreadable("source.cut", "The page is empty.")
    if looks_like_html(content[:4096]):
        raise Unreadable("source.not_a_feed", "The answer is an HTML page.")
    return content


def _read_json(content: bytes, url: str, select: str, item_id: str) -> Content:
    items: list[Document | Rejected] = []
    ids: list[str] = []
    framed, repeated = True, False
    with open_utf8(io.BytesIO(content)) as stream:
        members = MemberList(stream, select)
        for member in members:
            value = member.value
            if not members.is_list and value is not None:
                raise Unreadable("source.not_a_feed", f"No list stands at {select or 'the top'!r}.")
            framed = framed and member.framed
            if isinstance(value, dict):
                items.append(Document(value=value, url=url))
                ids.append(_json_id(value, item_id))
                repeated = repeated or repeats_keys(value, member.content)
            elif members.is_list:
                kept = member.content[:_KEPT_BYTES]
                problem = member.problem or "Not a JSON object."
                items.append(Rejected(code="record.unmappable", detail=problem, content=kept))
                ids.append(_digest(member.content))
    if not members.found or (not ids and is_error_envelope(members.rest)):
        error = is_error_envelope(members.rest)
        said = "The answer is an error message in JSON." if error else f"No list stands at {select!r}."
        raise Unreadable("source.not_a_feed", said)
    findings = [Finding(code="feed.duplicate_key", detail=url)] if repeated or members.repeated else []
    if not framed:
        findings.append(Finding(code="feed.broken_member", detail=url))
    return Content(tuple(items), members.rest, _mark(ids), framed, tuple(findings))


def _json_id(value: dict[str, Any], path: str) -> str:
    for name in (path,) if path else _ID_NAMES:
        found = locate(value, name)
        if isinstance(found, str | int) and not isinstance(found, bool) and str(found).strip():
            return str(found)
    return _digest(encode_json(value))


def _read_xml(content: bytes, url: str, select: str, item_id: str) -> Content:
    if not select:
        raise Unreadable("source.not_a_feed", "An XML answer needs [fetch] select, the name of its items.")
    root = read_tree(content)
    items = [one for one in root.iterdescendants(f"{{*}}{select}") if _is_outermost(one, select)]
    ids = [_xml_id(one, item_id) for one in items]
    return Content(tuple(Document(xml=one, url=url) for one in items), root, _mark(ids))


def _is_outermost(element: Any, name: str) -> bool:
    return not any(local_name(above.tag) == name for above in element.iterancestors())


def _xml_id(item: Any, path: str) -> str:
    for name in (path,) if path else _ID_NAMES:
        found = _xml_said(item, name.split(".")) or _xml_said(item, [f"@{name.lstrip('@')}"])
        if found:
            return found
    return _digest(xml_bytes(item))


def _xml_said(element: Any, names: list[str]) -> str | None:
    """The text (or attribute) at a path of local names below an element: the first one that is not empty."""
    if not names:
        return (element.text or "").strip() or None
    if names[0].startswith("@"):
        here = (value for name, value in element.attrib.items() if local_name(name) == names[0][1:])
        return next((value.strip() for value in here if value.strip()), None)
    children = (child for child in element if local_name(child.tag) == names[0])
    return next((found for child in children if (found := _xml_said(child, names[1:]))), None)


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def _mark(ids: list[str]) -> str:
    return _digest("\x1f".join(sorted(ids)).encode("utf-8", "replace")) if ids else ""
