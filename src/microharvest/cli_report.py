"""The command line of `report`: verbs and their options, nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from microharvest.cli_options import AS_SET, Common
from microharvest.cli_options import run as _run
from microharvest.errors import ExitStatus

__all__ = ["report"]

report = App(name="report", help="Figures over many offers: how far they can be trusted, what a sector offers.")


@report.command(name="trust")
def report_trust(
    *, by: Literal["source", "country", "sector"] = "source", out: Path | None = None, common: Common = AS_SET
) -> ExitStatus:
    """The six sub-scores of all accepted offers, what costs them most, and accreditations that end.

    Parameters
    ----------
    by
        source, country or sector.
    out
        Write the report as one HTML page to this file, too.
    """
    from microharvest.commands.report import show_trust

    return _run(common, show_trust, by, out)


@report.command(name="sectors")
def report_sectors(
    *,
    sector: tuple[str, ...] = (),
    confidence: Annotated[float, Parameter(name="--confidence")] = 0.0,
    out: Path | None = None,
    common: Common = AS_SET,
) -> ExitStatus:
    """What the catalogue offers to a sector: EQF level by workload, quality assurance and price, in each country.

    Parameters
    ----------
    sector
        Section or division of NACE Rev. 2.1, such as C or 47; may be repeated (default: C and G).
    confidence
        Leave out sectors known less surely than this (0 to 1; a word of a title alone has 0.4).
    out
        Write the report as one HTML page to this file, too.
    """
    from microharvest.commands.report import show_sectors

    return _run(common, show_sectors, sector, confidence, out)
