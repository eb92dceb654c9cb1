"""The command line of `vocab`: verbs and their options, nothing else."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

from microharvest.cli_options import AS_SET, Common
from microharvest.cli_options import run as _run
from microharvest.errors import ExitStatus

__all__ = ["vocab"]

vocab = App(name="vocab", help="Published vocabularies: import, list, compare, check links.")


@vocab.command(name="import")
def vocab_import(
    kind: str,
    file: Path,
    /,
    *,
    edition: str | None = None,
    lang: str | None = None,
    common: Common = AS_SET,
) -> ExitStatus:
    """Keep a publisher's file as one edition of a vocabulary, wholly or not at all.

    Parameters
    ----------
    kind
        esco-skills, esco-occupations, isco, nqf, ror, eter, deqar, deqar-agencies or deqar-reports.
    file
        The file as its publisher gives it out.
    edition
        Its version (default: the one in the name of the file or its folder).
    lang
        Language of its labels (default: the one in the name of the file).
    """
    from microharvest.commands.vocab import import_vocabulary

    return _run(common, import_vocabulary, kind, file, edition, lang)


@vocab.command(name="list")
def vocab_list(*, common: Common = AS_SET) -> ExitStatus:
    """Every imported edition: concepts, languages, when."""
    from microharvest.commands.vocab import list_vocabularies

    return _run(common, list_vocabularies)


@vocab.command(name="diff")
def vocab_diff(kind: str, old: str, new: str, /, *, limit: int = 10, common: Common = AS_SET) -> ExitStatus:
    """What one edition no longer has, and what it has more, beside another.

    Parameters
    ----------
    kind
        Kind of the vocabulary.
    old
        The edition to compare with.
    new
        The edition to compare.
    limit
        How many of each to show.
    """
    from microharvest.commands.vocab import compare_editions

    return _run(common, compare_editions, kind, old, new, limit)


@vocab.command(name="check")
def vocab_check(*, common: Common = AS_SET) -> ExitStatus:
    """The edition of every ESCO link that accepted offers declare; links that were withdrawn or never were."""
    from microharvest.commands.vocab_links import check_links

    return _run(common, check_links)
