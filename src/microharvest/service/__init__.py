"""The long-running service: what is due is harvested, what was accepted is linked, what is linked is published.

schedule.py   when a source is due (pure)
turns.py      one source served once: planned, begun, ended
roster.py     the configuration, read again when a file changes
leader.py     what a tick does
upkeep.py     link, publish, notices
daemon.py     the process: engine, ticker, signals; `serve` and `sync_once`
health.py, web.py   how it is, and where that can be seen
"""

from __future__ import annotations
