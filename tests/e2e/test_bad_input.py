"""Bad input ends well: one sentence, one code, the right status, and the data as it was.

Everything goes through the command as installed, in a process of its own, against feeds on loopback. What a person
reads is checked there; what a machine reads (`--json`) is checked by the same command line within this process.
"""

from __future__ import annotations

import ctypes
import gzip
import os
import resource
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from microharvest import cli
from microharvest.errors import ERROR_CODES, advice_for
from microharvest.testing.feed_server import Answer
from tests.e2e import world as worlds
from tests.e2e.world import CANARY, Done, Feeds, World, rows_of

CONFIG, SOURCE, RUN, STORE = 2, 3, 4, 5


@pytest.fixture(scope="module")
def feeds() -> Iterator[Feeds]:
    with worlds.feeds() as found:
        yield found


@pytest.fixture(scope="module")
def first_world(feeds: Feeds, tmp_path_factory: pytest.TempPathFactory) -> World:
    return worlds.first_world(tmp_path_factory.mktemp("first"), feeds)


@pytest.fixture
def world(first_world: World, tmp_path: Path, feeds: Feeds) -> Iterator[World]:
    """Three sources harvested, linked and published; the feeds are mended afterwards."""
    yield worlds.copy_of(first_world, tmp_path)
    feeds.mend()


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., list[Any]]:
    """The JSON lines of a command line in this process, and its status before them."""

    def run(world: World, *words: str) -> list[Any]:
        for name in ("COURSES_TOKEN", "MICROHARVEST_CONNECTORS"):
            monkeypatch.setenv(name, world.environ[name]) if name in world.environ else monkeypatch.delenv(name, False)
        capsys.readouterr()
        status = cli.main([*words, "--json", "--config", str(world.config)])
        shown = capsys.readouterr()
        assert shown.err == ""
        return [status, *Done(status, shown.out, shown.err).lines()]

    return run


Spoil = Callable[[World], object]
Machine = Callable[..., list[Any]]


def edit(source: str, old: str, new: str) -> Spoil:
    def spoil(world: World) -> None:
        path = world.source_file(source)
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return spoil


def unset(world: World) -> None:
    del world.environ["COURSES_TOKEN"]


HARVEST = ("harvest", "courses")
MISTAKES: dict[str, tuple[Spoil, tuple[str, ...], int, str, str]] = {
    "unknown key": (
        edit("courses", "title =", "titel ="), HARVEST, CONFIG, "config.unknown_key", 'did you mean "title"?',
    ),
    "syntax": (edit("courses", "protocol =", "protocol"), HARVEST, CONFIG, "config.syntax", "line 3"),
    "missing key": (edit("courses", "licence", "#"), HARVEST, CONFIG, "config.missing_key", "licence: this key"),
    "literal secret": (
        edit("courses", "env:COURSES_TOKEN", CANARY), HARVEST, CONFIG, "config.literal_secret", "write env:NAME",
    ),
    "unset variable": (unset, HARVEST, CONFIG, "config.missing_secret", "COURSES_TOKEN"),
    "absent secret file": (
        edit("courses", "env:COURSES_TOKEN", "file:/nowhere/token"), HARVEST, CONFIG, "config.missing_secret",
        "/nowhere/token",
    ),
    "unknown protocol": (
        edit("courses", 'protocol = "file"', 'protocol = "fyle"'), HARVEST, CONFIG, "config.unknown_connector",
        "Did you mean 'file'?",
    ),
    "unknown dialect": (
        edit("courses", 'dialect = "columns"', 'dialect = "column"'), HARVEST, CONFIG, "config.unknown_connector",
        "Did you mean 'columns'?",
    ),
    "wrong type": (
        edit("courses", 'languages = ["en"]', "languages = 7"), HARVEST, CONFIG, "config.invalid", "courses.toml",
    ),
    "protocol's option": (
        edit("courses", "identity", 'fetch = { formt = "csv" }\nidentity'), HARVEST, CONFIG, "config.unknown_key",
        'did you mean "format"?',
    ),
    "unknown source": (
        lambda world: None, ("harvest", "curses"), CONFIG, "config.unknown_source", 'did you mean "courses"?',
    ),
    "unknown command": (
        lambda world: None, ("harvst", "courses"), CONFIG, "command.invalid", 'Did you mean "harvest"?',
    ),
    "unknown option": (lambda world: None, (*HARVEST, "--fulll"), CONFIG, "command.invalid", "--full"),
    "store without init": (
        lambda world: world.store.unlink(), HARVEST, STORE, "store.absent", "run `microharvest init`",
    ),
    "store that is none": (
        lambda world: world.store.write_bytes(b"This is no database.\n" * 999), HARVEST, STORE, "store.damaged",
        "restore a backup",
    ),
    "store from the future": (
        lambda world: sql(world, "UPDATE schema_harvest SET version_num = 'next'"), HARVEST, STORE, "store.newer",
        "install that version",
    ),
    "store in an absent folder": (
        lambda world: None, (*HARVEST, "--store", "sqlite:////nowhere/at/all.db"), STORE, "store.absent", "init",
    ),
    "store of another kind": (
        lambda world: None, (*HARVEST, "--store", "mysql://localhost/x"), CONFIG, "config.invalid", "sqlite:///",
    ),
}  # fmt: skip


