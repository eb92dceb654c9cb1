"""`sources add`: look, draft, try, write. One call does it all and says what it found."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from microharvest.errors import ConfigError, MicroharvestError, SourceError
from microharvest.harvest.fetch.policy import MIB, FetchPolicy
from microharvest.onboard.look import look_at
from microharvest.onboard.probe import open_probe
from microharvest.onboard.proposal import Proposal
from microharvest.onboard.trial import Trial, propose_expectations, try_out
from microharvest.settings import Settings
from microharvest.sources.loading import SOURCE_ID

__all__ = ["Added", "add_source", "address_of", "probe_policy"]

_DULL = frozenset(
    ("www", "api", "data", "feed", "feeds", "export", "download", "files", "file", "oai", "oai2", "oai-pmh", "index",
     "default", "sitemap")
)  # fmt: skip


class Added(msgspec.Struct, frozen=True, kw_only=True):
    """What was drafted: its id, the file (written or not), the proposal, the trial (None where it could not run)."""

    source: str
    path: Path
    text: str
    proposal: Proposal
    trial: Trial | None
    problem: MicroharvestError | None
    written: bool
    requests: int


def add_source(
    target: str,
    *,
    config_dir: Path,
    settings: Settings,
    environ: Mapping[str, str],
    taken: Mapping[str, str] | None = None,
    source: str | None = None,
    allow: Sequence[str] = (),
    key: Sequence[str] = (),
    dry_run: bool = False,
) -> Added:
    """Draft `config_dir`/sources/<id>.toml for an address or path. Never overwrites. `taken`: sources there are, with
    their addresses.

    Raises ConfigError (config.exists, config.invalid, command.invalid) and SourceError (source.…).
    """
    url, allowed = address_of(target, allow)
    if source is not None and not SOURCE_ID.match(source):
        raise ConfigError(
            "command.invalid", f"{source!r} is no source id: lower-case letters, digits, hyphens, 64 at most."
        )
    taken = taken or {}
    if source is not None and source in taken:
        raise ConfigError("config.exists", f"There is a source {source} already: choose another --id.")
    proposal, requests = asyncio.run(_look(url, allowed, settings))
    known = next((name for name, address in taken.items() if address == proposal.value("url", url)), None)
    if known is not None and not dry_run:
        raise ConfigError(
            "config.exists", f"{known} reads this address already: see `microharvest sources show {known}`."
        )
    if allowed:
        proposal.guess("network.allow", list(allowed), "what you named may be reached")
    if key:
        proposal.guess("identity.key", list(key), "you said so")
        proposal.open = [one for one in proposal.open if not one.startswith(("which column is the key", "the key "))]
    chosen = source or _id_of(proposal.value("url", url), proposal.value("title", ""), taken)
    path = config_dir / "sources" / f"{chosen}.toml"
    trial: Trial | None = None
    problem: MicroharvestError | None = None
    try:
        config, trial = try_out(proposal.text(), chosen, settings, config_dir if config_dir.is_dir() else None, environ)
        problem = _failure(trial)
        if config.expect.records.min == 0 and problem is None:
            propose_expectations(trial, proposal)
    except ConfigError as error:
        problem = error
    text = proposal.text()
    written = problem is None and not dry_run
    if written:
        _write(path, text)
    return Added(
        source=chosen, path=path, text=text, proposal=proposal, trial=trial, problem=problem, written=written,
        requests=requests,
    )  # fmt: skip


def _failure(trial: Trial) -> MicroharvestError | None:
    """Why a draft is not worth writing: its trial gave nothing."""
    report = trial.report
    if report.outcome not in {"failed", "blocked"}:
        return None
    code, because = report.code or "source.not_recognised", report.because or "The drafted harvest gave nothing."
    return ConfigError(code, because) if code.startswith("config.") else SourceError(code, because)


def address_of(target: str, allow: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The URL to ask and what may be reached; a path becomes a file: URL and allows local files."""
    if re.match(r"^https?://", target, re.I):
        return target, tuple(allow)
    if target.lower().startswith("file:"):
        return target, tuple(dict.fromkeys(("local", *allow)))
    if re.match(r"^[a-z][a-z0-9+.-]*://", target, re.I):
        raise ConfigError(
            "command.invalid", f"{target.partition('://')[0]}: is not read: name an http or https address, or a file."
        )
    path = Path(target).expanduser()
    is_file = path.exists() or re.search(r"^[^/]*\.(?:csv|tsv|xlsx?|xml|json|jsonl|rdf|ttl|zip|gz)$", target, re.I)
    if not is_file and re.match(r"^(?:[\w-]+\.)+[a-z]{2,}(?:/|$)", target, re.I):
        return f"https://{target}", tuple(allow)
    return path.absolute().as_uri(), tuple(dict.fromkeys(("local", *allow)))


def probe_policy(allow: Sequence[str], settings: Settings) -> FetchPolicy:
    """What looking at a feed nobody configured may cost."""
    network = settings.network
    return FetchPolicy(
        source="probe", allow=tuple(allow), rate_per_s=network.rate_per_s, concurrency=1, deadline_s=network.deadline_s,
        max_wire_bytes=min(network.max_bytes, 256 * MIB), max_bytes=512 * MIB, attempts=min(2, network.attempts),
        max_wait_s=20.0,
    )  # fmt: skip


async def _look(url: str, allow: tuple[str, ...], settings: Settings) -> tuple[Proposal, int]:
    async with open_probe(probe_policy(allow, settings), settings.user_agent) as probe:
        proposal = await look_at(probe, url)
        return proposal, len(probe.asked)


def _id_of(url: str, title: str, taken: Collection[str]) -> str:
    """`example-org-courses` of https://www.example.org/export/courses.csv; a number where that is taken."""
    parts = urlsplit(url)
    host = [] if parts.scheme == "file" or re.fullmatch(r"[0-9.:\[\]a-f]*|localhost", parts.hostname or "") else [
        word for word in (parts.hostname or "").split(".") if word not in _DULL
    ]  # fmt: skip
    segments = [re.sub(r"\.[a-z0-9]{1,5}(\.gz)?$", "", one.lower()) for one in parts.path.split("/") if one]
    telling = [one for one in segments if one not in _DULL][-1:]
    words = re.sub(r"[^a-z0-9]+", "-", ("-".join([*host, *telling]) or title).lower()).strip("-") or "source"
    base = words[:56].strip("-")
    number = 2
    found = base
    while found in taken:
        found, number = f"{base}-{number}", number + 1
    return found


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError("config.exists", f"{path} is there already: move it, or choose another --id.") from None
    except OSError as error:
        raise ConfigError("config.not_found", f"{path} cannot be written: {error.strerror}.") from None
