"""What every connector is held to: samples with expected results, and checks with a code, for pytest and by hand.

A sample is one `samples/<case>.toml` beside the recorded answers it names; `run_sample` drives protocol and dialect
over them without any I/O but the sample's own files, and `expected/<case>.json` holds what must come out.

    python -m microharvest.testing.contract [FOLDER...]            run all checks
    python -m microharvest.testing.contract --write [FOLDER...]    write the expected files anew, to be read by eye
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

import microharvest.connectors
from microharvest.errors import ConfigError, ExitStatus
from microharvest.kit import Batch, Body, DialectSettings, Document, Draft, Record, Refused, Request
from microharvest.kit.manifest import connector_folder, list_connectors, load_dialect, load_protocol
from microharvest.model.offer import Offer, encode_offer
from microharvest.telemetry import set_up_logs

__all__ = [
    "MAX_REQUESTS",
    "MappedRecord",
    "Response",
    "Sample",
    "drive",
    "make_findable",
    "read_recorded",
    "read_sample",
    "run_sample",
    "write_expected",
]

MAX_REQUESTS = 500
"""A sample that asks more is a loop."""


class Response(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A recorded answer: its bytes stand in `file` (beside the sample) or in `text`."""

    url: str
    file: str | None = None
    text: str | None = None
    status: int = 200
    headers: dict[str, str] = {}

    def content(self, folder: Path) -> bytes:
        """Its bytes."""
        return (folder / self.file).read_bytes() if self.file is not None else (self.text or "").encode()


