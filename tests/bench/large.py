"""One large file through the product: harvested, killed by SIGKILL halfway, resumed, counted; memory of all processes.

    python -m tests.bench.large csv 2000000 FOLDER      two million rows
    python -m tests.bench.large loq 100000 FOLDER 30000 a LOQ document of 100,000 qualifications of 30 kB each

FOLDER is made, and removed at the end. Needs room for the file, its records and, for LOQ, one copy of the file.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from tests.bench import said_words

SOURCES = {
    "csv": 'dialect = "columns"\nurl = "{url}"\n[identity]\nkey = ["code"]\n[columns]\ntitle = "title"\n'
    'description = "about"\ncredits = {{ from = "ects", unit = "ECTS" }}\nstart_date = "start"\n',
    "loq": 'dialect = "elm"\nurl = "{url}"\n',
}
_LICENCE = "https://creativecommons.org/publicdomain/zero/1.0/"


def write_csv(path: Path, rows: int) -> None:
    """Rows with quotes, line breaks and letters beyond ASCII in them."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write("code,title,about,ects,start\r\n")
        for number in range(rows):
            about = '"Two lines\nand a ""word""; é"' if number % 10 == 0 else "What one can do afterwards"
            stream.write(
                f"C{number:07d},Course number {number},{about},{number % 30 + 1},2026-09-{number % 28 + 1:02d}\n"
            )


