"""`make bench`: 50,000 OAI-PMH records through the whole pipeline, beside sickle's bare loop in the same run.

Coding against vocabularies of ESCO's size and judging every offer stand beside them, and what they add to the rest.
Then the cost of normalising and of judging one offer, of linking BENCH_LINKED generated ones, and, where
`../shared/bench` is, how right linking is on data with a known truth.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

RECORDS = int(os.environ.get("BENCH_RECORDS", "50000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "2"))
LINKED = int(os.environ.get("BENCH_LINKED", "20000"))
SHARED = Path(__file__).resolve().parents[3] / "shared" / "bench"


@contextmanager
def corpus(records: int) -> Iterator[str]:
    """The corpus server in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.oai_corpus", str(records)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        port = server.stdout.readline().strip()
        try:
            yield f"http://127.0.0.1:{port}/oai"
        finally:
            server.stdin.close()


def sickle_loop(url: str) -> int:
    """What most harvesters do first: iterate and touch the metadata. Nothing is stored, nothing is checked."""
    from sickle import Sickle

    return sum(1 for one in Sickle(url).ListRecords(metadataPrefix="oai_dc") if one.metadata)


def pipeline(url: str, folder: Path, stage: str) -> dict[str, object]:
    """One stage of the pipeline over a store in `folder`."""
    from microharvest import pipeline as stages
    from microharvest.clock import utc_now
    from microharvest.harvest.engine import RunOptions
    from microharvest.publish.judging import Judge
    from microharvest.report.reading import offers_judged
    from microharvest.settings import MergeSettings, PublishSettings, QualitySettings, load_settings
    from microharvest.sources import load_sources
    from microharvest.telemetry import set_up_logs

    set_up_logs(level="error", to=sys.stderr)
    config = folder / "config"
    (config / "sources").mkdir(parents=True, exist_ok=True)
    (config / "sources" / "bench.toml").write_text(
        f'title = "bench"\nprotocol = "oai_pmh"\ndialect = "oai_dc"\nurl = "{url}"\n'
        'licence = "https://creativecommons.org/publicdomain/zero/1.0/"\n[fetch]\nmode = "full"\n'
        '[network]\nallow = ["127.0.0.0/8"]\nrate_per_s = 100000\n'
    )
    settings = load_settings(config, f"sqlite:///{folder}/bench.db", {})
    stages.init_stores(settings)
    stores = stages.open_stores(settings)
    sources = load_sources(config, {})
    try:
        if stage == "harvest":
            (report,) = asyncio.run(stages.harvest(stores, settings, sources, RunOptions(), environ={}))
            return {"counts": report.counts, "outcome": report.outcome, "acceptance": report.acceptance}
        if stage == "vocabularies":
            import_made_up(stores.harvest)
            return {}
        if stage == "code":
            return {"coded": stages.code(stores).changed}
        if stage == "judge":
            judge = Judge(QualitySettings(), utc_now().date())
            with stores.harvest.read() as connection:
                return {"judged": sum(1 for _ in offers_judged(connection, sources, judge))}
        if stage == "link":
            return {"clusters": stages.link(stores, sources, MergeSettings()).clusters}
        return {"release": stages.publish(stores, sources, PublishSettings()).release}
    finally:
        stores.close()


def import_made_up(database: Any) -> None:
    """Skills whose labels are words of the corpus, so that some of its titles name one, and 110,000 organisations."""
    from tests.bench.coding import SKILLS, import_register, import_vocabularies
    from tests.bench.oai_corpus import WORDS

    rng = random.Random(7)
    labels = [[" ".join(rng.choices(WORDS, k=3)) for _ in range(7)] for _ in range(SKILLS)]
    import_vocabularies(database, labels, "1.0")
    import_register(database)


