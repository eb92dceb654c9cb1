"""The demo a newcomer runs first: sample feeds on loopback, a whole pass over them, and a report to look at.

Stands at the top beside the commands: it uses every stage through `pipeline` and knows none of their insides.
"""

from __future__ import annotations

from microharvest.demo.run import run_demo

__all__ = ["run_demo"]
