"""From an address to a source file: probe politely, recognise, draft, try. Nothing here is read at harvest.

What must stay true: what is guessed comes with its reason, and what cannot be known is left to a person, never made up.
"""

from __future__ import annotations
