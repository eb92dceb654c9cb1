"""What people type or set wrongly, on both databases: a sentence with what to do, a code and a status."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from microharvest.cli import main
from microharvest.store.database import Database
from tests.integration.command_world import SOURCE, Project, project

__all__ = ["project"]


BREAK: dict[str, tuple[Callable[[Project], object], list[str], int, str]] = {
    "unknown key": (
        lambda p: p.source("oslo", "titel = 'x'\n" + SOURCE.format(name="x", url="x.csv")),
        ["harvest", "oslo"], 2, "config.unknown_key",
    ),
    "literal secret": (
        lambda p: p.source("oslo", SOURCE.format(name="x", url="x.csv") + '[auth]\ntype="bearer"\ntoken="abc"\n'),
        ["harvest", "oslo"], 2, "config.literal_secret",
    ),
    "unknown source": (lambda p: None, ["harvest", "olso"], 2, "config.unknown_source"),
    "unknown run": (lambda p: None, ["approve", "4711"], 2, "command.unknown_run"),
    "unknown id": (lambda p: None, ["explain", "nothing-like-it"], 2, "command.unknown_id"),
    "nothing named": (lambda p: None, ["harvest"], 2, "command.invalid"),
    "both named and all": (lambda p: None, ["harvest", "oslo", "--all"], 2, "command.invalid"),
    "no limit": (lambda p: None, ["harvest", "oslo", "--limit", "0"], 2, "command.invalid"),
    "absent folder": (
        lambda p: setattr(p, "config", p.folder / "nowhere"), ["status"], 2, "config.not_found",
    ),
    "broken settings": (
        lambda p: (p.config / "microharvest.toml").write_text("store = 3"), ["status"], 2, "config.invalid",
    ),
}  # fmt: skip


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("case", list(BREAK))
def test_each_mistake_has_its_sentence_code_and_status(project: Project, case: str) -> None:
    spoil, words, status, code = BREAK[case]
    spoil(project)
    assert project.code(*words) == (status, code)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_what_explain_proposes_can_be_typed_and_what_was_typed_is_not_repeated_whole(project: Project) -> None:
    project.feed("odd", "a b;$(x) 1,Welding,Ulm College,5,", "a b;$(x) 2,Baking,Ulm College,5,")
    project.run("harvest", "odd")
    assert project.run("explain", "a b;") == 2
    proposed = [shlex.split(line) for line in project.out.splitlines() if line.startswith("  microharvest")]
    assert proposed == [["microharvest", "explain", f"odd/a b;$(x) {number}"] for number in (1, 2)]
    for words in (["explain", "x" * 5000], ["explain", "run:" + "9" * 5000], ["explain", "odd/1", "x" * 5000]):
        assert project.run(*words) == 2
        assert len(project.err) < 400


def test_an_unknown_source_brings_a_proposal(project: Project) -> None:
    project.run("harvest", "olso")
    assert 'did you mean "oslo"?' in project.err


@pytest.mark.parametrize(
    ("url", "extra", "status", "code"),
    [
        ("https://feeds.example.invalid/x.csv", "", 3, "source.dns"),
        ("https://feeds.example.invalid/x.csv", '[auth]\ntype = "bearer"\ntoken = "env:NOWHERE_TO_BE_FOUND"\n', 2,
         "config.missing_secret"),
        ("http://127.0.0.1:9/x.csv", "", 3, "source.address"),
    ],
)  # fmt: skip
def test_a_source_that_fails_stops_no_other(project: Project, url: str, extra: str, status: int, code: str) -> None:
    project.source("far", SOURCE.format(name="far", url=url) + extra)
    assert project.run("harvest", "--all", "--json") == status
    lines = {line["source"]: line for line in map(msgspec.json.decode, project.out.splitlines())}
    assert lines["far"]["code"] == code
    assert lines["oslo"]["acceptance"] == "accepted"


def test_a_broken_source_file_stops_no_other(project: Project) -> None:
    project.source("broken", "title = ")
    assert project.run("harvest", "--all") == 2
    assert "[config.syntax]" in project.out
    assert "oslo  run 1  complete" in project.out
    assert project.run("harvest", "oslo") == 0


def test_a_store_that_was_never_made(tmp_path: Path, store_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    project = Project(tmp_path, store_url, capsys)
    for command in ("status", "link", "publish"):
        assert project.code(command) == (5, "store.absent")
    assert project.run("sources", "list") == 0, "source files can be read without a store"
    assert project.run("doctor") == 5


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("looks", "word", "status", "code"),
    [
        ("exists", "status", 5, "store.unreachable"),
        ("is_dir", "status", 2, "config.not_found"),
        ("is_dir", "init", 2, "config.not_found"),
    ],
)
def test_a_place_nobody_may_look_into_is_said(
    project: Project, monkeypatch: pytest.MonkeyPatch, looks: str, word: str, status: int, code: str
) -> None:
    def refuse(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, looks, refuse)
    assert project.code(word) == (status, code)
    project.run(word)
    assert "Permission denied" in project.err


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_an_export_is_what_its_name_says(project: Project) -> None:
    project.run("sync")
    table, lines, odd = (project.folder / name for name in ("o.csv", "o.jsonl", "o.parquet"))
    assert project.run("export", "offers", "--out", str(table)) == 0
    assert "3 offers are in" in project.out
    assert project.run("export", "offers", "--out", str(lines)) == 0
    assert (table.read_text()[:7], lines.read_text()[:10]) == ("source,", '{"source":')
    assert project.code("export", "offers", "--out", str(odd)) == (2, "command.invalid")
    assert not odd.exists()
    assert project.run("export", "offers", "--out", str(odd), "--format", "csv") == 0


def test_an_empty_catalogue_says_why_and_what_comes_first(project: Project) -> None:
    assert project.run("export", "entries", "--out", str(project.folder / "e.csv")) == 0
    assert "0 entries are in" in project.out
    assert "Next: microharvest status" in project.out
    text = SOURCE.format(name="oslo", url=(project.folder / "oslo.csv").as_uri())
    project.source("oslo", text.replace("https://creativecommons.org/licenses/by/4.0/", "unknown"))
    project.run("sync")
    assert project.run("status") == 0
    assert "Nothing is shown. 3 clusters: No source that tells this offer may be shown" in project.out
    assert project.lines("status")[0]["catalogue"]["withheld"] == {"licence": 3}
    project.source("oslo", text)
    project.run("sync")
    assert project.run("status") == 0
    assert "Nothing is shown" not in project.out
    assert project.lines("status")[0]["catalogue"]["withheld"] == {}


def test_whoever_stands_in_the_wrong_folder_is_told_which_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for words in (["sources", "list"], ["status"], ["harvest", "--all"], ["harvest", "oslo"]):
        main(words)
        assert str(tmp_path) in "".join(capsys.readouterr())


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_part_of_an_id_lists_what_it_could_mean(project: Project) -> None:
    project.run("sync")
    assert project.run("explain", "oslo/") == 2
    assert "oslo/ is no whole id; name one of these:" in project.out


def test_a_store_from_the_future(project: Project) -> None:
    database = Database(project.store)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE schema_harvest SET version_num = '9999'")
    database.dispose()
    assert project.code("status") == (5, "store.newer")
    assert project.code("init") == (5, "store.newer")


def test_a_store_that_cannot_be_written(project: Project, request: pytest.FixtureRequest) -> None:
    if project.store.startswith("postgresql"):
        sign = "&" if "?" in project.store else "?"
        project.store += f"{sign}options=-c%20default_transaction_read_only%3Don"
    else:
        if os.geteuid() == 0:
            pytest.skip("root may write everything")
        path = Path(project.store.removeprefix("sqlite:///"))
        path.chmod(0o444)
        path.parent.chmod(0o555)
        request.addfinalizer(lambda: path.parent.chmod(0o755))
    assert project.code("sources", "pause", "oslo") == (5, "store.read_only")


def test_init_makes_a_folder_that_can_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = f"sqlite:///{tmp_path / 'new.db'}"
    words = ["--config", str(tmp_path / "fresh"), "--store", store]
    assert main(["init", *words]) == 0
    assert "Next:" in capsys.readouterr().out
    assert main(["status", *words]) == 0
    assert main(["sources", "list", *words]) == 0
    assert (tmp_path / "fresh" / "microharvest.toml").is_file()
