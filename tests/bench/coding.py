"""Coding at scale: offers a second in CPU seconds, and memory. `python -m tests.bench.coding OFFERS [--store URL]`.

A made-up vocabulary of ESCO's size (14,000 skills in two languages, a preferred label and six alternatives each) and
registers of 110,000 organisations are imported; then a first pass over all offers, a pass without a change, 1,000
offers that changed, and the pass after an edition that says the same under another name.
"""

from __future__ import annotations

import random
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text, update

from microharvest.coding.run import code_changed
from microharvest.map.published.register import id_keys, name_key, site_key
from microharvest.model.ids import content_hash, id_hash
from microharvest.model.offer import Offer, encode_offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Concept, LearningOutcome
from microharvest.store.database import Database, table_of
from microharvest.store.harvest_tables import ChangeRow, RecordRow, VersionRow
from microharvest.store.schema import migrate
from microharvest.store.vocabularies import add_concepts
from tests.bench import said_words

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SKILLS, ORGANISATIONS = 14_000, 110_000
VERBS = "assess build clean design explain forecast guide handle inspect justify keep lead manage operate"
FIRST, SECOND = "bra cor dun fel gar hol jun kel lor mar", "bach den fort gen ham land"
WORDS = "students can use what they know about the subject and its methods in their own work and with others"
THINGS = [one + two for one in FIRST.split() for two in SECOND.split()]
PLAIN = WORDS.split()


def made_up_labels(rng: random.Random) -> list[list[str]]:
    def label() -> str:
        return " ".join([rng.choice(VERBS.split()), *rng.sample(THINGS, rng.choice((2, 2, 3, 4)))])

    return [[label() for _ in range(7)] for _ in range(SKILLS)]


def import_vocabularies(database: Database, labels: list[list[str]], edition: str) -> None:
    uris = [f"http://data.europa.eu/esco/skill/{number:05}" for number in range(SKILLS)]
    with database.write() as connection:
        add_concepts(
            connection, "esco-skills", edition, {"name": "skills", "sha256": edition}, NOW,
            ({"uri": uri, "type": "KnowledgeSkillCompetence", "code": "", "status": "released", "country": "",
              "valid_from": "", "valid_to": ""} for uri in uris),
            ({"uri": uri, "language": language, "text": names[0], "others": json_list(names[1:])}
             for language in ("en", "fr") for uri, names in zip(uris, labels, strict=True)),
        )  # fmt: skip


def json_list(names: list[str]) -> str:
    return "[" + ",".join(f'"{name}"' for name in names) + "]"


def import_register(database: Database) -> None:
    def keys() -> Iterator[dict[str, str]]:
        for number in range(ORGANISATIONS):
            uri = f"https://ror.org/0{number:08}"
            found = (
                *id_keys("ror", uri),
                *site_key(f"https://org{number}.example"),
                *name_key("NO", f"Organisation {number}"),
            )
            yield from ({"key": key, "uri": uri} for key in found)

    with database.write() as connection:
        add_concepts(
            connection, "ror", "1", {"name": "ror", "sha256": "1"}, NOW,
            ({"uri": f"https://ror.org/0{number:08}", "type": "education", "code": "", "status": "active",
              "country": "NO", "valid_from": "", "valid_to": ""} for number in range(ORGANISATIONS)),
            (), keys(),
        )  # fmt: skip


def made_up_offer(number: int, labels: list[list[str]], rng: random.Random) -> Offer:
    """A title, six outcomes of which two name a skill, four skill labels, a provider."""
    lines = [" ".join(rng.choices(PLAIN, k=14)) for _ in range(4)]
    lines += [f"{rng.choice(PLAIN)} {rng.choice(rng.choice(labels))} {rng.choice(PLAIN)}" for _ in range(2)]
    language = rng.choice(("en", "en", "fr"))
    return Offer(
        title={language: f"{rng.choice(rng.choice(labels))} {number}"},
        description={language: " ".join(rng.choices(PLAIN, k=120))},
        learning_outcomes=(LearningOutcome(title={language: "\n".join(lines)}),),
        skills=tuple(
            Concept(label={language: rng.choice(rng.choice(labels)) + rng.choice(("", "s"))}) for _ in range(4)
        ),
        provider=Organisation(name={language: f"Organisation {rng.randrange(ORGANISATIONS * 2)}"}),
        country="NO",
    )


