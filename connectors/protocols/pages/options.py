"""The keys of `[fetch]` for `protocol = "pages"`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

__all__ = ["Options"]


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """README.md says it in full; the address of the first page is the source's `url`."""

    # How one page leads to the next: `next` (an address in the Link header or in the body), `cursor` (a token in the
    # body), `page` (numbers), `offset` (items so far).
    pager: Literal["next", "cursor", "page", "offset"] = "next"
    # json: dotted path to the list of items (empty: the answer itself); xml: local name of an item.
    select: str = ""
    # Dotted path to the address or token of the next page; empty: the places where APIs keep it (`next` only).
    next: str = ""
    # Dotted path to a boolean that says whether there is another page (`hasNextPage`).
    more: str = ""
    # Dotted paths to the number of items and of pages in all; X-WP-Total, X-Total-Count, X-WP-TotalPages are known.
    total: str = ""
    pages: str = ""
    # The parameter that carries page number, offset or token; empty: `page`, `offset`, `cursor`.
    param: str = ""
    # Number of the first page.
    first_page: Annotated[int, msgspec.Meta(ge=0)] = 1
    # Parameter and value for the number of items on a page; none is sent without a name.
    size_param: str = ""
    size: Annotated[int, msgspec.Meta(ge=0)] = 0
    # A page of fewer than `size` items is the last one. Off: many servers leave out items they may not show.
    short_page_ends: bool = False
    # Statuses by which a server says that there is no such page any more, after the first (400 for WordPress).
    past_end: tuple[int, ...] = ()
    # Dotted path to an item's identifier, to notice pages that repeat; empty: id, @id, identifier and the like.
    item_id: str = ""
    # Address of an item's own page, `{path}` in it being what the item says there: that page is mapped, together with
    # what the list said. JSON alone.
    detail: str = ""
    # POST sends `body` as JSON, with the parameters in it.
    method: Literal["GET", "POST"] = "GET"
    body: dict[str, Any] = {}
    # The Accept header, where a server wants one (`application/vnd.api+json`).
    accept: str = ""
    # Pages of one list; a longer list counts as incomplete.
    max_pages: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 10_000
    # evidence: the announced total must be reached for a complete run; ignore: it is wrong.
    declared_total: Literal["evidence", "ignore"] = "evidence"

    def __post_init__(self) -> None:
        if self.pager == "cursor" and not self.next:
            raise ValueError('pager = "cursor" needs next, the path to the token')
        if bool(self.size_param) != bool(self.size):
            raise ValueError("size_param and size belong together")
        if self.short_page_ends and not self.size:
            raise ValueError("short_page_ends needs size")
        if self.body and self.method != "POST":
            raise ValueError('body needs method = "POST"')
