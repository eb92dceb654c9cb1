"""`doctor`: is everything in place? One line per check: ok, warn or bad, and what to do about it."""

from __future__ import annotations

import os
import shutil
import ssl
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Literal

import msgspec

from microharvest import __version__
from microharvest.clock import utc_now
from microharvest.commands.age import span
from microharvest.commands.screen import Screen, counted
from microharvest.commands.workspace import Workspace
from microharvest.errors import ExitStatus, MicroharvestError
from microharvest.link.rules import rules_wait
from microharvest.report.reading import dated_offers
from microharvest.store.database import Database
from microharvest.store.forgetting import unfinished
from microharvest.store.leases import held_leases
from microharvest.store.status import Condition, condition_of

__all__ = ["Check", "examine"]

GIB = 1024**3
LITTLE_SPACE, TOO_LITTLE_SPACE = 2 * GIB, GIB // 8
CLOCK_SLACK = timedelta(seconds=30)

PYTHON_ZIP = (3, 11, 8)
"""Before it, zipfile reads overlapping entries: a 57 kB archive gives 10.5 GB."""
SQLITE_WAL = (3, 51, 3)
"""Before it, two connections that checkpoint at once can, very rarely, damage a WAL database."""
LIBXML2 = (2, 14, 0)
"""From it on, entity amplification is refused whatever the parser's options."""


class Check(msgspec.Struct, frozen=True):
    """One finding. `then`: what to do about it, empty where all is well."""

    area: Literal[
        "versions", "configuration", "store", "disk", "connectors", "clock", "leases", "persons", "accreditation"
    ]
    level: Literal["ok", "warn", "bad"]
    said: str
    then: str = ""


def examine(workspace: Workspace, screen: Screen) -> ExitStatus:
    """Run every check; 5 if the store is bad, 2 if anything else is, else 0. One that fails stops no other."""
    checks: list[Check] = []
    for look in (_versions, _configuration, _connectors, _stores, _accreditations, _link_rules, _disk):
        try:
            checks.extend(look(workspace))
        except MicroharvestError as error:
            area: Literal["store", "configuration"] = (
                "store" if error.exit_status is ExitStatus.STORE else "configuration"
            )
            found = Check(area, "bad", f"{error.sentence}  [{error.code}]")
            if found not in checks:
                checks.append(found)
    if screen.as_json:
        for check in checks:
            screen.json(check)
    else:
        screen.table(["", "", ""], [[check.level, check.area, _sentence(check)] for check in checks])
        worst = [check for check in checks if check.level != "ok"]
        screen.say()
        screen.say(f"{len(worst)} of {len(checks)} checks need a look." if worst else f"All {len(checks)} checks pass.")
    bad = {check.area for check in checks if check.level == "bad"}
    if not bad:
        return ExitStatus.DONE
    return ExitStatus.STORE if "store" in bad else ExitStatus.CONFIG


def _sentence(check: Check) -> str:
    return f"{check.said}  {check.then}".rstrip()


def _versions(workspace: Workspace) -> Iterator[Check]:
    from microharvest.kit.versions import libxml2_version, lxml_version

    yield Check("versions", "ok", f"microharvest {__version__}")
    yield _at_least(
        "Python", sys.version_info[:3], PYTHON_ZIP, "reads overlapping ZIP entries: install a newer one.", tail="warn"
    )
    yield _at_least("libxml2", libxml2_version(), LIBXML2, "lets entities grow: install lxml 6.1 or later.")
    yield _at_least("lxml", lxml_version(), (6, 1, 0), "is older than what was tested: install 6.1 or later.")
    openssl = ssl.OPENSSL_VERSION.split()
    found = tuple(int(part) for part in openssl[1].split(".") if part.isdigit()) if len(openssl) > 1 else (0,)
    yield _at_least(openssl[0], found, (3, 0, 0), "is out of support.", tail="warn")