def fill(database: Database, count: int, labels: list[list[str]], rng: random.Random) -> None:
    for start in range(0, count, 5000):
        rows: list[dict[str, Any]] = []
        for number in range(start, min(start + 5000, count)):
            rows.append(
                {
                    "id": number + 1,
                    "native_id": f"n{number:07}",
                    "doc": encode_offer(made_up_offer(number, labels, rng)),
                }
            )
        store(database, rows)


def store(database: Database, rows: list[dict[str, Any]]) -> None:
    versions, records, changes = [], [], []
    for row in rows:
        named = {"source": f"s{row['id'] % 7}", "native_id": row["native_id"]}
        known = {**named, "id_hash": id_hash(row["native_id"]), "raw_hash": b"r", "map_version": "1"}
        known["doc_hash"] = content_hash(row["doc"])
        landed = {"place": "0", "deleted": False, "media_type": "x", "issues": "[]", "created": NOW}
        versions.append({**known, **landed, "id": row["id"], "run": row["id"], "doc": row["doc"]})
        seen = {"status": "active", "first_seen": NOW, "last_seen": NOW, "missing_runs": 0}
        records.append({**known, **seen, "head": row["id"]})
        changes.append({**named, "seq": row["id"], "at": NOW, "run": 1, "kind": "added", "version": row["id"]})
    with database.write() as connection:
        connection.execute(insert(table_of(VersionRow)), versions)
        connection.execute(insert(table_of(RecordRow)), records)
        connection.execute(insert(table_of(ChangeRow)), changes)


def change(database: Database, count: int, last: int) -> None:
    """`count` offers say something else now."""
    version, record, log = table_of(VersionRow), table_of(RecordRow), table_of(ChangeRow)
    with database.write() as connection:
        found = connection.execute(version.select().order_by(version.c.id).limit(count)).all()
        for place, row in enumerate(found):
            doc = bytes(row.doc).replace(b"students", b"learners")
            hashed = content_hash(doc)
            connection.execute(update(version).where(version.c.id == row.id).values(doc=doc, doc_hash=hashed))
            connection.execute(update(record).where(record.c.head == row.id).values(doc_hash=hashed))
            connection.execute(insert(log).values(seq=last + place + 1, at=NOW, run=2, source=row.source,
                                                  native_id=row.native_id, kind="changed", version=row.id))  # fmt: skip


def timed(what: str, database: Database) -> None:
    began = time.process_time()
    report = code_changed(database)
    cpu = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rate = f"{report.coded / cpu:,.0f} a CPU second" if report.coded else ""
    print(f"{what:32} {report.coded:9,} coded {report.changed:9,} changed {cpu:7.2f} s CPU {peak:6.0f} MB  {rate}")


def main(count: int, address: str) -> None:
    rng = random.Random(7)
    labels = made_up_labels(rng)
    database = Database(address, create=True)
    migrate(database, "harvest")
    began = time.process_time()
    import_vocabularies(database, labels, "1.0")
    import_register(database)
    print(f"imported in {time.process_time() - began:.1f} s CPU")
    fill(database, count, labels, rng)
    timed("first pass", database)
    timed("nothing changed", database)
    change(database, 1000, count)
    timed("1,000 offers changed", database)
    import_vocabularies(database, labels, "1.1")
    timed("another edition", database)
    with database.read() as connection:
        size = connection.execute(
            text("SELECT sum(length(doc)), (SELECT sum(length(doc)) FROM version) FROM coded")
        ).one()
    print(f"coded offers hold {size[0] / 1e6:.1f} MB beside {size[1] / 1e6:.1f} MB of mapped ones")
    database.dispose()


if __name__ == "__main__":
    said = said_words(__doc__, {"--store"})
    number = int(said[0]) if said else 20_000
    if "--store" in said:
        main(number, said[said.index("--store") + 1])
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(number, f"sqlite:///{Path(folder)}/bench.db")
