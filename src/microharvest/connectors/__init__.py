"""Where connectors live: `protocols/<name>` and `dialects/<name>`, found by listing.

Three places, in this order: inside the wheel, the `connectors` folder of a checkout, and the folders named in
the environment variable MICROHARVEST_CONNECTORS (separated like PATH).
"""

from __future__ import annotations

import os
from pathlib import Path

__all__: list[str] = []

_CHECKOUT = Path(__file__).resolve().parents[3] / "connectors"
if (_CHECKOUT.parent / "pyproject.toml").is_file() and _CHECKOUT.is_dir():
    __path__.append(str(_CHECKOUT))
__path__.extend(part for part in os.environ.get("MICROHARVEST_CONNECTORS", "").split(os.pathsep) if part)
