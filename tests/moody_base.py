"""An OAI-PMH repository with a mood: healthy until a test gives it one of the habits real servers have.

    moody = MoodyRepository()                 30 records over 2025, pages of 10, seconds
    server.add("/oai", moody.serve)           on a `FeedServer`
    moody.mood = MOODS["poison_500"]          from now on

A mood gets the arguments and the healthy answer, and gives the answer that is sent. What each does, and where it was
seen, stands at its function (numbers: pkp-lib#7214 and the like are issues of public trackers).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from microharvest.testing.feed_server import Answer
from microharvest.testing.oai_repository import OaiRepository

FIRST_DAY = datetime(2025, 1, 5, tzinfo=UTC)
POISON = "oai:x:14"
HTML = b"<!DOCTYPE html><html><head><title>Sorry</title></head><body><p>Please come back later.</p></body></html>"

Arguments = dict[str, str]


Mood = Callable[["MoodyRepository", Arguments, Answer], Answer]
MOODS: dict[str, Mood] = {}


def course(title: str) -> str:
    """An oai_dc payload."""
    return (
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></oai_dc:dc>'
    )


class MoodyRepository:
    """`repository` may be changed at any time; `asked`: the arguments of every request; `counted` is a mood's own."""

    def __init__(self, *, records: int = 30, page_size: int = 10, every: timedelta = timedelta(days=11)) -> None:
        self.repository = OaiRepository(now=datetime.now(UTC), page_size=page_size)
        for number in range(records):
            self.repository.put(f"oai:x:{number}", course(f"Course {number}"), at=FIRST_DAY + number * every)
        self.mood: Mood | None = None
        self.asked: list[Arguments] = []
        self.counted: Counter[str] = Counter()

    async def serve(self, request: web.Request) -> Answer:
        """A responder for `FeedServer.add`."""
        arguments = dict(parse_qsl(request.url.raw_query_string, keep_blank_values=True))
        self.asked.append(arguments)
        answer = self.honest(arguments)
        return answer if self.mood is None else self.mood(self, arguments, answer)

    def honest(self, arguments: Arguments) -> Answer:
        status, headers, body = self.repository.respond(arguments)
        return Answer(status=status, headers=headers, body=body)

    def once(self, name: str) -> bool:
        """True the first time."""
        self.counted[name] += 1
        return self.counted[name] == 1


def mood(function: Mood) -> Mood:
    MOODS[function.__name__] = function
    return function


def lists(arguments: Arguments) -> bool:
    return arguments.get("verb") == "ListRecords"


def later(arguments: Arguments) -> bool:
    return lists(arguments) and "resumptionToken" in arguments


def changed(answer: Answer, *changes: tuple[str, str]) -> Answer:
    text = answer.body.decode()
    for pattern, replacement in changes:
        text = re.sub(pattern, replacement, text)
    return Answer(status=answer.status, headers=answer.headers, body=text.encode())


def error(answer: Answer, code: str, status: int = 200, text: str = "no") -> Answer:
    """The envelope of an answer around an error."""
    said = changed(answer, (r"(?s)(</request>).*(</OAI-PMH>)", rf"\1<error code='{code}'>{text}</error>\2"))
    return Answer(status=status, headers=said.headers, body=said.body)


def days(arguments: Arguments) -> float:
    """How wide a window the arguments ask for."""
    begin, end = arguments.get("from", "2025-01-05"), arguments.get("until", datetime.now(UTC).isoformat())
    return (datetime.fromisoformat(end[:10]) - datetime.fromisoformat(begin[:10])).days


def token_of(answer: Answer) -> str:
    found = re.search(rb"<resumptionToken[^>]*>([^<]+)<", answer.body)
    return found[1].decode() if found else ""


async def serve_raw(moody: MoodyRepository, request: web.Request) -> Answer:
    """A server that does not decode its tokens, which hold a colon (metha: dash.harvard.edu)."""
    sent = request.raw_path.partition("resumptionToken=")[2]
    first = moody.honest({"verb": "ListRecords", "metadataPrefix": "oai_dc"})
    if sent and not sent.startswith("oai:"):
        return error(first, "badResumptionToken")
    arguments = dict(parse_qsl(request.url.raw_query_string))
    if sent:
        arguments["resumptionToken"] = unquote(sent).removeprefix("oai:")
    moody.asked.append(arguments)
    return changed(moody.honest(arguments), (r"(<resumptionToken[^>]*>)([^<]+)<", r"\1oai:\2<"))
