"""A feed read for its publisher: fetched within limits, cut and mapped as a harvest would, and kept nowhere."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from itertools import islice
from typing import Any

import msgspec

from microharvest.check.engine import Given
from microharvest.harvest.setup import defaults_of, dialect_settings_of
from microharvest.kit.credential import is_credential_text
from microharvest.kit.dialect import Dialect
from microharvest.kit.document import Document
from microharvest.kit.draft import Draft
from microharvest.kit.manifest import load_dialect
from microharvest.kit.protocol import Batch, Body, Failure, Request
from microharvest.kit.record import Record
from microharvest.map.apply import apply_draft
from microharvest.onboard.probe import Probe
from microharvest.onboard.record import Follower
from microharvest.sources import SourceConfig
from microharvest.testing.checks.subject import raised_by

__all__ = ["MAX_RECORDS", "Problem", "Reading"]

MAX_RECORDS = 5_000
"""Enough to tell what a feed is like; the report says where more would follow."""
LIST_PAGES = 4
"""Of a repository: its endpoint is asked some forty questions beside."""
_SHOWN = 5


class Problem(msgspec.Struct, kw_only=True):
    """Something of the feed, or of records that gave no offer: a code of `ISSUE_CODES` or `ERROR_CODES`, how often,
    and what was seen: (record, path, line, value)."""

    code: str
    count: int = 0
    seen: list[tuple[str, str, int | None, str]] = []


class Reading(Follower):
    """Hands each mapped record to `each` and forgets it. `until`: on `time.monotonic`, when enough time is spent."""

    def __init__(
        self, reader: Any, probe: Probe, config: SourceConfig, each: Callable[[Given], None], until: float
    ) -> None:
        super().__init__(reader, probe)
        self._config, self._each, self._until = config, each, until
        self._dialect: Dialect = load_dialect(config.dialect)(dialect_settings_of(config))
        self._defaults = defaults_of(config)
        self._pages = 0
        self._keys: set[str] = set()
        self._root: dict[str, Any] | None = None
        self.records = self.deleted = self.offers = 0
        self.problems: dict[str, Problem] = {}
        self.unread: Counter[str] = Counter()
        self.examples: dict[str, str] = {}

    def may_go_on(self) -> bool:
        """Until requests, records, time or (for a repository) pages are spent."""
        paged = self._config.protocol == "oai_pmh" and self._pages > LIST_PAGES
        return super().may_go_on() and self._left > 0 and time.monotonic() < self._until and not paged

    def has_enough(self) -> bool:
        """Records or time are spent."""
        enough = self._left <= 0 or time.monotonic() >= self._until
        self.cut = self.cut or enough
        return enough

    @property
    def _left(self) -> int:
        return MAX_RECORDS - self.records - self.deleted

    async def fetch(self, request: Request) -> Body | Failure:
        """An address that was looked at before is not asked again."""
        self._pages += 1
        plain = request.method == "GET" and not request.headers and not request.generation
        return await (self._probe.ask(request.url) if plain else self._probe.fetch(request))

    def miss(self, request: Request) -> None:
        """A harvest takes it for withdrawn; whoever publishes the list wants to know."""
        self.note("feed.dead_item", value=request.url)

    def take(self, batch: Batch, request: Request) -> None:
        """Cut and map what an answer holds."""
        for finding in batch.findings:
            self.note(finding.code, value=finding.detail)
            self.problems[finding.code].count += finding.count - 1
        for rejected in batch.rejected:
            self.note(rejected.code, rejected.native_id or "", value=rejected.detail or _beginning(rejected.content))
        for document in batch.documents:
            if self.has_enough():
                return
            self._cut(document)

    def note(self, code: str, record: str = "", *, path: str = "", line: int | None = None, value: str = "") -> None:
        """Count a problem, and keep the first few of its kind."""
        problem = self.problems.setdefault(code, Problem(code=code))
        problem.count += 1
        if len(problem.seen) < _SHOWN:
            problem.seen.append((record, path, line, value[:200]))

    def _cut(self, document: Document) -> None:
        if document.objects is not None and not getattr(self._dialect, "reads_objects", False):
            document = msgspec.structs.replace(document, xml=document.objects.tree(), objects=None)
        if self._root is None:
            self._root = _root_of(document)
        records: list[Record] = []
        raised = raised_by(lambda: records.extend(islice(self._dialect.cut(document), self._left + 1)))
        if raised:
            self.note("record.unmappable", document.native_id or "", line=document.line, value=raised)
        self.cut = self.cut or len(records) > self._left
        for record in records[: self._left]:
            self._map(record, document)

    def _map(self, record: Record, document: Document) -> None:
        if record.deleted:
            self.deleted += 1
            return
        self.records += 1
        lined = document.objects is None  # objects that waited on disk count their lines from their own beginning
        line = (document.line or _line_of(record)) if lined else None
        native_id = record.native_id or ""
        if not native_id:
            self.note("record.no_identifier", line=line, value=_beginning(record.raw))
            return
        if native_id in self._keys:
            self.note("record.duplicate", native_id, line=line)
        self._keys.add(native_id)
        draft = Draft()
        raised = raised_by(lambda: self._dialect.map_record(record, draft))
        if raised or draft.refused:
            self.note(draft.refused or "record.unmappable", native_id, line=line, value=raised)
            return
        mapped = apply_draft(draft, self._defaults)
        self.offers += 1
        for path, example in record.unread():
            self.unread[path] += 1
            self.examples.setdefault(path, example)
        given = Given(record, mapped.offer, draft=draft, issues=mapped.issues, document=self._root, line=line)
        given.lined = lined
        self._each(given)


def _root_of(document: Document) -> dict[str, Any] | None:
    """The root element a document stands in, where that is not an envelope's."""
    if document.raw_xml is not None or (document.xml is None and document.objects is None):
        return None
    tag = str(document.objects.tag if document.xml is None else document.xml.tag)
    namespace, _, local = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
    attributes = {} if document.xml is None else dict(document.xml.attrib)
    return {"tag": local, "namespace": namespace, "attributes": attributes}


def _beginning(content: bytes) -> str:
    """The first bytes of what could not be used; nothing of a learner's credential."""
    return "" if is_credential_text(content) else content[:200].decode("utf-8", "replace")


def _line_of(record: Record) -> int | None:
    """Where the record begins: a dialect may have composed it of several parts, and the first is the record itself."""
    if record.line is not None:
        return record.line
    names = [name for name in record.names() if not name.startswith("@")]
    first = record.first(names[0]) if names else None
    return first.line if first is not None else None
