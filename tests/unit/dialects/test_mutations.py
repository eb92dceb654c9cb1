"""Whatever a publisher does to a document, cutting and mapping it say something and do not raise."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from microharvest.kit import Document
from microharvest.kit.manifest import connector_folder
from microharvest.kit.readers import Unreadable, read_rdf
from microharvest.testing.checks import mutated
from tests.unit.dialects.said import cut

DIALECTS = ("columns", "elm", "kouta", "schema_org")
SAMPLES = sorted(
    (dialect, path)
    for dialect in DIALECTS
    for path in (connector_folder("dialect", dialect) / "samples").iterdir()
    if path.suffix in {".json", ".jsonld", ".jsonl"}
)


@pytest.mark.parametrize(("dialect", "path"), SAMPLES, ids=[f"{name}-{path.name}" for name, path in SAMPLES])
def test_json_documents_with_wrong_values_are_cut(dialect: str, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    values: list[Any] = (
        [json.loads(line) for line in text.splitlines()] if path.suffix == ".jsonl" else [json.loads(text)]
    )
    dice = random.Random(path.name)
    for value in values:
        for _ in range(60):
            content = json.dumps(value).encode()
            for _ in range(dice.randrange(1, 6)):
                content = mutated(content, "application/json", dice)
            for reader in {dialect, "elm", "kouta", "schema_org"}:
                cut(reader, Document(value=json.loads(content), url="https://h.example/x"))


SLIPS = [(b"elm:", b"dcterms:"), (b"ql:", b"elm:"), (b'"', b""), (b"@en", b""), (b"[ a", b"<urn:x> ; a")]


def test_turtle_with_lines_in_wrong_places_is_cut() -> None:
    lines = (connector_folder("dialect", "elm") / "samples" / "quality_link.ttl").read_bytes().split(b"\n")
    dice = random.Random(5)
    read = 0
    for _ in range(150):
        changed = list(lines)
        for _ in range(dice.randrange(1, 5)):
            place = dice.randrange(len(changed))
            old, new = dice.choice(
                [(b"elm:", b"dcterms:"), (b"ql:", b"elm:"), (b'"', b""), (b"@en", b""), (b"[ a", b"<urn:x> ; a")]
            )
            changed[place] = changed[place].replace(old, new, 1) if dice.random() < 0.7 else dice.choice(lines)
        try:
            graph, _ = read_rdf(b"\n".join(changed), "turtle", "https://h.example/")
        except Unreadable:
            continue
        read += 1
        cut("elm", Document(value=graph))
    assert read > 20
