"""The command line by itself: words, help, failures, and what is loaded before a word is known. No store is opened."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from microharvest import cli
from microharvest.errors import ERROR_CODES, SourceError, StoreError
from microharvest.telemetry import Secret


def commands_of(app: Any, above: str = "") -> Iterator[str]:
    for name in app:
        if name.startswith("-"):
            continue
        inner = list(commands_of(app[name], f"{above}{name} "))
        yield from inner or [f"{above}{name}"]


def test_the_list_of_commands_is_the_list_of_commands() -> None:
    assert sorted(commands_of(cli.app)) == sorted(cli.COMMANDS)
    assert len(set(cli.COMMANDS)) == len(cli.COMMANDS)


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_every_command_explains_itself_and_takes_the_three_options(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*command.split(), "--help"]) == 0
    shown = capsys.readouterr().out
    for option in ("--config", "--store", "--json"):
        assert option in shown
    described = [line for line in shown.splitlines() if line.strip() and not line.startswith(("Usage", "╭", "│", "╰"))]
    assert described, "a sentence says what it does"
    rows = [line.strip("│ ").removeprefix("*").strip() for line in shown.splitlines() if re.match(r"│ (\* *)?\S", line)]
    assert rows
    assert [row for row in rows if len(re.split(" {2,}", row)) < 2] == [], "every argument and option says what it is"
    assert "ARGS" not in shown


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    from microharvest import __version__

    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == __version__


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["harvst"], 'Did you mean "harvest"'),
        (["harvest", "--limi", "3"], "--limit"),
        (["approve", "twelve"], "twelve"),
        (["approve"], "RUN"),
        (["explain"], "`microharvest explain` needs ID."),
        (["export", "offers"], "`microharvest export` needs --out and a value."),
        (["stats"], 'Did you mean "status"? See'),
        (["export", "people", "--out", "x"], "people"),
    ],
)
def test_a_misspelt_command_line_is_one_sentence(
    words: list[str], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert part in captured.err
    assert captured.err.rstrip().endswith("[command.invalid]")


def fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(cli, "_run", fail)


def test_an_error_is_a_sentence_with_its_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(monkeypatch, SourceError("source.dns", "feeds.example.invalid does not resolve."))
    assert cli.main(["status"]) == 3
    captured = capsys.readouterr()
    assert captured.err == "error: feeds.example.invalid does not resolve.  [source.dns]\n"
    assert captured.out == ""


def test_an_error_for_machines_is_the_last_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(monkeypatch, StoreError("store.full", "The disk is full."))
    assert cli.main(["status", "--json"]) == 5
    last = capsys.readouterr().out.splitlines()[-1]
    assert msgspec.json.decode(last) == {"error": {"code": "store.full", "message": "The disk is full."}}


def test_an_error_among_concurrent_runs_keeps_its_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    inner = ExceptionGroup("runs", [ValueError("x"), StoreError("store.busy", "It is held.")])
    fail_with(monkeypatch, ExceptionGroup("all", [inner]))
    assert cli.main(["status"]) == 5
    assert "[store.busy]" in capsys.readouterr().err


def test_neither_controls_nor_secrets_get_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = Secret("hunter2hunter2")
    fail_with(monkeypatch, SourceError("source.http", f"said \x1b[31mno\u202e to {secret.reveal()}"))
    cli.main(["status"])
    shown = capsys.readouterr().err
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert secret.reveal() not in shown


def test_a_bug_is_admitted_without_a_trace(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    fail_with(monkeypatch, ZeroDivisionError("division by zero"))
    assert cli.main(["status"]) == cli.BUG
    shown = capsys.readouterr().err
    assert "Traceback" not in shown
    assert "[command.bug]" in shown
    assert "command.bug" in ERROR_CODES


@pytest.mark.parametrize("asked", ["option", "variable"])
def test_a_trace_for_those_who_ask(
    asked: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(monkeypatch, ZeroDivisionError("division by zero"))
    words = ["status", "--debug"] if asked == "option" else ["status"]
    if asked == "variable":
        monkeypatch.setenv("MICROHARVEST_DEBUG", "1")
    assert cli.main(words) == cli.BUG
    assert "ZeroDivisionError: division by zero" in capsys.readouterr().err


def test_ctrl_c_is_a_clean_end(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    fail_with(monkeypatch, KeyboardInterrupt())
    assert cli.main(["status"]) == 130
    shown = capsys.readouterr().err
    assert "Traceback" not in shown
    assert "Stopped" in shown


def test_nothing_heavy_is_loaded_before_a_word_is_known() -> None:
    """Start-up time without a clock: what must not be imported for --help of any command."""
    heavy = ("sqlalchemy", "sqlmodel", "aiohttp", "lxml", "alembic", "msgspec", "asyncio", "structlog", "numpy")
    code = (
        "import sys; import microharvest.cli as cli; "
        f"print([name for name in {heavy!r} if name in sys.modules], "
        "[name for name in sys.modules if name.startswith('microharvest.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    loaded, ours = done.stdout.strip().rsplit("] [", 1)
    assert loaded == "["
    assert set(ours.rstrip("]").replace("'", "").split(", ")) == {
        *("microharvest.cli", "microharvest.cli_options", "microharvest.cli_keeping", "microharvest.cli_review"),
        "microharvest.cli_report",
        "microharvest.cli_sources",
        "microharvest.cli_vocab",
        "microharvest.cli_check",
        "microharvest.errors",
    }


def test_a_closed_pipe_is_no_failure(tmp_path: Any) -> None:
    """`microharvest --help | head -1` must not end in a trace."""
    code = "import sys; from microharvest.cli import main; sys.exit(main(sys.argv[1:]))"
    writer = subprocess.Popen(
        [sys.executable, "-c", code, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    assert writer.stderr is not None
    writer.stdout.close()
    said = writer.stderr.read()
    writer.wait(timeout=60)
    writer.stderr.close()
    assert "Traceback" not in said


@pytest.mark.parametrize("words", [["--help"], ["vocab", "list", "--help"]])
def test_a_closed_pipe_is_silent_as_with_other_tools(words: list[str]) -> None:
    code = "import sys; from microharvest.cli import main; sys.exit(main(sys.argv[1:]))"
    process = subprocess.Popen(
        [sys.executable, "-c", f"input(); {code}", *words],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stderr is not None
    process.stdout.close()
    process.stdin.write("\n")
    process.stdin.close()
    assert (process.stderr.read(), process.wait()) == ("", 141)
    process.stderr.close()


def test_letters_a_locale_lacks_are_escaped_and_json_is_utf_8() -> None:
    code = "import sys; from microharvest.cli import main; main(sys.argv[1:]); print('→')"
    environ = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    for words, arrow in ((["--version"], b"\\u2192"), (["nothing", "--json"], "→".encode())):
        done = subprocess.run([sys.executable, "-c", code, *words], stdout=subprocess.PIPE, env=environ, check=True)
        assert done.stdout.splitlines()[-1] == arrow
