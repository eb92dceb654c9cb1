"""The keys of `[fetch]` for `protocol = "file"`."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["Options"]


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which of them a format reads stands in front of each; README.md says it in full."""

    # What the file is; auto looks at its bytes, then its name, then its media type.
    format: Literal["auto", "csv", "xlsx", "json", "jsonl", "rdf", "xml"] = "auto"
    # zip: a glob for the one member meant (`*_standard_*.csv`); empty: the only data file in it.
    member: str = ""
    # json, jsonl: dotted path to the list or object (`data.items`); xml: local name of the record element.
    select: str = ""
    # json: the selection is an object of objects; each object's key is put into it as "@key".
    keyed: bool = False
    # json: dotted path to the number of records the publisher announces.
    total: str = ""
    # csv: a codec's name (cp1250, utf-8); auto finds it from the whole file.
    encoding: str = "auto"
    # csv: one character; auto scores comma, semicolon, tab and pipe.
    delimiter: str = "auto"
    # csv: the quote character; empty where quotes are ordinary characters; auto: " or, around nearly every cell, '.
    quote: str = "auto"
    # csv: lines before the header (or before the first row, with `header`).
    skip_rows: int = 0
    # csv, xlsx: the columns' names, where the file has no header row.
    header: tuple[str, ...] = ()
    # xlsx: a sheet's name or number (from 1); empty: the first visible one with rows.
    sheet: str = ""
    # xlsx: the number of the header row (from 1); 0: the first row of names.
    header_row: int = 0
    # Ask with validators, so that an unchanged file costs nothing.
    conditional: bool = True
    # evidence: the announced total must be reached for a complete run; ignore: it is wrong.
    declared_total: Literal["evidence", "ignore"] = "evidence"

    def __post_init__(self) -> None:
        if self.delimiter != "auto" and len(self.delimiter) != 1:
            raise ValueError("delimiter must be one character, or auto")
        if self.quote != "auto" and len(self.quote) > 1:
            raise ValueError("quote must be one character, empty, or auto")
        if self.skip_rows < 0 or self.header_row < 0:
            raise ValueError("skip_rows and header_row must not be negative")
        if len(set(self.header)) != len(self.header):
            raise ValueError("header must not name a column twice")
