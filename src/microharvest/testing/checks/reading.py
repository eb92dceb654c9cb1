"""R: what a run gives; I: what it keeps between runs; L: what it costs. All without an engine."""

from __future__ import annotations

import json
import random
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from microharvest.kit import Batch, Body, Request
from microharvest.kit.dialect import PLACEHOLDER_IDS
from microharvest.kit.manifest import load_protocol
from microharvest.testing.checks.mapping import MAPPED_KEYS
from microharvest.testing.checks.subject import Check, Folder, raised_by
from microharvest.testing.contract import Run, Sample, drive, expected_of
from microharvest.testing.variation import grown

__all__ = ["CHECKS"]

MEDIA_TYPES = ("application/xml", "application/xml; wrapper=oai", "application/json")
MAX_STATE_BYTES = 64 * 1024
MAX_BATCH = 1000
GROWTH_BYTES, GROWN_TIMES = 20 * 1024 * 1024, 2500
ORDERS = 3
ODD_STATES: tuple[dict[str, Any], ...] = (
    {}, {"watermark": "2999-01-01T00:00:00Z"}, {"watermark": "yesterday", "granularity": 7}, {"watermark": ""},
    {"unheard_of": [1, {"a": None}], "watermark": "2026-01-01T00:00:00Z", "earliest": "once", "version": 0},
)  # fmt: skip


def gives_records(folder: Folder) -> Iterator[str]:
    """R1: at least one record over all samples."""
    if not any(folder.mapped.values()):
        yield "no sample gives a record"


def records_are_whole(folder: Folder) -> Iterator[str]:
    """R2: each record has key, bytes and media type, and knows where it was read."""
    for each in (each for found in folder.mapped.values() for each in found):
        record = each.record
        if record.native_id is None:
            yield f"a record without a key: {record.raw[:80]!r}"
        if record.media_type not in MEDIA_TYPES:
            yield f"{record.native_id}: unknown media type {record.media_type!r}"
        if not record.raw and not record.deleted:
            yield f"{record.native_id}: no bytes of its own"
        if not record.url:
            yield f"{record.native_id}: nobody knows where it was read"


def keys_are_unique(folder: Folder) -> Iterator[str]:
    """R3: keys are unique in a run: no two records that differ have the same."""
    for path, found in folder.mapped.items():
        bytes_of: dict[str, set[bytes]] = {}
        for each in found:
            if each.record.native_id is not None:
                bytes_of.setdefault(each.record.native_id, set()).add(each.record.raw)
        twice = sorted(key for key, raws in bytes_of.items() if len(raws) > 1)
        if twice:
            yield f"{path.name}: different records have the same key, such as {', '.join(twice[:3])}"


def keys_are_real(folder: Folder) -> Iterator[str]:
    """R4: keys are no placeholders, and never the title."""
    for path, found in folder.mapped.items():
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
    for path, run in folder.runs.items():
        if _seen(run) != _seen(drive(folder.samples[path])):
            yield f"{path.name}: a second run gives other records"


def order_does_not_matter(folder: Folder) -> Iterator[str]:
    """R6: requests answered in another order give the same records."""
    for path, run in folder.runs.items():
        if len(run.asked) < 3 or len({one.url for one in folder.samples[path].responses}) < len(
            folder.samples[path].responses
        ):
            continue  # nothing to shuffle, or answers that come one after the other
        for seed in range(ORDERS):
            again = drive(folder.samples[path], dice=random.Random(seed))  # noqa: S311 - repeatable on purpose
            if sorted(_seen(run)) != sorted(_seen(again)):
                yield f"{path.name}: asked in another order it gives other records"
                break


def _seen(run: Run) -> list[tuple[str, bytes]]:
    return [(each.record.native_id or "", each.record.raw) for each in run.mapped]


class _Watched(Body, frozen=True, kw_only=True):
    """A body that remembers the streams it was opened as."""

    streams: list[Any] = msgspec.field(default_factory=list)

    def open(self) -> BinaryIO:
        stream = super().open()
        self.streams.append(stream)
        return stream


