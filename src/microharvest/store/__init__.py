"""The only SQL: tables, one small repository each, one file for what differs between SQLite and PostgreSQL.

Two schemas with two migration histories: *harvest* (sources, runs, versions, clusters) and *catalogue*
(releases, entries), which may stand in another database and then is the authority for what was published.
"""

from __future__ import annotations
