"""Nothing secret and nothing forged leaves the program as text; failpoints kill where they should."""

from __future__ import annotations

import copy
import io
import json
import os
import pickle
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import structlog

from microharvest.errors import ConfigError
from microharvest.telemetry import (
    Secret,
    arm_failpoints,
    bound,
    failpoint,
    logger,
    mask,
    plain,
    redact,
    set_up_logs,
)

CANARY = "canary-2c51d0"


@pytest.fixture(autouse=True)
def _reset() -> Iterator[None]:
    yield
    structlog.reset_defaults()
    arm_failpoints(None)


# -- secrets -----------------------------------------------------------------------------------------------------------


def test_a_secret_shows_nothing() -> None:
    secret = Secret(CANARY)

    assert f"{secret} {secret!r} {secret:>20}" == "*** *** ***"
    assert str([secret]) == "[***]"
    assert secret.reveal() == CANARY


def test_a_secret_does_not_leave_by_an_encoder() -> None:
    secret = Secret(CANARY)
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        json.dumps({"a": secret})
    with pytest.raises(TypeError):
        msgspec.json.encode({"a": secret})


def test_a_secret_is_a_value() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert not Secret("")
    assert copy.deepcopy([Secret("a")]) == copy.copy([Secret("a")])


def test_known_values_are_masked_longest_first() -> None:
    Secret("canary-long"), Secret("canary-long-and-longer"), Secret("of")
    assert mask("of canary-long-and-longer") == "of ***"


# -- redaction ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/x?page=2", "https://a.example/x?page=2"),
        ("https://u:p@a.example:8443/x", "https://***@a.example:8443/x"),
        ("https://token@a.example/", "https://***@a.example/"),
        ("https://a.example/?api_key=1&q=2", "https://a.example/?api_key=***&q=2"),
        ("https://a.example/?apiKey=1;Access-Token=2", "https://a.example/?apiKey=***;Access-Token=***"),
        ("https://a.example/?X-Amz-Signature=1&X-Amz-Date=2", "https://a.example/?X-Amz-Signature=***&X-Amz-Date=2"),
        ("https://a.example/?password=1&sig=2&code=3", "https://a.example/?password=***&sig=***&code=***"),
        ("https://a.example/#access_token=1", "https://a.example/#access_token=***"),
        (
            "https://a.example/?verb=ListRecords&resumptionToken=7",
            "https://a.example/?verb=ListRecords&resumptionToken=7",
        ),
        ("https://a.example/?pageToken=7&keyword=x", "https://a.example/?pageToken=7&keyword=x"),
        ("https://a.example/?key=", "https://a.example/?key="),
        ("/srv/feed.csv", "/srv/feed.csv"),
        ("https://[::1", "(unreadable URL)"),
        ("https://a.example/\x1b[2J\u202e", "https://a.example/\\x1b[2J\\u202e"),
    ],
)
def test_what_a_url_shows(url: str, shown: str) -> None:
    assert redact(url) == shown


def test_a_long_url_is_cut() -> None:
    assert len(redact("https://a.example/?q=" + "x" * 100_000)) <= 2001


@pytest.mark.parametrize(
    "sign", ["\x00", "\x1b", "\x7f", "\x85", "\x9b", "\u202e", "\u2066", "\u200f", "\u2028", "\udc80"]
)
def test_controls_become_escapes(sign: str) -> None:
    assert plain(f"a{sign}b").isprintable()
    assert plain(f"a{sign}b").startswith("a\\")


def test_ordinary_text_stays() -> None:
    text = "Ære, Œuvre, עברית, 日本語, naïve – “x”"
    assert plain(text) == text
    assert plain("a\nb\tc", lines=True) == "a\nb\tc"


# -- logs --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["json", "console"])
def test_an_event_is_one_clean_line(form: str) -> None:
    stream = io.StringIO()
    set_up_logs(form=form, to=stream)  # type: ignore[arg-type]
    secret = Secret(CANARY)
    with bound(source="no-hdir", run=7):
        logger("fetch").warning(
            "fetch.again", title="x\n{forged}\x1b[31m\u202e", key=secret, text=f"is {CANARY}", deep={"a": [CANARY]}
        )
        logger("fetch").debug("fetch.quiet")
    text = stream.getvalue()

    assert text.count("\n") == 1
    assert CANARY not in text
    assert "***" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "no-hdir" in text
    if form == "json":
        event = json.loads(text)
        assert (event["event"], event["level"], event["run"], event["component"]) == (
            "fetch.again",
            "warning",
            7,
            "fetch",
        )


def test_context_ends_with_its_block() -> None:
    stream = io.StringIO()
    set_up_logs(form="json", to=stream, level="debug")
    with bound(source="a"):
        pass
    logger("x").debug("later")
    assert "source" not in json.loads(stream.getvalue())


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_is_masked(form: str) -> None:
    stream = io.StringIO()
    set_up_logs(form=form, to=stream)  # type: ignore[arg-type]
    Secret(CANARY)
    try:
        raise ValueError(f"with {CANARY}\x1b[0m")
    except ValueError:
        logger("x").exception("broken")
    assert "ValueError" in stream.getvalue()
    assert CANARY not in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_an_unknown_level_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError):
        set_up_logs(level="loud")


# -- failpoints --------------------------------------------------------------------------------------------------------


def _child(work: Callable[[], None]) -> int:
    """What ended a forked child: 0, or the number of the signal that killed it."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize(
    ("spec", "names", "killed"),
    [
        ("b", "ab", True),
        ("c", "ab", False),
        ("a:3", "aaba", True),
        ("a:3", "aab", False),
        ("*:4", "abca", True),
        ("*:5", "abca", False),
        (None, "ab", False),
    ],
)
def test_a_failpoint_kills_at_its_hit(spec: str | None, names: str, killed: bool) -> None:
    def work() -> None:
        arm_failpoints(spec)
        for name in names:
            failpoint(name)

    assert _child(work) == (-signal.SIGKILL if killed else 0)


def test_it_does_not_kill_before() -> None:
    arm_failpoints("a:3")
    failpoint("a")
    failpoint("b")
    failpoint("a")
    arm_failpoints("a:3")
    failpoint("a")
    failpoint("a")


def test_counting_lists_every_hit(tmp_path: Path) -> None:
    path = tmp_path / "hits"
    arm_failpoints(f"count:{path}")
    for name in ("land.batch", "accept", "land.batch"):
        failpoint(name)
    assert path.read_text().split() == ["land.batch", "accept", "land.batch"]


def test_the_environment_arms_them(tmp_path: Path) -> None:
    import subprocess
    import sys

    program = "from microharvest.telemetry import failpoint\nfailpoint('a')\nprint('once', flush=True)\nfailpoint('a')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "MICROHARVEST_FAILPOINTS": "a:2"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, "once\n")


@pytest.mark.parametrize("spec", ["a:", "a:0", "a:x", ":3", "a:-1"])
def test_a_wrong_spec_is_said(spec: str) -> None:
    with pytest.raises(ConfigError):
        arm_failpoints(spec)
