"""The checks themselves: each finds the fault it is there for."""

from __future__ import annotations

import asyncio
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

import microharvest.connectors
from microharvest.harvest import setup as harvest_setup
from microharvest.harvest.ahead import Ahead
from microharvest.harvest.fetch.client import Client
from microharvest.kit.manifest import connector_folder
from microharvest.testing.checks import CHECKS, Folder, check_folder, mutated
from microharvest.testing.checks import engine as engine_checks
from microharvest.testing.checks.engine import fault_scene, play
from microharvest.testing.contract import main, run_sample, write_expected
from microharvest.testing.faults import FAULTS, Wrong
from microharvest.testing.feed_server import Answer
from microharvest.testing.variation import Variation
from tests.conftest import ROOT

COLUMNS = ("dialect", "columns", "mapping.py")
FILE = ("protocol", "file", "reader.py")
OAI = ("protocol", "oai_pmh", "reader.py")
SITE = ("protocol", "site", "reader.py")
MAPPED = "        self._map_instances(record, draft)\n"
IDENTIFIED = "record.native_id = identify(record, self._identity)"
COUNTED = "record.native_id = f'{identify(record, self._identity)}-{len(MADE)}'; MADE.append(1)"
NOTHING = "return [Request(lane="


def rewrite(path: Path, change: Callable[[str], str]) -> None:
    text = path.read_text(encoding="utf-8")
    changed = change(text)
    assert changed != text, f"{path} holds nothing to spoil"
    path.write_text(changed, encoding="utf-8")


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """A connector under another name, in a folder of its own, to be spoilt."""

    def made(kind: str, name: str) -> Path:
        monkeypatch.setattr(
            microharvest.connectors, "__path__", [*microharvest.connectors.__path__, str(tmp_path / "private")]
        )
        target = tmp_path / "private" / f"{kind}s" / f"spoilt_{random.randrange(10**9)}"
        shutil.copytree(connector_folder(kind, name), target, ignore=shutil.ignore_patterns("__pycache__"))
        rewrite(target / "connector.toml", lambda text: text.replace(f'name = "{name}"', f'name = "{target.name}"'))
        for path in (target / "samples").glob("*.toml"):
            rewrite(path, lambda text: text.replace(f'{kind} = "{name}"', f'{kind} = "{target.name}"'))
        for path in target.glob("*.py"):
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace(f"{kind}s.{name}", f"{kind}s.{target.name}"), encoding="utf-8")
        return target

    return made


@pytest.fixture
def copied(copy: Callable[[str, str], Path]) -> Path:
    """The columns dialect under another name, to be spoilt."""
    return copy("dialect", "columns")


def codes(path: Path) -> set[str]:
    return {failure.code for failure in check_folder(path, "bronze")}


def sentences(code: str, path: Path) -> list[str]:
    """What one check says of a folder."""
    check = next(one for one in CHECKS if one.code == code)
    folder = Folder(path)
    assert check.concerns(folder)
    return check.found(folder)


def test_an_unspoilt_folder_passes(copied: Path) -> None:
    assert codes(copied) == set()


