"""Kill -9 in the middle of everything: a sample of what `python -m tests.reliability.kills` does by the hundred."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.reliability import scenario

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("kind", "number"), [("sqlite", 40), ("postgresql", 12)])
def test_nothing_is_lost_and_nothing_doubled(kind: str, number: int, request: pytest.FixtureRequest) -> None:
    """In a process of its own: forking from a test process full of threads is no good."""
    store = "sqlite" if kind == "sqlite" else str(request.getfixturevalue("pg_server"))
    seed = random.SystemRandom().randrange(10**6)
    command = [sys.executable, "-m", "tests.reliability.kills", store, str(number), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, f"seed {seed}:\n{done.stdout}\n{done.stderr[-3000:]}"
    assert f"{number} kills" in done.stdout or int(done.stdout.split(" kills in")[0].split()[-1]) >= number


def test_the_crash_free_days_log_what_the_feed_says(tmp_path: Path) -> None:
    """The reference itself is checked against a count made from the feed without the project's code."""
    script = (
        "import json, sys\nfrom pathlib import Path\nfrom tests.reliability import kills, scenario\n"
        "folder = Path(sys.argv[1])\n"
        "with kills.feed_server(folder / 'day') as port:\n"
        "    (folder / 'day').write_text('0')\n"
        "    arena = kills.Arena(folder, kills.SqliteVault(folder))\n"
        "    arena.begin(port)\n"
        "    print(json.dumps(arena.references[-1]['log']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    counted: Counter[tuple[str, str]] = Counter()
    for (source, _, kind), count in json.loads(done.stdout.splitlines()[-1]):
        counted[source, kind] += count
    assert counted == scenario.expected_log()
