"""Kill -9 at every failpoint and at random moments; afterwards nothing is lost, nothing doubled.

A child is forked from this warmed process (a fresh interpreter would cost most of a second) and killed by its own
failpoint or from outside. Then the same day is carried out again, without kills, and everything observable must be
what a run without any kill gives. Between kill and recovery a reader of the catalogue must see one whole release.

`python -m tests.reliability.kills sqlite|URL NUMBER [SEED]` runs as many kills as asked and prints what it saw.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from microharvest import pipeline
from microharvest.settings import Settings
from microharvest.telemetry import arm_failpoints, set_up_logs
from tests.reliability import feed, scenario

__all__ = ["Arena", "Outcome", "feed_server"]


@contextmanager
def feed_server(day_file: Path) -> Iterator[int]:
    """The feed in a process of its own; yields its port."""
    command = [sys.executable, "-m", "tests.reliability.feed", str(day_file)]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.stdin.close()


class Outcome:
    """What a series of kills gave."""

    def __init__(self) -> None:
        self.kills = 0
        self.points: Counter[str] = Counter()
        self.violations: list[str] = []


class Arena:
    """A folder with feed, configuration and a store that can be put back to its beginning."""

    def __init__(self, folder: Path, store: str, reset: Callable[[str], None]) -> None:
        self.folder, self.store, self._reset = folder, store, reset
        self.day_file = folder / "day"
        self.day_file.write_text("0")
        self.spool = folder / "spool"
        self.config = folder / "config"

    def begin(self, port: int) -> None:
        """Write the configuration and carry out all days without kills: what everything is compared with."""
        scenario.write_config(self.folder, port)
        self.fresh()
        self.wholes: dict[int, list[list[str]]] = {}
        self.hits: list[list[str]] = []
        before: list[str] = []
        for day in range(feed.DAYS):
            trace = self.folder / f"hits-{day}"
            assert self.child(day, f"count:{trace}") == 0
            self.hits.append(trace.read_text().split())
            seen = scenario.observe(self.store)
            self.wholes[day] = [before, seen["entries"]]
            before = seen["entries"]
            self.reference = seen

    def fresh(self) -> None:
        """An empty store and spool."""
        shutil.rmtree(self.spool, ignore_errors=True)
        self._reset(self.store)
        pipeline.init_stores(Settings(store=self.store))

    def child(self, day: int, failpoints: str | None, kill_after_s: float | None = None) -> int:
        """Carry out a day in a forked child; its wait status."""
        self.day_file.write_text(str(day))
        pid = os.fork()
        if pid == 0:
            try:
                arm_failpoints(failpoints)
                scenario.carry_out(self.store, self.config, self.spool, day)
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                os._exit(7)
        if kill_after_s is not None:
            time.sleep(kill_after_s)
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return os.waitpid(pid, 0)[1]

    def series(self, outcome: Outcome, day: int, attack: Callable[[int], int]) -> None:
        """All days; on `day` the attack is made first (it returns a wait status), then the day is carried out."""
        self.fresh()
        for one in range(feed.DAYS):
            if one == day:
                status = attack(one)
                if os.WIFSIGNALED(status):
                    outcome.kills += 1
                elif status:
                    outcome.violations.append(f"day {one}: the attacked child failed with {status}")
                self._look(outcome, one)
                scenario.free_leases(self.store)
            if self.child(one, None) != 0:
                outcome.violations.append(f"day {one}: could not be carried out after the kill")
                return
        self._compare(outcome)

    def _look(self, outcome: Outcome, day: int) -> None:
        database = pipeline.Database(self.store)
        try:
            seen = scenario.catalogue_of(database)
        finally:
            database.dispose()
        if seen not in self.wholes[day]:
            outcome.violations.append(f"day {day}: a reader saw {len(seen)} entries, no whole release")

    def _compare(self, outcome: Outcome) -> None:
        try:
            seen: dict[str, Any] = scenario.observe(self.store)
        except AssertionError as error:
            outcome.violations.append(str(error))
            return
        for name, wanted in self.reference.items():
            if seen[name] != wanted:
                outcome.violations.append(f"{name} differs: {_difference(wanted, seen[name])}")
        left = [path.name for path in self.spool.glob("*")]
        if left:
            outcome.violations.append(f"the spool still holds {left[:3]}")

    def at_failpoint(self, outcome: Outcome, day: int, hit: int) -> None:
        """Die at the `hit`-th failpoint of a day (counted from 1)."""
        outcome.points[self.hits[day][hit - 1]] += 1
        self.series(outcome, day, lambda one: self.child(one, f"*:{hit}"))

    def twice(self, outcome: Outcome, day: int, hit: int, again: int) -> None:
        """Die, then die again while recovering."""

        def attack(one: int) -> int:
            first = self.child(one, f"*:{hit}")
            scenario.free_leases(self.store)
            outcome.kills += os.WIFSIGNALED(first)
            return self.child(one, f"*:{again}")

        outcome.points[self.hits[day][hit - 1]] += 1
        self.series(outcome, day, attack)

    def at_random(self, outcome: Outcome, day: int, after_s: float) -> None:
        """Die from outside after some time."""
        self.series(outcome, day, lambda one: self.child(one, None, after_s))


def _difference(wanted: Any, seen: Any) -> str:
    if isinstance(wanted, list):
        lost = [one for one in wanted if one not in seen][:2]
        more = [one for one in seen if one not in wanted][:2]
        return f"lost {lost}, more {more} ({len(wanted)} against {len(seen)})"[:400]
    return f"{wanted} against {seen}"


def reset_sqlite(store: str) -> None:
    """Delete the file."""
    path = Path(store.removeprefix("sqlite:///"))
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def reset_postgresql(store: str) -> None:
    """Drop everything in the database of a throwaway server."""
    import psycopg

    with psycopg.connect(store.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def main(store: str, number: int, seed: int) -> int:
    """Every failpoint hit of every day, as far as the number reaches, then random moments and second deaths."""
    set_up_logs(level="error", to=sys.stderr)
    chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
    outcome, began = Outcome(), time.monotonic()
    base = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - a kill does not test fsync, see hardening
    with tempfile.TemporaryDirectory(dir=base) as name, feed_server(Path(name) / "day") as port:
        folder = Path(name)
        url = f"sqlite:///{folder}/store.db" if store == "sqlite" else store
        arena = Arena(folder, url, reset_sqlite if store == "sqlite" else reset_postgresql)
        arena.begin(port)
        hits = [(day, hit) for day in range(feed.DAYS) for hit in range(1, len(arena.hits[day]) + 1)]
        chance.shuffle(hits)
        print(f"{len(hits)} failpoint hits, {len({p for day in arena.hits for p in day})} names, seed {seed}")
        third = max(1, number // 5)
        for day, hit in hits[: max(1, number - 2 * third)]:
            arena.at_failpoint(outcome, day, hit)
        while outcome.kills < number - third:
            day, hit = chance.choice(hits)
            arena.twice(outcome, day, hit, chance.randint(1, 12))
        while outcome.kills < number:
            arena.at_random(outcome, chance.randrange(feed.DAYS), chance.uniform(0.02, 0.6))
    seconds = time.monotonic() - began
    print(f"{outcome.kills} kills in {seconds:.0f} s, {len(outcome.violations)} violations")
    for point, count in sorted(outcome.points.items()):
        print(f"  {point:28} {count}")
    for violation in outcome.violations[:20]:
        print("VIOLATION", violation)
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else int(time.time())))
