"""S: what the options of a protocol say and refuse; C: what beginning costs."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from microharvest.errors import ConfigError
from microharvest.kit import DialectSettings
from microharvest.kit.manifest import load_dialect, load_protocol
from microharvest.sources import load_source
from microharvest.testing.checks.subject import Check, Folder, raised_by
from microharvest.testing.contract import Sample, read_recorded

__all__ = ["CHECKS", "options_of"]

MAX_TO_BEGIN = 3
_SECRET = re.compile(r"(?:^|_)(?:password|passwd|secret|api_?key|token|credential|auth)s?$", re.I)


def options_of(name: str) -> dict[str, Any]:
    """The options of a protocol with their defaults; `...` for a required one."""
    fields = msgspec.structs.fields(load_protocol(name)[1])
    return {
        one.encode_name: "..." if one.required else msgspec.to_builtins(
            one.default if one.default is not msgspec.NODEFAULT else one.default_factory()
        )
        for one in fields
    }  # fmt: skip


def options_have_a_schema(folder: Folder) -> Iterator[str]:
    """S1: the options can be written down as JSON Schema, and take nothing else."""
    if raised := raised_by(lambda: msgspec.json.schema(load_protocol(folder.path.name)[1])):
        yield f"the Options give no JSON Schema: {raised}"


def samples_are_valid(folder: Folder) -> Iterator[str]:
    """S2: what the samples say as options and columns is accepted."""
    for path, sample in folder.samples.items():
        try:
            msgspec.convert(sample.fetch, load_protocol(sample.protocol)[1])
            load_dialect(sample.dialect)(sample.settings())
        except ValueError as error:
            yield f"{path.name}: its own [fetch] or [columns] is refused: {error}"


def options_refuse_unknown_keys(folder: Folder) -> Iterator[str]:
    """S3: a key nobody reads is an error."""
    for sample in folder.samples.values():
        try:
            msgspec.convert({**sample.fetch, "no_such_key": 1}, load_protocol(sample.protocol)[1])
        except msgspec.ValidationError:
            continue
        yield f"the Options of {sample.protocol} take a key they do not know"


def bad_options_are_sentences(folder: Folder) -> Iterator[str]:
    """S4: a missing or mistyped option is refused with a ValueError, never with another exception, never silently."""
    options = load_protocol(folder.path.name)[1]
    for sample in folder.samples.values():
        for field in msgspec.structs.fields(options):
            key = field.encode_name
            mistyped = {**sample.fetch, key: [{"no": "such value"}]}
            left_out = {name: value for name, value in sample.fetch.items() if name != key}
            if field.required and not _refuses(options, left_out):
                yield f"{key} is required, and a file without it is accepted"
            if raised := raised_by(lambda: msgspec.convert(mistyped, options), ValueError):  # noqa: B023 - called here
                yield f"{key} of a wrong type gives {raised}"
            elif not _refuses(options, mistyped):
                yield f"{key} takes a value of any type"


def _refuses(options: type[Any], values: dict[str, Any]) -> bool:
    try:
        msgspec.convert(values, options)
    except ValueError:
        return True
    return False


def little_is_enough(folder: Folder) -> Iterator[str]:
    """S5: a protocol begins with its required options alone; a dialect is made from empty settings."""
    for sample in list(folder.samples.values())[:1]:
        if not folder.is_protocol:
            if raised := raised_by(lambda: load_dialect(folder.path.name)(DialectSettings()), ValueError):
                yield f"made from empty settings it gives {raised}"
            continue
        reader, options = load_protocol(sample.protocol)
        required = {one.encode_name for one in msgspec.structs.fields(options) if one.required}
        given = msgspec.convert({key: value for key, value in sample.fetch.items() if key in required}, options)
        made = reader(given, sample.url)
        if not made.start({}, sample.now, full=True):
            yield "without optional keys it asks nothing"
        elif made.scope({}, full=True) != "full":
            yield "a run that begins with nothing does not say that it is full"


def secrets_are_references(folder: Folder) -> Iterator[str]:
    """S6: no option is meant for a secret ([auth] is), and a secret written out in a source file is an error."""
    if folder.is_protocol:
        for field in msgspec.structs.fields(load_protocol(folder.path.name)[1]):
            if _SECRET.search(field.encode_name) and field.type is not bool:
                yield f"the option {field.encode_name} looks like a secret: secrets belong in [auth], as env: or file:"
    for sample in list(folder.samples.values())[:1]:
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "sample.toml"
            auth = '[auth]\ntype = "bearer"\ntoken = "literal-secret"\n'
            path.write_text(f'title = "t"\nprotocol = "{sample.protocol}"\ndialect = "{sample.dialect}"\n'
                            f'url = "{sample.url}"\nlicence = "unknown"\n{auth}', encoding="utf-8")  # fmt: skip
            try:
                load_source(path, None, {})
            except ConfigError as error:
                if error.code == "config.literal_secret":
                    continue
            yield "a secret written out in its source file is accepted"


def old_options_still_hold(folder: Folder) -> Iterator[str]:
    """S8: every option on record is still taken, with the default it had."""
    recorded = read_recorded(folder.path).get("options")
    if recorded is None:
        yield "no expected/_recorded.json; write it with --write"
        return
    options = load_protocol(folder.path.name)[1]
    needed = {key: value for sample in list(folder.samples.values())[:1] for key, value in sample.fetch.items()}
    for key, default in recorded.items():
        if default != "..." and _refuses(options, {**needed, key: default}):
            yield f"{key} = {default!r} was valid and is refused now"
        elif key not in options_of(folder.path.name):
            yield f"{key} was an option and is none now"


def capabilities_are_true(folder: Folder) -> Iterator[str]:
    """S9: connector.toml says what the protocol can do, and the samples show it."""
    said = set(folder.manifest.capabilities)
    if "full" not in said and "delta" not in said:
        yield "connector.toml: capabilities says neither full nor delta"
    shows = {
        "conditional": any(request.conditional for run in folder.runs.values() for request in run.asked),
        "tombstone": any(each.record.deleted for found in folder.mapped.values() for each in found),
        "delta": any(_delta(sample) for sample in folder.samples.values()),
    }
    for name, shown in shows.items():
        if shown and name not in said:
            yield f"the samples show {name}, connector.toml does not say so"
        elif name in said and not shown:
            yield f"connector.toml says {name}, no sample shows it"


def _delta(sample: Sample) -> bool:
    reader, options = load_protocol(sample.protocol)
    made = reader(msgspec.convert(sample.fetch, options), sample.url)
    return bool(made.scope({"watermark": "2026-01-01T00:00:00Z", **sample.state}, full=False) == "delta")


def it_begins(folder: Folder) -> Iterator[str]:
    """C1: the first answers lead to records."""
    for path, run in folder.runs.items():
        if run.asked and not run.mapped and all(refusal["then"] != "gone" for refusal in run.refusals):
            codes = ", ".join(refusal["code"] for refusal in run.refusals) or "no refusal"
            if not any(run.ended().values()):
                yield f"{path.name}: no record was reached ({codes})"


def beginning_is_cheap(folder: Folder) -> Iterator[str]:
    """C3: at most three requests are made before the first record."""
    for path, run in folder.runs.items():
        if run.mapped and run.before_first > MAX_TO_BEGIN:
            yield f"{path.name}: {run.before_first} requests before the first record"


CHECKS: tuple[Check, ...] = (
    Check(code="S1", level="MUST", strictness="silver", title="options have a schema", run=options_have_a_schema,
          only="protocol"),
    Check(code="S2", level="MUST", strictness="bronze", title="samples' options are valid", run=samples_are_valid,
          live=True),
    Check(code="S3", level="MUST", strictness="bronze", title="unknown options are refused",
          run=options_refuse_unknown_keys),
    Check(code="S4", level="MUST", strictness="silver", title="bad options are sentences",
          run=bad_options_are_sentences, only="protocol"),
    Check(code="S5", level="MUST", strictness="silver", title="begins without optional keys", run=little_is_enough),
    Check(code="S6", level="MUST", strictness="bronze", title="no secrets in options", run=secrets_are_references),
    Check(code="S8", level="MUST", strictness="silver", title="old options still hold", run=old_options_still_hold,
          only="protocol"),
    Check(code="S9", level="MUST", strictness="silver", title="capabilities are true", run=capabilities_are_true,
          only="protocol"),
    Check(code="C1", level="MUST", strictness="bronze", title="reaches records", run=it_begins, live=True),
    Check(code="C3", level="SHOULD", strictness="gold", title="three requests to the first record",
          run=beginning_is_cheap, live=True),
)  # fmt: skip
