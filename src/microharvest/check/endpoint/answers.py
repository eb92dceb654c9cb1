"""Recorded answers of an OAI-PMH endpoint, opened once. Pure: an answer is bytes, a status and some headers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from microharvest.kit.document import OAI_NS
from microharvest.kit.readers import Unreadable, local_name, read_tree

__all__ = ["DAY", "MOMENT", "SECOND", "Answer", "Header", "Interview"]

DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
SECOND = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
MOMENT = {"YYYY-MM-DD": DAY, "YYYY-MM-DDThh:mm:ssZ": SECOND}
"""The two granularities of the standard, and what a datestamp in each looks like."""
_LISTS = ("ListRecords", "ListIdentifiers", "GetRecord")


class Header(NamedTuple):
    """Of a record: what stands in its <header>, and its metadata where there are some."""

    identifier: str
    datestamp: str
    sets: tuple[str, ...]
    deleted: bool
    metadata: Any


class Answer:
    """One answer. `url`: as it was asked (the body behind a `#` where it was posted); `came_from`: the address that
    answered. `failure`: why there was none."""

    def __init__(
        self,
        url: str,
        *,
        content: bytes = b"",
        status: int = 200,
        media_type: str = "text/xml",
        came_from: str | None = None,
        failure: str = "",
    ) -> None:
        self.url, self.content, self.status = url, content, status
        self.media_type, self.came_from, self.failure = media_type, came_from or url, failure

    @cached_property
    def problem(self) -> str:
        """Why it cannot be read as XML; empty where it can."""
        if self.failure:
            return self.failure
        try:
            self._opened = read_tree(self.content)
        except Unreadable as error:
            return error.detail if self.content.lstrip()[:1] == b"<" else "no XML"
        return ""

    @property
    def root(self) -> Any:
        """The root element, or None."""
        return None if self.problem else self._opened

    @property
    def is_oai(self) -> bool:
        """Whether the root is that of an OAI-PMH answer."""
        return self.root is not None and self.root.tag == f"{{{OAI_NS}}}OAI-PMH"

    def part(self, name: str) -> Any:
        """The child of the root of that name, or None."""
        return None if self.root is None else next((one for one in self.root if local_name(one.tag) == name), None)

    def text(self, *names: str) -> str | None:
        """The text at a path of local names from the root, trimmed of nothing: a server's blanks are its own."""
        here = self.root
        for name in names:
            here = None if here is None else next((one for one in here if local_name(one.tag) == name), None)
        return None if here is None else here.text or ""

    @property
    def errors(self) -> list[str]:
        """The codes of its errors."""
        return [] if self.root is None else [
            one.get("code", "") for one in self.root if local_name(one.tag) == "error"
        ]  # fmt: skip

    @property
    def kind(self) -> str:
        """What it is, in a word: the list's name, the errors' codes, or why it is none of both."""
        if self.problem:
            return self.problem
        names = [local_name(one.tag) for one in self.root]
        said = next((name for name in names if name not in {"responseDate", "request", "error"}), "")
        return ", ".join(self.errors) or said or "nothing"

    @cached_property
    def headers(self) -> list[Header]:
        """The records or headers listed, in order."""
        return list(self._headers())

    def _headers(self) -> Iterator[Header]:
        listed = next((self.part(name) for name in _LISTS if self.part(name) is not None), None)
        for one in listed if listed is not None else ():
            name = local_name(one.tag)
            head = one if name == "header" else next((part for part in one if local_name(part.tag) == "header"), None)
            if head is None:
                continue
            said = [(local_name(part.tag), (part.text or "").strip()) for part in head]
            found = dict(reversed(said))
            yield Header(
                found.get("identifier", ""), found.get("datestamp", ""),
                tuple(text for key, text in said if key == "setSpec"), head.get("status") == "deleted",
                next((part for part in one if local_name(part.tag) == "metadata"), None),
            )  # fmt: skip

    @cached_property
    def tokens(self) -> list[Any]:
        """The resumptionToken elements of its list."""
        listed = next((self.part(name) for name in _LISTS if self.part(name) is not None), None)
        return [one for one in listed if local_name(one.tag) == "resumptionToken"] if listed is not None else []

    @property
    def token(self) -> str:
        """The token that leads on; empty where the list ends."""
        return (self.tokens[0].text or "").strip() if self.tokens else ""


class Interview:
    """All answers: those to the profile's questions by name, and the pages of the list as they were read."""

    def __init__(self, base: str, prefix: str, answers: dict[str, Answer], pages: list[Answer]) -> None:
        self.base, self.prefix, self.answers, self.pages = base, prefix, answers, pages

    def get(self, name: str) -> Answer | None:
        """The answer to a question that was asked and answered somehow."""
        return self.answers.get(name)

    def every(self) -> list[Answer]:
        """Each answer once that the server gave."""
        return [one for one in (*self.answers.values(), *self.pages) if not one.failure]

    @property
    def granularity(self) -> str:
        """As Identify says it; empty where it does not."""
        identify = self.get("identify")
        return (identify.text("Identify", "granularity") or "").strip() if identify else ""

    @property
    def live(self) -> Header | None:
        """A record that is not deleted."""
        listed = [one for name in ("identifiers", "records") if (one := self.get(name)) is not None]
        return next((head for one in listed for head in one.headers if head.identifier and not head.deleted), None)

    @property
    def deleted(self) -> Header | None:
        """A record that is."""
        listed = [*self.pages, *(one for name in ("identifiers", "records") if (one := self.get(name)) is not None)]
        return next((head for one in listed for head in one.headers if head.identifier and head.deleted), None)

    @property
    def sets(self) -> list[str]:
        """The setSpecs of the first page of ListSets."""
        listed = self.get("sets")
        part = listed.part("ListSets") if listed else None
        found = [
            (one.text or "").strip() for each in part if part is not None for one in each
            if local_name(one.tag) == "setSpec"
        ] if part is not None else []  # fmt: skip
        return [one for one in found if one]

    def values(self) -> dict[str, str]:
        """What questions are filled in with, as far as it is known by now."""
        known = {"prefix": self.prefix}
        if self.live is not None:
            known |= {"identifier": self.live.identifier, "datestamp": self.live.datestamp}
            if SECOND.fullmatch(self.live.datestamp):
                known["day"] = self.live.datestamp[:10]
        if self.deleted is not None:
            known["deleted"] = self.deleted.identifier
        if self.sets:
            known["set"] = self.sets[0]
        records, identify = self.get("records"), self.get("identify")
        if records is not None and records.token:
            known["token"] = records.token
        earliest = (identify.text("Identify", "earliestDatestamp") or "").strip() if identify else ""
        if re.match(r"[1-9]\d{3}-\d\d-\d\d", earliest, re.ASCII):
            known["early"] = f"{int(earliest[:4]) - 1:04}{earliest[4:]}"
        if self.granularity == "YYYY-MM-DDThh:mm:ssZ":
            known["seconds"] = "T00:00:00Z"
        elif self.granularity == "YYYY-MM-DD":
            known["finer"] = "T00:00:00Z"
        return known
