"""How far an offer can be trusted and compared: six sub-scores, each a list of facts with what would raise it. Pure.

What must stay true: a score is never a bare number; a default or a placeholder never counts; what does not apply
neither raises nor lowers; the same offer at the same day has the same scores.
"""

from __future__ import annotations
