"""The configuration as the daemon follows it: a broken file stops nobody but itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from microharvest.errors import ConfigError
from microharvest.service.roster import Roster

SOURCE = """
title = "{title}"
protocol = "file"
dialect = "columns"
url = "https://feeds.example.org/{title}.csv"
licence = "unknown"
[columns]
title = "Title"
[identity]
key = ["Code"]
[schedule]
every = "{every}"
"""


def write(folder: Path, source: str, *, title: str = "a", every: str = "PT24H", text: str | None = None) -> Path:
    path = folder / "sources" / f"{source}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SOURCE.format(title=title, every=every) if text is None else text)
    return path


@pytest.fixture
def roster(tmp_path: Path) -> Roster:
    write(tmp_path, "one")
    write(tmp_path, "two")
    roster = Roster(tmp_path, {})
    assert roster.load().changed == {"one", "two"}
    return roster


def test_nothing_new_is_not_read_again(roster: Roster) -> None:
    assert roster.reload() is None
    forced = roster.reload(forced=True)
    assert forced is not None
    assert not forced.changed


def test_a_changed_file_is_noticed_by_itself(roster: Roster, tmp_path: Path) -> None:
    write(tmp_path, "one", title="another")
    change = roster.reload()
    assert change is not None
    assert (change.changed, change.rescheduled) == ({"one"}, frozenset())
    assert roster.sources["one"].title == "another"


def test_a_change_of_the_same_size_is_noticed_by_its_time(roster: Roster, tmp_path: Path) -> None:
    path = write(tmp_path, "one", title="b")
    later = path.stat().st_mtime_ns + 1_000_000_000
    os.utime(path, ns=(later, later))
    assert roster.reload() is not None
    assert roster.sources["one"].title == "b"


def test_a_new_schedule_is_told_apart(roster: Roster, tmp_path: Path) -> None:
    write(tmp_path, "two", every="PT1H")
    write(tmp_path, "three")
    change = roster.reload()
    assert change is not None
    assert (change.changed, change.rescheduled) == ({"two", "three"}, {"two"})


def test_a_removed_file_is_a_source_less(roster: Roster, tmp_path: Path) -> None:
    (tmp_path / "sources" / "one.toml").unlink()
    assert roster.reload() is not None
    assert set(roster.sources) == {"two"}


@pytest.mark.parametrize("text", ["title = ", 'titel = "x"', ""], ids=["syntax", "unknown key", "empty"])
def test_a_broken_file_stops_only_itself(roster: Roster, tmp_path: Path, text: str) -> None:
    write(tmp_path, "one", text=text)
    assert roster.reload() is not None
    assert set(roster.sources) == {"two"}
    assert set(roster.broken) == {"one"}
    write(tmp_path, "one", title="mended")
    change = roster.reload()
    assert change is not None
    assert change.changed == {"one"}
    assert not roster.broken


@pytest.mark.parametrize("name", ["microharvest.toml", "merge.toml", "publish.toml"])
def test_a_broken_shared_file_leaves_everything_in_force(roster: Roster, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("nonsense = ")
    write(tmp_path, "three")
    assert roster.reload() is None
    assert set(roster.sources) == {"one", "two"}
    assert roster.reload() is None, "said once"
    (tmp_path / name).write_text("")
    assert roster.reload() is not None
    assert set(roster.sources) == {"one", "two", "three"}


def test_a_broken_shared_file_is_an_error_at_the_start(tmp_path: Path) -> None:
    write(tmp_path, "one")
    (tmp_path / "merge.toml").write_text("nonsense = ")
    with pytest.raises(ConfigError):
        Roster(tmp_path, {}).load()
