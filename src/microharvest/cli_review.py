"""The command line of `review` and `explain`: verbs and their options, nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from microharvest.cli_options import AS_SET, Common
from microharvest.cli_options import run as _run
from microharvest.errors import ExitStatus

__all__ = ["explain", "review"]

review = App(name="review", help="What people decide: the queue, decisions on records, fields, entries, providers.")
Because = Annotated[str, Parameter(name="--why", help="The reason, for those who come after you.")]
Number = Annotated[int, Parameter(name="ID")]


@review.command(name="next")
def review_next(*, common: Common = AS_SET) -> ExitStatus:
    """The thinnest cluster decision, both records beside each other; at a terminal, one after the other."""
    from microharvest.commands.review_queue import review_next as begin_review

    return _run(common, begin_review)


@review.command(name="list", usage="Usage: microharvest review list [OPTIONS] [queue | decisions]")
def review_list(
    what: Literal["queue", "decisions"] | None = None,
    /,
    *,
    kind: Literal["merge", "apart", "either", "same", "different", "value", "withhold"] | None = None,
    state: Literal["active", "revoked", "lapsed", "torn", "waiting"] | None = None,
    about: str = "",
    limit: int = 20,
    common: Common = AS_SET,
) -> ExitStatus:
    """The queue and all decisions, with who made them, when, why, and whether they hold.

    Parameters
    ----------
    what
        The queue or the decisions alone.
    kind
        Pairs of this kind (merge, apart, either), or decisions of it.
    state
        Decisions in this state; lapsed: the sources say something else now.
    about
        Decisions whose records, provider or field hold this text.
    limit
        How many pairs and decisions are shown (default: 20).
    """
    from microharvest.commands.review_queue import list_review

    return _run(common, list_review, what, kind, state, about, limit)


@review.command(name="decide")
def review_decide(
    kind: Literal["same", "different"], one: str, other: str, /, *, why: Because, common: Common = AS_SET
) -> ExitStatus:
    """Say that two records are the same offer, or are not.

    Parameters
    ----------
    kind
        same or different.
    one
        source/native id, or an entry's id: its first member then stands for it.
    other
        The other record.
    """
    from microharvest.commands.review import decide_pair

    return _run(common, decide_pair, kind, one, other, why)


@review.command(name="value")
def review_value(
    entry: str,
    field: str,
    value: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    why: Because,
    common: Common = AS_SET,
) -> ExitStatus:
    """Give one field of an entry a value; it lapses when a source says something new of the field.

    Parameters
    ----------
    entry
        An entry's id, or one of its records as source/native id.
    field
        A field of `export entries`: eqf_level, credits, title.
    value
        As a source would write it ("5 ECTS", "en=Welding"), as JSON, or null: the field is absent.
    """
    from microharvest.commands.review import give

    return _run(common, give, entry, field, value, why)


@review.command(name="withhold", usage="Usage: microharvest review withhold --why STR ENTRY | --provider NAME")
def review_withhold(
    entry: str | None = None, /, *, provider: str | None = None, why: Because, common: Common = AS_SET
) -> ExitStatus:
    """Keep an entry, or every entry of a provider, out of the next release.

    Parameters
    ----------
    entry
        An entry's id, or one of its records as source/native id.
    provider
        Name or identifier of a provider, as its entries have it.
    """
    from microharvest.commands.review import withhold

    return _run(common, withhold, entry, provider, why)


@review.command(name="revoke")
def review_revoke(number: Number, /, *, why: Because, common: Common = AS_SET) -> ExitStatus:
    """Take a decision back: as if it had never been said.

    Parameters
    ----------
    number
        The decision's number, as `microharvest review list` shows it.
    """
    from microharvest.commands.review import take_back

    return _run(common, take_back, number, why)


@review.command(name="dump")
def review_dump(
    *, out: Annotated[str, Parameter(allow_leading_hyphen=True)] = "-", common: Common = AS_SET
) -> ExitStatus:
    """Write all decisions, revoked ones too, as JSON lines.

    Parameters
    ----------
    out
        File to write (default: -, standard output).
    """
    from microharvest.commands.review import dump

    return _run(common, dump, out)


@review.command(name="load")
def review_load(path: Annotated[Path, Parameter(name="FILE")], /, *, common: Common = AS_SET) -> ExitStatus:
    """Take decisions from a dump; what is known is passed over, what contradicts is refused and named.

    Parameters
    ----------
    path
        A file of JSON lines.
    """
    from microharvest.commands.review import load

    return _run(common, load, path)


def explain(
    ident: Annotated[str, Parameter(name="ID")],
    other: Annotated[str | None, Parameter(name="OTHER")] = None,
    /,
    *,
    svg: Path | None = None,
    common: Common = AS_SET,
) -> ExitStatus:
    """Everything about one record, cluster, entry or run, from source file to release; or about two records.

    Parameters
    ----------
    ident
        source/native id, a cluster or entry id, run:12 or 12; part of an id lists what it could mean.
    other
        A second record (or entry): both beside each other, and why they are one entry or two.
    svg
        Draw the evidence into this file, too: of a pair, or of an entry's weakest link.
    """
    from microharvest.commands.explain import show_explanation

    return _run(common, show_explanation, ident, other, svg)


for _place, _name in enumerate(("next", "list", "decide", "value", "withhold", "revoke", "dump", "load")):
    review[_name].sort_key = _place  # --help lists them in the order of the work
