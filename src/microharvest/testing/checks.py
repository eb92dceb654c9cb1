"""The checks every connector folder must pass: plain functions with a stable code, runnable without pytest.

A check gets a `Folder` and yields one sentence for everything that is wrong. Codes follow the contract's groups:
S what the options refuse, R what a run gives, M what the mapping may do, X what is written down.
"""

from __future__ import annotations

import ast
import json
import random
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import msgspec

from microharvest.errors import ConfigError
from microharvest.kit.dialect import PLACEHOLDER_IDS
from microharvest.kit.document import open_record
from microharvest.kit.manifest import Manifest, list_connectors, load_dialect, load_protocol
from microharvest.model.offer import decode_offer, encode_offer
from microharvest.testing.contract import (
    MappedRecord,
    Sample,
    expected_of,
    map_one,
    map_sample,
    read_sample,
    run_sample,
    samples_of,
)

__all__ = ["CHECKS", "Check", "Failure", "Folder", "check_folder"]

HEADINGS = ("## Quirks", "## What is left out")
MEDIA_TYPES = ("application/xml", "application/xml; wrapper=oai", "application/json")
MUTATIONS = 40
"""Per record; the seed is fixed, so that a failure comes back."""

IMPURE = frozenset(
    ("aiohttp", "asyncio", "http", "lxml", "multiprocessing", "os", "random", "requests", "secrets", "shutil", "socket",
     "sqlalchemy", "sqlmodel", "subprocess", "tempfile", "threading", "time", "urllib.request", "uuid")
)  # fmt: skip
"""What a connector must not import: it opens nothing, reads no clock and rolls no dice."""
CLOCKS = frozenset(("now", "utcnow", "today"))


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A check that does not hold, in one sentence."""

    code: str
    level: Literal["MUST", "SHOULD"]
    message: str


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """`run` yields a sentence for everything that is wrong."""

    code: str
    level: Literal["MUST", "SHOULD"]
    title: str
    run: Callable[[Folder], Iterator[str]]


class Folder:
    """A connector folder with its samples, read once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_protocol = path.parent.name == "protocols"

    @cached_property
    def samples(self) -> dict[Path, Sample]:
        """The samples by file."""
        return {path: read_sample(path) for path in samples_of(self.path)}

    @cached_property
    def mapped(self) -> dict[Path, list[MappedRecord]]:
        """The mapped records by sample file."""
        return {path: map_sample(path) for path in self.samples}

    @cached_property
    def offers(self) -> list[tuple[Sample, MappedRecord]]:
        """Every record that gave an offer, with its sample."""
        return [(self.samples[path], each) for path, found in self.mapped.items() for each in found if each.offer]


def options_refuse_unknown_keys(folder: Folder) -> Iterator[str]:
    """S2, S3: what the samples say is valid, and a key nobody reads is an error."""
    for path, sample in folder.samples.items():
        _, options = load_protocol(sample.protocol)
        try:
            msgspec.convert(sample.fetch, options)
            load_dialect(sample.dialect)(sample.settings())
        except ValueError as error:
            yield f"{path.name}: its own [fetch] or [columns] is refused: {error}"
        try:
            msgspec.convert({**sample.fetch, "no_such_key": 1}, options)
        except msgspec.ValidationError:
            continue
        yield f"the Options of {sample.protocol} take a key they do not know"


def gives_records(folder: Folder) -> Iterator[str]:
    """R1, R2: at least one record over all samples, each with key, bytes and media type."""
    records = [each for found in folder.mapped.values() for each in found]
    if not records:
        yield "no sample gives a record"
    for each in records:
        record = each.record
        if record.native_id is None:
            yield f"a record without a key: {record.raw[:80]!r}"
        if record.media_type not in MEDIA_TYPES:
            yield f"{record.native_id}: unknown media type {record.media_type!r}"
        if not record.raw and not record.deleted:
            yield f"{record.native_id}: no bytes of its own"


def keys_are_good(folder: Folder) -> Iterator[str]:
    """R3, R4: keys are unique in a run, no placeholders, and never the title."""
    for path, found in folder.mapped.items():
        keys = [each.record.native_id for each in found if each.record.native_id is not None]
        if len(set(keys)) != len(keys):
            yield f"{path.name}: the same key twice"
        for each in found:
            key = each.record.native_id
            if key is None:
                continue
            if key.strip().casefold() in PLACEHOLDER_IDS:
                yield f"{path.name}: {key!r} is a placeholder"
            if each.offer is not None and key in each.offer.title.values():
                yield f"{path.name}: {key!r} is the title"


