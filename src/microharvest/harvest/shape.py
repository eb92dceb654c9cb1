"""How the shape of a feed changed: paths that many records had and none has now, and what took their place. Pure.

Looked at in a sample of records whose content changed. A path took another's place if it is new, and holds the very
same values for most records: a renamed column. Values are compared and never kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from microharvest.kit.document import open_record
from microharvest.kit.record import Names

__all__ = ["SAMPLE", "absent_columns", "renamed_paths", "values_by_path"]

SAMPLE = 200
"""Records looked at: enough to tell a path of half the records from none, and done in some hundredths of a second."""

SAMPLE_MIN = 5
COMMON = 0.5
"""Share of the sample that must have a path for its absence to mean anything."""

Values = dict[str, frozenset[str]]


def values_by_path(raw: bytes, media_type: str, names: Names) -> Values:
    """The leaves of a record: {path: values}. Empty where the bytes cannot be read any more."""
    try:
        record = open_record(raw, media_type, names, native_id="")
        found: dict[str, set[str]] = {}
        for path, value in record.unread():  # nobody has read anything yet: these are all
            found.setdefault(path, set()).add(value)
    except (ValueError, KeyError, TypeError, SyntaxError):  # lxml's errors are SyntaxErrors
        return {}
    return {path: frozenset(values) for path, values in found.items()}


def absent_columns(dialect: Any, records: Iterable[tuple[bytes, str]]) -> tuple[list[str], int]:
    """(columns the source file names and no record has, records looked at). `records`: (bytes, media type)."""
    wanted: set[str] = set(getattr(dialect, "named", ()))
    looked = 0
    for raw, media_type in records if wanted else ():
        try:
            record = open_record(raw, media_type, dialect.names, native_id="")
        except (ValueError, SyntaxError):
            continue
        looked += 1
        wanted -= {name for name in wanted if dialect.has_column(record, name)}
        if not wanted:
            break
    return sorted(wanted) if looked else [], looked


def renamed_paths(before: Sequence[Values], after: Sequence[Values]) -> dict[str, str | None]:
    """{path that is gone: path that holds its values now, or None}, of records before and after, pair by pair."""
    if len(before) < SAMPLE_MIN:
        return {}
    had = Counter(path for values in before for path in values)
    has = Counter(path for values in after for path in values)
    gone = [path for path, count in had.items() if count >= COMMON * len(before) and not has[path]]
    new = [path for path, count in has.items() if count >= COMMON * len(after) and not had[path]]
    return {path: _successor(path, had[path], new, before, after) for path in sorted(gone)}


def _successor(
    path: str, count: int, new: Sequence[str], before: Sequence[Values], after: Sequence[Values]
) -> str | None:
    """The new path that has the same values in most records; None if there is none."""
    same = Counter(
        {
            one: sum(
                1
                for old, now in zip(before, after, strict=True)
                if path in old and old[path] == now.get(one, frozenset())
            )
            for one in new
        }
    )
    best, equal = max(same.items(), key=lambda item: (item[1], item[0]), default=(None, 0))
    return best if equal > COMMON * count else None
