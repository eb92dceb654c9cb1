"""Tables of a connector: `lookups/<name>.csv` in its folder, read once, when the connector is made."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

__all__ = ["lookup_table"]


@cache
def lookup_table(module: str, name: str) -> dict[str, dict[str, str]]:
    """The rows of a table by their first column, folded. `module`: the `__file__` of the connector's module.

    Raises OSError where the connector has no such table: a fault of the connector, not of a feed.
    """
    text = (Path(module).parent / "lookups" / f"{name}.csv").read_text("utf-8")
    return {next(iter(row.values())).casefold(): row for row in csv.DictReader(text.splitlines())}
