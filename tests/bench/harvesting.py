"""Harvests of unusual shape: all records in one page of 117 MB, and sixteen hosts that take 50 ms to answer.

    python -m tests.bench.harvesting page | hosts [RECORDS]

`page` states peak memory of the process that holds the store and of the largest parse process; `hosts` the wall time
of sixteen sources side by side beside the time that their answers alone take one after the other.
"""

from __future__ import annotations

import asyncio
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from microharvest import pipeline
from microharvest.harvest.engine import RunOptions
from microharvest.settings import load_settings
from microharvest.sources import load_sources
from microharvest.telemetry import set_up_logs
from tests.bench import said_words
from tests.bench.oai_corpus import HOSTS

DELAY_MS = 50


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


def harvest(folder: Path, urls: list[str]) -> None:
    """All of them, once; complete or it is no measurement."""
    (folder / "sources").mkdir(parents=True)
    for number, url in enumerate(urls):
        (folder / "sources" / f"s{number}.toml").write_text(
            f'title = "bench"\nprotocol = "oai_pmh"\ndialect = "oai_dc"\nurl = "{url}"\nlicence = "unknown"\n'
            '[fetch]\nmode = "full"\n[network]\nallow = ["127.0.0.0/8"]\nrate_per_s = 100000\n'
        )
    settings = load_settings(folder, f"sqlite:///{folder}/bench.db", {})
    pipeline.init_stores(settings)
    stores, sources = pipeline.open_stores(settings), load_sources(folder, {})
    try:
        reports = asyncio.run(pipeline.harvest(stores, settings, sources, RunOptions(), environ={}))
    finally:
        stores.close()
    assert {report.outcome for report in reports} == {"complete"}, reports
    print(f"{sum(report.counts['added'] for report in reports):,} records of {len(urls)} sources", end=", ")


class Watch(threading.Thread):
    """Peak memory of the largest process that a fork server started for us, looked at twenty times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak_mb = 0
        self.ended = threading.Event()

    def run(self) -> None:
        """Until `ended`."""
        while not self.ended.wait(0.05):
            for status in Path("/proc").glob("[0-9]*/status"):
                with suppress(OSError):
                    if b"forkserver" in status.with_name("cmdline").read_bytes():
                        peak = re.search(r"VmHWM:\s+(\d+)", status.read_text())
                        self.peak_mb = max(self.peak_mb, int(peak[1]) // 1024 if peak else 0)


def main(what: str, records: int = 0) -> None:
    """One measurement."""
    set_up_logs(level="error", to=sys.stderr)
    watch = Watch()
    watch.start()
    with tempfile.TemporaryDirectory() as folder:
        if what == "page":
            records = records or 50_000
            with corpus(records, records) as port:
                began = time.perf_counter()
                harvest(Path(folder), [f"http://127.0.0.1:{port}/oai"])
        else:
            records = records or 2_000
            with corpus(records, 100, DELAY_MS) as port:
                began = time.perf_counter()
                harvest(Path(folder), [f"http://{host}:{port}/oai" for host in HOSTS])
    wall = time.perf_counter() - began
    watch.ended.set()
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    line = f"{wall:.1f} s, peak {own} MB, largest parse process {watch.peak_mb} MB"
    if what == "hosts":
        waits = len(HOSTS) * (records // 100 + 1) * DELAY_MS / 1000
        line += f"; the answers alone take {waits:.1f} s one after the other"
    print(line)


if __name__ == "__main__":
    shape, *number = said_words(__doc__)
    main(shape, *map(int, number))
