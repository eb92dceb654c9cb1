"""A corpus of oai_dc records of about 2.3 KB and a loopback server that does nothing but send them.

Run as a program it serves the corpus until its standard input closes:
`python -m tests.bench.oai_corpus RECORDS [RECORDS_A_PAGE [DELAY_MS]]`, on 127.0.0.1 to 127.0.0.16.
Pages are rendered before the first request, so that a client's time is its own.
"""

from __future__ import annotations

import asyncio
import random
import socket
import sys
from urllib.parse import parse_qs, urlsplit

from tests.bench import said_words

PAGE = 100
HOSTS = [f"127.0.0.{number}" for number in range(1, 17)]
WORDS = [
    "analysis",
    "applied",
    "basic",
    "business",
    "care",
    "climate",
    "coding",
    "course",
    "data",
    "design",
    "digital",
    "economy",
    "energy",
    "ethics",
    "food",
    "forest",
    "health",
    "industry",
    "kurs",
    "labour",
    "language",
    "learning",
    "logistics",
    "machine",
    "management",
    "marine",
    "materials",
    "osaaminen",
    "project",
    "quality",
    "retail",
    "safety",
    "sensor",
    "service",
    "skills",
    "software",
    "statistics",
    "supply",
    "sustainable",
    "teaching",
    "tourism",
    "utbildning",
]
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
    '<responseDate>2026-11-24T03:00:00Z</responseDate><request verb="ListRecords">http://127.0.0.1/oai</request>'
)
IDENTIFY = (
    HEAD + "<Identify><repositoryName>bench</repositoryName><baseURL>http://127.0.0.1/oai</baseURL>"
    "<protocolVersion>2.0</protocolVersion><adminEmail>bench@example.org</adminEmail>"
    "<earliestDatestamp>2020-01-01T00:00:00Z</earliestDatestamp><deletedRecord>no</deletedRecord>"
    "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify></OAI-PMH>"
)


def record(number: int, chance: random.Random) -> str:
    """One <record>, 2.3 KB in the median."""

    def words(count: int) -> str:
        return " ".join(chance.choices(WORDS, k=count))

    title, code = f"{words(4).capitalize()} {number}", f"MC-{number:06d}"
    texts = "".join(
        f'<dc:description xml:lang="{lang}">{words(chance.randint(38, 58)).capitalize()}.</dc:description>'
        for lang in ("en", "es", "de")
    )
    subjects = "".join(f"<dc:subject>{words(2)}</dc:subject>" for _ in range(4))
    return (
        f"<record><header><identifier>oai:bench.example.org:{number}</identifier>"
        f"<datestamp>2026-0{number % 9 + 1}-01T00:00:00Z</datestamp><setSpec>mc</setSpec></header><metadata>"
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:title xml:lang="en">{title}</dc:title><dc:title xml:lang="es">{title} (es)</dc:title>{texts}{subjects}'
        f"<dc:publisher>Bench University {number % 40}</dc:publisher><dc:identifier>{code}</dc:identifier>"
        f"<dc:identifier>https://bench.example.org/courses/{number}</dc:identifier><dc:language>en</dc:language>"
        "<dc:type>Course</dc:type></oai_dc:dc></metadata></record>"
    )


def pages(records: int, page: int = PAGE) -> list[bytes]:
    """All pages of one list, tokens in place."""
    chance = random.Random(20261124)
    rendered = []
    for start in range(0, records, page):
        body = "".join(record(number, chance) for number in range(start, min(start + page, records)))
        more = start + page < records
        token = f'<resumptionToken completeListSize="{records}" cursor="{start}">{start + page if more else ""}'
        rendered.append(f"{HEAD}<ListRecords>{body}{token}</resumptionToken></ListRecords></OAI-PMH>".encode())
    return rendered


def free_port() -> int:
    """One port for all addresses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def serve(rendered: list[bytes], page: int = PAGE, delay_s: float = 0.0) -> asyncio.Server:
    """A raw server: one answer per request line, keep-alive."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                query = parse_qs(urlsplit(head.split(b" ", 2)[1].decode()).query)
                if query.get("verb") == ["Identify"]:
                    body = IDENTIFY.encode()
                else:
                    body = rendered[int(query.get("resumptionToken", ["0"])[0]) // page]
                await asyncio.sleep(delay_s)
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(body) + body
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    return await asyncio.start_server(answer, HOSTS, free_port())


async def main(records: int, page: int = PAGE, delay_ms: int = 0) -> None:
    """Serve until nobody holds our standard input any more."""
    server = await serve(pages(records, page), page, delay_ms / 1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main(*map(int, said_words(__doc__))))
