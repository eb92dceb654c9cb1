"""The command line: verbs and their options, nothing else. What they do stands in `microharvest.commands`.

Nothing but the parser is imported before a verb is known, so that `--help` and shell completion answer at once.
This is the boundary where every failure becomes one sentence, a code and an exit status; a trace is shown only to
those who ask for it (`--debug`, or MICROHARVEST_DEBUG).
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, CycloptsError, MissingArgumentError, Parameter

from microharvest import __version__
from microharvest.cli_check import check
from microharvest.cli_keeping import backup, forget, prune, quarantine, restore
from microharvest.cli_options import AS_SET, Common, Source, Why
from microharvest.cli_options import run as _run
from microharvest.cli_report import report
from microharvest.cli_review import explain, review
from microharvest.cli_sources import sources
from microharvest.cli_vocab import vocab
from microharvest.errors import ConfigError, ExitStatus, MicroharvestError

__all__ = ["COMMANDS", "app", "main"]

INTERRUPTED, BUG, PIPE_CLOSED = 130, 70, 141
"""What shells expect after Ctrl-C; sysexits' EX_SOFTWARE; what a process killed by SIGPIPE returns."""

COMMANDS: tuple[str, ...] = (
    "init", "doctor", "status",
    "sources list", "sources add", "sources show", "sources test", "sources pause", "sources resume", "sources retire",
    "check", "harvest", "approve", "reject", "revert", "map",
    "link", "publish", "rollback", "resume-publishing",
    "review next", "review list", "review decide", "review value", "review withhold", "review revoke",
    "review dump", "review load",
    "sync", "serve", "export", "report trust", "report sectors", "explain",
    "quarantine list", "quarantine show", "quarantine replay", "quarantine drop",
    "forget", "prune", "backup", "restore", "demo",
    "vocab import", "vocab list", "vocab diff", "vocab check",
)  # fmt: skip
"""Every command, in the order of the work."""

app = App(
    name="microharvest",
    help="Harvest microcredential offers from many feeds into one trusted, versioned catalogue.",
    version=__version__,
    version_flags=["--version"],
    default_parameter=Parameter(negative=(), show_default=False),
    result_action="return_value",
    exit_on_error=False,
    print_error=False,
    suppress_keyboard_interrupt=False,
)
app.command(sources)
app.command(quarantine)
app.command(report)
app.command(review)
app.command(vocab)
app.command(explain, usage="Usage: microharvest explain [OPTIONS] ID [OTHER]")
for _verb in (check, forget, prune, backup, restore):
    app.command(_verb)


@app.command
def init(*, common: Common = AS_SET) -> ExitStatus:
    """Make the configuration folder and the store, or migrate them. Safe to repeat."""
    from microharvest.commands.init import begin

    return _run(common, begin)


@app.command
def doctor(*, common: Common = AS_SET) -> ExitStatus:
    """Check versions, configuration, secrets, connectors, store, disk and clock."""
    from microharvest.commands.doctor import examine

    return _run(common, examine)


@app.command
def status(*, common: Common = AS_SET) -> ExitStatus:
    """All sources on one screen, worst first, and what to do next."""
    from microharvest.commands.status import show_status

    return _run(common, show_status)


@app.command(usage="Usage: microharvest harvest [OPTIONS] SOURCE... | --all")
def harvest(
    *ids: Annotated[str, Parameter(name="SOURCE")],
    everything: Annotated[bool, Parameter(name="--all")] = False,
    full: bool = False,
    plan: bool = False,
    limit: int | None = None,
    common: Common = AS_SET,
) -> ExitStatus:
    """Harvest sources: land, judge, and accept what may be accepted.

    Parameters
    ----------
    ids
        Ids of sources.
    everything
        Every source that is neither paused nor retired.
    full
        Read everything again, also where the feed could tell what changed.
    plan
        Land and show what would change; accept nothing.
    limit
        Stop after about this many records; nothing counts as absent then.
    """
    from microharvest.commands.harvest import harvest_sources

    return _run(common, harvest_sources, ids, everything=everything, full=full, plan=plan, limit=limit)


Run = Annotated[int, Parameter(name="RUN", help="Number of the run.")]


