"""Mapping one stored record again, here and now, to see what each value was made from."""

from __future__ import annotations

from typing import Any

from msgspec import json

from microharvest.errors import ConfigError
from microharvest.explain.sheets import MappingStop
from microharvest.explain.tracing import trace
from microharvest.harvest.setup import defaults_of, dialect_settings_of, map_version_of
from microharvest.kit.dialect import Dialect
from microharvest.kit.document import open_record
from microharvest.kit.draft import Draft
from microharvest.kit.manifest import load_dialect
from microharvest.sources import SourceConfig

__all__ = ["map_with_trace"]

UNREAD = 30


def map_with_trace(head: Any, raw: bytes, config: SourceConfig | None) -> MappingStop:
    """What the present dialect makes of a version's bytes; the stored offer where that cannot be done."""
    stored: dict[str, Any] = json.decode(head.doc) if head.doc else {}
    dialect_name = str(head.map_version).split(".")[1] if "." in str(head.map_version) else ""
    if config is None:
        return _untraced(head, dialect_name, None, stored, "Without its source file nobody can say how it is mapped.")
    try:
        dialect: Dialect = load_dialect(config.dialect)(dialect_settings_of(config))
        present = map_version_of(config)
    except ConfigError as error:
        return _untraced(head, config.dialect, None, stored, error.sentence)
    if not raw:
        return _untraced(head, config.dialect, present, stored, "The record's own bytes are no longer kept.")
    draft = Draft()
    try:
        record = open_record(
            raw,
            head.media_type,
            dialect.names,
            native_id=head.native_id,
            datestamp=head.datestamp,
            url=head.url or "",
        )
        dialect.map_record(record, draft)
        unread = tuple(record.unread())[:UNREAD]
    except (ValueError, KeyError, TypeError, SyntaxError) as error:  # lxml's errors are SyntaxErrors
        kind = type(error).__name__
        return _untraced(
            head, config.dialect, present, stored, f"The dialect cannot read these bytes any more ({kind})."
        )
    if draft.refused:
        said = f"The dialect takes it for no offer now ({draft.refused})."
        return _untraced(head, config.dialect, present, stored, said)
    found = trace(draft, defaults_of(config))
    now = {one.field: one.value for one in found.fields}
    names = [name for name in (*stored, *now) if name != "basis"]
    return MappingStop(
        dialect=config.dialect,
        mapped_with=head.map_version,
        present=present,
        fields=found.fields,
        idle=found.idle,
        unread=unread,
        stale=tuple(name for name in dict.fromkeys(names) if now.get(name) != stored.get(name)),
        cut=found.cut,
    )


def _untraced(head: Any, dialect: str, present: str | None, stored: dict[str, Any], problem: str) -> MappingStop:
    return MappingStop(
        dialect=dialect, mapped_with=head.map_version, present=present, problem=problem, stored=stored or None
    )
