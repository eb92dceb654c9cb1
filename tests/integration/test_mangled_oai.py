"""Answers of an OAI-PMH server with bytes changed, lost, doubled, moved or mixed up, drawn by a seed.

What must hold: where a page can no longer be read as it was written, or is the answer to another question, nothing is
withdrawn on its word, and the next healthy harvest has every record again. A page that lost a record and is clean all
the same cannot be told from a list without it; those are not sent here (two runs and a time of grace are for them).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import select

from microharvest.kit.readers import Unreadable, read_tree
from microharvest.store.database import table_of
from microharvest.store.harvest_tables import RequestRow
from microharvest.testing.feed_server import Answer
from tests.integration.stores import state
from tests.integration.test_moody_oai import House, house, patience
from tests.moody_oai import Arguments, MoodyRepository

__all__ = ["house", "patience"]

SEEDS = range(30)
INSERTED = (b"\x00", b"\x0b", b"\xff\xfe", b"&", b"<", b"]]>", b"<!--", b"<x>", b"</record>", b"<record>",
            b"</OAI-PMH>", b"&nbsp;", b"\xed\xa0\x80", b"<![CDATA[")  # fmt: skip

Mangling = Callable[[random.Random, bytes], bytes]


def _cut(draw: random.Random, body: bytes) -> bytes:
    start = draw.randrange(len(body))
    return body[:start] + body[start + draw.choice((1, 20, 200, 1500)) :]


def _double(draw: random.Random, body: bytes) -> bytes:
    start = draw.randrange(len(body))
    end = start + draw.choice((1, 20, 200, 1500))
    return body[:end] + body[start:end] + body[end:]


def _insert(draw: random.Random, body: bytes) -> bytes:
    start = draw.randrange(len(body))
    return body[:start] + draw.choice(INSERTED) + body[start:]


def _flip(draw: random.Random, body: bytes) -> bytes:
    changed = bytearray(body)
    for _ in range(draw.choice((1, 2, 10))):
        changed[draw.randrange(len(body))] = draw.randrange(256)
    return bytes(changed)


def _move(draw: random.Random, body: bytes) -> bytes:
    one, two, three = sorted(draw.randrange(len(body)) for _ in range(3))
    return body[:one] + body[two:three] + body[one:two] + body[three:]


def _end(draw: random.Random, body: bytes) -> bytes:
    return body[: draw.randrange(len(body))]


MANGLINGS: tuple[Mangling, ...] = (_cut, _double, _insert, _flip, _move, _end)


class _Mangler:
    """A mood: some answers mangled, some replaced by an earlier answer to another question."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.share = self.draw.choice((0.25, 0.5, 1.0))
        self.given: list[bytes] = []
        self.mangled: Counter[str] = Counter()

    def __call__(self, moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
        body = answer.body
        if self.draw.random() < self.share:
            if self.given and self.draw.random() < 0.15:
                body = self.draw.choice(self.given)
                self.mangled["mixed up"] += body != answer.body
            else:
                mangling = self.draw.choice(MANGLINGS)
                changed = mangling(self.draw, body)
                if _is_broken(changed):
                    body = changed
                    self.mangled[mangling.__name__] += 1
        self.given.append(answer.body)
        return Answer(status=answer.status, headers=answer.headers, body=body)


def _is_broken(body: bytes) -> bool:
    try:
        read_tree(body)
    except Unreadable:
        return True
    return False


@pytest.mark.parametrize("seed", SEEDS)
async def test_what_cannot_be_read_as_written_withdraws_nothing(house: House, seed: int) -> None:
    config = house.configure()
    healthy = await house.harvest(config)
    assert (healthy.outcome, healthy.counts["added"]) == ("complete", 30)
    mangler = _Mangler(seed)
    house.moody.mood = mangler
    mangled = await house.harvest(config, full=True)
    assert mangled.counts["withdrawn"] == 0, mangled
    found = Counter(status for status, _ in state(house.database).values())
    assert found.keys() <= {"active", "missing"}, (found, mangler.mangled)
    if found["missing"]:
        assert "feed.unproven" in mangled.issues, (mangled, mangler.mangled)
    with house.database.read() as connection:
        proofs = set(connection.execute(select(table_of(RequestRow).c.proof)).scalars())
    assert "none" not in proofs  # every body came with its length
    assert ("partial" in proofs) >= ("feed.unproven" in mangled.issues), (proofs, mangled.issues)
    house.moody.mood = None
    healed = await house.harvest(config, full=True)
    assert healed.outcome == "complete", healed
    left = state(house.database)
    assert {f"oai:x:{number}" for number in range(30)} <= {
        key for key, (status, _) in left.items() if status == "active"
    }
