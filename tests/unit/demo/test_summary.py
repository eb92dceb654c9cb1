"""What is printed at the end: calm, exact, safe on a terminal."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

from microharvest.demo.facts import Facts
from microharvest.demo.place import Place
from microharvest.demo.summary import commands, show
from microharvest.harvest.report import RunReport

FACTS = Facts(at=datetime(2026, 1, 1, tzinfo=UTC), release=3, entries=["mh-a"], clusters=1)


def shown(changes: int, before: int, **report: object) -> str:
    values: dict[str, object] = {"outcome": "complete", "acceptance": "accepted", **report}
    one = RunReport(source="a", run=1, scope="full", **values)  # type: ignore[arg-type]
    out = io.StringIO()
    show([one], FACTS, Place(Path()), changes, before, ["b is left out: no file."], out)
    return out.getvalue()


def test_what_happened_is_said_in_one_sentence() -> None:
    assert "Release 3 is published." in shown(5, 2)
    assert "Nothing changed since the last time" in shown(0, 3)
    assert "5 changes, none of which an entry shows: release 3 stays." in shown(5, 3)
    assert "b is left out: no file." in shown(0, 3)


def test_what_went_wrong_is_said_beside_its_source() -> None:
    text = shown(0, 3, outcome="failed", acceptance="rejected", code="source.dns", because="No \x1b[31msuch host.")
    assert "failed (source.dns)" in text
    assert "a: No \\x1b[31msuch host." in text
    assert "held" in shown(0, 3, acceptance="held", held_because="Too many are gone.")


def test_commands_name_their_store(tmp_path: Path) -> None:
    place = Place(tmp_path)
    found = [command for _, command in commands(FACTS, place)]
    assert len(found) == 3
    assert found[0].startswith("microharvest explain mh-a --config ")
    assert all(command.endswith(f"--store sqlite:///{tmp_path.resolve()}/demo.db") for command in found)
    assert len(commands(Facts(at=FACTS.at), place)) == 2
