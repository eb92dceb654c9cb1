"""From a dialect's draft to an offer: normalising (text -> controlled value or issue), and the vocabulary tables.

Everything here is pure: the same draft and defaults give the same offer and issues, on every machine.
"""

from __future__ import annotations