def _at_least(
    name: str, found: tuple[int, ...], least: tuple[int, ...], but: str, tail: Literal["warn", "bad"] = "bad"
) -> Check:
    said = f"{name} {'.'.join(str(part) for part in found[:3])}"
    if found[: len(least)] >= least:
        return Check("versions", "ok", said)
    wanted = ".".join(str(part) for part in least)
    return Check("versions", tail, f"{said} is older than {wanted} and {but}")


def _configuration(workspace: Workspace) -> Iterator[Check]:
    from microharvest.settings import load_quality
    from microharvest.sources import resolve_auth

    workspace.settings  # noqa: B018 - reading them is the check
    rules: tuple[tuple[str, Callable[[], object]], ...] = (
        ("merge.toml", lambda: workspace.merge),
        ("publish.toml", lambda: workspace.publish),
        ("quality.toml", lambda: load_quality(workspace.config_dir)),
    )
    for name, read in rules:
        try:
            read()
        except MicroharvestError as error:
            yield Check("configuration", "bad", f"{name}: {error.sentence}  [{error.code}]")
    where = workspace.folder if workspace.folder.is_dir() else "the built-in defaults (no configuration folder)"
    yield Check("configuration", "ok", f"Settings are read from {where}.")
    for problem in workspace.broken.values():
        yield Check("configuration", "bad", f"{problem.sentence}  [{problem.code}]")
    for config in workspace.sources.values():
        try:
            resolve_auth(config, workspace.environ)
        except MicroharvestError as error:
            yield Check("configuration", "bad", f"{error.sentence}  [{error.code}]")
    count = len(workspace.sources)
    none = "`microharvest sources add URL` drafts one." if not count and not workspace.broken else ""
    said = f"{counted(count, 'source file')} can be read." if count else "There are no source files yet."
    yield Check("configuration", "warn" if none else "ok", said, none)
    if not workspace.settings.contact and count:
        yield Check(
            "configuration",
            "warn",
            "No contact is set.",
            "Set `contact` in microharvest.toml: feeds' operators block harvesters they cannot write to.",
        )


def _connectors(workspace: Workspace) -> Iterator[Check]:
    from microharvest.harvest.setup import plan_run
    from microharvest.kit.manifest import list_connectors, load_dialect, load_protocol

    loaded = []
    for manifest in list_connectors():
        try:
            (load_protocol if manifest.kind == "protocol" else load_dialect)(manifest.name)
        except MicroharvestError as error:
            yield Check("connectors", "bad", f"{error.sentence}  [{error.code}]")
        else:
            loaded.append(manifest.name)
    yield Check("connectors", "ok", f"{len(loaded)} connectors load: {', '.join(loaded)}.")
    for config in workspace.sources.values():
        try:
            plan_run(config, workspace.settings)
        except MicroharvestError as error:
            yield Check("connectors", "bad", f"{config.id}: {error.sentence}  [{error.code}]")


def _stores(workspace: Workspace) -> Iterator[Check]:
    with workspace.stores() as stores:
        yield from _database(stores.harvest, "harvest store")
        if stores.catalogue is not stores.harvest:
            yield from _database(stores.catalogue, "catalogue")
        with stores.harvest.read() as connection:
            leases = held_leases(connection, utc_now())
            begun = unfinished(connection)
    if begun:
        said = f"{begun} erasures were begun and not ended."
        yield Check("persons", "bad", said, "Run `microharvest forget --again`.")
    for lease in leases:
        yield Check(
            "leases",
            "ok",
            f"{lease.source} is being worked on by {lease.owner} (for {span(lease.until - utc_now())} more).",
        )
    if not leases:
        yield Check("leases", "ok", "Nobody is working on a source.")


def _accreditations(workspace: Workspace) -> Iterator[Check]:
    """Expiry watched: offers whose quality assurance says until when, and that time is over or nearly."""
    soon = workspace.quality.expiry_days
    with workspace.stores() as stores, stores.harvest.read() as connection:
        states = dated_offers(connection, soon)
    for state, said in (("ended", "has ended"), ("ends_soon", f"ends within {soon} days")):
        if found := states.get(state):
            until, first = max(found) if state == "ended" else min(found)
            offers = f"{counted(len(found), 'offer')}, such as {first} ({until[:10]})."
            then = "Look at `microharvest report trust`, and tell the publishers."
            yield Check(area="accreditation", level="warn", said=f"Accreditation {said}: {offers}", then=then)
    if states and not {"ended", "ends_soon"} & states.keys():
        total = sum(map(len, states.values()))
        yield Check(area="accreditation", level="ok", said=f"{total:,} offers say until when they are accredited.")