def sql(world: World, statement: str) -> None:
    connection = sqlite3.connect(world.store)
    connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes(world: World, machine: Machine, case: str) -> None:
    spoil, words, status, code, advice = MISTAKES[case]
    spoil(world)
    before = None if code in {"store.absent", "store.damaged"} else world.data()
    content = world.store.read_bytes() if world.store.exists() else None
    done = world.run(*words)
    assert (done.status, done.code) == (status, code)
    assert advice in done.sentence
    assert done.out == "" or done.out.startswith("courses"), "a run that could not begin has its report"
    said = machine(world, *words)
    assert said[0] == status
    line = said[-1]
    assert (line["error"]["code"] if "error" in line else line["code"]) == code
    if before is None:
        assert (world.store.read_bytes() if world.store.exists() else None) == content
    else:
        assert world.data() == before


def test_mistakes_of_one_file_stop_no_other_source(world: World) -> None:
    edit("courses", "title =", "titel =")(world)
    done = world.run("harvest", "--all")
    assert (done.status, done.code) == (CONFIG, "config.unknown_key")
    assert world.query("SELECT count(*) FROM run WHERE acceptance = 'accepted'") == [(3 + 2,)]


def break_with(fault: Any, path: str = "/courses.csv") -> Spoil:
    return lambda world: world.feeds.server.break_path(path, fault)


def elsewhere(url: str) -> Spoil:
    return lambda world: world.write_source("courses", url)


def closed_port(world: World) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    world.write_source("courses", f"http://127.0.0.1:{port}/courses.csv")


def cut_gzip(world: World) -> None:
    body = gzip.compress(rows_of("courses"), mtime=0)
    headers = {"Content-Encoding": "gzip", "Content-Type": "text/csv"}
    world.feeds.server.break_path("/courses.csv", Answer(body=body[:-20], headers=headers))


def cut_pages(world: World) -> None:
    world.feeds.oai_cut = True


CHALLENGE = Answer(status=403, body=b"<html>Just a moment</html>", headers={"cf-mitigated": "challenge"})
ECHO = Answer(
    status=401, body=f"no such token: {CANARY}".encode(),
    headers={"WWW-Authenticate": f'Bearer error="invalid_token {CANARY}"', "X-Seen": f"Bearer {CANARY}"},
)  # fmt: skip