def write_loq(path: Path, offers: int, bytes_each: int = 2000) -> None:
    """A document that keeps everything once: opportunities first, then what they offer, organisations last."""
    prose = "Learners plan, build and test a small system and explain what they did. é & more. ".replace("&", "&amp;")
    prose = (prose * (bytes_each // len(prose) + 1))[: max(80, bytes_each - 900)].rpartition(".")[0]
    with path.open("w", encoding="utf-8") as stream:
        stream.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<Courses xmlns="http://data.europa.eu/snb/model/ap/loq-constraints/"'
            ' xmlns:skos="http://www.w3.org/2004/02/skos/core#" xsdVersion="3.1.0">\n<learningOpportunityReferences>\n'
        )
        for number in range(offers):
            stream.write(
                f'<learningOpportunity id="urn:lo:{number}"><title language="en">Start of {number}</title>'
                f"<temporal><startDate>2026-09-{number % 28 + 1:02d}T00:00:00</startDate></temporal>"
                f'<providedBy idref="urn:org:{number % 50}"/>'
                f'<learningAchievementSpecification idref="urn:q:{number}"/></learningOpportunity>\n'
            )
        stream.write("</learningOpportunityReferences>\n<learningAchievementSpecificationReferences>\n")
        for number in range(offers):
            stream.write(
                f'<qualification id="urn:q:{number}"><title language="en">Qualification {number}</title>'
                f'<description language="en">{prose}</description><volumeOfLearning>PT{number % 100 + 1}H'
                f'</volumeOfLearning><learningOutcome idref="urn:out:{number % 1000}"/></qualification>\n'
            )
        stream.write("</learningAchievementSpecificationReferences>\n<learningOutcomeReferences>\n")
        for number in range(1000):
            title = f'<title language="en">Can do {number}</title>'
            stream.write(f'<learningOutcome id="urn:out:{number}">{title}</learningOutcome>\n')
        stream.write("</learningOutcomeReferences>\n<agentReferences>\n")
        for number in range(50):
            name = f'<legalName language="en">School {number}</legalName>'
            stream.write(f'<organisation id="urn:org:{number}">{name}</organisation>\n')
        stream.write("</agentReferences>\n</Courses>\n")


class Tree:
    """The memory of a process and all its descendants, sampled; peaks in MiB."""

    def __init__(self) -> None:
        self.peak_rss = self.peak_pss = 0
        self.largest: dict[str, int] = {}

    def sample(self, root: int) -> None:
        """Add up what every process of the tree holds now. PSS counts a shared page once."""
        rss = pss = 0
        for pid in _descendants(root):
            with suppress(OSError):
                text = Path(f"/proc/{pid}/smaps_rollup").read_text()
                held = {line.split(":")[0]: int(line.split()[1]) for line in text.splitlines()[1:]}
                rss, pss = rss + held["Rss"], pss + held["Pss"]
                name = "main_mib" if pid == root else "parse_mib"
                self.largest[name] = max(self.largest.get(name, 0), held["Rss"] // 1024)
        self.peak_rss, self.peak_pss = max(self.peak_rss, rss // 1024), max(self.peak_pss, pss // 1024)


def _descendants(root: int) -> Iterator[int]:
    """Found by their parents: /proc/<pid>/children knows only what the main thread started."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            children.setdefault(int(stat.read_text().rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
    pending = [root]
    while pending:
        pid = pending.pop()
        yield pid
        pending += children.get(pid, [])


def harvest(folder: Path, until: Callable[[], bool] | None = None) -> dict[str, object]:
    """`microharvest harvest` in a process group of its own; killed as a whole once `until` holds."""
    command = [str(Path(sys.executable).with_name("microharvest")), "harvest", "large", "--json"]
    command += ["--config", str(folder / "config"), "--store", f"sqlite:///{folder}/large.db"]
    began, tree = time.monotonic(), Tree()
    with (folder / "out").open("w+") as out:
        running = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        killed = False
        while running.poll() is None:
            tree.sample(running.pid)
            if until is not None and until():
                os.killpg(running.pid, signal.SIGKILL)
                killed = True
                break
            time.sleep(0.25)
        running.wait()
        out.seek(0)
        lines = out.read().splitlines()
    said: dict[str, object] = {"killed": True} if killed else json.loads(lines[-1])
    said["status"] = running.returncode
    seconds = round(time.monotonic() - began, 1)
    return said | {"seconds": seconds, "peak_rss_mib": tree.peak_rss, "peak_pss_mib": tree.peak_pss, **tree.largest}


def count(folder: Path, query: str) -> int:
    """One number out of the store, read beside whoever writes it."""
    with sqlite3.connect(f"file:{folder}/large.db?mode=ro", uri=True, timeout=30) as store:
        return int(store.execute(query).fetchone()[0] or 0)


def main(kind: str, records: int, folder: Path, bytes_each: int = 2000) -> None:
    """Write the file, harvest half of it, kill, resume, count, harvest again."""
    folder.mkdir(parents=True)
    try:
        source = folder / ("large.csv" if kind == "csv" else "large.xml")
        write_csv(source, records) if kind == "csv" else write_loq(source, records, bytes_each)
        print(json.dumps({"file": source.name, "bytes": source.stat().st_size, "records": records}), flush=True)
        (folder / "config" / "sources").mkdir(parents=True)
        (folder / "config" / "microharvest.toml").write_text("[harvest]\nlease_s = 5\n")  # not to wait for a dead one
        (folder / "config" / "sources" / "large.toml").write_text(
            f'title = "large"\nprotocol = "file"\nlicence = "{_LICENCE}"\n' + SOURCES[kind].format(url=source)
            + '[network]\nallow = ["local"]\nmax_bytes = 8000000000\n[schedule]\nmax_runtime = "PT12H"\n'
        )  # fmt: skip
        command = [str(Path(sys.executable).with_name("microharvest")), "init"]
        subprocess.run(
            [*command, "--config", str(folder / "config"), "--store", f"sqlite:///{folder}/large.db"],
            check=True,
            capture_output=True,
        )
        half = records // 2

        def landed() -> bool:
            return count(folder, "SELECT coalesce(max(batches), 0) * 500 FROM request") >= half

        print("killed halfway ", json.dumps(harvest(folder, landed)), flush=True)
        print("landed         ", count(folder, "SELECT count(*) FROM version"), flush=True)
        time.sleep(6)
        print("resumed        ", json.dumps(harvest(folder)), flush=True)
        heads = count(folder, "SELECT count(*) FROM record WHERE status = 'active'")
        print("active records ", heads, "versions", count(folder, "SELECT count(*) FROM version"), flush=True)
        with source.open("a", encoding="utf-8") as stream:  # one byte more: the file is read again, nothing changed
            stream.write("\n")
        print("unchanged      ", json.dumps(harvest(folder)), flush=True)
        if heads != records:
            sys.exit(f"{heads} records, {records} expected")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    form, number, where, *size = said_words(__doc__)
    main(form, int(number), Path(where), *map(int, size))