def _link_rules(workspace: Workspace) -> Iterator[Check]:
    rules = workspace.link_rules
    with workspace.stores() as stores, stores.harvest.read() as connection:
        waiting = rules_wait(connection, rules)
    if waiting:
        said = "The scorecard or the organisations of the configuration are not in force yet."
        yield Check("configuration", "warn", said, "Look at `microharvest link --all --plan`.")


def _database(database: Database, name: str) -> Iterator[Check]:
    condition = condition_of(database)
    said = f"The {name} is {database.shown}: {condition.kind} {condition.version}, its schema is the present one."
    yield Check("store", "ok", said)
    if condition.settings:
        yield from _sqlite(database, condition)
    yield from _clock(condition)


def _sqlite(database: Database, condition: Condition) -> Iterator[Check]:
    settings = condition.settings
    if settings.get("journal_mode") == "wal" and settings.get("synchronous") == "2":
        yield Check("store", "ok", "SQLite writes ahead (WAL) and syncs every commit (FULL).")
    else:
        yield Check(
            "store",
            "bad",
            f"SQLite runs with journal_mode={settings.get('journal_mode')}, synchronous={settings.get('synchronous')}.",
            "A power cut could cost commits: put the store on a local disk that it may write to.",
        )
    version = tuple(int(part) for part in condition.version.split(".")[:3])
    if version < SQLITE_WAL:
        yield Check(
            "versions",
            "warn",
            f"SQLite {condition.version} is older than 3.51.3.",
            "Run no second writer beside the daemon, or use PostgreSQL.",
        )
    path = database.path
    if path is not None and not (os.access(path, os.W_OK) and os.access(path.resolve().parent, os.W_OK)):
        yield Check("store", "bad", f"{path} cannot be written.", "Check rights on file and folder.")


def _clock(condition: Condition) -> Iterator[Check]:
    now = utc_now()
    apart = abs(condition.now - now)
    if apart > CLOCK_SLACK:
        yield Check(
            "clock",
            "warn",
            f"This machine and the database disagree about the time by {span(apart)}.",
            "Let both follow the same time service.",
        )
    elif condition.newest is not None and condition.newest > now + CLOCK_SLACK:
        yield Check(
            "clock",
            "bad",
            f"The newest run began {span(condition.newest - now)} from now: the clock went back.",
            "Set the clock right before the next harvest: withdrawals count by time.",
        )
    else:
        yield Check("clock", "ok", "The clock agrees with the store.")


def _disk(workspace: Workspace) -> Iterator[Check]:
    settings = workspace.settings
    places = {"spool": settings.spool_dir}
    scheme, _, file = settings.store.partition(":///")
    if scheme.startswith("sqlite"):
        places["store"] = Path(file.partition("?")[0]).absolute().parent
    for name, place in places.items():
        there = place
        while not there.exists() and there != there.parent:
            there = there.parent
        if not _writable(there):
            yield Check(
                "disk",
                "bad",
                f"The folder of the {name}, {place}, cannot be written.",
                "Check its rights" + (", or set `spool` in microharvest.toml." if name == "spool" else "."),
            )
            continue
        free = shutil.disk_usage(there).free
        level: Literal["ok", "warn", "bad"] = (
            "bad" if free < TOO_LITTLE_SPACE else "warn" if free < LITTLE_SPACE else "ok"
        )
        yield Check(
            "disk",
            level,
            f"{free / GIB:,.1f} GiB are free for the {name} in {place}.",
            "" if level == "ok" else "Free some: a full disk stops every run until there is space.",
        )


def _writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
