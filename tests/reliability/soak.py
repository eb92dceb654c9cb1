"""A daemon over thirty sources, some of them failing, for some minutes, with a SIGTERM in the middle.

`python -m tests.reliability.soak [MINUTES] [sqlite|postgresql]`. Traffic goes to loopback only and ends by itself.
Afterwards every healthy source holds exactly what its feed says, every failing one what it held before, the
change log replays to the state, and no lease is held.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy import text

from microharvest.store.database import Database
from microharvest.testing.feed_server import FeedServer
from microharvest.testing.oai_repository import OaiRepository
from tests import postgres

EVERY_S = 20
TABLES, REPOSITORIES, SITES = 10, 8, 4
BROKEN = ("html", "empty", "404", "401", "500", "slow", "reset", "refused")


class Feeds:
    """What is served, and what a healthy store must hold."""

    def __init__(self, server: FeedServer) -> None:
        self.server = server
        self.expected: dict[str, dict[str, str]] = {}
        self.repositories: dict[str, OaiRepository] = {}
        self.day = 0

    def set_up(self) -> None:
        for number in range(REPOSITORIES):
            repository = OaiRepository(now=datetime.now(UTC), page_size=7)
            self.repositories[f"oai-{number}"] = repository
            self.server.add_oai(f"/oai-{number}", repository)
        self.change()
        for fault in BROKEN:
            self.server.add(f"/broken-{fault}.csv", b"id;title\n", content_type="text/csv")
            if fault in {"html", "empty"}:
                self.server.break_path(f"/broken-{fault}.csv", fault)  # type: ignore[arg-type]
            elif fault.isdigit():
                self.server.break_path(f"/broken-{fault}.csv", int(fault))
        self.server.add("/broken-slow.csv", _slow)
        self.server.add("/broken-reset.csv", _reset)

    def change(self) -> None:
        """A new day: every feed changes some records, adds one, and never loses more than a guard allows."""
        self.day += 1
        now = datetime.now(UTC)
        for number in range(TABLES):
            rows = {f"r{n}": f"Table {number} course {n}" + (f" v{self.day}" if n % 5 == 0 else "") for n in range(40)}
            rows[f"new{self.day}"] = "New"
            content = "id;title\n" + "".join(f"{key};{title}\n" for key, title in rows.items())
            self.server.add(f"/table-{number}.csv", content.encode(), content_type="text/csv")
            self.expected[f"table-{number}"] = rows
        for name, repository in self.repositories.items():
            repository.now = now
            for n in range(30):
                if self.day == 1 or n % 10 == self.day % 10:
                    title = f"{name} course {n} v{self.day}"
                    self.expected.setdefault(name, {})[f"oai:{name}:{n}"] = title
                    repository.put(f"oai:{name}:{n}", _dc(title), at=now)
        for number in range(SITES):
            rows = {}
            for n in range(6):
                title = f"Site {number} course {n}" + (f" v{self.day}" if n == 0 else "")
                address = f"https://site-{number}.example.org/{n}"
                page = {"@context": "https://schema.org", "@type": "Course", "@id": address, "name": title}
                html = f'<html><script type="application/ld+json">{json.dumps(page)}</script></html>'
                self.server.add(f"/site-{number}/{n}", html.encode(), content_type="text/html")
                rows[address] = title
            links = "".join(f"<url><loc>{self.server.url(f'/site-{number}/{n}')}</loc></url>" for n in range(6))
            sitemap = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{links}</urlset>'
            self.server.add(f"/site-{number}/map.xml", sitemap.encode(), content_type="text/xml")
            self.expected[f"site-{number}"] = rows

    def write_sources(self, folder: Path) -> None:
        sources = folder / "sources"
        sources.mkdir(parents=True)
        common = (
            'licence = "https://creativecommons.org/publicdomain/zero/1.0/"\n[schedule]\n'
            f'every = "PT{EVERY_S}S"\njitter_s = 5\n[network]\nallow = ["127.0.0.0/8"]\nrate_per_s = 200\n'
            "attempts = 1\ndeadline_s = 8\n"
        )
        table = '[identity]\nkey = ["id"]\n[columns]\ntitle = { from = "title", lang = "en" }\n'
        written: dict[str, tuple[str, str, str, str]] = {}
        for number in range(TABLES):
            written[f"table-{number}"] = ("file", "columns", self.server.url(f"/table-{number}.csv"), table)
        for number in range(REPOSITORIES):
            written[f"oai-{number}"] = ("oai_pmh", "oai_dc", self.server.url(f"/oai-{number}"), "")
        for number in range(SITES):
            written[f"site-{number}"] = ("site", "schema_org", self.server.url(f"/site-{number}/map.xml"), "")
        for fault in BROKEN:
            written[f"broken-{fault}"] = ("file", "columns", self.server.url(f"/broken-{fault}.csv"), table)
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            nobody = f"http://127.0.0.1:{closed.getsockname()[1]}/x.csv"
        written["broken-refused"] = ("file", "columns", nobody, table)
        for name, (protocol, dialect, url, extra) in written.items():
            (sources / f"{name}.toml").write_text(
                f'title = "{name}"\nprotocol = "{protocol}"\ndialect = "{dialect}"\nurl = "{url}"\n{common}{extra}'
            )
        (folder / "microharvest.toml").write_text('[publish]\nevery = "PT1M"\n[log]\nlevel = "warning"\n')


async def _slow(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response(text="late")


async def _reset(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def _dc(title: str) -> str:
    return (
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title xml:lang="en">{title}</dc:title></oai_dc:dc>'
    )


class Daemon:
    """`microharvest serve` in a process of its own; starting takes some seconds."""

    def __init__(self, config: Path, store: str, port: int) -> None:
        self._command = [sys.executable, "-m", "microharvest", "serve", "--config", str(config), "--store", store]
        self._command += ["--port", str(port)]
        self.port = port
        self.process: asyncio.subprocess.Process
        self.peak_mb = 0

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(*self._command)
        for _ in range(60):
            await asyncio.sleep(0.5)
            with suppress(OSError):
                await asyncio.to_thread(self.health)
                return
        raise TimeoutError("the daemon did not answer within 30 s")

    def health(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
            found: dict[str, Any] = json.loads(answer.read())
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        self.peak_mb = max(self.peak_mb, int(status.split("VmRSS:")[1].split()[0]) // 1024)
        return found

    async def stop(self) -> tuple[int, float]:
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), 60), time.monotonic() - began


async def soak(minutes: float, store: str, folder: Path) -> list[str]:
    """Run it; returns what is wrong."""
    wrong: list[str] = []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with FeedServer() as server:
        feeds = Feeds(server)
        feeds.set_up()
        feeds.write_sources(folder / "config")
        init = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "microharvest", "init", "--config", str(folder / "config"), "--store", store
        )
        await init.wait()
        daemon = Daemon(folder / "config", store, port)
        await daemon.start()
        end = time.monotonic() + minutes * 60
        half = time.monotonic() + minutes * 30
        stopped = False
        while time.monotonic() < end:
            await asyncio.sleep(10)
            try:
                health = await asyncio.to_thread(daemon.health)
            except OSError as error:
                wrong.append(f"/healthz: {error}")
                continue
            if not health.get("ok"):
                wrong.append(f"/healthz says {health}")
            if time.monotonic() < end - 3 * EVERY_S - 10:
                feeds.change()
            if not stopped and time.monotonic() > half:
                stopped = True
                code, seconds = await daemon.stop()
                print(f"SIGTERM in the middle: exit {code} after {seconds:.1f} s, {health.get('running')} running")
                if code:
                    wrong.append(f"exit {code} on SIGTERM")
                wrong += _leases(store)
                await daemon.start()
        code, seconds = await daemon.stop()
        print(
            f"SIGTERM at the end: exit {code} after {seconds:.1f} s; "
            f"peak {daemon.peak_mb} MB; {len(server.calls)} calls"
        )
        if code:
            wrong.append(f"exit {code} at the end")
        wrong += _leases(store)
        wrong += _judge(store, feeds)
    return wrong


def _leases(store: str) -> list[str]:
    database = Database(store)
    with database.read() as connection:
        held = connection.execute(text("SELECT id FROM source WHERE lease_owner IS NOT NULL")).scalars().all()
    database.dispose()
    return [f"leases still held: {held}"] if held else []


def _judge(store: str, feeds: Feeds) -> list[str]:
    wrong = []
    database = Database(store)
    with database.read() as connection:
        rows = connection.execute(
            text("SELECT r.source, r.native_id, r.status, v.doc FROM record r JOIN version v ON v.id = r.head")
        ).all()
        log = connection.execute(text("SELECT seq, source, native_id, kind FROM change ORDER BY seq")).all()
        outcomes = connection.execute(text("SELECT source, outcome FROM run WHERE state = 'ended'")).all()
        running = connection.execute(text("SELECT count(*) FROM run WHERE state = 'running'")).scalar()
        releases = connection.execute(text("SELECT count(*) FROM release WHERE state = 'published'")).scalar()
    database.dispose()
    state: dict[str, dict[str, str]] = {}
    for source, native_id, status, doc in rows:
        if status == "active":
            (title,) = json.loads(bytes(doc))["title"].values()
            state.setdefault(source, {})[native_id] = title
    for source, expected in feeds.expected.items():
        if state.get(source) != expected:
            wrong.append(
                f"{source}: {len(state.get(source, {}))} records, the feed has {len(expected)}, or contents differ"
            )
    if any(source.startswith("broken") for source in state):
        wrong.append("a broken source gave records")
    if [row[0] for row in log] != list(range(1, len(log) + 1)):
        wrong.append("the change log has a gap")
    replayed: dict[tuple[str, str], bool] = {}
    for _, source, native_id, kind in log:
        replayed[source, native_id] = kind in {"added", "changed", "returned"}
    alive = {(source, native_id) for source, held in state.items() for native_id in held}
    if {key for key, there in replayed.items() if there} != alive:
        wrong.append("the change log does not replay to the state")
    counted = Counter((source.rpartition("-")[0], outcome) for source, outcome in outcomes)
    print(f"{len(outcomes)} runs: {dict(sorted(counted.items()))}; {running} to be resumed; {releases} releases")
    print(f"{len(log)} log entries, {len(alive)} active records")
    return wrong


def main(minutes: float, kind: str) -> int:
    """Exit status 1 if anything is wrong."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        store = f"sqlite:///{folder}/soak.db"
        if kind == "postgresql":
            store = stack.enter_context(postgres.server())
        os.chdir(folder)
        wrong = asyncio.run(soak(minutes, store, folder))
    for one in wrong:
        print("WRONG", one)
    print(f"{len(wrong)} things wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 10, sys.argv[2] if len(sys.argv) > 2 else "sqlite"))
