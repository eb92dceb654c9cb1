"""Where the demo stands: `demo.db`, `demo/config`, `demo/feeds` and `demo/report.html` in one folder.

What must stay true: feeds are copied once and then belong to the visitor, who may edit them and run again; source
files of the demo are written anew each time, because the port may differ; other files in the folder are left alone.
"""

from __future__ import annotations

import re
import shutil
from importlib.resources import as_file, files
from pathlib import Path

__all__ = ["Place"]

_PORT = re.compile(r"http://127\.0\.0\.1:(\d{2,5})/")
_FEEDS = "@FEEDS@"
"""Stands in source files (and in the sitemap) for the address of the feed server."""

SETTINGS = """\
# Settings of the demo. Store and spool are named as seen from the folder the demo was run in.
store = "sqlite:///demo.db"
spool = "demo/spool"
"""


class Place:
    """The demo's files below one folder. `real`: a folder of real feeds in place of the bundled ones."""

    def __init__(self, folder: Path, real: Path | None = None) -> None:
        self.folder = folder
        self.real = real
        self.home = folder / "demo"
        self.config = self.home / "config"
        self.feeds = real if real is not None else self.home / "feeds"
        self.report = self.home / "report.html"

    @property
    def store(self) -> str:
        """The address of the store, absolute."""
        return f"sqlite:///{(self.folder / 'demo.db').resolve()}"

    @property
    def port(self) -> int:
        """The port of the last time, 0 for none: addresses stay the same while it is free."""
        for path in sorted((self.config / "sources").glob("*.toml")):
            found = _PORT.search(path.read_text(encoding="utf-8"))
            if found is not None:
                return int(found[1])
        return 0

    def prepare(self) -> None:
        """Make folders, settings and, once, the visitor's own copy of the feeds."""
        (self.config / "sources").mkdir(parents=True, exist_ok=True)
        settings = self.config / "microharvest.toml"
        if not settings.exists():
            settings.write_text(SETTINGS, encoding="utf-8")
        if self.real is None and not self.feeds.exists():
            with as_file(files("microharvest.demo") / "feeds") as bundled:
                shutil.copytree(bundled, self.feeds)

    def source_files(self) -> dict[str, str]:
        """The demo's source files by name, the feed server's address still open."""
        folder = files("microharvest.demo") / ("sources" if self.real is None else "sources_real")
        return {
            each.name: each.read_text(encoding="utf-8")
            for each in sorted(folder.iterdir(), key=lambda each: each.name)
            if each.name.endswith(".toml")
        }

    def write_sources(self, base: str, wanted: dict[str, str]) -> list[str]:
        """Write source files for a feed server at `base` (no end slash); the sources' ids."""
        for name, text in wanted.items():
            filled = text.replace(_FEEDS, base)
            path = self.config / "sources" / name
            if not path.exists() or path.read_text(encoding="utf-8") != filled:
                path.write_text(filled, encoding="utf-8")
        return [name.removesuffix(".toml") for name in wanted if name != "defaults.toml"]

    def sitemap(self, base: str) -> bytes:
        """The site's list of pages, with the address it is served at."""
        return (self.feeds / "site" / "sitemap.xml").read_text(encoding="utf-8").replace(_FEEDS, base).encode()