def adopt_orphans() -> None:
    """Become the parent of whatever our children leave behind (prctl PR_SET_CHILD_SUBREAPER, Linux): parse processes
    hang under their nursery, and their CPU counts only if somebody waits for them."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


def children_cpu() -> float:
    """CPU seconds of all descendants that were waited for; waits for those that just ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def measured(*arguments: str) -> dict[str, object]:
    """Run one measurement in a process of its own; wall, CPU with all descendants, peak memory of the process."""
    before = children_cpu()
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(arguments)} failed:\n{done.stderr}")
    result: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    time.sleep(0.5)  # the nursery notices that its owner is gone
    return result | {"cpu": children_cpu() - before}


def one(arguments: list[str]) -> None:
    """The measured process."""
    url, what = arguments[0], arguments[1]
    began = time.perf_counter()
    said: dict[str, object] = {}
    if what == "sickle":
        said["records"] = sickle_loop(url)
    else:
        said.update(pipeline(url, Path(arguments[2]), what))
    wall = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"wall": wall, "peak_mb": peak, **said}))


def main() -> None:
    """Rounds of (sickle, first harvest, unchanged harvest, link, publish), interleaved so that noise hits all."""
    best: dict[str, dict[str, object]] = {}
    adopt_orphans()
    with corpus(RECORDS) as url:
        for number in range(1, ROUNDS + 1):
            with tempfile.TemporaryDirectory() as folder:
                for name, arguments in (
                    ("sickle: bare loop", [url, "sickle"]),
                    ("first harvest", [url, "harvest", folder]),
                    ("unchanged harvest", [url, "harvest", folder]),
                    ("", [url, "vocabularies", folder]),
                    ("coding", [url, "code", folder]),
                    ("link", [url, "link", folder]),
                    ("publish", [url, "publish", folder]),
                    ("judging", [url, "judge", folder]),
                ):
                    result = measured(*arguments)
                    if not name:
                        continue
                    print(f"round {number}  {name:20} {json.dumps(result)}", flush=True)
                    if name not in best or float(str(result["wall"])) < float(str(best[name]["wall"])):
                        best[name] = result
    base = float(str(best["sickle: bare loop"]["wall"]))
    print(f"\n{RECORDS} records of 2.3 KB, best of {ROUNDS} rounds")
    print(f"{'':20} {'wall s':>8} {'CPU s':>8} {'rec/CPU-s':>10} {'peak MB':>8} {'sickle wall / this':>19}")
    for name, result in best.items():
        wall, cpu = float(str(result["wall"])), float(str(result["cpu"]))
        print(f"{name:20} {wall:8.2f} {cpu:8.2f} {RECORDS / cpu:10.0f} {result['peak_mb']:>8} {base / wall:19.2f}")
    print(said_of_trust({name: float(str(result["cpu"])) for name, result in best.items()}))
    others()


def said_of_trust(cpu: dict[str, float]) -> str:
    """What coding and judging all offers anew cost beside the rest: a quarter of it is the most they may."""
    harvest, rest = cpu["first harvest"], cpu["first harvest"] + cpu["link"] + cpu["publish"]
    trust, loop = cpu["coding"] + cpu["judging"], cpu["sickle: bare loop"]
    return (
        f"trust: coding and judging take {trust:.2f} CPU s, {trust / RECORDS * 1e6:.0f} µs a record: "
        f"{trust / rest:.0%} of harvest, link and publish ({rest:.2f}), {trust / harvest:.0%} of the harvest alone. "
        f"Without them the pipeline takes {rest / loop:.1f} times sickle's loop ({loop:.2f}), with them "
        f"{(rest + trust) / loop:.1f} times"
    )


def others() -> None:
    """What else is measured, at sizes that end within minutes."""
    benches = [("normalising", []), ("judging", []), ("linking", [str(LINKED)])]
    if SHARED.is_dir():
        benches.append(("matching", [str(SHARED), "normal"]))
    for name, arguments in benches:
        print(f"\n{name} {' '.join(arguments)}", flush=True)
        subprocess.run([sys.executable, "-m", f"tests.bench.{name}", *arguments], check=True)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    elif len(sys.argv) > 2:
        one(sys.argv[1:])
    else:
        print(__doc__)
