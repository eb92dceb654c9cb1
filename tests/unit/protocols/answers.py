"""Answers from bytes, and what a protocol makes of them as plain values."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from microharvest.kit import Batch, Body, Document, Evidence, Finding, Refused, Rejected, Request

_number = itertools.count()


def answer(
    folder: Path, content: bytes | str, *, url: str = "https://feed.example/x", status: int = 200, **headers: str
) -> Body:
    """A spooled answer; header names with `_` for `-`."""
    path = folder / f"body-{next(_number)}"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Body(path=path, url=url, status=status, headers=named, size=path.stat().st_size)


class Read:
    """Everything one answer gave, in order. Documents are looked at while they are valid."""

    def __init__(self, batches: Iterator[Batch | Refused]) -> None:
        self.documents: list[Document] = []
        self.ids: list[str | None] = []
        self.rejected: list[Rejected] = []
        self.findings: list[Finding] = []
        self.follow: list[Request] = []
        self.state: dict[str, Any] = {}
        self.evidence: list[Evidence] = []
        self.refused: Refused | None = None
        for batch in batches:
            assert self.refused is None, "nothing may follow a refusal"
            if isinstance(batch, Refused):
                self.refused = batch
                continue
            assert len(batch.documents) + len(batch.rejected) <= 200
            self.documents += batch.documents
            self.ids += [one.native_id for one in batch.documents]
            self.rejected += batch.rejected
            self.findings += batch.findings
            self.follow += batch.follow
            self.state |= batch.state
            self.evidence += [batch.evidence] if batch.evidence else []

    @property
    def values(self) -> list[Any]:
        return [one.value for one in self.documents]

    @property
    def codes(self) -> list[str]:
        return [one.code for one in self.findings]

    @property
    def end(self) -> Evidence | None:
        return self.evidence[-1] if self.evidence else None

    @property
    def ended(self) -> bool | None:
        return self.end.ended if self.end else None

    @property
    def refusal(self) -> tuple[str, str] | None:
        return (self.refused.code, self.refused.then) if self.refused else None