SPOILT: list[tuple[str, tuple[str, str, str], str, str]] = [
    ("S1", (*FILE[:2], "options.py"), "    skip_rows: int = 0", "    skip_rows: int = 0\n    odd: complex = 0j"),
    ("S2", (*COLUMNS[:2], "samples/catalogue.toml"), 'delimiter = ";"', 'delimeter = ";"'),
    ("S3", (*FILE[:2], "options.py"), "forbid_unknown_fields=True", "forbid_unknown_fields=False"),
    ("S4", (*FILE[:2], "options.py"), 'format: Literal["auto", "csv", "xlsx", "json", "jsonl", "rdf", "xml"]',
     "format: object"),
    ("S5", FILE, NOTHING, "return [] if self._options.delimiter else [Request(lane="),
    ("S6", (*FILE[:2], "options.py"), "    skip_rows: int = 0", '    skip_rows: int = 0\n    api_token: str = ""'),
    ("S8", (*FILE[:2], "expected/_recorded.json"), '"skip_rows"', '"skipped_rows"'),
    ("S9", (*FILE[:2], "connector.toml"), '["full", "conditional"]', '["full", "delta"]'),
    ("C1", (*FILE[:2], "samples/csv.toml"), "headers = {", "status = 503\nheaders = {"),
    ("C2", FILE, "yield refused\n", 'yield Refused(code="source.http", then="fatal")\n'),
    ("C3", SITE, NOTHING,
     "return [Request(lane='x', kind='meta', url=f'http://h/{n}') for n in range(4)] + [Request(lane="),
    ("R1", COLUMNS, "for value in values:\n            yield", "for value in ():\n            yield"),
    ("R2", COLUMNS, IDENTIFIED, "record.native_id = None"),
    ("R3", (*COLUMNS[:2], "samples/catalogue.toml"), 'key = ["course_id"]', 'key = ["idiomas"]'),
    ("R4", (*COLUMNS[:2], "samples/catalogue.toml"), 'key = ["course_id"]', 'key = ["titulo"]'),
    ("R5", COLUMNS, IDENTIFIED, COUNTED),
    ("R6", SITE, "                yield from self._page(body, request.url)",
     "                self._n = getattr(self, '_n', 0) + 1\n"
     "                yield from self._page(body, request.url) if self._n > 1 else ()"),
    ("R7", FILE, "with body.open() as stream, _unpacked(stream",
     "stream = body.open()\n            with _unpacked(stream"),
    ("R9", (*FILE[:2], "samples/csv.toml"), "C3;too short", "C3;too;short"),
    ("I1", FILE, "        chosen: str = self._options.format\n",
     '        chosen: str = self._options.format\n        yield Batch(state={"big": "x" * 70_000})\n'),
    ("I2", COLUMNS, IDENTIFIED, COUNTED),
    ("I3", COLUMNS, IDENTIFIED, "record.native_id = str(hash(record.raw))"),
    ("I4", OAI, "lanes.EPOCH) - lanes", "lanes.EPOCH) + lanes"),
    ("I6", OAI, 'lanes.parse_moment(state.get("watermark"))', 'datetime.fromisoformat(state["watermark"])'),
    ("D1", COLUMNS, IDENTIFIED, COUNTED),
    ("D3", SITE, "_GONE = frozenset({404, 410})", "_GONE = frozenset({404, 410, 500})"),
    ("P3", OAI, "        elif refused is not None:\n", "        elif refused is not None:\n"
     "            yield Batch(evidence=Evidence(ended=True, closed=True))\n        elif refused is not None:\n"),
    ("F23", (*FILE[:2], "tables.py"), "            else:\n                detail = f\"Line {line} has",
     "            else:\n                raise RuntimeError\n                detail = f\"Line {line} has"),
    ("H1", FILE, "        return []", '        return [Request(lane="more", url=self._url + "?more", kind="meta")]'),
    ("L1", FILE, "        chosen: str = self._options.format\n",
     "        chosen: str = self._options.format\n        hoard = [bytes(10**6) for _ in range(25)]\n"),
    ("L2", (*FILE[:2], "plain.py"), "BATCH = 200", "BATCH = 200_000"),
    ("M1", COLUMNS, "import msgspec\n", "import time\n\nimport msgspec\n"),
    ("M1", COLUMNS, "import msgspec\n", "import microharvest.clock\n\nimport msgspec\n"),
    ("M2", COLUMNS, MAPPED, f'        MADE.append(1)\n        draft.say("code", str(len(MADE)))\n{MAPPED}'),
    ("M3", (*COLUMNS[:2], "samples/catalogue.csv"), "Data analytics", "Data analysis"),
    ("M5", COLUMNS, "draft.say(name, value, basis", "draft.say(name, value.value, basis"),
    ("M6", COLUMNS, MAPPED, f'        len(record.peek("titulo")[0] if "titulo" in record.names() else "")\n{MAPPED}'),
    ("M8", COLUMNS, MAPPED, f'        draft.say("code", "always", basis="default")\n{MAPPED}'),
    ("M10", COLUMNS, MAPPED, f'        draft.say("code", "seen" if record.url else "again")\n{MAPPED}'),
    ("X1", (*COLUMNS[:2], "README.md"), "## Quirks", "## Oddities"),
    ("X1", (*FILE[:2], "README.md"), "## When the list has ended", "## Its end"),
    ("X2", (*COLUMNS[:2], "connector.toml"), "version = 1", "version = 0"),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("code", "spoilt", "old", "new"),
    [pytest.param(*one, id=f"{one[0]}-{number}") for number, one in enumerate(SPOILT)],
)
def test_each_check_finds_its_fault(
    copy: Callable[[str, str], Path], code: str, spoilt: tuple[str, str, str], old: str, new: str
) -> None:
    kind, name, file = spoilt
    path = copy(kind, name)
    if "MADE" in new:  # what an impure mapping remembers
        rewrite(path / file, lambda text: text.replace("\nclass Mapping", "\nMADE: list[int] = []\n\n\nclass Mapping"))
    if code == "P3":  # an announced total would tell
        for page in (path / "samples").glob("*.xml"):
            page.write_text(re.sub(r'completeListSize="\d+"', "", page.read_text(encoding="utf-8")), encoding="utf-8")
    assert old in (path / file).read_text(encoding="utf-8")
    rewrite(path / file, lambda text: text.replace(old, new, 1))
    found = sentences(code, path)
    assert found, f"{code} holds though {file} is spoilt"
    assert all(sentence and "Traceback" not in sentence for sentence in found)


