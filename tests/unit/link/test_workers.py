"""Processes that help a pass: the same results in the same order, whatever becomes of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from microharvest.link.organisations import fold_organisation
from microharvest.link.workers import HERE, Workers

NAMES = [f"Academy {number} Ltd" for number in range(40)]


@pytest.fixture
def pool() -> object:
    made = Workers(2)
    yield made
    made.close()


def test_results_come_in_the_order_of_the_jobs(pool: Workers) -> None:
    assert list(pool.map(fold_organisation, NAMES)) == list(HERE.map(fold_organisation, NAMES))
    assert len(pool.started) == 2
    assert HERE.started == []


def test_jobs_are_drawn_as_they_are_needed(pool: Workers) -> None:
    drawn: list[str] = []
    found = pool.map(fold_organisation, (drawn.append(name) or name for name in NAMES))
    next(found)
    assert len(drawn) < 10
    assert len(list(found)) == len(NAMES) - 1


def test_a_job_whose_worker_died_is_done_in_place(pool: Workers) -> None:
    found = pool.map(fold_organisation, NAMES)
    first = next(found)
    for process, _ in pool.started:
        process.kill()
    assert [first, *found] == list(map(fold_organisation, NAMES))


def test_a_mistake_in_a_job_is_raised_here(pool: Workers) -> None:
    with pytest.raises(TypeError):
        list(pool.map(fold_organisation, [None]))  # type: ignore[list-item]


def test_workers_end_when_their_owner_is_killed(tmp_path: Path) -> None:
    script = (
        "import time; from microharvest.link.workers import Workers; from microharvest.link.titles import fold\n"
        "pool = Workers(2); list(pool.map(fold, ['a'] * 9))\n"
        "print(*(process.pid for process, _ in pool.started), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=tmp_path) as owner:
        assert owner.stdout is not None
        workers = [int(pid) for pid in owner.stdout.readline().split()]
        owner.kill()
    assert workers
    deadline = time.monotonic() + 20
    while any(_runs(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    left = [pid for pid in workers if _runs(pid)]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left


def _runs(pid: int) -> bool:
    """A zombie that nobody waits for has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
