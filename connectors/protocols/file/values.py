"""JSON and JSON Lines: one document per member of a list, per value of a keyed object, per line.

What must stay true: a member that cannot be read is rejected with its bytes while the others stand; where one is so
broken that its neighbours are in doubt, the list has not ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from microharvest.connectors.protocols.file.options import Options  # found by a path hook
from microharvest.connectors.protocols.file.plain import Plain, batched

from microharvest.kit import Batch, Document, Evidence, Finding, Rejected
from microharvest.kit.readers import (
    ABSENT,
    Member,
    MemberList,
    Unreadable,
    decode_json,
    encode_json,
    is_error_envelope,
    locate,
    open_utf8,
    repeats_keys,
)

__all__ = ["read_json", "read_jsonl"]

MAX_LINE_BYTES = 8 * 1024 * 1024
_KEPT_BYTES = 1024 * 1024


class _Told:
    """What a list of members was like."""

    def __init__(self) -> None:
        self.read = self.broken = 0
        self.framed = True
        self.repeated: str | None = None
        self.document: Any = None
        """All of it, where it is one object and no list is selected: an announced total stands in it."""

    def findings(self) -> tuple[Finding, ...]:
        found = [] if self.repeated is None else [Finding(code="feed.duplicate_key", detail=self.repeated)]
        if not self.framed:
            found.append(Finding(code="feed.broken_member", detail="Quotes or brackets of a member do not pair."))
        return tuple(found)


def read_json(plain: Plain, options: Options) -> Iterator[Batch]:
    """A list (at the top or at `select`), an object of objects (`keyed`), or one object as one document."""
    told = _Told()
    with open_utf8(plain.stream) as stream:
        members = MemberList(stream, options.select, keyed=options.keyed)
        yield from batched(_members(members, told, options, plain.url))
    if options.keyed and members.found and members.is_list:
        raise Unreadable("source.not_a_feed", "With `keyed` the selection has to be an object.")
    if not members.found:
        if is_error_envelope(members.rest):
            raise Unreadable("source.not_a_feed", "The answer is an error message in JSON.")
        raise Unreadable("source.not_a_feed", f"Nothing stands at {options.select!r}.")
    if not told.read and told.broken:
        raise Unreadable("source.protocol", "No member of the JSON can be read.")
    if not told.read and is_error_envelope(members.rest):
        raise Unreadable("source.not_a_feed", "The answer is an error message in JSON.")
    if members.repeated and told.repeated is None:
        told.repeated = members.repeated[0]
    around = members.rest if told.document is None else told.document
    said = locate(around, options.total) if options.total and options.declared_total == "evidence" else None
    evidence = Evidence(ended=told.framed, closed=True, total=_count(said))
    yield Batch(findings=told.findings(), evidence=evidence)


def _members(members: MemberList, told: _Told, options: Options, url: str) -> Iterator[Document | Rejected]:
    for member in members:
        value = member.value
        if options.keyed and members.is_list:
            break
        if not members.is_list and not options.keyed:
            if value is ABSENT:
                raise Unreadable("source.protocol", member.problem)
            if not isinstance(value, dict):
                raise Unreadable("source.not_a_feed", "The selection is neither a list nor an object.")
            if is_error_envelope(value):
                raise Unreadable("source.not_a_feed", "The answer is an error message in JSON.")
            told.document = None if options.select else value
        told.framed = told.framed and member.framed
        told.read, told.broken = told.read + (value is not ABSENT), told.broken + (value is ABSENT)
        yield _document(member, told, url)


def _document(member: Member, told: _Told, url: str) -> Document | Rejected:
    value, key = member.value, member.key
    if value is ABSENT:
        return Rejected(code="record.unmappable", detail=member.problem, content=member.content[:_KEPT_BYTES])
    if told.repeated is None and repeats_keys(value, member.content):
        told.repeated = member.content[:200].decode("utf-8", "replace")
    if isinstance(value, dict):
        return Document(value=value if key is None else {"@key": key, **value}, url=url)
    content = encode_json(value if key is None else {key: value})
    return Rejected(code="record.unmappable", detail="Not a JSON object.", content=content[:_KEPT_BYTES])


def _count(said: Any) -> int | None:
    if isinstance(said, str) and said.strip().isdecimal():
        said = int(said)
    return said if isinstance(said, int) and not isinstance(said, bool) and said >= 0 else None


def read_jsonl(plain: Plain, options: Options) -> Iterator[Batch]:
    """One document per line; an empty line is none. A bad line is rejected, a cut last line ends the list badly."""
    told = _Told()
    cut, number = False, 0

    def outcomes() -> Iterator[Document | Rejected]:
        nonlocal cut, number
        while line := stream.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(line) > MAX_LINE_BYTES:
                raise Unreadable("source.protocol", f"Line {number} is longer than {MAX_LINE_BYTES} bytes.")
            content = line.strip(b" \t\r\n\x1e")
            if not content:
                continue
            value, problem = _line(content, options.select)
            if problem:
                cut = not line.endswith(b"\n")
                yield Rejected(code="record.unmappable", detail=f"Line {number}: {problem}"[:200], content=line)
                continue
            if told.repeated is None and not options.select and repeats_keys(value, content):
                told.repeated = content[:200].decode("utf-8", "replace")
            yield Document(value=value, url=plain.url, line=number)

    with open_utf8(plain.stream) as stream:
        yield from batched(outcomes())
    if not number:
        raise Unreadable("source.cut", "The file is empty.")
    findings = told.findings()
    if cut:
        findings = (*findings, Finding(code="feed.truncated", detail=f"Line {number} is not whole."))
    yield Batch(findings=findings, evidence=Evidence(ended=not cut))


def _line(content: bytes, select: str) -> tuple[Any, str]:
    try:
        value = locate(decode_json(content), select)
    except Unreadable as error:
        return None, error.detail
    if value is ABSENT:
        return None, f"nothing stands at {select!r}"
    return (value, "") if isinstance(value, dict) else (None, "not a JSON object")