def two_runs_are_equal(folder: Folder) -> Iterator[str]:
    """R5: the same answers give the same records and the same bytes."""
    for path, found in folder.mapped.items():
        again = map_sample(path)
        if [(each.record.native_id, each.record.raw) for each in found] != [
            (each.record.native_id, each.record.raw) for each in again
        ]:
            yield f"{path.name}: a second run gives other records"


def imports_are_pure(folder: Folder) -> Iterator[str]:
    """M1: no network, no clock, no randomness, and nothing of microharvest but kit and model."""
    for path in sorted(folder.path.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            elif isinstance(node, ast.Attribute) and node.attr in CLOCKS:
                yield f"{path.name}:{node.lineno} reads a clock ({node.attr})"
            for name in names:
                if name in IMPURE or name.partition(".")[0] in IMPURE:
                    yield f"{path.name} imports {name}"
                ours = name.startswith("microharvest")
                if ours and not name.startswith(("microharvest.kit", "microharvest.model", "microharvest.connectors")):
                    yield f"{path.name} imports {name}: a connector knows kit and model alone"


def mapping_is_deterministic(folder: Folder) -> Iterator[str]:
    """M2: the same record maps to the same bytes."""
    for sample, each in folder.offers:
        again = _reopened(sample, each)
        once, twice = (map_one(each.mapping, record, sample).offer for record in (again, _reopened(sample, each)))
        if once is None or twice is None or encode_offer(once) != encode_offer(twice):
            yield f"{each.record.native_id}: two mappings differ"


def golden_files_hold(folder: Folder) -> Iterator[str]:
    """M3: every sample has an expected result, and gives it."""
    for path in folder.samples:
        target = expected_of(path)
        if not target.is_file():
            yield f"{path.name}: no expected/{target.name}; write it with --write and read it"
        elif json.loads(target.read_text(encoding="utf-8")) != run_sample(path):
            yield f"{path.name}: gives something else than expected/{target.name}"


def offers_are_the_models(folder: Folder) -> Iterator[str]:
    """M4: an offer survives its own encoding."""
    for _, each in folder.offers:
        if each.offer is not None and decode_offer(encode_offer(each.offer)) != each.offer:
            yield f"{each.record.native_id}: decoding gives another offer"


def mutations_never_raise(folder: Folder) -> Iterator[str]:
    """M6: whatever a publisher does to a record, the mapping says something and does not raise."""
    dice = random.Random(20240129)  # noqa: S311 - repeatable on purpose
    for sample, each in folder.offers:
        for _ in range(MUTATIONS):
            raw = mutated(each.record.raw, each.record.media_type, dice)
            try:
                record = open_record(raw, each.record.media_type, each.mapping.names, native_id="x", url="http://h/x")
            except (ValueError, SyntaxError):  # lxml's XMLSyntaxError is a SyntaxError: such bytes are never stored
                continue
            try:
                map_one(each.mapping, record, sample)
                list(record.unread())
            except Exception as error:  # noqa: BLE001 - the check is that there is none
                yield f"{each.record.native_id}: {type(error).__name__}: {error} on {raw[:300]!r}"
                break


def unread_values_are_told(folder: Folder) -> Iterator[str]:
    """M9: what is not read is listed by path with an example."""
    for each in (each for found in folder.mapped.values() for each in found):
        for path, example in each.record.unread():
            if not path.startswith("/") or not example:
                yield f"{each.record.native_id}: unread {path!r} without path or example"


def replay_needs_only_the_bytes(folder: Folder) -> Iterator[str]:
    """M10: a record opened from its stored bytes maps to the offer the harvest made."""
    for sample, each in folder.offers:
        again = map_one(each.mapping, _reopened(sample, each), sample)
        if again.offer is None or each.offer is None or encode_offer(again.offer) != encode_offer(each.offer):
            yield f"{each.record.native_id}: mapped again from its bytes it differs"
        elif again.issues != each.issues:
            yield f"{each.record.native_id}: mapped again from its bytes it has other issues"


def readme_is_complete(folder: Folder) -> Iterator[str]:
    """X1: the README says what is odd and what is left out."""
    readme = folder.path / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    for heading in HEADINGS:
        if not re.search(rf"^{re.escape(heading)}\s*$", text, re.MULTILINE):
            yield f"README.md has no {heading!r}"


def manifest_is_complete(folder: Folder) -> Iterator[str]:
    """X2: connector.toml says what the connector is and reads."""
    try:
        manifests = list_connectors()
    except ConfigError as error:
        yield str(error)
        return
    kind = "protocol" if folder.is_protocol else "dialect"
    found: Manifest | None = next((m for m in manifests if (m.kind, m.name) == (kind, folder.path.name)), None)
    if found is None:
        yield "the folder is not found by listing"
    elif not (found.title and found.description and found.accepts and found.version > 0):
        yield "connector.toml: title, description, accepts and version must say something"


def has_samples(folder: Folder) -> Iterator[str]:
    """X3: two cases at least."""
    if len(folder.samples) < 2:
        yield f"only {len(folder.samples)} samples"


CHECKS: tuple[Check, ...] = (
    Check(code="S3", level="MUST", title="unknown options are refused", run=options_refuse_unknown_keys),
    Check(code="R1", level="MUST", title="records with key, bytes, media type", run=gives_records),
    Check(code="R3", level="MUST", title="keys unique and real", run=keys_are_good),
    Check(code="R5", level="MUST", title="two runs equal", run=two_runs_are_equal),
    Check(code="M1", level="MUST", title="pure", run=imports_are_pure),
    Check(code="M2", level="MUST", title="deterministic", run=mapping_is_deterministic),
    Check(code="M3", level="MUST", title="golden files", run=golden_files_hold),
    Check(code="M4", level="MUST", title="offers survive encoding", run=offers_are_the_models),
    Check(code="M6", level="MUST", title="mutations never raise", run=mutations_never_raise),
    Check(code="M9", level="MUST", title="unread values told", run=unread_values_are_told),
    Check(code="M10", level="MUST", title="replay from bytes", run=replay_needs_only_the_bytes),
    Check(code="X1", level="MUST", title="README complete", run=readme_is_complete),
    Check(code="X2", level="MUST", title="connector.toml complete", run=manifest_is_complete),
    Check(code="X3", level="SHOULD", title="two samples", run=has_samples),
)


def check_folder(path: Path) -> list[Failure]:
    """Every check over one connector folder; empty where all hold."""
    folder = Folder(path)
    return [
        Failure(code=check.code, level=check.level, message=message)
        for check in CHECKS
        for message in check.run(folder)
    ]


def _reopened(sample: Sample, each: MappedRecord) -> Any:
    record = each.record
    return open_record(record.raw, record.media_type, each.mapping.names, native_id=record.native_id or "")


ODD_TEXTS = (
    ("", " ", "\u00a0", "0", "-1", "NA", "9999-12-31", "2 TO 3 hours.", "P60M", "PD1TH0M0", "http://[x", "x" * 9000,
     "180120", "1,5", "mehrsprachig", "<b>&amp;", "\u202e\u200b", "\ufffd" * 40, "https://example.org/a b", "٣",
     "TRUE", "1e999")
)  # fmt: skip
ODD_VALUES: tuple[Any, ...] = (
    (None, True, [], {}, 0, -1, 2**70, 1e300, [[]], [None], {"@value": []}, {"name": {}}, "x", [{"@id": 1}])
)  # fmt: skip


def mutated(raw: bytes, media_type: str, dice: random.Random) -> bytes:
    """The bytes of a record with one thing wrong: a value, an element, a name."""
    if media_type == "application/json":
        value = msgspec.json.decode(raw)
        return msgspec.json.encode(_mutated_json(value, dice))
    text = raw.decode()
    spans = [match.span(1) for match in re.finditer(r">([^<>]*)<", text)] + [
        match.span(1) for match in re.finditer(r'"([^"<>]*)"', text)
    ]
    elements = [match.span() for match in re.finditer(r"<(\w[\w:.-]*)[^<>]*>[^<>]*</\1>", text)]
    choice = dice.random()
    if choice < 0.25 and elements:
        start, end = dice.choice(elements)
        return (text[:start] + text[end:]).encode()
    if choice < 0.4 and elements:
        start, end = dice.choice(elements)
        return (text[:end] + text[start:end] + text[end:]).encode()
    if not spans:
        return raw
    start, end = dice.choice(spans)
    odd = dice.choice(ODD_TEXTS).replace("&", "&amp;").replace("<", "&lt;")
    return (text[:start] + odd + text[end:]).encode()


def _mutated_json(value: Any, dice: random.Random) -> Any:
    places: list[tuple[Any, Any]] = []
    pending = [value]
    while pending:
        part = pending.pop()
        keys = list(part) if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else ()
        for key in keys:
            places.append((part, key))
            pending.append(part[key])
    if not places:
        return dice.choice(ODD_VALUES)
    part, key = dice.choice(places)
    choice = dice.random()
    if choice < 0.2 and isinstance(part, dict):
        del part[key]
    elif choice < 0.5:
        part[key] = dice.choice(ODD_TEXTS)
    elif choice < 0.6:
        part[key] = [part[key], part[key]]
    else:
        part[key] = dice.choice(ODD_VALUES)
    return value