class Identity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[identity]` of a source file."""

    key: tuple[str, ...] = ()


class Sample(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One case: the keys of a source file, the moment `now`, and the answers the source gives.

    Answers of one URL are given in the order they stand, the last one again and again; a URL without an answer is
    404 with an empty body. `full` and `state` are what the engine would hand to the protocol.
    """

    protocol: str
    dialect: str
    url: str
    now: datetime
    full: bool = True
    fetch: dict[str, Any] = {}
    state: dict[str, Any] = {}
    columns: dict[str, Any] = {}
    lookups: dict[str, dict[str, Any]] = {}
    identity: Identity = Identity()
    defaults: dict[str, Any] = {}
    languages: tuple[str, ...] = ()
    country: str | None = None
    responses: tuple[Response, ...] = ()
    folder: Path = Path()

    def settings(self) -> DialectSettings:
        """What the dialect is made with."""
        return DialectSettings(
            source="sample",
            languages=self.languages,
            country=self.country,
            identity=self.identity.key,
            columns=self.columns,
            lookups=self.lookups,
        )


class MappedRecord(msgspec.Struct, kw_only=True):
    """A record of a sample as it was cut, and what was made of it."""

    record: Record
    mapping: Any
    draft: Draft
    offer: Offer | None
    issues: tuple[Any, ...]


def read_sample(path: Path) -> Sample:
    """Raises tomllib.TOMLDecodeError and msgspec.ValidationError for a sample that is not one."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    sample: Sample = msgspec.convert({**content, "folder": str(path.parent)}, Sample, dec_hook=_decode)
    return sample


def _decode(kind: type[Any], value: Any) -> Any:
    return kind(value)


def run_sample(path: Path) -> dict[str, Any]:
    """Everything a run over the sample's answers says, as JSON values.

    {requests: [url…], records: [{native_id, deleted, datestamp, offer, issues}], refused: [{native_id, code}],
    rejected, findings, refusals: [{url, code, then}], ended: {lane: bool}, state, unmapped: {path: {count, example}}}
    """
    return drive(read_sample(path)).result()


def drive(sample: Sample, *, bodies: Mapping[int, bytes] | None = None, dice: random.Random | None = None) -> Run:
    """A sample's run to its end. `bodies`: other bytes for responses, by their place; `dice`: ask in any order."""
    with tempfile.TemporaryDirectory() as spool:
        run = Run(sample, Path(spool), bodies or {}, dice)
        run.drive()
    return run


class Run:
    """A run without engine, client, store and clock.

    `mapped`: the records with their drafts and offers. `asked`: every request. `documents`: how many each
    batch had. `totals`: what servers announced.
    """

    def __init__(self, sample: Sample, spool: Path, bodies: Mapping[int, bytes], dice: random.Random | None) -> None:
        self._bodies, self._dice = bodies, dice
        self.asked: list[Request] = []
        self.documents: list[int] = []
        self.totals: list[int] = []
        self.before_first = 0
        reader, options = load_protocol(sample.protocol)
        self._sample, self._spool = sample, spool
        self._reader = reader(msgspec.convert(sample.fetch, options), sample.url)
        self._mapping = load_dialect(sample.dialect)(sample.settings())
        self._served: dict[str, int] = {}
        self._lanes: dict[str, tuple[int, bool]] = {}
        self.mapped: list[MappedRecord] = []
        self._out: dict[str, Any] = {"requests": [], "rejected": [], "findings": [], "refusals": []}
        self.state = dict(sample.state)

    def drive(self) -> None:
        """Ask until nothing is pending."""
        pending = list(self._reader.start(self._sample.state, self._sample.now, full=self._sample.full))
        asked: set[str] = set()
        while pending:
            request = pending.pop(self._dice.randrange(len(pending)) if self._dice else 0)
            if request.key in asked:
                continue
            asked.add(request.key)
            self.asked.append(request)
            self.before_first += not self.mapped
            if len(asked) > MAX_REQUESTS:
                raise RuntimeError(f"the sample asks more than {MAX_REQUESTS} requests: {request.url}")
            pending.extend(self._ask(request))

    def _ask(self, request: Request) -> list[Request]:
        follow: list[Request] = []
        while True:
            self._out["requests"].append(request.url)
            if request.kind == "list":
                self._lanes.setdefault(request.lane, (0, False))
            refusal: Refused | None = None
            for answer in self._reader.parse(self._answer(request), request):
                if isinstance(answer, Refused):
                    refusal = answer
                    break
                self._take(answer, request)
                follow.extend(answer.follow)
            if refusal is None:
                return follow
            self._out["refusals"].append({"url": request.url, "code": refusal.code, "then": refusal.then})
            if refusal.then != "retry" or not self._has_another(request.url):
                return [*follow, *refusal.next]

    def _answers(self, url: str) -> list[Response]:
        return [response for response in self._sample.responses if response.url == url]

    def _has_another(self, url: str) -> bool:
        return self._served.get(url, 0) < len(self._answers(url))

    def _answer(self, request: Request) -> Body:
        answers = self._answers(request.url)
        index = self._served.get(request.url, 0)
        self._served[request.url] = index + 1
        response = answers[min(index, len(answers) - 1)] if answers else Response(url=request.url, status=404)
        place = next((place for place, one in enumerate(self._sample.responses) if one is response), -1)
        content = self._bodies[place] if place in self._bodies else response.content(self._sample.folder)
        path = self._spool / f"{len(self._out['requests'])}.body"
        path.write_bytes(content)
        return Body(
            path=path,
            url=response.url,
            status=response.status,
            headers={name.lower(): value for name, value in response.headers.items()},
            size=len(content),
        )

    def _take(self, batch: Batch, request: Request) -> None:
        self.documents.append(len(batch.documents))
        for document in batch.documents:
            self._map(document)
        for rejected in batch.rejected:
            entry = {"code": rejected.code, "detail": rejected.detail, "native_id": rejected.native_id}
            self._out["rejected"].append(entry)
        self._out["findings"].extend({"code": each.code, "detail": each.detail} for each in batch.findings)
        self.state.update(batch.state)
        if batch.evidence is not None and batch.evidence.total is not None:
            self.totals.append(batch.evidence.total)
        if batch.evidence is not None and batch.evidence.ended is not None:
            generation = self._lanes.get(request.lane, (0, False))[0]
            if request.generation >= generation:
                self._lanes[request.lane] = (request.generation, batch.evidence.ended)

    def _map(self, document: Document) -> None:
        for record in self._mapping.cut(document):
            self.mapped.append(map_one(self._mapping, record, self._sample))

    def ended(self) -> dict[str, bool]:
        """Whether each lane came to its own end."""
        return {lane: is_ended for lane, (_, is_ended) in self._lanes.items()}

    @property
    def refusals(self) -> list[dict[str, Any]]:
        """Answers that were refused: {url, code, then}."""
        return list(self._out["refusals"])

    def result(self) -> dict[str, Any]:
        """The outcome as JSON values."""
        unmapped: dict[str, dict[str, Any]] = {}
        records, refused = [], []
        for each in self.mapped:
            for path, example in each.record.unread() if each.draft.refused is None else ():
                unmapped.setdefault(path, {"count": 0, "example": example})["count"] += 1
            if each.draft.refused is not None:
                refused.append({"native_id": each.record.native_id, "code": each.draft.refused})
                continue
            records.append(
                {
                    "native_id": each.record.native_id,
                    "deleted": each.record.deleted,
                    "datestamp": each.record.datestamp,
                    "offer": None if each.offer is None else msgspec.json.decode(encode_offer(each.offer)),
                    "issues": msgspec.to_builtins(each.issues),
                }
            )
        out = {**self._out, "records": records, "refused": refused, "ended": self.ended(), "state": self.state}
        plain: dict[str, Any] = json.loads(msgspec.json.encode({**out, "unmapped": unmapped}))
        return plain


def map_one(mapping: Any, record: Record, sample: Sample) -> MappedRecord:
    """One record through the dialect and the normalisers; a tombstone or a refused record has no offer."""
    from microharvest.map.apply import Defaults, apply_draft

    draft = Draft()
    if record.deleted:
        return MappedRecord(record=record, mapping=mapping, draft=draft, offer=None, issues=())
    mapping.map_record(record, draft)
    if draft.refused is not None:
        return MappedRecord(record=record, mapping=mapping, draft=draft, offer=None, issues=tuple(draft.issues))
    defaults = {"languages": sample.languages, "country": sample.country, **sample.defaults}
    mapped = apply_draft(draft, msgspec.convert({k: v for k, v in defaults.items() if v}, Defaults))
    return MappedRecord(record=record, mapping=mapping, draft=draft, offer=mapped.offer, issues=tuple(mapped.issues))


def samples_of(folder: Path) -> list[Path]:
    """The sample files of a connector folder, by name."""
    return sorted((folder / "samples").glob("*.toml"))


def expected_of(sample: Path) -> Path:
    """Where a sample's expected result stands."""
    return sample.parent.parent / "expected" / f"{sample.stem}.json"


def recorded_of(folder: Path) -> Path:
    """Where a connector's own past is recorded: the options it took, the drafts each version of it made."""
    return folder / "expected" / "_recorded.json"


def read_recorded(folder: Path) -> dict[str, Any]:
    """The recorded past; empty where there is none."""
    path = recorded_of(folder)
    recorded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return recorded


def write_expected(folder: Path) -> list[Path]:
    """Write `expected/` of a connector folder anew; returns the files that changed.

    What is on record (`_recorded.json`) is kept where the connector breaks with it, so that S8 and M8 go on saying so.
    """
    from microharvest.testing.checks import record_of

    texts = {
        expected_of(sample): json.dumps(run_sample(sample), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        for sample in samples_of(folder)
    }
    recorded = record_of(folder)
    if recorded is not None:
        texts[recorded_of(folder)] = json.dumps(recorded, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    changed = []
    for target, text in texts.items():
        target.parent.mkdir(exist_ok=True)
        if not target.is_file() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")
            changed.append(target)
    return changed


def make_findable(folder: Path) -> None:
    """Let a connector folder that stands elsewhere be found like the others: its grandparent joins the path."""
    place = str(folder.parent.parent)
    if place not in microharvest.connectors.__path__:
        microharvest.connectors.__path__ = [*microharvest.connectors.__path__, place]


def _folders(names: list[str]) -> Iterator[Path]:
    if names:
        for folder in (Path(name).resolve() for name in names):
            make_findable(folder)
            yield folder
        return
    for manifest in list_connectors():
        yield connector_folder(manifest.kind, manifest.name)


def main(arguments: list[str]) -> int:
    """The command line of this module: 0 where every MUST holds, 1 where one does not, 2 where a folder is none."""
    from microharvest.testing.checks import check_folder

    names = [argument for argument in arguments if argument != "--write"]
    failed = False
    for folder in _folders(names):
        try:
            if "--write" in arguments:
                sys.stdout.writelines(f"wrote {path}\n" for path in write_expected(folder))
                continue
            failures = list(check_folder(folder))
        except ConfigError as error:
            sys.stderr.write(f"error: {error.sentence}  [{error.code}]\n")
            return int(ExitStatus.CONFIG)
        sys.stdout.writelines(f"{folder.name}: {one.code} {one.level}: {one.message}\n" for one in failures)
        sys.stdout.write("" if failures else f"{folder.name}: every check holds\n")
        failed = failed or any(one.level == "MUST" for one in failures)
    return 1 if failed else 0


if __name__ == "__main__":
    set_up_logs(level="critical")  # the runs of the checks fail on purpose
    sys.exit(main(sys.argv[1:]))