def abandoned_readers_close(folder: Folder) -> Iterator[str]:
    """R7: a reader that is abandoned after its first batch closes what it opened."""
    for path, (sample, request, content) in _bodies(folder).items():
        with tempfile.TemporaryDirectory() as name:
            file = Path(name) / "body"
            file.write_bytes(content)
            body = _Watched(path=file, url=request.url, size=len(content))
            answers = iter(_reader(sample).parse(body, request))
            next(answers, None)
            answers.close()
            if any(not stream.closed for stream in body.streams):
                yield f"{path.name}: abandoned after its first batch, a stream stays open"
            for stream in body.streams:
                stream.close()


def _bodies(folder: Folder) -> dict[Path, tuple[Sample, Request, bytes]]:
    """For each sample the first request whose answer gives documents, and that answer."""
    found: dict[Path, tuple[Sample, Request, bytes]] = {}
    for path, run in folder.runs.items():
        sample = folder.samples[path]
        for request in run.asked:
            answer = next((one for one in sample.responses if one.url == request.url and one.status == 200), None)
            if answer is not None and request.kind != "meta":
                found[path] = (sample, request, answer.content(sample.folder))
                break
    return found


def _reader(sample: Sample) -> Any:
    reader, options = load_protocol(sample.protocol)
    return reader(msgspec.convert(sample.fetch, options), sample.url)


def reading_is_as_expected(folder: Folder) -> Iterator[str]:
    """R9: requests, keys, refusals, findings and ends of each sample are those of its expected result."""
    for path, run in folder.runs.items():
        target = expected_of(path)
        if not target.is_file():
            yield f"{path.name}: no expected/{target.name}; write it with --write and read it"
            continue
        expected, found = json.loads(target.read_text(encoding="utf-8")), run.result()
        keys = [one["native_id"] for one in expected.get("records", [])]
        differ = [key for key in found if key not in MAPPED_KEYS and expected.get(key) != found[key]]
        if keys != [one["native_id"] for one in found["records"]]:
            differ.append("keys")
        if differ:
            yield f"{path.name}: {', '.join(sorted(differ))} differ from expected/{target.name}"


def state_is_small(folder: Folder) -> Iterator[str]:
    """I1: what is kept between runs is JSON, and less than 64 kB."""
    for path, run in folder.runs.items():
        try:
            text = json.dumps(run.state, allow_nan=False)
        except (TypeError, ValueError) as error:
            yield f"{path.name}: the state is no JSON: {error}"
            continue
        if json.loads(text) != run.state:
            yield f"{path.name}: the state comes back as something else from JSON"
        if len(text) > MAX_STATE_BYTES:
            yield f"{path.name}: the state has {len(text):,} bytes"


def odd_states_begin(folder: Folder) -> Iterator[str]:
    """I6, I7: from a state of the future, of an older version or spoilt a run begins; with full it asks everything."""
    for path, run in folder.runs.items():
        sample = folder.samples[path]
        for state in (*ODD_STATES, run.state, {**run.state, "version": 0}):
            for full in (False, True):
                raised = raised_by(lambda: _begin(sample, state, full))  # noqa: B023 - called at once
                if raised:
                    yield f"{path.name}: from the state {state!r} it gives {raised}"


def _begin(sample: Sample, state: dict[str, Any], full: bool) -> None:
    made = _reader(sample)
    if not made.start(dict(state), sample.now, full=full):
        raise ValueError("no request")
    if full and made.scope(dict(state), full=True) != "full":
        raise ValueError("a delta where everything was asked for")


