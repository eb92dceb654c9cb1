"""`vocab import|list|diff`: published vocabularies and their editions."""

from __future__ import annotations

import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import langcodes
import msgspec

from microharvest.clock import iso, utc_now
from microharvest.commands.screen import Screen
from microharvest.commands.workspace import Workspace
from microharvest.errors import ConfigError, ExitStatus
from microharvest.kit.readers.answer import Unreadable as UnreadableAnswer
from microharvest.kit.readers.archive import is_zip, open_archive, unpack
from microharvest.kit.readers.workbook import is_workbook
from microharvest.map.normalise.text import storable
from microharvest.map.published import KINDS, PublishedConcept, Unreadable, read_published
from microharvest.settings.reading import proposal
from microharvest.store.actions import note_action
from microharvest.store.vocabularies import add_concepts, difference, editions

__all__ = ["compare_editions", "import_vocabulary", "list_vocabularies", "shown"]

READING = "2"
"""Raised when the same file gives other concepts or keys: importing it again is then a change."""
MAX_BYTES = 1024 * 1024 * 1024
_VERSION = re.compile(r"(?<![0-9.])v?([0-9]{1,3}(?:\.[0-9]{1,4}){1,2})(?![0-9]|\.[0-9])")
_LANGUAGE = re.compile(r"_([a-z]{2}(?:-[a-z]{2})?)\.csv", re.IGNORECASE)


def import_vocabulary(
    workspace: Workspace, screen: Screen, kind: str, file: Path, edition: str | None, lang: str | None
) -> ExitStatus:
    """Read a publisher's file and keep it as an edition, wholly or not at all."""
    if kind not in KINDS:
        raise ConfigError("vocab.unknown_kind", f'There is no vocabulary "{kind}"{proposal(kind, KINDS)}')
    content = _read(file)
    edition = edition or _edition_in(file)
    language = _language(lang, file)
    try:
        concepts = read_published(kind, content, language)
    except Unreadable as error:
        raise ConfigError("vocab.unreadable", f"{file} cannot be imported as {kind}: {error}") from None
    told = {"name": file.name, "sha256": hashlib.sha256(content).hexdigest(), "read": READING}
    with workspace.stores() as stores, stores.harvest.write() as connection:
        keys = ({"key": key, "uri": one.uri} for one in concepts for key in one.keys)
        new = add_concepts(connection, kind, edition, told, utc_now(), _rows(concepts), _labels(concepts), keys)
        subject = f"{kind} {edition}"
        note_action(
            connection, utc_now(), workspace.operator, "vocab import", subject, "", "", f"{file.name}: {new} new"
        )
    result = {
        "kind": kind,
        "edition": edition,
        "concepts": len(concepts),
        "new": new,
        "names": sum(len(one.labels) for one in concepts),
    }
    if screen.as_json:
        screen.json(result | {"sha256": told["sha256"]})
    else:
        screen.say(f"{kind} {edition}: {len(concepts):,} concepts read from {file.name}, {new:,} of them new.")
        screen.next("link   (holds all accepted offers against it)")
    return ExitStatus.DONE


def list_vocabularies(workspace: Workspace, screen: Screen) -> ExitStatus:
    """Every imported edition."""
    with workspace.stores() as stores, stores.harvest.read() as connection:
        found = editions(connection)
    if screen.as_json:
        for one in found:
            screen.json(one)
        return ExitStatus.DONE
    if not found:
        screen.say("No vocabulary was imported yet. Kinds:")
        screen.pairs([(kind, what) for kind, (what, _) in KINDS.items()])
        return ExitStatus.DONE
    rows = [[one.kind, one.edition, f"{one.concepts:,}", shown(one.types), " ".join(one.languages), iso(one.imported)]
            for one in found]  # fmt: skip
    screen.table(["kind", "edition", "concepts", "types", "languages", "imported"], rows)
    return ExitStatus.DONE


