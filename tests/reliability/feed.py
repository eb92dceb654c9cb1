"""A small OAI-PMH feed with three days, served on loopback by a process of its own; and what should come of it.

Written without the project's own code, so that it can disagree with it. The day stands in a file, so that the
address of the feed never changes. `python -m tests.reliability.feed DAYFILE` prints its port and serves until its
standard input closes.
"""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

PAGE = 10
DAYS = 3
STAMPS = ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z")
Day = dict[str, tuple[str, int, bool]]


def records(day: int) -> Day:
    """id -> (title, day of its last change, deleted). Day 1: 6 changed, 5 new, 4 deleted; day 2: 5 changed, 2 back."""
    known: Day = {f"oai:feed:{n:03d}": (f"Course {n}", 0, False) for n in range(55)}
    if day >= 1:
        known |= {f"oai:feed:{n:03d}": (f"Course {n} renewed", 1, False) for n in range(0, 55, 10)}
        known |= {f"oai:feed:{n:03d}": (f"Course {n}", 1, False) for n in range(55, 60)}
        known |= {f"oai:feed:{n:03d}": ("", 1, True) for n in (3, 13, 23, 33)}
    if day >= 2:
        known |= {f"oai:feed:{n:03d}": (f"Course {n} third", 2, False) for n in range(1, 50, 10)}
        known |= {f"oai:feed:{n:03d}": (f"Course {n}", 2, False) for n in (3, 13)}
    return dict(sorted(known.items()))


def csv(day: int) -> str:
    """The second source, a file: the same courses 0-19 by provider and code, and ten of its own."""
    rows = ["id;title;provider;code;url"]
    for n in range(30):
        title = f"Course {n}" + (" again" if day >= 1 and n % 7 == 0 else "")
        rows.append(f"f{n};{title};Feed University;C{n:03d};https://feed.example.org/{n}")
    return "\n".join(rows[: 29 if day == 2 else None]) + "\n"


def _record(name: str, title: str, stamp: str, deleted: bool) -> str:
    header = f"<identifier>{name}</identifier><datestamp>{stamp}</datestamp>"
    if deleted:
        return f'<record><header status="deleted">{header}</header></record>'
    code = f"C{int(name[-3:]):03d}"
    return (
        f"<record><header>{header}</header><metadata>"
        '<dc xmlns="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:d="http://purl.org/dc/elements/1.1/">'
        f'<d:title xml:lang="en">{title}</d:title><d:publisher>Feed University</d:publisher>'
        f"<d:identifier>{code}</d:identifier></dc></metadata></record>"
    )


def answer(day: int, query: dict[str, list[str]]) -> str:
    """One answer of the server on that day."""
    head = f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>{STAMPS[day]}</responseDate><request/>'
    if query.get("verb") == ["Identify"]:
        body = (
            "<Identify><repositoryName>feed</repositoryName><protocolVersion>2.0</protocolVersion>"
            "<earliestDatestamp>2026-01-01T00:00:00Z</earliestDatestamp><deletedRecord>persistent</deletedRecord>"
            "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"
        )
        return head + body + "</OAI-PMH>"
    since, _, start = query.get("resumptionToken", [query.get("from", [""])[0] + "|0"])[0].partition("|")
    listed = [
        (name, title, STAMPS[changed], deleted)
        for name, (title, changed, deleted) in records(day).items()
        if STAMPS[changed] >= since
    ]
    first = int(start)
    page = "".join(_record(*one) for one in listed[first : first + PAGE])
    if not page:
        return head + '<error code="noRecordsMatch">none</error></OAI-PMH>'
    more = f"{since}|{first + PAGE}" if first + PAGE < len(listed) else ""
    token = f'<resumptionToken completeListSize="{len(listed)}">{more}</resumptionToken>'
    return f"{head}<ListRecords>{page}{token}</ListRecords></OAI-PMH>"


def serve(day_file: Path) -> None:
    """Serve until standard input closes."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body are two writes: 40 ms each time otherwise

        def do_GET(self) -> None:
            day = int(day_file.read_text())
            parts = urlsplit(self.path)
            text = csv(day) if parts.path.endswith(".csv") else answer(day, parse_qs(parts.query))
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/csv" if parts.path.endswith(".csv") else "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Clients are killed here on purpose; nothing else can go wrong."""

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
