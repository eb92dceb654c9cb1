"""Reports over many offers: how far they can be trusted, and what a sector offers. Read-only; nothing is stored.

What must stay true: offers and entries are streamed, and what is kept grows with groups, countries, levels and
currencies, never with offers; what is not known is counted as not known, never as zero; currencies are never mixed.
"""

from __future__ import annotations
