"""`init`: a configuration folder to begin with, and both schemas. Safe to repeat: what is there stays."""

from __future__ import annotations

from pathlib import Path

from microharvest.commands.screen import ADDING, Screen
from microharvest.commands.workspace import Workspace
from microharvest.errors import ConfigError, ExitStatus

__all__ = ["begin"]

SETTINGS = """\
# Settings of microharvest. Everything has a built-in default: this file may stay as it is.
# `microharvest doctor` says whether all is well, `microharvest sources show ID --effective` where a value comes from.

# Where everything is kept: sqlite:///file.db (relative to where the command runs) or postgresql://user@host/name.
# A password is never written here: use env:NAME or file:/path for the whole URL.
# store = "sqlite:///microharvest.db"

# Whom a feed's operator may write to: an address or a page. It is sent with every request.
# contact = "https://example.org/about-our-harvester"
"""

FIRST_SOURCE = """\
# One file per source; its name is the source's id and never changes. To begin: copy this to my-feed.toml and edit it.
# Files that do not end in .toml are not read.

title    = "Courses of Example University"
protocol = "oai_pmh"                        # how it is fetched: oai_pmh, file, pages, site
dialect  = "oai_dc"                         # what it says: elm, oai_dc, schema_org, columns, ...
url      = "https://feeds.example.org/oai"
licence  = "unknown"                        # a URI, or "unknown": then its texts are never shown publicly
"""


def begin(workspace: Workspace, screen: Screen) -> ExitStatus:
    """Make what is absent, migrate what is older, and say what comes next."""
    done = _make_folder(workspace.folder)
    from microharvest.pipeline import init_stores

    done.extend(init_stores(workspace.settings))
    if screen.as_json:
        screen.json({"done": done, "sources": sorted(workspace.sources), "broken": sorted(workspace.broken)})
        return ExitStatus.DONE
    for sentence in done or ["Everything is in place already."]:
        screen.say(sentence)
    if workspace.sources or workspace.broken:
        screen.next("harvest --all")
    else:
        screen.say(
            f"Set `contact` in {workspace.folder / 'microharvest.toml'}, so that feeds' operators can write to you."
        )
        screen.next(ADDING)
    return ExitStatus.DONE


def _make_folder(folder: Path) -> list[str]:
    """A folder that is there is left alone, whatever is in it."""
    try:
        if folder.is_dir():
            return []
        (folder / "sources").mkdir(parents=True)
        (folder / "microharvest.toml").write_text(SETTINGS, encoding="utf-8")
        (folder / "sources" / "example.toml.txt").write_text(FIRST_SOURCE, encoding="utf-8")
    except OSError as error:
        raise ConfigError("config.not_found", f"{folder} cannot be made: {error.strerror}.") from None
    return [f"The configuration stands in {folder}."]
