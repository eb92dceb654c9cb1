"""Readers of formats, for protocols: pure functions over bytes and binary streams, hard on what they are given.

They raise one error, `Unreadable`, with a code of `errors.ERROR_CODES`; a protocol turns it into a `Refused`. XML
elements are handed out as they are (`tag` in Clark notation, `text`, `attrib`, iteration, `getparent`), typed `Any`.
"""

from __future__ import annotations

from microharvest.kit.readers.answer import Unreadable, looks_like_html, refuse_status, strip_bom
from microharvest.kit.readers.archive import data_files, is_zip, open_member, table_widths
from microharvest.kit.readers.compressed import open_plain
from microharvest.kit.readers.csv import Header, Row, find_delimiter, find_quote, name_columns, read_rows
from microharvest.kit.readers.encoding import CP1252_PER_BYTE, Encoding, decode_page, find_encoding
from microharvest.kit.readers.html import (
    Block,
    has_course_markup,
    json_ld_blocks,
    page_language,
    page_links,
    read_block,
)
from microharvest.kit.readers.json import ABSENT, decode_json, encode_json, is_error_envelope, locate
from microharvest.kit.readers.json_stream import Member, MemberList, open_utf8, repeats_keys
from microharvest.kit.readers.rdf import (
    MAX_RDF_BYTES,
    Flattened,
    find_syntax,
    looks_like_rdf,
    nodes_of_json,
    read_rdf,
)
from microharvest.kit.readers.workbook import Sheet, is_workbook, read_sheet
from microharvest.kit.readers.xml import Pull, Root, local_name, read_root, read_tree, xml_bytes
from microharvest.kit.readers.xml_objects import HeldObjects, SpilledObjects, XmlObjects, objects_of
from microharvest.kit.readers.xml_repair import CutList, Piece, cut_list, ends_with_root, sanitise

__all__ = [
    "ABSENT",
    "CP1252_PER_BYTE",
    "MAX_RDF_BYTES",
    "Block",
    "CutList",
    "Encoding",
    "Flattened",
    "Header",
    "HeldObjects",
    "Member",
    "MemberList",
    "Piece",
    "Pull",
    "Root",
    "Row",
    "Sheet",
    "SpilledObjects",
    "Unreadable",
    "XmlObjects",
    "cut_list",
    "data_files",
    "decode_json",
    "decode_page",
    "encode_json",
    "ends_with_root",
    "find_delimiter",
    "find_encoding",
    "find_quote",
    "find_syntax",
    "has_course_markup",
    "is_error_envelope",
    "is_workbook",
    "is_zip",
    "json_ld_blocks",
    "local_name",
    "locate",
    "looks_like_html",
    "looks_like_rdf",
    "name_columns",
    "nodes_of_json",
    "objects_of",
    "open_member",
    "open_plain",
    "open_utf8",
    "page_language",
    "page_links",
    "read_block",
    "read_rdf",
    "read_root",
    "read_rows",
    "read_sheet",
    "read_tree",
    "refuse_status",
    "repeats_keys",
    "sanitise",
    "strip_bom",
    "table_widths",
    "xml_bytes",
]
