"""The command line of `check`: its options, nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from microharvest.cli_options import AS_SET, Common
from microharvest.cli_options import run as _run
from microharvest.errors import ExitStatus

__all__ = ["check"]


def check(
    target: Annotated[str, Parameter(name="SOURCE|URL|FILE")],
    /,
    *,
    profile: tuple[str, ...] = (),
    allow: tuple[str, ...] = (),
    out: Path | None = None,
    common: Common = AS_SET,
) -> ExitStatus:
    """What is wrong with a feed and what would make it better, for its publisher: at most 50 requests, nothing stored.

    Parameters
    ----------
    target
        Id of a source, or address or path of a feed or of one page with JSON-LD.
    profile
        Grade by this profile alone (may be repeated): annex1, qdr-3.1, qdr-3.3, oai-pmh, google-course, qualitylink,
        moochub-3, xcri. Default: all that apply to what is found.
    allow
        Networks that may be reached though they are not public, such as 127.0.0.0/8.
    out
        Write the report as one HTML page, too.
    """
    from microharvest.commands.check import check as report

    return _run(common, report, target, profiles=profile, allow=allow, out=out)
