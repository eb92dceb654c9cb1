"""Text for LOQ: the HTML the Europass register lets in, and nothing else.

The SHACL shape `HtmlWhitelistLiteralShape` and the register's own check allow 24 elements without attributes; a link
becomes its text. What is not allowed goes, its text stays.
"""

from __future__ import annotations

import html
import re

import nh3

from microharvest.map.normalise.text import clean_text
from microharvest.map.vocabulary import words

__all__ = ["LOQ_ELEMENTS", "loq_html"]

LOQ_ELEMENTS = words("h1 h2 h3 h4 h5 h6 p strong b em i code ul ol li br hr u address section small sub sup")
_TAG = re.compile(r"</?[a-z]", re.IGNORECASE)
MAX_TAGS = 20_000
"""More are no text a person wrote; a parser that builds a tree takes minutes for them."""


def loq_html(text: str) -> str:
    """Text or HTML as HTML with elements of `LOQ_ELEMENTS` alone; plain text is escaped, its paragraphs kept."""
    tags = len(_TAG.findall(text[: 64 * MAX_TAGS]))
    plain = clean_text(text)
    if "value.html_removed" in plain.issues and tags <= MAX_TAGS:
        said = text if _TAG.search(text) else html.unescape(text)
        return nh3.clean(said, tags=set(LOQ_ELEMENTS), attributes={}, link_rel=None, strip_comments=True).strip()
    paragraphs = [html.escape(part, quote=False).replace("\n", "<br>") for part in (plain.value or "").split("\n\n")]
    return "".join(f"<p>{part}</p>" for part in paragraphs if part)
