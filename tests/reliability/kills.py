"""Kill -9 at every failpoint and at random moments; afterwards nothing is lost, nothing doubled.

A child is forked from this warmed process (a fresh interpreter would cost most of a second) and killed by its own
failpoint or from outside. Then the same day is carried out again, without kills, and everything observable must be
what a run without any kill gives. Between kill and recovery a reader of the catalogue must see one whole release.

`python -m tests.reliability.kills sqlite|postgresql|URL NUMBER [SEED]` kills as often as asked and prints what it saw.
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
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from microharvest import pipeline
from microharvest.settings import Settings
from microharvest.telemetry import arm_failpoints, set_up_logs
from tests import postgres
from tests.reliability import feed, scenario

__all__ = ["Arena", "Outcome", "PostgresqlVault", "SqliteVault", "feed_server"]


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


class SqliteVault:
    """Copies of a store as it stood before each day."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.store = f"sqlite:///{folder}/store.db"

    def clear(self) -> None:
        for path in self._folder.glob("store.db*"):
            path.unlink()

    def save(self, day: int) -> None:
        (self._folder / f"day-{day}.db").write_bytes((self._folder / "store.db").read_bytes())

    def restore(self, day: int) -> None:
        self.clear()
        (self._folder / "store.db").write_bytes((self._folder / f"day-{day}.db").read_bytes())


class PostgresqlVault:
    """The same with template databases of a throwaway server."""

    def __init__(self, server: str) -> None:
        self._server = server.replace("postgresql+psycopg", "postgresql")
        self._name = f"kills_{os.getpid()}"
        base = self._server.rpartition("/")[0]
        self.store = f"{base}/{self._name}"

    def clear(self) -> None:
        self._admin(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)", f"CREATE DATABASE {self._name}")

    def save(self, day: int) -> None:
        name = f"{self._name}_{day}"
        self._admin(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} TEMPLATE {self._name}")

    def restore(self, day: int) -> None:
        self._admin(
            f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)",
            f"CREATE DATABASE {self._name} TEMPLATE {self._name}_{day}",
        )

    def _admin(self, *statements: str) -> None:
        import psycopg

        with psycopg.connect(self._server, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


class Arena:
    """A folder with feed and configuration, and a store that can be put back to the morning of each day."""

    def __init__(self, folder: Path, vault: SqliteVault | PostgresqlVault) -> None:
        self.folder, self.vault, self.store = folder, vault, vault.store
        self.day_file = folder / "day"
        self.day_file.write_text("0")
        self.spool = folder / "spool"
        self.config = folder / "config"
        self.references: list[dict[str, Any]] = []
        self.hits: list[list[str]] = []

    def begin(self, port: int) -> None:
        """Write the configuration and carry out all days without kills: what everything is compared with."""
        scenario.write_config(self.folder, port)
        self.vault.clear()
        pipeline.init_stores(Settings(store=self.store))
        for day in range(feed.DAYS):
            self.vault.save(day)
            trace = self.folder / f"hits-{day}"
            assert self.child(day, f"count:{trace}") == 0
            self.hits.append(trace.read_text().split())
            self.references.append(scenario.observe(self.store))

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
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return os.waitpid(pid, 0)[1]

    def series(self, outcome: Outcome, day: int, attack: Callable[[], int]) -> None:
        """The morning of a day, an attack (which returns a wait status), the same day again; then compare."""
        shutil.rmtree(self.spool, ignore_errors=True)
        self.vault.restore(day)
        status = attack()
        if os.WIFSIGNALED(status):
            outcome.kills += 1
        elif status:
            outcome.violations.append(f"day {day}: the attacked child failed with {status}")
        self._look(outcome, day)
        scenario.free_leases(self.store)
        if self.child(day, None) != 0:
            outcome.violations.append(f"day {day}: could not be carried out after the kill")
            return
        self._compare(outcome, day)

    def _look(self, outcome: Outcome, day: int) -> None:
        database = pipeline.Database(self.store)
        try:
            seen = scenario.catalogue_of(database)
        finally:
            database.dispose()
        before = self.references[day - 1]["entries"] if day else []
        if seen not in (before, self.references[day]["entries"]):
            outcome.violations.append(f"day {day}: a reader saw {len(seen)} entries, no whole release")

    def _compare(self, outcome: Outcome, day: int) -> None:
        try:
            seen: dict[str, Any] = scenario.observe(self.store)
        except AssertionError as error:
            outcome.violations.append(str(error))
            return
        for name, wanted in self.references[day].items():
            if seen[name] != wanted:
                outcome.violations.append(f"day {day}: {name} differs: {_difference(wanted, seen[name])}")
        left = [path.name for path in self.spool.rglob("*.body")]
        if left:
            outcome.violations.append(f"day {day}: the spool still holds {left[:3]}")

    def at_failpoint(self, outcome: Outcome, day: int, hit: int) -> None:
        """Die at the `hit`-th failpoint of a day (counted from 1)."""
        outcome.points[self.hits[day][hit - 1]] += 1
        self.series(outcome, day, lambda: self.child(day, f"*:{hit}"))

    def twice(self, outcome: Outcome, day: int, hit: int, again: int) -> None:
        """Die, then die again while recovering."""

        def attack() -> int:
            first = self.child(day, f"*:{hit}")
            scenario.free_leases(self.store)
            outcome.kills += os.WIFSIGNALED(first)
            return self.child(day, f"*:{again}")

        outcome.points[self.hits[day][hit - 1]] += 1
        self.series(outcome, day, attack)

    def at_random(self, outcome: Outcome, day: int, after_s: float) -> None:
        """Die from outside after some time."""
        self.series(outcome, day, lambda: self.child(day, None, after_s))


def _difference(wanted: Any, seen: Any) -> str:
    if isinstance(wanted, list):
        lost = [one for one in wanted if one not in seen][:2]
        more = [one for one in seen if one not in wanted][:2]
        return f"lost {lost}, more {more} ({len(wanted)} against {len(seen)})"[:400]
    return f"{wanted} against {seen}"


def main(store: str, number: int, seed: int) -> int:
    """Every failpoint hit of every day, as far as the number reaches, then random moments and second deaths."""
    set_up_logs(level="error", to=sys.stderr)
    chance = random.Random(seed)
    outcome, began = Outcome(), time.monotonic()
    base = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=base)))
        port = stack.enter_context(feed_server(folder / "day"))
        if store == "postgresql":
            store = stack.enter_context(postgres.server())
        arena = Arena(folder, SqliteVault(folder) if store == "sqlite" else PostgresqlVault(store))
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
