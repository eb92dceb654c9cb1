"""Self-contained HTML pages of a package's `templates` folder.

What must stay true: every value is escaped by autoescape; a name that is not given is an error, never an empty text.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined

from microharvest.telemetry import plain

__all__ = ["templates_of"]


@cache
def templates_of(package: str) -> Environment:
    """The templates of a package; the filter `plain` makes a value of a feed one harmless line."""
    folder = files(package) / "templates"

    def load(name: str) -> str:
        return (folder / name).read_text(encoding="utf-8")

    environment = Environment(
        autoescape=True, loader=FunctionLoader(load), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["plain"] = _line
    return environment


def _line(value: object, limit: int = 160) -> str:
    """One line, cut where it is long."""
    text = plain(str(value))
    return text if len(text) <= limit else text[: limit - 1] + "…"