def lossy(honest: Answer) -> Answer:
    """An honest transport of a list without its last line: what nobody can notice but by what is missing."""
    return Answer(body=b"".join(honest.body.splitlines(keepends=True)[:-1]), headers=honest.headers)


@pytest.mark.parametrize("code", sorted(FAULTS))
def test_a_fault_that_nobody_notices_is_found(code: str) -> None:
    """Each F check over a server that loses records silently, in place of the fault it is about."""

    async def lose(_: object, honest: Answer) -> Answer:
        return lossy(honest)

    wrong = Wrong(title=FAULTS[code].title, ways=(lose,), ends=FAULTS[code].ends)
    found = list(play(fault_scene(wrong))(Folder(connector_folder("dialect", "columns"))))
    assert any("taken for gone" in sentence or "does not notice" in sentence for sentence in found)


async def never_conditional(client: Client, request: Any, policy: Any, validators: Any = None) -> Any:
    return await FETCH(client, request, policy, None)


FETCH = Client.fetch
ENGINE_SPOILT: list[tuple[str, str, Any]] = [
    ("S7", "microharvest.harvest.answer.mask_bytes", lambda content: content),
    ("D2", "microharvest.harvest.ending.hold_for", lambda *_: None),
    ("P1", "microharvest.harvest.setup._resume", lambda connection, old: forgetful(connection, old)),
    ("F1", "microharvest.harvest.fetch.client.RETRIED_STATUSES", frozenset()),
    ("H3", "microharvest.harvest.fetch.client.Client.fetch", never_conditional),
    ("H5", "microharvest.harvest.fetch.robots.Rules.allow", lambda *_: True),
    ("F22", "microharvest.testing.variation.Variation.twice", Variation.__dict__["changed"]),
    ("M4", "microharvest.testing.checks.mapping.decode_offer", lambda _: None),
    ("M9", "microharvest.kit.record.JsonRecord.unread", lambda _: iter([("code", "")])),
]
"""What a connector cannot break: the engine does it for all of them, and is broken here instead."""


def forgetful(connection: Any, old: Any) -> Any:
    """A resumed run that has forgotten what was pending."""
    begun = RESUME(connection, old)
    begun.pending = []
    return begun


RESUME = harvest_setup._resume


@pytest.mark.parametrize(("code", "target", "instead"), ENGINE_SPOILT, ids=[one[0] for one in ENGINE_SPOILT])
def test_each_check_finds_a_broken_engine(
    code: str, target: str, instead: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, name = ("dialect", "columns") if code[0] == "M" else ("protocol", "site" if code == "H5" else "file")
    monkeypatch.setattr(target, instead)
    assert sentences(code, connector_folder(kind, name))


def test_a_run_that_is_slow_to_stop_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_checks, "STOPS_WITHIN_S", 0.2)
    close = Ahead.close

    async def slow(ahead: Ahead) -> None:
        await close(ahead)
        await asyncio.sleep(0.3)

    monkeypatch.setattr(Ahead, "close", slow)
    assert any("s to stop" in sentence for sentence in sentences("P1", connector_folder("protocol", "file")))


def test_levels_outside_their_scale_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from microharvest.map import apply

    made = apply.apply_draft

    def wrong(*given: Any) -> Any:
        mapped = made(*given)
        return apply.Mapped(msgspec.structs.replace(mapped.offer, eqf_level=12), mapped.issues)

    monkeypatch.setattr(apply, "apply_draft", wrong)
    assert any("eqf_level 12" in sentence for sentence in sentences("M7", connector_folder("dialect", "columns")))


def test_too_few_samples_are_found(copied: Path) -> None:
    (copied / "samples" / "lines.toml").unlink()
    assert sentences("X3", copied) == ["fewer than two samples: 1"]


def test_every_check_has_a_broken_connector_it_finds() -> None:
    found = {one[0] for one in SPOILT} | {one[0] for one in ENGINE_SPOILT} | set(FAULTS) | {"M7", "X3"}
    assert found == {check.code for check in CHECKS}


