"""What a command writes on a terminal of 80 columns, and what it proposes to do next."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from microharvest.cli_options import Common, run
from microharvest.commands.screen import Screen, counted
from microharvest.commands.workspace import Workspace
from microharvest.errors import ExitStatus


@pytest.fixture
def screen() -> Screen:
    found = Screen(options=" --config there")
    found.out = Console(file=io.StringIO(), force_terminal=True, width=80, color_system=None, highlight=False)
    return found


def written(screen: Screen) -> list[str]:
    assert isinstance(screen.out.file, io.StringIO)
    return [line.rstrip() for line in screen.out.file.getvalue().splitlines()]


def test_a_long_sentence_folds_below_its_indentation(screen: Screen) -> None:
    screen.say(f"      ✕ a record says {'many words ' * 12}")
    screen.say()
    lines = written(screen)
    assert lines.pop() == ""
    assert len(lines) == 3
    assert all(line.startswith("      ") and len(line) <= 80 for line in lines)


def test_the_name_of_a_row_is_never_broken_and_no_column_is_lost(screen: Screen) -> None:
    heads = ["source", "state", "complete", "due", "active", "besides"]
    row = [
        "sample-repository-of-thirty-ch",
        "complete",
        "10 min ago",
        "in 23 h",
        12345,
        "12 withdrawn, 1 in quarantine",
    ]
    screen.table(heads, [row])
    lines = written(screen)
    assert row[0] in lines[1]
    assert "".join("".join(lines).split()).count("quarantine") == 1
    assert all(len(line) <= 80 for line in lines)


def test_where_columns_do_not_fit_each_row_is_a_list(screen: Screen) -> None:
    screen.out.width = 30
    screen.table(["source", "state", "complete", "active"], [["fi-register", "complete", "10 min ago", 15]])
    assert [" ".join(line.split()) for line in written(screen)] == [
        "source fi-register",
        "state complete",
        "complete 10 min ago",
        "active 15",
        "",
    ]


def test_no_word_is_broken_where_columns_fit(screen: Screen) -> None:
    screen.out.width = 44
    screen.table(["source", "state", "complete"], [["fi-register-of-courses", "complete", "a long while ago"]])
    assert {"complete", "fi-register-of-courses"} <= set(" ".join(written(screen)).split())


def test_counts_are_said_as_people_say_them() -> None:
    assert [counted(count, "record") for count in (0, 1, 1034)] == ["0 records", "1 record", "1,034 records"]
    assert [counted(count, "entry") for count in (1, 2)] == ["1 entry", "2 entries"]


def test_a_proposed_command_bears_the_options_of_this_one_and_stays_one_line(screen: Screen) -> None:
    screen.next("approve 5   (or reject 5)", f"explain {'x' * 90}")
    assert written(screen) == [
        "Next: microharvest approve 5 --config there   (or reject 5)",
        f"      microharvest explain {'x' * 90} --config there",
    ]


def test_a_password_of_the_store_is_not_proposed() -> None:
    seen: list[str] = []

    def act(workspace: Workspace, screen: Screen) -> ExitStatus:
        seen.append(screen.command("link"))
        return ExitStatus.DONE

    run(Common(store="postgresql://me:se:cr@et@db.example/x"), act)
    run(Common(store="postgresql://db.example:5432/x?user=me&password=secret&sslmode=require"), act)
    run(Common(store="sqlite:///my file.db"), act)
    assert seen == [
        "microharvest link --store postgresql://me:***@db.example/x",
        "microharvest link --store 'postgresql://db.example:5432/x?user=me&password=***&sslmode=require'",
        "microharvest link --store 'sqlite:///my file.db'",
    ]
