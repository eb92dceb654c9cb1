"""The catalogue in the European Learning Model: LOQ XML as the Qualification Dataset Register ingests it.

What must stay true: nothing is invented. What LOQ demands and an entry does not say withholds the entry from this
export, with every reason; what LOQ has no place for is left out. Scores and provenance never enter its closed shapes.
"""

from __future__ import annotations
