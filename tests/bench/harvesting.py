"""Harvests of unusual shape: all records in one page of 117 MB, and sixteen hosts that take 50 ms to answer.

    python -m tests.bench.harvesting page | hosts [RECORDS]

Both run the commands an operator runs and state the peak memory of all their processes together, what several share
counted once (PSS); `hosts` also the time that the answers of sixteen sources alone take one after the other.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.bench import said_words
from tests.bench.oai_corpus import HOSTS

DELAY_MS = 50
COMMAND = [sys.executable, "-m", "microharvest"]


@contextmanager
def corpus(*numbers: int) -> Iterator[int]:
    """The corpus server in a process of its own; yields its port."""
    command = [sys.executable, "-m", "tests.bench.oai_corpus", *map(str, numbers)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        port = int(server.stdout.readline())
        try:
            yield port
        finally:
            server.stdin.close()


def harvest(folder: Path, urls: list[str]) -> Watch:
    """All of them, once; complete or it is no measurement."""
    (folder / "sources").mkdir(parents=True)
    for number, url in enumerate(urls):
        (folder / "sources" / f"s{number}.toml").write_text(
            f'title = "bench"\nprotocol = "oai_pmh"\ndialect = "oai_dc"\nurl = "{url}"\nlicence = "unknown"\n'
            '[fetch]\nmode = "full"\n[network]\nallow = ["127.0.0.0/8"]\nrate_per_s = 100000\n'
        )
    given = ["--config", str(folder), "--store", f"sqlite:///{folder}/bench.db"]
    subprocess.run([*COMMAND, "init", *given], check=True, capture_output=True)
    with subprocess.Popen([*COMMAND, "harvest", "--all", "--json", *given], stdout=subprocess.PIPE) as running:
        watch = Watch(running.pid)
        watch.start()
        said = running.communicate()[0]
    watch.ended.set()
    reports = [json.loads(line) for line in said.splitlines()]
    assert {report["outcome"] for report in reports} == {"complete"}, reports
    print(f"{sum(report['counts']['added'] for report in reports):,} records of {len(urls)} sources", end=", ")
    return watch


class Watch(threading.Thread):
    """Peak memory of a process and all below it, looked at twenty times a second, and what of it was whose."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.process = process
        self.peak: list[int] = []
        self.ended = threading.Event()

    def run(self) -> None:
        """Until `ended`."""
        while not self.ended.wait(0.05):
            now = [pss_mb for pss_mb in map(_pss_mb, _family(self.process)) if pss_mb]
            self.peak = max(self.peak, now, key=sum)


def _family(process: int) -> Iterator[int]:
    """The process and all its descendants."""
    yield process
    with suppress(OSError):
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            for child in children.read_text().split():
                yield from _family(int(child))


def _pss_mb(process: int) -> int:
    with suppress(OSError):
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{process}/smaps_rollup").read_text(), re.MULTILINE)
        return int(found[1]) // 1024 if found else 0
    return 0


def main(what: str, records: int = 0) -> None:
    """One measurement."""
    with tempfile.TemporaryDirectory() as folder:
        if what == "page":
            records = records or 50_000
            with corpus(records, records) as port:
                began = time.perf_counter()
                watch = harvest(Path(folder), [f"http://127.0.0.1:{port}/oai"])
        else:
            records = records or 2_000
            with corpus(records, 100, DELAY_MS) as port:
                began = time.perf_counter()
                watch = harvest(Path(folder), [f"http://{host}:{port}/oai" for host in HOSTS])
    wall = time.perf_counter() - began
    line = f"{wall:.1f} s, peak {sum(watch.peak)} MB ({' + '.join(map(str, watch.peak))})"
    if what == "hosts":
        waits = len(HOSTS) * (records // 100 + 1) * DELAY_MS / 1000
        line += f"; the answers alone take {waits:.1f} s one after the other"
    print(line)


if __name__ == "__main__":
    shape, *number = said_words(__doc__)
    main(shape, *map(int, number))
