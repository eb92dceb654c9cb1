"""What each command does and how its result reads, one noun per file. `microharvest.cli` knows the words only.

Every command returns an `ExitStatus` and writes through a `Screen`; nothing here decides about data.
"""

from __future__ import annotations
