"""Every failure a person can meet, grouped by what the caller should do about it.

    MicroharvestError            carries code, sentence, exit status
      ConfigError       exit 2   the configuration or the command line is wrong: edit it
      SourceError       exit 3   a source cannot be reached or refuses us: wait, or ask its publisher
      RunError          exit 4   a run is partial, held or refuses too much: look at it, then approve or reject
      StoreError        exit 5   the store cannot be opened, read or written: free it, then run again

Each error is one sentence that says what to do, and a stable code from `ERROR_CODES`. No message ever
holds a secret: URLs are passed through `microharvest.telemetry.redact` before they come here.
"""

from __future__ import annotations

from enum import IntEnum

__all__ = [
    "ERROR_CODES",
    "ConfigError",
    "ExitStatus",
    "MicroharvestError",
    "RunError",
    "SourceError",
    "StoreError",
    "advice_for",
]


class ExitStatus(IntEnum):
    """What a command returns to the shell."""

    DONE = 0
    CONFIG = 2
    SOURCE = 3
    RUN = 4
    STORE = 5


ERROR_CODES: dict[str, str] = {
    # configuration and command line
    "config.not_found": "The configuration folder or file is absent: run `microharvest init`, or pass --config.",
    "config.syntax": "The file is not valid TOML: mend the named line.",
    "config.unknown_key": "A key nobody reads: mend its spelling, the message proposes one.",
    "config.invalid": "A value has the wrong type or is out of range: the message names key and expectation.",
    "config.missing_key": "A required key is absent: add it.",
    "config.literal_secret": "A secret stands in the file: write env:NAME or file:/path instead.",
    "config.missing_secret": "The variable or file a secret points to is absent: set it.",
    "config.unknown_connector": "No protocol or dialect of that name: the message lists those there are.",
    "config.unknown_source": "No source of that id: the message lists those there are.",
    "config.retired_source": "The id of a retired source is never used again: choose another id.",
    "config.exists": "A file to be written is there already: move it, or name another folder.",
    "config.connector_broken": "A connector folder cannot be loaded: the message names file and reason.",
    "command.invalid": "The command line cannot be carried out as written: the message says which part.",
    "command.unknown_run": "No run of that number: `microharvest status` lists the last ones.",
    "command.unknown_id": "No record, cluster, entry or run of that id.",
    "command.not_held": "Only a held or planned run can be approved or rejected.",
    "command.not_rekeyed": "The run has no records that came back under other ids: approve it without --rekey.",
    "command.pruned": "What the command needs is past its time and was removed by `prune`.",
    "command.not_accepted": "Only an accepted run can be reverted to.",
    "command.unknown_release": "No release of that number.",
    "decision.unknown": "No decision of that number: `microharvest review list` shows them.",
    "decision.exists": "It is decided already: the message names the decision.",
    "decision.contradicts": "It contradicts active decisions: revoke the one that is wrong, then decide again.",
    "decision.revoked": "The decision was taken back before: decide anew if it should hold.",
    "decision.invalid": "It cannot be a decision as written: the message says which part.",
    "command.bug": "A fault of microharvest itself: run again with --debug and report what it shows.",
    "vocab.unknown_kind": "No vocabulary of that kind can be imported: `microharvest vocab list` names those that can.",
    "vocab.unreadable": "The file is not what its kind says, and nothing of it was taken: the message says where.",
    "vocab.no_edition": "Nobody says which version the file is: name it with --edition.",
    "vocab.unknown_edition": "That edition was never imported: `microharvest vocab list` names those there are.",
    # sources
    "source.dns": "The host name does not resolve: check the address and the network.",
    "source.connect": "The host cannot be reached: try later, or check address and firewall.",
    "source.tls": "The certificate cannot be trusted: ask the publisher; certificates are never ignored.",
    "source.timeout": "The server took too long: it is asked again at the next slot.",
    "source.too_slow": "The answer came below the minimum rate: it is asked again at the next slot.",
    "source.reset": "The connection broke within the answer: it is asked again.",
    "source.cut": "The answer ended before its declared end: it is asked again, and nothing is withdrawn.",
    "source.encoding": "The body has a content coding nobody asked for, or a broken one: tell its publisher.",
    "source.too_large": "The answer is larger than allowed: raise [network] max_bytes if that is right.",
    "source.bomb": "The answer decompresses out of all proportion and was refused: tell its publisher.",
    "source.archive": "The archive holds several files, or none that fits: name one in [fetch] member.",
    "source.encrypted": "The archive or workbook is encrypted: ask its publisher for an open one.",
    "source.unsafe_archive": "The archive has paths outside itself, or archives in it: ask its publisher.",
    "source.address": "The address is not public: if you mean it, add it to [network] allow (`sources add --allow`).",
    "source.redirect": "A redirect (loop, too many, or a worse scheme) may not be followed: check the URL.",
    "source.http": "The server answered with an error status: try later, or ask its publisher.",
    "source.unauthorised": "The server asks for credentials (401/403): check [auth].",
    "source.not_found": "Nothing is at this address (404/410): check the URL.",
    "source.throttled": "The server asks to wait (429/503): it is asked again when it said.",
    "source.robots": "robots.txt forbids the address or cannot be had: ask its publisher before you ignore it.",
    "source.blocked": "A firewall or challenge page answered instead of the feed: talk to its publisher.",
    "source.not_a_feed": "The answer is not what this protocol serves (an HTML page, say): check the URL.",
    "source.not_recognised": "No connector here reads what is there: name an address of offers in a form one reads.",
    "source.protocol": "The answer breaks its protocol in a way that cannot be repaired: ask its publisher.",
    "source.no_local": 'A path or file URL is read only if you allow it: write [network] allow = ["local"].',
    "source.gone_file": "The local file is absent or cannot be read: check the path and its rights.",
    # runs
    "run.partial": "The list could not be read to its end: additions are taken, nothing is withdrawn.",
    "run.held": "A guard holds the run: read its diff, then approve or reject it.",
    "run.busy": "Another process is working on this source: wait for it, or stop it.",
    "run.lease_lost": "Another process took the source over while this one slept: nothing more was written.",
    "run.contract": "The feed does not hold what a harvest relies on: `microharvest sources test ID` says what.",
    "run.connector": "A connector raised an exception: its input is in quarantine, please report it.",
    "run.worker": "A parse process died on a body twice: the body is in quarantine, please report it.",
    # store
    "store.unreachable": "The store cannot be opened: check --store, path, rights and network.",
    "store.read_only": "The store cannot be written: check rights on the file and its folder.",
    "store.full": "The disk is full: free space; the next run goes on where this one stopped.",
    "store.busy": "Another process holds the store for too long: try again.",
    "store.newer": "The store was written by a newer microharvest: install that version.",
    "store.older": "The store was written by an older microharvest: run `microharvest init` to migrate it.",
    "store.absent": "There is no store yet: run `microharvest init`.",
    "store.damaged": "The store fails its integrity check: restore a backup.",
    "store.failed": "The database refused a statement: the message says why.",
    "backup.failed": "The copy could not be made or put back: the message says why; what was there is unchanged.",
    "backup.no_tool": "PostgreSQL's client tools (pg_dump, pg_restore, psql) are not installed: install them.",
    "backup.unreadable": "The file is no backup of a store, or a damaged one: name another.",
    "publish.pinned": "Publishing is pinned after a rollback: run `microharvest resume-publishing`.",
    "publish.forbidden": "The release shows a source that may not be shown any more: choose another release.",
    "publish.foreign": "Another node publishes into this catalogue: one publisher per catalogue.",
}


def advice_for(code: str) -> str:
    """What to do about a failure: what its line in `ERROR_CODES` says behind the colon; empty for other codes."""
    return ERROR_CODES.get(code, "").partition(": ")[2]


class MicroharvestError(Exception):
    """A failure with a stable code; `str(error)` is the sentence, `error.code` the code."""

    exit_status = ExitStatus.RUN

    def __init__(self, code: str, sentence: str) -> None:
        if code not in ERROR_CODES:
            raise ValueError(f"undocumented error code {code!r}")
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence

    def __reduce__(self) -> tuple[type[MicroharvestError], tuple[str, str]]:
        return (type(self), (self.code, self.sentence))


class ConfigError(MicroharvestError):
    """The configuration or the command line is wrong."""

    exit_status = ExitStatus.CONFIG


class SourceError(MicroharvestError):
    """A source cannot be reached, or does not speak what it should."""

    exit_status = ExitStatus.SOURCE


class RunError(MicroharvestError):
    """A run ended without a full, accepted result."""

    exit_status = ExitStatus.RUN


class StoreError(MicroharvestError):
    """The store cannot be opened, read or written."""

    exit_status = ExitStatus.STORE
