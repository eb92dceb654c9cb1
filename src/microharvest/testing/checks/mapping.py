"""M: what a mapping may do. It is pure, deterministic, raises on nothing, and says where its values come from."""

from __future__ import annotations

import ast
import hashlib
import json
import random
from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec

from microharvest.kit.document import open_record
from microharvest.kit.manifest import load_dialect
from microharvest.model.offer import Offer, decode_offer, encode_offer
from microharvest.testing.checks.mutations import mutated
from microharvest.testing.checks.subject import Check, Folder, raised_by
from microharvest.testing.contract import MappedRecord, Sample, expected_of, map_one, read_recorded

__all__ = ["CHECKS", "drafts_of"]

MUTATIONS = 40
"""Per record; the seed is fixed, so that a failure comes back."""
MAPPED_KEYS = ("records", "unmapped", "refused")
"""What of an expected result the mapping makes; the rest is the reading's (R9)."""

IMPURE = frozenset(
    ("aiohttp", "asyncio", "http", "lxml", "multiprocessing", "os", "random", "requests", "secrets", "shutil", "socket",
     "sqlalchemy", "sqlmodel", "subprocess", "tempfile", "threading", "time", "urllib.request", "uuid")
)  # fmt: skip
"""What a connector must not import: it opens nothing, reads no clock and rolls no dice."""
CLOCKS = frozenset(("now", "utcnow", "today"))


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
    """M3: every sample has an expected result, and its offers, issues and unread paths are those."""
    for path, run in folder.runs.items():
        target = expected_of(path)
        if not target.is_file():
            yield f"{path.name}: no expected/{target.name}; write it with --write and read it"
            continue
        expected, found = json.loads(target.read_text(encoding="utf-8")), run.result()
        if any(expected.get(key) != found[key] for key in MAPPED_KEYS):
            yield f"{path.name}: maps to something else than expected/{target.name}"


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
            raised = raised_by(partial(_mapped_whole, each, record, sample))
            if raised:
                yield f"{each.record.native_id}: {raised} on {raw[:300]!r}"
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


def offers_say_where_from(folder: Folder) -> Iterator[str]:
    """M5: every statement a mapping calls declared names the path it was read at."""
    for _, each in folder.offers:
        pending = [each.draft]
        while pending:
            draft = pending.pop()
            pending += draft.parts
            for statement in draft.statements:
                if not statement.path and statement.basis == "declared":
                    yield f"{each.record.native_id}: {statement.field} {statement.value[:60]!r} has no path"


def codes_are_codes(folder: Folder) -> Iterator[str]:
    """M7: levels, fields and concepts are of their vocabularies or an issue; also where a record was spoilt."""
    dice = random.Random(20240130)  # noqa: S311 - repeatable on purpose
    for sample, each in folder.offers:
        offers = [each.offer]
        for _ in range(5):
            raw = mutated(each.record.raw, each.record.media_type, dice)
            try:
                record = open_record(raw, each.record.media_type, each.mapping.names, native_id="x", url="http://h/x")
            except (ValueError, SyntaxError):
                continue
            offers.append(map_one(each.mapping, record, sample).offer)
        for offer in offers:
            if offer is not None:
                yield from (f"{each.record.native_id}: {wrong}" for wrong in _wrong_codes(offer))


def _wrong_codes(offer: Offer) -> Iterator[str]:
    if offer.eqf_level is not None and offer.eqf_level not in range(1, 9):
        yield f"eqf_level {offer.eqf_level}"
    for subject in offer.isced_f:
        if not (subject.code.isdecimal() and len(subject.code) in {2, 3, 4}):
            yield f"isced_f {subject.code!r}"
    for concept in (*offer.skills, *offer.occupations):
        if concept.uri is not None and not concept.uri.startswith(("http://", "https://")):
            yield f"a concept {concept.uri!r}"


def versions_are_raised(folder: Folder) -> Iterator[str]:
    """M8: where the same bytes are mapped differently from what is on record, `version` was raised."""
    recorded = read_recorded(folder.path)
    if not recorded:
        yield "no expected/_recorded.json; write it with --write"
        return
    version = load_dialect(folder.path.name).version
    known: dict[str, str] = recorded.get("drafts", {})
    differ = sorted(key for key, digest in drafts_of(folder).items() if known.get(key, digest) != digest)
    if differ and version <= recorded["version"]:
        yield f"version is still {version}, but {len(differ)} records map differently than recorded for it"


def drafts_of(folder: Folder) -> dict[str, str]:
    """{digest of a record's bytes and its sample's settings: digest of what the mapping said}."""
    found: dict[str, str] = {}
    for path, records in folder.mapped.items():
        settings = msgspec.json.encode(folder.samples[path].settings(), order="deterministic")
        for each in records:
            said = msgspec.json.encode(_said(each.draft), order="deterministic")
            found[_digest(settings + each.record.raw)] = _digest(said)
    return found


def _said(draft: Any) -> Any:
    statements = msgspec.to_builtins(draft.statements)
    return [draft.kind, draft.refused, statements, msgspec.to_builtins(draft.issues), [_said(p) for p in draft.parts]]


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def _mapped_whole(each: MappedRecord, record: Any, sample: Sample) -> None:
    map_one(each.mapping, record, sample)
    list(record.unread())


def _reopened(sample: Sample, each: MappedRecord) -> Any:
    record = each.record
    return open_record(record.raw, record.media_type, each.mapping.names, native_id=record.native_id or "")


CHECKS: tuple[Check, ...] = (
    Check(code="M1", level="MUST", strictness="bronze", title="pure", run=imports_are_pure),
    Check(code="M2", level="MUST", strictness="bronze", title="deterministic", run=mapping_is_deterministic, live=True),
    Check(code="M3", level="MUST", strictness="bronze", title="golden files", run=golden_files_hold),
    Check(code="M4", level="MUST", strictness="bronze", title="offers survive encoding", run=offers_are_the_models,
          live=True),
    Check(code="M5", level="SHOULD", strictness="gold", title="declared values have a path", run=offers_say_where_from,
          live=True),
    Check(code="M6", level="MUST", strictness="bronze", title="mutations never raise", run=mutations_never_raise),
    Check(code="M7", level="MUST", strictness="silver", title="codes are codes", run=codes_are_codes, live=True),
    Check(code="M8", level="MUST", strictness="silver", title="version raised", run=versions_are_raised,
          only="dialect"),
    Check(code="M9", level="MUST", strictness="silver", title="unread values told", run=unread_values_are_told,
          live=True),
    Check(code="M10", level="MUST", strictness="bronze", title="replay from bytes", run=replay_needs_only_the_bytes,
          live=True),
)  # fmt: skip
