"""Measurements, run by `make bench`; nothing here is a test, and no test asserts a time."""

from __future__ import annotations

import sys
from collections.abc import Collection

__all__ = ["said_words"]


def said_words(document: str | None, options: Collection[str] = ()) -> list[str]:
    """The words of the command; `document` is printed instead where one begins with "-" and is no option."""
    said = sys.argv[1:]
    if any(word.startswith("-") and word not in options for word in said):
        sys.exit(document)
    return said
