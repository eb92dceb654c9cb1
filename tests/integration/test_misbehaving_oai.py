"""The shared misbehaving server, scenario by scenario, each after a healthy harvest of the same source.

Full and delta runs, twice as a table: what the run comes to, and that nothing that was there is gone afterwards.
"""

from __future__ import annotations

import asyncio
import re
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from microharvest.harvest.engine import Engine, RunOptions
from microharvest.harvest.fetch.policy import FetchPolicy
from microharvest.harvest.report import exit_status
from microharvest.settings import HarvestSettings, Settings
from microharvest.sources import load_sources
from tests.integration.stores import fresh_store, state
from tests.switchboard import Switchboard

pytestmark = pytest.mark.shared


class Want(NamedTuple):
    """Exit status, outcome (or held), live records the run saw, the code of the run or of an issue, quarantined."""

    status: int
    outcome: str
    seen: int
    code: str | None = None
    quarantined: int = 0


FINE = Want(0, "complete", 30)
REPAIRED = Want(0, "complete", 30, "feed.repaired")
ONE_LOST = Want(0, "complete", 30, "record.unmappable", 1)
SHORT = Want(4, "partial", 20, "run.partial")
WANTED = {
    **dict.fromkeys(
        ("ok", "special_token", "no_final_token", "bom", "expired_token", "r503", "r503_nohdr", "r429", "r500_once",
         "reset_once", "empty_body_once", "latin1_declared", "redirect302", "root_ns"), FINE,
    ),
    **dict.fromkeys(("ctrl_char", "bad_utf8", "html_entity", "trailing_garbage", "leading_ws"), REPAIRED),
    **dict.fromkeys(("raw_amp", "unclosed_tag", "no_metadata"), ONE_LOST),
    **dict.fromkeys(("empty_page", "empty_page_first", "norecords_mid"), SHORT),  # the server announces 30
    "dup_records": Want(4, "partial", 26, "run.partial"),
    "same_token": SHORT,
    "truncated_xml": Want(4, "partial", 10, "source.cut"),
    "short_read": Want(4, "partial", 10, "source.cut"),
    "expired_always": Want(4, "partial", 10, "source.protocol"),
    "html_200": Want(4, "partial", 10, "source.not_a_feed"),
    "error_500_mid": Want(4, "partial", 10, "source.http"),
    "unknown_error": Want(4, "partial", 10, "source.protocol"),
    "bomb": Want(4, "partial", 10, "source.protocol"),
    "xxe": Want(4, "partial", 10, "source.protocol"),
    "landing": Want(3, "failed", 0, "source.not_a_feed"),
}  # fmt: skip
EMPTY = ("norecords", "norecords_404")


@pytest.fixture
async def behind(shared: Path) -> AsyncIterator[Switchboard]:
    """A switchboard before the prototype, which runs in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = str(shared / "prototypes" / "misbehaving_oai.py")
    server = await asyncio.create_subprocess_exec(sys.executable, script, str(port), stdout=asyncio.subprocess.PIPE)
    try:
        assert server.stdout is not None
        await server.stdout.readline()
        async with Switchboard("127.0.0.1", port) as board:
            yield board
    finally:
        server.kill()
        await server.wait()


def test_every_scenario_is_tried(shared: Path) -> None:
    text = (shared / "prototypes" / "misbehaving_oai.py").read_text()
    assert set(re.findall(r'sc=="([a-z0-9_]+)"', text)) == {*WANTED, *EMPTY, "deleted"}


@pytest.mark.parametrize("full", [True, False], ids=["full", "delta"])
async def test_scenarios(behind: Switchboard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: bool) -> None:
    monkeypatch.setattr("microharvest.harvest.engine.FetchPolicy", partial(FetchPolicy, retry_base_s=0.001))
    wrong = []  # all of them at once: a table is easier to read than forty failures
    for scenario in [*WANTED, *EMPTY, "deleted"]:
        found, statuses = await _run(behind, tmp_path / scenario, scenario, full=full)
        wanted, left = WANTED.get(scenario), Counter(active=30)
        if scenario in EMPTY:
            wanted = Want(4, "held", 0, None) if full else Want(0, "complete", 0)
        if scenario == "deleted":
            wanted, left = Want(0, "complete", 20), Counter(active=20, withdrawn=10)
        assert wanted is not None
        if (found, statuses) != (wanted, left):
            wrong.append((scenario, found, statuses))
    assert not wrong


async def _run(board: Switchboard, folder: Path, scenario: str, *, full: bool) -> tuple[Want, Counter[str]]:
    url = f"sqlite:///{folder / 'store.db'}"
    (folder / "config" / "sources").mkdir(parents=True)
    (folder / "config" / "sources" / "s.toml").write_text(
        f'title = "x"\nprotocol = "oai_pmh"\ndialect = "oai_dc"\nurl = "{board.url()}"\nlicence = "unknown"\n'
        '[network]\nallow = ["127.0.0.0/8"]\nrate_per_s = 100000\nattempts = 2\n'
        '[withdraw]\nruns = 1\ngrace = "P0D"\nmax_ratio = 0.5\n'
    )
    config = load_sources(folder / "config", {})["s"]
    database = fresh_store(url)
    settings = Settings(store=url, spool=str(folder / "spool"), harvest=HarvestSettings(inline=True, batch_size=4))
    async with Engine(database, settings, environ={}) as engine:
        board.target = "/oai/ok"
        healthy = await engine.harvest(config, RunOptions())
        assert (healthy.outcome, healthy.counts["added"]) == ("complete", 30)
        board.target = f"/oai/{scenario}"
        await board.ask(f"/reset/{scenario}")
        report = await engine.harvest(config, RunOptions(full=full))
    statuses = Counter(status for status, _ in state(database).values())
    database.dispose()
    counts = report.counts
    issue = next((one for one in ("feed.repaired", "record.unmappable") if one in report.issues), None)
    outcome = "held" if report.acceptance == "held" else report.outcome
    code = report.code or ("record.unmappable" if counts["quarantined"] else issue)
    live = counts["seen"] - counts["withdrawn"] if outcome == "complete" else counts["seen"]
    quarantined = counts["quarantined"] if outcome == "complete" else 0
    return Want(int(exit_status([report])), outcome, live, code, quarantined), statuses