def test_a_bypass_needs_a_check_and_a_reason(copied: Path) -> None:
    rewrite(copied / "README.md", lambda text: text.replace("## Quirks", ""))
    with (copied / "connector.toml").open("a") as file:
        file.write('\n[bypass]\nX1 = "no"\nZ9 = "there is no such check at all"\n')
    wrong = {failure.message for failure in check_folder(copied, "bronze")}
    assert wrong == {
        "connector.toml: bypass.X1: say why, in a sentence",
        "connector.toml: bypass.Z9: there is no such check",
    }
    rewrite(copied / "connector.toml", lambda text: text.replace('"no"', '"its README is written by its publisher"'))
    rewrite(copied / "connector.toml", lambda text: text.replace("Z9 =", "X3 ="))
    assert check_folder(copied, "bronze") == []


def test_the_table_of_checks_is_the_checks() -> None:
    """connectors/README.md lists each check with its level and strictness, and no other."""
    text = (ROOT / "connectors" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| ([SCRIDPFHLMX]\d+) \| (MUST|SHOULD) \| (bronze|silver|gold) \|", text)
    assert rows == [(check.code, check.level, check.strictness) for check in CHECKS]


def test_mutations_are_repeatable_and_change_something() -> None:
    for raw, media_type in (
        (b'{"a":{"b":[1,2]},"c":"x"}', "application/json"),
        (b'<a b="1"><c>d</c></a>', "application/xml"),
    ):
        once = [mutated(raw, media_type, random.Random(5)) for _ in range(3)]
        assert len(set(once)) == 1
        assert any(mutated(raw, media_type, random.Random(seed)) != raw for seed in range(5))


def test_expected_files_are_written_once(copied: Path) -> None:
    shutil.rmtree(copied / "expected")
    assert {"M3", "R9"} <= codes(copied)
    assert len(write_expected(copied)) == 3
    assert write_expected(copied) == []
    assert "M3" not in codes(copied)


def test_the_command_line_tells_by_its_status(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(copied)]) == 0
    rewrite(copied / "README.md", lambda text: text.replace("## Quirks", ""))
    assert main([str(copied)]) == 1
    assert "X1 MUST" in capsys.readouterr().out
    assert main(["--write", str(copied)]) == 0


def test_a_sample_runs_retries_and_missing_answers(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text(
        'protocol = "file"\ndialect = "columns"\nurl = "https://x.example/a.csv"\nnow = 2026-01-01T00:00:00Z\n'
        '[identity]\nkey = ["id"]\n[columns]\ntitle = "t"\n'
        '[[responses]]\nurl = "https://x.example/a.csv"\ntext = ""\n'
        '[[responses]]\nurl = "https://x.example/a.csv"\ntext = "id,t\\n1,One\\n"\n'
    )
    result = run_sample(tmp_path / "case.toml")
    assert [refusal["then"] for refusal in result["refusals"]] == ["retry"]
    assert [record["native_id"] for record in result["records"]] == ["1"]
    assert len(result["requests"]) == 2
    (tmp_path / "none.toml").write_text(
        'protocol = "file"\ndialect = "columns"\nurl = "https://x.example/b.csv"\nnow = 2026-01-01T00:00:00Z\n'
    )
    missing = run_sample(tmp_path / "none.toml")
    assert (missing["records"], missing["ended"]) == ([], {"file": False})
    assert missing["refusals"][0]["code"] == "source.not_found"


def test_the_command_line_says_what_is_no_connector(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "dialects" / "nope")]) == 2
    assert capsys.readouterr().err.endswith("[config.connector_broken]\n")


def test_the_smallest_dialect_of_the_readme_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As a newcomer takes it over: every check up to gold but the number of samples."""
    text = (ROOT / "connectors" / "README.md").read_text(encoding="utf-8")
    told = text.partition("## The smallest dialect")[2].partition("## Rules")[0]
    manifest, mapping, sample = re.findall(r"```(?:toml|python)\n(.*?)```", told, re.DOTALL)
    folder = tmp_path / "dialects" / "tiny"
    (folder / "samples").mkdir(parents=True)
    (folder / "connector.toml").write_text(manifest)
    (folder / "mapping.py").write_text(mapping)
    (folder / "samples" / "two.toml").write_text(sample)
    (folder / "README.md").write_text("# tiny\n\n## Quirks\n\nNone.\n\n## What is left out\n\nThe teacher.\n")
    assert main(["--write", str(folder)]) == 0
    capsys.readouterr()
    assert main([str(folder)]) == 0
    verdicts = [line for line in capsys.readouterr().out.splitlines() if line.startswith("tiny: ")]
    assert verdicts == ["tiny: X3 SHOULD: fewer than two samples: 1"]
