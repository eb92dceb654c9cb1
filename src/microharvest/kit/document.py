"""A document: what a protocol hands to a dialect, and how a record's own bytes are opened again later.

A record is stored as bytes with a media type; `open_record` makes the same cursor from them that the harvest
had, so that mapping again needs no network. Three media types exist: `application/xml` (the element itself),
`application/xml; wrapper=oai` (a whole OAI-PMH <record>; the cursor stands on what <metadata> holds) and
`application/json`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from copy import deepcopy
from typing import Any

import msgspec
from lxml import etree

from microharvest.kit.record import JsonRecord, Names, Record, XmlRecord

__all__ = ["OAI_NS", "Document", "compose", "open_document", "open_record", "record_from_json", "record_from_xml"]

OAI_NS = "http://www.openarchives.org/OAI/2.0/"
XML, OAI_XML, JSON = "application/xml", "application/xml; wrapper=oai", "application/json"

_json = msgspec.json.Encoder(order="sorted")
_parser_options: dict[str, Any] = {
    "resolve_entities": "internal",
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a dialect cuts records from: an XML element or a JSON value, and what the envelope said.

    `native_id`, `datestamp`, `deleted`: from an envelope (an OAI-PMH header), where there is one. `xml` is the
    payload element (for OAI-PMH the child of <metadata>, None where there is none), `raw_xml` the element
    whose bytes are kept. `objects` stands in for `xml` where the document is too large for memory; only a dialect
    that says `reads_objects` gets to see it. `value` is a JSON value: dict, list or scalar. `url`: where it was read.
    `context`: for a detail page, what the list said of it (its item of the list), so that both are mapped together.
    `language`: what the page around it declares (<html lang>), for texts that say none themselves. `line`: where it
    begins in its file, from 1, where the format counts lines. `accepted`: the hash of its bytes where
    `Body.recognise` knew them; nothing else of it is read then.
    """

    native_id: str | None = None
    datestamp: str | None = None
    deleted: bool = False
    xml: Any = None
    raw_xml: Any = None
    objects: Any = None
    value: Any = None
    url: str = ""
    context: Any = None
    language: str | None = None
    line: int | None = None
    accepted: bytes = b""


def record_from_xml(
    element: Any,
    names: Names,
    *,
    native_id: str | None,
    datestamp: str | None = None,
    deleted: bool = False,
    raw_xml: Any = None,
    url: str = "",
) -> Record:
    """A cursor on an element. `raw_xml`: the OAI-PMH <record> around it, where there is one."""
    wrapped = raw_xml is not None
    kept = raw_xml if wrapped else element
    return XmlRecord(
        element,
        names,
        native_id=native_id,
        datestamp=datestamp,
        deleted=deleted,
        raw=b"" if kept is None else etree.tostring(kept, encoding="utf-8", with_tail=False),
        media_type=OAI_XML if wrapped else XML,
        url=url,
    )


def compose(
    name: str,
    elements: Iterable[Any],
    *,
    attributes: Mapping[str, str] | None = None,
    drop: Container[str] = (),
) -> Any:
    """A new element without namespace that holds copies of `elements` and nothing else of their documents.

    For formats that spread one record over a document: what belongs together becomes one tree with its own
    bytes. `drop`: local names of parts that are not copied (contact data, embedded images). Tails are left out,
    and so are namespace declarations nobody uses: equal parts give equal bytes.
    """
    root = etree.Element(name, dict(attributes or {}))
    for element in elements:
        copied = deepcopy(element)
        copied.tail = None
        root.append(copied)
    unwanted = [part for part in root.iter(etree.Element) if etree.QName(part).localname in drop]
    for part in unwanted:
        parent = part.getparent()
        if parent is not None:
            parent.remove(part)
    etree.cleanup_namespaces(root)
    return root


def record_from_json(
    value: Any,
    *,
    native_id: str | None,
    datestamp: str | None = None,
    deleted: bool = False,
    url: str = "",
) -> Record:
    """A cursor on a JSON value; its bytes are the value encoded with sorted keys."""
    return JsonRecord(
        value,
        native_id=native_id,
        datestamp=datestamp,
        deleted=deleted,
        raw=_json.encode(value),
        media_type=JSON,
        url=url,
    )


def open_record(
    raw: bytes,
    media_type: str,
    names: Names,
    *,
    native_id: str,
    datestamp: str | None = None,
    url: str = "",
) -> Record:
    """The cursor over stored bytes. Raises ValueError (or lxml's error) where they are not what they say."""
    document = open_document(raw, media_type, native_id=native_id, datestamp=datestamp, url=url)
    if media_type == JSON:
        return JsonRecord(
            document.value,
            native_id=native_id,
            datestamp=datestamp,
            deleted=False,
            raw=raw,
            media_type=media_type,
            url=url,
        )
    return XmlRecord(
        document.xml,
        names,
        native_id=native_id,
        datestamp=datestamp,
        deleted=document.xml is None,
        raw=raw,
        media_type=media_type,
        url=url,
    )


def open_document(
    raw: bytes, media_type: str, *, native_id: str | None = None, datestamp: str | None = None, url: str = ""
) -> Document:
    """Stored bytes as the document a dialect would cut. Raises ValueError (or lxml's error)."""
    if media_type == JSON:
        value = msgspec.json.decode(raw)
        return Document(native_id=native_id, datestamp=datestamp, value=value, url=url)
    root: Any = etree.fromstring(raw, etree.XMLParser(**_parser_options))
    if media_type != OAI_XML:
        return Document(native_id=native_id, datestamp=datestamp, xml=root, url=url)
    metadata = next((child for child in root if etree.QName(child).localname == "metadata"), None)
    payload = metadata[0] if metadata is not None and len(metadata) else None
    return Document(native_id=native_id, datestamp=datestamp, xml=payload, raw_xml=root, url=url)