FAULTS: dict[str, tuple[Spoil, tuple[str, ...], int, str, str]] = {
    "not found": (break_with(404), HARVEST, SOURCE, "source.not_found", "check the URL"),
    "unauthorised": (break_with(ECHO), HARVEST, SOURCE, "source.unauthorised", "check [auth]"),
    "challenge": (break_with(CHALLENGE), HARVEST, SOURCE, "source.blocked", "talk to its publisher"),
    "server error": (break_with(500), HARVEST, SOURCE, "source.http", "try later"),
    "asks to wait": (
        break_with(Answer(status=503, headers={"Retry-After": "3600"})), HARVEST, SOURCE, "source.throttled",
        "it is asked again",
    ),
    "no such host": (elsewhere("https://nowhere.invalid/x.csv"), HARVEST, SOURCE, "source.dns", "check the address"),
    "nobody listens": (closed_port, HARVEST, SOURCE, "source.connect", "try later"),
    "private address": (
        edit("courses", "127.0.0.0/8", "10.0.0.0/8"), HARVEST, SOURCE, "source.address", "add it to [network] allow",
    ),
    "a page": (break_with("html"), HARVEST, SOURCE, "source.not_a_feed", "check the URL"),
    "nothing": (break_with("empty"), HARVEST, SOURCE, "source.cut", "it is asked again"),
    "empty list": (
        break_with(Answer(body=b"Code,Title,Provider\n")), HARVEST, RUN, "run.held", "approve or reject run 4",
    ),
    "cut gzip": (cut_gzip, HARVEST, SOURCE, "source.cut", "nothing is withdrawn"),
    "redirect loop": (
        break_with(Answer(status=302, headers={"Location": "/courses.csv"})), HARVEST, SOURCE, "source.redirect",
        "check the URL",
    ),
    "not the columns": (
        break_with(Answer(body=b"a;b\n1;2\n3;4\n")), HARVEST, RUN, "run.held", "approve or reject",
    ),
    "cut page": (cut_pages, ("harvest", "records", "--full"), RUN, "source.cut", "nothing is withdrawn"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_faults(world: World, machine: Machine, case: str) -> None:
    spoil, words, status, code, advice = FAULTS[case]
    spoil(world)
    before, calls = world.data(), len(world.feeds.server.calls)
    done = world.run(*words)
    assert (done.status, done.code) == (status, code)
    assert advice in done.sentence
    assert done.sentence.startswith(f"{words[1]}: ")
    assert f"{words[1]}  run 4" in done.out
    if case in {"private address", "no such host", "nobody listens"}:
        assert len(world.feeds.server.calls) == calls, "nothing was asked"
    assert world.leaks() == []
    said, line = machine(world, *words)
    assert said == status
    assert {"source", "run", "outcome", "scope", "acceptance", "held_because", "counts", "issues"} <= line.keys()
    assert (line["source"], line["code"] if code != "run.held" else "run.held") == (words[1], code)
    assert line["acceptance"] == {"run.held": "held"}.get(code, "accepted" if status == RUN else "rejected")
    after = world.data()
    if case == "cut page":  # what came is accepted: it was seen, and nothing else
        for data in (before, after):
            data["record"] = [row[:7] + row[10:] for row in data["record"]]
            data["source"] = [row[:4] + row[5:] for row in data["source"]]  # the run that was accepted last
    assert after == before
    world.feeds.mend()


def test_a_full_disk_is_one_sentence_and_loses_nothing(world: World, feeds: Feeds) -> None:
    """A limit on the size of files stands in for the disk: SQLite sees a write that is not taken."""
    feeds.server.add("/courses.csv", rows_of("courses", 4000))
    before = world.data()
    limit = world.store.stat().st_size
    done = world.run(*HARVEST, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    assert (done.status, done.code) == (STORE, "store.full")
    assert "free space" in done.sentence or "a quota is full" in done.sentence
    assert world.data() == before
    again = world.run(*HARVEST)
    assert (again.status, again.err) == (0, "")
    assert world.query("SELECT count(*) FROM record WHERE source = 'courses' AND status = 'active'") == [(4000,)]
    feeds.server.add("/courses.csv", rows_of("courses"))


@pytest.mark.parametrize("point", ["batch.before_commit", "batch.committed:3", "acceptance.committed"])
def test_after_a_kill_the_same_command_goes_on_at_once(world: World, feeds: Feeds, point: str) -> None:
    """The lease of the dead process is still running: nobody waits for it."""
    feeds.server.add("/courses.csv", rows_of("courses", 4000))
    killed = subprocess.run(
        world.command(*HARVEST), env={**world.environ, "MICROHARVEST_FAILPOINTS": point}, cwd=world.folder,
        capture_output=True,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    again = world.run(*HARVEST)
    assert (again.status, again.err) == (0, "")
    assert world.query("SELECT count(*) FROM record WHERE source = 'courses' AND status = 'active'") == [(4000,)]
    feeds.server.add("/courses.csv", rows_of("courses"))


def heed_rights() -> None:
    """Root may write everything: take CAP_DAC_OVERRIDE out of its bounding set (PR_CAPBSET_DROP, Linux)."""
    if os.geteuid() == 0:
        ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)


def test_a_store_without_rights_is_one_sentence(world: World) -> None:
    before = world.data()
    world.store.chmod(0o444)
    world.folder.chmod(0o555)
    try:
        done = world.run(*HARVEST, preexec_fn=heed_rights)
    finally:
        world.folder.chmod(0o755)
        world.store.chmod(0o644)
    assert (done.status, done.code) == (STORE, "store.read_only")
    assert "check rights" in done.sentence
    assert world.data() == before


def test_every_code_of_a_run_says_what_to_do() -> None:
    silent = [code for code in ERROR_CODES if code.startswith(("source.", "run.")) and not advice_for(code)]
    assert not silent