@app.command(usage="Usage: microharvest approve [OPTIONS] RUN | --because CODE [--yes]")
def approve(
    run: Run | None = None,
    /,
    *,
    because: tuple[str, ...] = (),
    yes: bool = False,
    rekey: bool = False,
    why: Why = "",
    common: Common = AS_SET,
) -> ExitStatus:
    """Accept a run that is held, or was only planned; or all that are held for one cause.

    Parameters
    ----------
    because
        Code of a hold, or several with | between: lists the runs that wait for it.
    yes
        Accept the runs that --because lists.
    rekey
        Records that came back under other ids go on as what they were, with their public ids.
    """
    from microharvest.commands.runs import approve_all, approve_run

    if (run is None) == (not because):
        raise ConfigError("command.invalid", "Name a RUN, or a cause with --because: one of the two.")
    if run is not None:
        return _run(common, approve_run, run, why, rekey=rekey)
    return _run(common, approve_all, because, why, yes=yes, rekey=rekey)


@app.command
def reject(run: Run, /, *, why: Why = "", common: Common = AS_SET) -> ExitStatus:
    """Drop a run that is held, or was only planned."""
    from microharvest.commands.runs import reject_run

    return _run(common, reject_run, run, why)


@app.command
def revert(source: Source, /, *, to: int, why: Why = "", common: Common = AS_SET) -> ExitStatus:
    """Make the state after an older run the accepted one, and pin the source to it.

    Parameters
    ----------
    to
        Number of an accepted run.
    """
    from microharvest.commands.runs import revert_source

    return _run(common, revert_source, source, to, why)


@app.command(name="map", usage="Usage: microharvest map --again [OPTIONS] [SOURCE...]")
def map_(
    *ids: Annotated[str, Parameter(name="SOURCE")], again: bool = False, plan: bool = False, common: Common = AS_SET
) -> ExitStatus:
    """Map stored records again with the present dialects, tables and settings; needs no network.

    Parameters
    ----------
    ids
        Ids of sources; all if none is named.
    again
        Say so: records were mapped when they were harvested.
    plan
        Show what would change; keep nothing.
    """
    from microharvest.commands.runs import map_stored_again

    return _run(common, map_stored_again, ids, again=again, plan=plan)


@app.command
def link(
    *,
    everything: Annotated[bool, Parameter(name="--all")] = False,
    plan: bool = False,
    common: Common = AS_SET,
) -> ExitStatus:
    """Find the same offer across sources, and write golden records.

    Parameters
    ----------
    everything
        Compare all records anew, under the scorecard and the organisations of the configuration.
    plan
        Show which ids would merge and split; store nothing. The store is not written by others meanwhile.
    """
    from microharvest.commands.catalogue import link_offers

    return _run(common, link_offers, everything=everything, plan=plan)


@app.command
def publish(*, plan: bool = False, common: Common = AS_SET) -> ExitStatus:
    """Make a numbered release of what changed.

    Parameters
    ----------
    plan
        Show what the release would hold; publish nothing.
    """
    from microharvest.commands.catalogue import publish_release

    return _run(common, publish_release, plan=plan)


@app.command
def rollback(release: int, /, *, why: Why = "", common: Common = AS_SET) -> ExitStatus:
    """Make an earlier release current and pin publishing.

    Parameters
    ----------
    release
        Number of the release.
    """
    from microharvest.commands.catalogue import roll_back

    return _run(common, roll_back, release, why)


@app.command(name="resume-publishing")
def resume_publishing(*, why: Why = "", common: Common = AS_SET) -> ExitStatus:
    """Let releases be made again after a rollback."""
    from microharvest.commands.catalogue import unpin

    return _run(common, unpin, why)


@app.command
def sync(*, common: Common = AS_SET) -> ExitStatus:
    """Everything that is due, once: harvest, link, publish."""
    from microharvest.commands.service import sync_once

    return _run(common, sync_once)


@app.command
def serve(*, host: str | None = None, port: int | None = None, common: Common = AS_SET) -> ExitStatus:
    """Run the daemon: harvest, link and publish on schedule; /healthz says how it is.

    Parameters
    ----------
    host
        Address to listen on (default: [serve] host).
    port
        Port to listen on (default: [serve] port).
    """
    from microharvest.commands.service import serve_until_stopped

    return _run(common, serve_until_stopped, host, port, common.debug)


