"""X: what is written down about a connector."""

from __future__ import annotations

import re
from collections.abc import Iterator

from microharvest.errors import ConfigError
from microharvest.kit.manifest import Manifest, list_connectors
from microharvest.testing.checks.subject import Check, Folder

__all__ = ["CHECKS"]

HEADINGS = ("## Quirks", "## What is left out")


def readme_is_complete(folder: Folder) -> Iterator[str]:
    """X1: the README says what is odd and what is left out; a protocol's also when a list has ended."""
    readme = folder.path / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    for heading in (*HEADINGS, "## When the list has ended") if folder.is_protocol else HEADINGS:
        if not re.search(rf"^{re.escape(heading).replace('the', '(?:the|a)')}\s*$", text, re.MULTILINE):
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
        yield f"fewer than two samples: {len(folder.samples)}"


CHECKS: tuple[Check, ...] = (
    Check(code="X1", level="MUST", strictness="bronze", title="README complete", run=readme_is_complete),
    Check(code="X2", level="MUST", strictness="bronze", title="connector.toml complete", run=manifest_is_complete),
    Check(code="X3", level="SHOULD", strictness="silver", title="two samples", run=has_samples),
)  # fmt: skip