def deltas_reach_back(folder: Folder) -> Iterator[str]:
    """I4, I5: a delta asks from no later than the watermark, so that what changed in the very second is not lost."""
    for path, run in folder.runs.items():
        sample, mark = folder.samples[path], "2026-05-04T03:02:01Z"
        reader = _reader(sample)
        state = {**run.state, "watermark": mark}
        if reader.scope(dict(state), full=False) != "delta":
            continue
        begun = reader.start(dict(state), sample.now, full=False)
        said = [value for request in begun for value in _dates_after(request, "from")]
        late = [value for value in said if value[:19] > mark[:19]]
        if not said or late:
            yield f"{path.name}: a delta from the watermark {mark} asks from {late[0] if late else 'nowhere'}"


def _dates_after(request: Request, word: str) -> list[str]:
    text = f"{request.url} {msgspec.json.encode(request.carry).decode()} {request.body.decode('utf-8', 'replace')}"
    pieces = text.replace("%3A", ":").split(word)[1:]
    found = ["".join(sign for sign in piece[:26].lstrip('":= ') if sign in "0123456789-:TZ") for piece in pieces]
    return [value for value in found if len(value) >= 10 and value[4:5] == "-"]


def batches_are_bounded(folder: Folder) -> Iterator[str]:
    """L2: however long a list, a batch holds at most a thousand documents."""
    for path, (sample, request, content) in _bodies(folder).items():
        many = grown(sample, request.url, content, GROWN_TIMES)
        if many is not None:
            largest = max((len(one.documents) + len(one.follow) for one in _parse(sample, request, many)), default=0)
            if largest > MAX_BATCH:
                yield f"{path.name}: a list of {GROWN_TIMES:,} comes as one batch of {largest:,}"


def reading_streams(folder: Folder) -> Iterator[str]:
    """L1: a list 2,500 times as long takes less than 20 MB more memory to read; repairs may take more."""
    for path, (sample, request, content) in _bodies(folder).items():
        many = grown(sample, request.url, content, GROWN_TIMES) if sample is folder.whole else None
        if many is None:
            continue
        tracemalloc.start()
        try:
            for _ in _parse(sample, request, many):
                pass
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        if peak > GROWTH_BYTES:
            yield f"{path.name}: reading {len(many):,} bytes took {peak:,} bytes of memory"


def _parse(sample: Sample, request: Request, content: bytes) -> Iterator[Batch]:
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "body"
        file.write_bytes(content)
        body = Body(path=file, url=request.url, size=len(content))
        for answer in _reader(sample).parse(body, request):
            if isinstance(answer, Batch):
                yield answer


CHECKS: tuple[Check, ...] = (
    Check(code="R1", level="MUST", strictness="bronze", title="gives records", run=gives_records, live=True),
    Check(code="R2", level="MUST", strictness="bronze", title="records with key, bytes, media type",
          run=records_are_whole, live=True),
    Check(code="R3", level="MUST", strictness="bronze", title="keys unique", run=keys_are_unique, live=True),
    Check(code="R4", level="MUST", strictness="bronze", title="keys real", run=keys_are_real, live=True),
    Check(code="R5", level="MUST", strictness="bronze", title="two runs equal", run=two_runs_are_equal, live=True),
    Check(code="R6", level="MUST", strictness="silver", title="any order", run=order_does_not_matter, only="protocol"),
    Check(code="R7", level="MUST", strictness="silver", title="abandoned readers close", run=abandoned_readers_close,
          only="protocol"),
    Check(code="R9", level="MUST", strictness="bronze", title="reading as expected", run=reading_is_as_expected),
    Check(code="I1", level="MUST", strictness="silver", title="state small and JSON", run=state_is_small, live=True),
    Check(code="I4", level="MUST", strictness="silver", title="deltas reach back", run=deltas_reach_back,
          only="protocol"),
    Check(code="I6", level="MUST", strictness="silver", title="begins from any state", run=odd_states_begin,
          only="protocol"),
    Check(code="L1", level="SHOULD", strictness="gold", title="reading streams", run=reading_streams, only="protocol"),
    Check(code="L2", level="MUST", strictness="silver", title="batches bounded", run=batches_are_bounded,
          only="protocol"),
)  # fmt: skip