def compare_editions(workspace: Workspace, screen: Screen, kind: str, old: str, new: str, limit: int) -> ExitStatus:
    """What the new edition no longer has, and what it has that the old one had not."""
    with workspace.stores() as stores, stores.harvest.read() as connection:
        known = [one.edition for one in editions(connection) if one.kind == kind]
        for edition in (old, new):
            if edition not in known:
                there_are = ", ".join(known) or "none"
                raise ConfigError(
                    "vocab.unknown_edition", f"{kind} {edition} was never imported; there are: {there_are}."
                )
        withdrawn, added = difference(connection, kind, old, new), difference(connection, kind, new, old)
    if screen.as_json:
        for what, rows in (("withdrawn", withdrawn), ("added", added)):
            for row in rows:
                screen.json({"what": what, "uri": row.uri, "type": row.type, "name": row.name})
        return ExitStatus.DONE
    for what, rows in (("withdrawn", withdrawn), ("new", added)):
        types = Counter(row.type for row in rows)
        screen.say(f"{len(rows):,} {what}{f' ({shown(types)})' if len(types) > 1 else ''}")
        screen.pairs([(row.uri, row.name or row.type) for row in rows[:limit]])
        if len(rows) > limit:
            screen.say(f"  … and {len(rows) - limit:,} more: --limit, or --json for all", "dim")
    return ExitStatus.DONE


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise ConfigError(
                "vocab.unreadable", f"{file} is larger than {MAX_BYTES >> 20:,} MB: is it the right file?"
            )
        content = file.read_bytes()
        return _unpacked(content, file) if is_zip(content[:4]) and not is_workbook(io.BytesIO(content)) else content
    except UnreadableAnswer as error:
        raise ConfigError("vocab.unreadable", f"{file} cannot be unpacked: {error.detail}") from None
    except OSError as error:
        raise ConfigError("vocab.unreadable", f"{file} cannot be read: {error.strerror}.") from None


def _unpacked(content: bytes, file: Path) -> bytes:
    """The one file of an archive that is data: JSON before CSV, schema 2 before others (ROR's dump holds all)."""
    with open_archive(io.BytesIO(content)) as archive:
        entries = {one.filename: one for one in archive.infolist() if not one.filename.startswith("__MACOSX/")}
        json, tables = ([name for name in entries if name.endswith(end)] for end in (".json", ".csv"))
        data = [name for name in json if "schema_v2" in name] or json or tables
        if len(data) != 1:
            found = ", ".join(sorted(entries))[:200]
            raise ConfigError(
                "vocab.unreadable", f"{file} holds no one file to import: unpack it and name one of {found}."
            )
        return b"".join(unpack(archive, entries[data[0]], MAX_BYTES))


def _edition_in(file: Path) -> str:
    """The version in the file's name, else in its folder's. Raises ConfigError if there is not exactly one."""
    for name in (file.name, file.absolute().parent.name):
        versions = set(_VERSION.findall(name))
        if len(versions) == 1:
            return str(versions.pop())
    raise ConfigError(
        "vocab.no_edition", f"Nothing in {file.name} or its folder's name tells the version: say --edition."
    )


def _language(said: str | None, file: Path) -> str | None:
    in_name = _LANGUAGE.search(file.name)
    tag = said or (in_name[1] if in_name else None)
    if tag is None:
        return None
    if not langcodes.tag_is_valid(tag):
        raise ConfigError("command.invalid", f"{tag!r} is no language tag: write --lang fr.")
    return str(langcodes.standardize_tag(tag))


def _rows(concepts: list[PublishedConcept]) -> Iterator[dict[str, str]]:
    for one in concepts:
        yield {
            "uri": one.uri, "type": one.type, "code": one.code, "status": one.status, "country": one.country,
            "valid_from": one.valid_from, "valid_to": one.valid_to,
        }  # fmt: skip


def _labels(concepts: list[PublishedConcept]) -> Iterator[dict[str, str]]:
    for one in concepts:
        for label in one.labels:
            others = msgspec.json.encode([storable(other) for other in label.others]).decode()
            yield {"uri": one.uri, "language": label.language, "text": storable(label.text), "others": others}


def shown(counts: Mapping[str, int]) -> str:
    """ "12 skills, 3 groups"."""
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if name)