@app.command
def export(
    what: Literal["offers", "entries", "elm-xml", "elm-jsonld"],
    /,
    *,
    out: Annotated[str, Parameter(allow_leading_hyphen=True)],
    form: Annotated[Literal["jsonl", "csv"] | None, Parameter(name="--format")] = None,
    spreadsheet_safe: bool = False,
    elm_version: Literal["3.1", "3.3"] = "3.3",
    withheld: Path | None = None,
    beside: Path | None = None,
    common: Common = AS_SET,
) -> ExitStatus:
    """Write all accepted offers, or all published entries, to a file.

    Parameters
    ----------
    what
        Offers (what each source says), entries (what the catalogue publishes), or elm-xml and elm-jsonld (those entries
        that say what the European Learning Model demands, as LOQ XML or JSON-LD).
    out
        File to write; - for standard output.
    form
        One JSON object per line, or a table (default: as the file is called; jsonl on standard output).
    spreadsheet_safe
        Put an apostrophe before cells that a spreadsheet would take for formulas (csv).
    elm_version
        3.1 or 3.3 (elm-…): the namespace changed between them.
    withheld
        File for the entries that elm-… leaves out, with every reason, as JSON lines.
    beside
        File for scores and provenance of the entries that elm-… writes, as JSON-LD about the same addresses.
    """
    from microharvest.commands.catalogue import export_elm, export_table

    if what == "elm-xml" or what == "elm-jsonld":
        return _run(common, export_elm, what, out, elm_version, withheld, beside)
    return _run(common, export_table, what, form, out, spreadsheet_safe=spreadsheet_safe)


@app.command
def demo(*, feeds: Path | None = None, folder: Path = Path(), common: Common = AS_SET) -> ExitStatus:
    """Harvest, link and publish sample feeds into ./demo.db, and write ./demo/report.html.

    Parameters
    ----------
    feeds
        Folder of feeds to use in place of the bundled ones.
    folder
        Where to write.
    """
    from microharvest.commands.service import run_samples

    return _run(common, run_samples, folder, feeds)


for _place, _words in enumerate(COMMANDS):
    app[_words.split()[0]].sort_key = _place  # --help lists them in the order of the work


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command line; returns the exit status, never raises."""
    words = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in words or bool(os.environ.get("MICROHARVEST_DEBUG"))
    if isinstance(sys.stdout, io.TextIOWrapper):  # whatever the locale: JSON is UTF-8, and no letter of a feed stops us
        sys.stdout.reconfigure(encoding="utf-8" if "--json" in words else None, errors="backslashreplace")
    try:
        answer = app(words)
        sys.stdout.flush()
        return int(answer) if isinstance(answer, int) else 0
    except CycloptsError as error:
        return _fail(_misspelt(error, words), words)
    except MicroharvestError as error:
        if debug:
            _show_trace()
        return _fail(error, words)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. A harvest goes on where it was the next time.\n")
        return INTERRUPTED
    except (BrokenPipeError, SystemExit):  # rich makes the one the other; nobody else here exits
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the flush at exit would fail again
        return PIPE_CLOSED
    except Exception as error:  # noqa: BLE001 - the outermost edge: a person must never meet a trace
        return _unexpected(error, words, debug)


def _misspelt(error: CycloptsError, words: Sequence[str]) -> ConfigError:
    named = " ".join(["microharvest", *(one for one in COMMANDS if one.split() == list(words[: len(one.split())]))])
    sentence = " ".join(str(error).split()).partition(" Available commands:")[0]
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        sentence = f"`{named}` needs {error.argument.name}{' and a value' * error.argument.name.startswith('-')}."
    return ConfigError("command.invalid", f"{sentence} See `{named} --help`.")


def _unexpected(error: Exception, words: list[str], debug: bool) -> int:
    """A failure of ours, or one of theirs inside an exception group of concurrent runs."""
    inner: BaseException = error
    while isinstance(inner, BaseExceptionGroup):
        ours = [one for one in inner.exceptions if isinstance(one, MicroharvestError | BaseExceptionGroup)]
        inner = (ours or list(inner.exceptions))[0]
    if debug:
        _show_trace()
    if isinstance(inner, MicroharvestError):
        return _fail(inner, words)
    name = type(inner).__name__
    bug = ConfigError(
        "command.bug", f"This should not happen ({name}): run it again with --debug and report what it shows."
    )
    _fail(bug, words)
    return BUG


def _show_trace() -> None:
    import traceback

    from microharvest.telemetry import mask, plain

    sys.stderr.write(plain(mask(traceback.format_exc()), lines=True))


def _fail(error: MicroharvestError, words: list[str]) -> int:
    """One sentence and its code: on standard error, or with --json as the last line of standard output."""
    from microharvest.telemetry import mask, plain

    sentence = plain(mask(error.sentence))
    if "--json" in words:
        import msgspec

        line = msgspec.json.encode({"error": {"code": error.code, "message": sentence}}).decode()
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    else:
        sys.stderr.write(f"error: {sentence}  [{error.code}]\n")
    mistaken = error.code.startswith(("config.", "command."))  # whoever found it, the command line is what to mend
    return int(ExitStatus.CONFIG if mistaken else error.exit_status)
