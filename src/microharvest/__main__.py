"""`python -m microharvest` is the command `microharvest`."""

from __future__ import annotations

import sys

from microharvest.cli import main

if __name__ == "__main__":
    sys.exit(main())
