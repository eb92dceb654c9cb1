"""What a command works with: configuration folder, settings, sources and stores, each opened when first needed."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from microharvest.errors import ConfigError
from microharvest.settings import DEFAULT_DIR, MergeSettings, PublishSettings, QualitySettings, Settings
from microharvest.sources import SourceConfig

if TYPE_CHECKING:
    from microharvest.link.rules import LinkRules
    from microharvest.pipeline import Stores

__all__ = ["Workspace"]


class Workspace:
    """The configuration a command was pointed at.

    `config_dir` None means `./config`, which may be absent; a folder that was asked for must be there. `store`
    is the address of `--store`, above every other setting.
    """

    def __init__(
        self, config_dir: Path | None = None, store: str | None = None, environ: Mapping[str, str] | None = None
    ) -> None:
        self.config_dir = config_dir
        self.store = store
        self.environ = os.environ if environ is None else environ

    @property
    def folder(self) -> Path:
        """The configuration folder, there or not."""
        return self.config_dir if self.config_dir is not None else DEFAULT_DIR

    @cached_property
    def settings(self) -> Settings:
        """Raises ConfigError."""
        from microharvest.settings import load_settings

        return load_settings(self.config_dir, self.store, self.environ)

    @cached_property
    def _loaded(self) -> tuple[dict[str, SourceConfig], dict[str, ConfigError]]:
        from microharvest.sources import load_sources

        broken: dict[str, ConfigError] = {}
        return load_sources(self.config_dir, self.environ, broken), broken

    @property
    def sources(self) -> dict[str, SourceConfig]:
        """Every source whose file can be read, by id."""
        return self._loaded[0]

    @property
    def broken(self) -> dict[str, ConfigError]:
        """Every source whose file cannot be read, and why."""
        return self._loaded[1]

    def named(self, ids: Sequence[str]) -> dict[str, SourceConfig]:
        """The sources of these ids, in this order. Raises ConfigError: unknown (with a proposal), or its file's own."""
        return {source: self.source(source) for source in ids}

    def source(self, source_id: str) -> SourceConfig:
        """One source; errors as `named`."""
        from microharvest.settings.reading import proposal

        if source_id in self.broken:
            raise self.broken[source_id]
        if source_id not in self.sources:
            hint = proposal(source_id, self.sources)
            if hint == ".":
                hint = f": there are no source files in {(self.folder / 'sources').absolute()} yet."
            raise ConfigError("config.unknown_source", f'There is no source "{source_id}"{hint}')
        return self.sources[source_id]

    @property
    def merge(self) -> MergeSettings:
        """The rules of the golden record. Raises ConfigError."""
        from microharvest.settings import load_merge

        return load_merge(self.config_dir)

    @property
    def link_rules(self) -> LinkRules:
        """The scorecard and the organisations; in force in a store that has none, else with `link --all`. Raises
        ConfigError."""
        from microharvest.link.rules import load_link_rules

        return load_link_rules(self.folder)

    @property
    def publish(self) -> PublishSettings:
        """The rules of publishing. Raises ConfigError."""
        from microharvest.settings import load_publish

        return load_publish(self.config_dir)

    @property
    def quality(self) -> QualitySettings:
        """The weights of the scores. Raises ConfigError."""
        from microharvest.settings import load_quality

        return load_quality(self.config_dir)

    @cached_property
    def operator(self) -> str:
        """Who is at the keyboard: user@host, for the rows that operator actions leave."""
        user = self.environ.get("USER") or self.environ.get("LOGNAME")
        if not user:
            try:
                user = getpass.getuser()
            except (KeyError, OSError):  # a container's bare uid has no name
                user = f"uid-{os.getuid()}"
        return f"{user}@{socket.gethostname()}"

    @contextmanager
    def stores(self) -> Iterator[Stores]:
        """Both stores, open for the block. Raises StoreError where `init` has not been run, and others."""
        from microharvest.pipeline import open_stores

        stores = open_stores(self.settings)
        try:
            yield stores
        finally:
            stores.close()
