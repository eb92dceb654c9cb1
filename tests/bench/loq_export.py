"""LOQ documents over many generated entries: CPU seconds and peak memory of one process.

    python -m tests.bench.loq_export 100000 FOLDER elm-jsonld
    python -m tests.bench.loq_export 100000 FOLDER elm-xml

Every tenth entry lacks a country and is withheld; some providers are described in two ways. The documents
stand in FOLDER and are removed at the end.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from microharvest.model.instance import Instance
from microharvest.model.offer import Offer, encode_offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Concept, Credits, Identifier, LearningOutcome, Price, Subject
from microharvest.publish.elm.document import Entry, export_loq
from tests.bench import said_words
from tests.loq_files import DAY

SNB = "http://data.europa.eu/snb/"


def entries(count: int) -> Iterator[Entry]:
    """Offers of 5,000 providers, each with two outcomes and two starts."""
    for number in range(count):
        provider = Organisation(
            name={"en": f"College {number % 5000}"},
            identifiers=(Identifier(scheme="uri", value=f"https://college.example/{number % 5000}"),),
            country=None if number % 10 == 9 else "NO",
            homepage="https://college.example/new" if number % 7000 == 0 else "https://college.example/",
        )
        offer = Offer(
            title={"en": f"Course {number} & more", "nb": f"Kurs {number}"},
            description={"en": "What it is about.\n\nAnd <more>." * 8},
            provider=provider,
            identifiers=(Identifier(scheme="code", value=f"C-{number}"),),
            homepage=(f"https://college.example/course/{number}",),
            credits=(Credits(framework="ECTS", points=Decimal(number % 30 + 1)),),
            isced_f=(Subject(code="0713", uri=f"{SNB}isced-f/0713"),),
            languages=("nb", "en"),
            modes=(Concept(uri=f"{SNB}learning-assessment/920fbb3cbe"),),
            learning_outcomes=tuple(LearningOutcome(title={"en": f"Can do {number} {n}"}) for n in range(2)),
            instances=tuple(
                Instance(start_date=f"2027-0{n + 1}-01", prices=(Price(amount=Decimal(100), currency="NOK"),))
                for n in range(2)
            ),
        )
        yield f"mh-{number}", encode_offer(offer), DAY


def main(count: int, folder: Path, form: Any) -> None:
    """Print what it cost."""
    path, beside = folder / "loq", folder / "beside"
    with path.open("wb") as out, beside.open("wb") as graph:
        report = export_loq(entries(count), out, "3.3", form, beside_to=graph)
    used = resource.getrusage(resource.RUSAGE_SELF)
    size = path.stat().st_size / 1e6
    print(
        f"{form}: {report.written:,} written, {report.withheld:,} withheld, {report.left_out}; {size:,.0f} MB, "
        f"{used.ru_utime + used.ru_stime:.1f} s CPU, {used.ru_maxrss / 1024:.0f} MB at most"
    )
    path.unlink()
    beside.unlink()


if __name__ == "__main__":
    number, where, form = said_words(__doc__)
    main(int(number), Path(where), form)
