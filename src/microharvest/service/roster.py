"""What the daemon is configured to do, read again when a file changes. A broken file stops nobody but itself.

The folder is scanned by names, times and sizes at each tick; a few hundred files cost a few milliseconds. What was
loaded last stays in force until all of what is shared (`microharvest.toml`, `merge.toml`, `publish.toml`,
`organisations.toml`, `scorecard.toml`) is valid.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from microharvest.errors import ConfigError
from microharvest.link.rules import LinkRules, load_link_rules
from microharvest.settings import MergeSettings, PublishSettings, load_merge, load_publish
from microharvest.sources import SourceConfig, load_sources
from microharvest.telemetry import logger

__all__ = ["Roster", "RosterChange"]

_log = logger("microharvest.service")

Stamp = tuple[tuple[str, int, int], ...]


class RosterChange(msgspec.Struct, frozen=True):
    """What a reload changed, as source ids: `changed` in any way, of these `rescheduled`."""

    changed: frozenset[str] = frozenset()
    rescheduled: frozenset[str] = frozenset()


class Roster:
    """The sources, the broken files, and the rules for linking and publishing."""

    def __init__(self, config_dir: Path, environ: Mapping[str, str]) -> None:
        self._dir, self._environ = config_dir, environ
        self._stamp: Stamp = ()
        self.sources: dict[str, SourceConfig] = {}
        self.broken: dict[str, ConfigError] = {}
        self.merge: MergeSettings
        self.rules: PublishSettings
        self.link_rules: LinkRules

    def load(self) -> RosterChange:
        """Read everything. Raises ConfigError if a shared file is broken; then nothing has changed."""
        stamp = self._scan()
        broken: dict[str, ConfigError] = {}
        sources = load_sources(self._dir, self._environ, broken)
        merge, rules, link_rules = load_merge(self._dir), load_publish(self._dir), load_link_rules(self._dir)
        before, known = self.sources, self.broken
        self.sources, self.broken, self._stamp = sources, broken, stamp
        self.merge, self.rules, self.link_rules = merge, rules, link_rules
        for source, error in broken.items():
            if source not in known or known[source].sentence != error.sentence:
                _log.error("config.broken", source=source, code=error.code, sentence=error.sentence)
        changed = {source for source, config in sources.items() if before.get(source) != config}
        rescheduled = {one for one in changed if one in before and before[one].schedule != sources[one].schedule}
        return RosterChange(frozenset(changed), frozenset(rescheduled))

    def reload(self, *, forced: bool = False) -> RosterChange | None:
        """Read again if a file changed (or `forced`); None if there was nothing new, or nothing valid."""
        stamp = self._scan()
        if stamp == self._stamp and not forced:
            return None
        try:
            change = self.load()
        except ConfigError as error:
            self._stamp = stamp  # said once; the next change is looked at again
            _log.error("config.refused", code=error.code, sentence=error.sentence)
            return None
        _log.info("config.loaded", sources=len(self.sources), broken=len(self.broken), changed=len(change.changed))
        return change

    def _scan(self) -> Stamp:
        found = []
        for path in sorted(self._dir.rglob("*.toml")):
            try:
                status = path.stat()
            except OSError:
                continue  # removed while we looked; the next scan sees it
            found.append((str(path), status.st_mtime_ns, status.st_size))
        return tuple(found)
