"""What is checked (a connector folder with its samples, or the recording of a live feed), and what a check is.

A check is a plain function that gets a `Folder` and yields one sentence for everything that is wrong, so that pytest,
`sources test` and a connector's author run the very same code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import msgspec

from microharvest.kit.manifest import Manifest, read_manifest
from microharvest.testing.contract import MappedRecord, Run, Sample, drive, read_sample, samples_of
from microharvest.testing.variation import Variation

__all__ = ["STRICTNESS", "Check", "Failure", "Folder", "Strictness", "raised_by"]

Level = Literal["MUST", "SHOULD"]
Strictness = Literal["bronze", "silver", "gold"]
STRICTNESS: tuple[Strictness, ...] = ("bronze", "silver", "gold")
"""bronze: nothing is lost or made up. silver: also days, deletions, faults. gold: also what makes work pleasant."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A check that does not hold, in one sentence."""

    code: str
    level: Level
    message: str


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """`run` yields a sentence for everything that is wrong. `live`: makes sense for the recording of a live feed too.
    `only`: the kind of connector it is about, where it is about one."""

    code: str
    level: Level
    strictness: Strictness
    title: str
    run: Callable[[Folder], Iterator[str]]
    live: bool = False
    only: Literal["protocol", "dialect"] | None = None

    def concerns(self, folder: Folder) -> bool:
        """Whether this check is about this kind of connector."""
        return self.only is None or (self.only == "protocol") == folder.is_protocol

    def found(self, folder: Folder) -> list[str]:
        """Everything that is wrong; a connector that raises is one of these sentences, not a trace."""
        sentences: list[str] = []
        raised = raised_by(lambda: sentences.extend(self.run(folder)))
        return [*sentences, f"it raised {raised}"] if raised else sentences


class Folder:
    """A connector folder with its samples, each read and run once."""

    def __init__(self, path: Path, samples: dict[Path, Sample] | None = None) -> None:
        self.path = path
        self.is_protocol = path.parent.name == "protocols"
        self._samples = samples

    @cached_property
    def manifest(self) -> Manifest:
        """What connector.toml says. Raises ConfigError."""
        return read_manifest(self.path, "protocol" if self.is_protocol else "dialect")

    @cached_property
    def samples(self) -> dict[Path, Sample]:
        """The samples by file."""
        if self._samples is not None:
            return self._samples
        return {path: read_sample(path) for path in samples_of(self.path)}

    @cached_property
    def runs(self) -> dict[Path, Run]:
        """A run of each sample, without any engine."""
        return {path: drive(sample) for path, sample in self.samples.items()}

    @cached_property
    def mapped(self) -> dict[Path, list[MappedRecord]]:
        """The mapped records by sample file."""
        return {path: run.mapped for path, run in self.runs.items()}

    @cached_property
    def offers(self) -> list[tuple[Sample, MappedRecord]]:
        """Every record that gave an offer, with its sample."""
        return [(self.samples[path], each) for path, found in self.mapped.items() for each in found if each.offer]

    @cached_property
    def whole(self) -> Sample | None:
        """The sample the engine's checks run on: read to its end without a refusal, if possible one that a
        `Variation` can take a record from and that announces no total, then the one with most live records (two at
        least); None if there is none."""
        fitting: list[tuple[bool, bool, int, str, Sample]] = []
        for path, run in self.runs.items():
            live = {each.record.native_id for each in run.mapped if each.record.native_id and not each.record.deleted}
            refused = any(refusal["then"] != "gone" for refusal in run.refusals)
            ended = run.ended()
            if len(live) >= 2 and ended and all(ended.values()) and not refused and not self.samples[path].state:
                sample = self.samples[path]
                can_change = Variation(sample).less is not None
                fitting.append((can_change, not run.totals, len(live), path.name, sample))
        return max(fitting, key=lambda one: one[:4])[4] if fitting else None


def raised_by(call: Callable[[], Any], *wanted: type[BaseException]) -> str:
    """What a call raised beyond `wanted`, as `Type: message`; empty if nothing."""
    try:
        call()
    except wanted:
        return ""
    except Exception as error:  # noqa: BLE001 - the check is that there is none
        return f"{type(error).__name__}: {error}"
    return ""
