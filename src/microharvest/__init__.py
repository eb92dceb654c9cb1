"""microharvest: harvest microcredential offers from many feeds into one trusted, versioned catalogue.

Nothing happens at import; every command starts in `microharvest.cli`, every stage in `microharvest.pipeline`.
"""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
