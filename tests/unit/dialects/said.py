"""A dialect's words as plain values, for tests to compare."""

from __future__ import annotations

from typing import Any

from microharvest.kit import DialectSettings, Document, Draft, Record, open_record
from microharvest.kit.manifest import load_dialect


def cut(name: str, document: Document, **settings: Any) -> list[tuple[Record, Draft]]:
    """Every record of a document with what the dialect says about it; the same again from the record's bytes."""
    mapping = load_dialect(name)(DialectSettings(**settings))
    found = []
    for record in mapping.cut(document):
        draft = Draft()
        if not record.deleted:
            mapping.map_record(record, draft)
            again = Draft()
            mapping.map_record(open_record(record.raw, record.media_type, mapping.names, native_id=""), again)
            assert said(again) == said(draft)
        found.append((record, draft))
    return found


def said(draft: Draft) -> dict[str, Any]:
    """{field: [value…], [kind]: [part…], "issues": [code…]}"""
    result: dict[str, Any] = {}
    for statement in draft.statements:
        result.setdefault(statement.field, []).append(statement.value)
    for part in draft.parts:
        result.setdefault(f"[{part.kind}]", []).append(said(part))
    if draft.issues:
        result["issues"] = [issue.code for issue in draft.issues]
    if draft.refused:
        result["refused"] = draft.refused
    return result
