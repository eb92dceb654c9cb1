"""`vocab check`: the links of accepted offers to ESCO, held against the imported editions."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from microharvest.commands.screen import Screen
from microharvest.commands.vocab import shown
from microharvest.commands.workspace import Workspace
from microharvest.errors import ExitStatus
from microharvest.model.offer import decode_offer
from microharvest.store.database import Connection
from microharvest.store.exports import offer_page
from microharvest.store.vocabularies import Standing, standings

__all__ = ["check_links"]

_PAGE = 2000
_LINKS = (
    ("esco-skills", "http://data.europa.eu/esco/skill/"),
    ("esco-occupations", "http://data.europa.eu/esco/occupation/"),
)


def check_links(workspace: Workspace, screen: Screen) -> ExitStatus:
    """Links of accepted offers to ESCO: the edition of each, those the newest edition withdrew, those in none."""
    with workspace.stores() as stores, stores.harvest.read() as connection:
        links = _links(connection)
        found: list[dict[str, Any]] = []
        for kind, uris in links.items():
            known = standings(connection, kind, uris)
            for uri in sorted(uris):
                at = known.get(uri, Standing(None, withdrawn=False))
                code = (
                    "concept.withdrawn" if at.withdrawn else "concept.unresolved" if known and not at.edition else None
                )
                found.append({"kind": kind, "uri": uri, "edition": at.edition, "code": code, **uris[uri]})
    if screen.as_json:
        for one in found:
            screen.json(one)
        return ExitStatus.DONE
    for kind in links:
        of_kind = [one for one in found if one["kind"] == kind]
        if all(one["edition"] is None and one["code"] is None for one in of_kind):
            screen.say(f"{kind}: {len(of_kind):,} links, and no edition to check them: `vocab import {kind} FILE`.")
            continue
        by_code = Counter(one["code"] or f"in {one['edition']}" for one in of_kind)
        screen.say(f"{kind}: {len(of_kind):,} links: {shown(by_code)}")
        rows = [[one["code"], one["uri"], one["edition"] or "", one["offers"], one["example"]]
                for one in of_kind if one["code"]]  # fmt: skip
        if rows:
            screen.table(["code", "uri", "last edition", "offers", "for instance"], rows)
    if not links:
        screen.say("No accepted offer links to ESCO.")
    return ExitStatus.DONE


def _links(connection: Connection) -> dict[str, dict[str, dict[str, Any]]]:
    """kind -> URI -> how many accepted offers link to it, and one of them."""
    found: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    after = ("", "")
    while page := offer_page(connection, after, _PAGE):
        after = (page[-1].source, page[-1].native_id)
        for row in page:
            if not row.doc or row.status == "withdrawn":
                continue
            for uri in _esco_of(row.doc):
                kind = next((kind for kind, base in _LINKS if uri.startswith(base)), None)
                if kind is not None:
                    link = found[kind].setdefault(uri, {"offers": 0, "example": f"{row.source}/{row.native_id}"})
                    link["offers"] += 1
    return dict(found)


def _esco_of(document: bytes) -> set[str]:
    """What the source itself links to."""
    offer = decode_offer(document)
    outcomes = [skill for outcome in offer.learning_outcomes for skill in outcome.skills]
    return {concept.uri for concept in (*offer.skills, *offer.occupations, *outcomes) if concept.uri}
