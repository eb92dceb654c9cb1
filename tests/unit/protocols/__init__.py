"""Each protocol by itself: recorded answers in; documents, follow-ups, evidence and refusals out."""

from __future__ import annotations
