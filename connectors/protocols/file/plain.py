"""What a format reads: the bytes of one file, unpacked, and what is known of them; and how batches are made up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

from microharvest.kit import Batch, Document, Rejected

__all__ = ["BATCH", "Plain", "batched"]

BATCH = 200


class Plain(NamedTuple):
    """`stream` stands at its start and can be rewound. `url`: where documents say they come from. `extension` of the
    file's own name (`.csv`); `media_type` and `charset` are what the server said; each is empty where there is none."""

    stream: BinaryIO
    url: str
    extension: str = ""
    media_type: str = ""
    charset: str = ""


def batched(outcomes: Iterable[Document | Rejected]) -> Iterator[Batch]:
    """Batches of at most 200, in order."""
    documents: list[Document] = []
    rejected: list[Rejected] = []
    for outcome in outcomes:
        if isinstance(outcome, Document):
            documents.append(outcome)
        else:
            rejected.append(outcome)
        if len(documents) + len(rejected) >= BATCH:
            yield Batch(documents=tuple(documents), rejected=tuple(rejected))
            documents, rejected = [], []
    if documents or rejected:
        yield Batch(documents=tuple(documents), rejected=tuple(rejected))
