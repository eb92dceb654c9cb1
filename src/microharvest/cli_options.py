"""What every command takes: where configuration and store are, and how to answer."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Concatenate, ParamSpec

from cyclopts import Parameter

from microharvest.errors import ExitStatus

if TYPE_CHECKING:
    from microharvest.commands.screen import Screen
    from microharvest.commands.workspace import Workspace

__all__ = ["AS_SET", "Common", "Source", "Why", "run"]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Common:
    """Options of every command."""

    config: Path | None = None
    """Configuration folder (default: ./config)."""
    store: str | None = None
    """Store: sqlite:///path.db or postgresql://user@host/name (default: as configured)."""
    json: bool = False
    """Write JSON for machines, one object per line."""
    debug: bool = False
    """Log everything, and show traces."""


P = ParamSpec("P")
_PASSWORD = re.compile(r"(://[^:/@\s]*:)\S*(?=@)|(password=)[^&\s']*")
Why = Annotated[str, Parameter(name="--why", help="The reason, for the audit trail.")]
Source = Annotated[str, Parameter(name="SOURCE", help="Id of the source: the name of its file.")]
AS_SET = Common()


def run(
    common: Common, act: Callable[Concatenate[Workspace, Screen, P], ExitStatus], *words: P.args, **options: P.kwargs
) -> ExitStatus:
    """Give an action its workspace, its screen and what the command line says."""
    from microharvest.commands.screen import Screen
    from microharvest.commands.workspace import Workspace
    from microharvest.telemetry import set_up_logs

    set_up_logs(level="debug" if common.debug else "error")
    given = {"--config": common.config, "--store": common.store}
    proposed = "".join(f" {name} {shlex.quote(str(value))}" for name, value in given.items() if value is not None)
    screen = Screen(common.json, _PASSWORD.sub(r"\1\2***", proposed))
    return act(Workspace(common.config, common.store), screen, *words, **options)
