"""Each dialect by itself: documents in, statements out, without protocols and normalisers."""

from __future__ import annotations
