"""A catalogue out of nothing: providers, their true offers, and what several sources say of each. Deterministic.

About three records tell one offer, in English, German or Spanish, with and without codes, addresses and credits. One
offer in four has siblings (levels, parts, years); titles come again at other providers, the common ones often. The
words are made up of tables and syllables; nothing is taken from a real feed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal

from microharvest.model.instance import Instance
from microharvest.model.offer import Offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Concept, Credits, Identifier, Price, Subject

Said = tuple[str, str, Offer]
"""Source, native id, offer."""

SOURCES = ("provider", "national", "aggregator")
LANGUAGES = {"AT": "de", "DE": "de", "ES": "es", "IE": "en", "MT": "en"}
_KINDS = ("University of {}", "{} College", "{} Academy Ltd", "Volkshochschule {}", "Universidad de {}", "Institut {}")
_START, _END = (
    words.split()
    for words in (
        "Bral Cor Dun Fel Gar Hol Jun Kel Lor Mar Nor Pel Ros Sel Tir Ulm Ver Wal Yor Zan",
        "bach den fort gen ham land mont nes port rick sted ton ville wick zell berg dorf holm",
    )
)


def _table(rows: str) -> list[tuple[str, ...]]:
    return [tuple(row.strip().split("|")) for row in rows.strip().splitlines()]


_FIRST = _table("""
    Applied|Angewandte|aplicada
    Clinical|Klinische|clínica
    Digital|Digitale|digital
    Industrial|Industrielle|industrial
    Organic|Biologische|orgánica
    Public|Öffentliche|pública
    Rural|Ländliche|rural
    Social|Soziale|social
    Sustainable|Nachhaltige|sostenible
    Urban|Städtische|urbana
    Visual|Visuelle|visual
    Wireless|Drahtlose|inalámbrica
    Practical|Praktische|práctica
    Modern|Moderne|moderna
    Safe|Sichere|segura
    Creative|Kreative|creativa
    Inclusive|Inklusive|inclusiva
    Agile|Agile|ágil
    Medical|Medizinische|médica
    Regional|Regionale|regional
""")
_SECOND = _table("""
    accounting|Buchhaltung|contabilidad
    botany|Pflanzenkunde|botánica
    carpentry|Tischlerei|carpintería
    dentistry|Zahnheilkunde|odontología
    ecology|Ökologie|ecología
    forestry|Forstwirtschaft|silvicultura
    geology|Geologie|geología
    horticulture|Gartenbau|horticultura
    journalism|Journalismus|periodismo
    logistics|Logistik|logística
    masonry|Maurerei|albañilería
    nursing|Krankenpflege|enfermería
    optics|Optik|óptica
    pharmacy|Pharmazie|farmacia
    radiology|Radiologie|radiología
    sculpture|Bildhauerei|escultura
    tailoring|Schneiderei|sastrería
    viticulture|Weinbau|viticultura
    welding|Schweißtechnik|soldadura
    zoology|Tierkunde|zoología
    statistics|Statistik|estadística
    mechatronics|Mechatronik|mecatrónica
    translation|Übersetzung|traducción
    photography|Fotografie|fotografía
    brewing|Brauwesen|cervecería
    surveying|Vermessung|topografía
    robotics|Robotik|robótica
    tourism|Tourismus|turismo
    fisheries|Fischerei|pesca
    archiving|Archivwesen|archivística
""")
_FOR = _table("""
    ||
     for beginners| für Anfänger| para principiantes
     in hospitals| in Krankenhäusern| en hospitales
     in small firms| in kleinen Betrieben| en pequeñas empresas
     for migrants| für Zugewanderte| para migrantes
     with open data| mit offenen Daten| con datos abiertos
     on farms| auf Höfen| en granjas
     for teachers| für Lehrkräfte| para docentes
     in schools| in Schulen| en escuelas
     for managers| für Führungskräfte| para directivos
""")
_MARKS = (("", ""), ("", ""), ("", ""), ("", ""), ("", ""), (" – Level 1", " – Level 2"), (" (Part 1)", " (Part 2)"),
          (" 2024", " 2025"))  # fmt: skip
_FRAMES = ("{}", "{}", "{}", "Microcredential: {}", "{} (autumn 2026)", "{} – cohort 2", "[Online] {}")
_PROSE = (
    "Learners plan, build and test a small system, explain what they did and why, and hand in a report. They work in "
    "groups of four, meet every second week, and are assessed by a project and an oral examination at the end of term."
)


def offers(count: int, seed: int) -> Iterator[Said]:
    """`count` records; those of one seed and another share providers' names at most by chance."""
    number = house = 0
    while number < count:
        house += 1
        for source, offer in _house(random.Random(f"{seed}-{house}")):
            number += 1
            yield source, f"{seed}-{number}", offer
            if number == count:
                return


def _house(chance: random.Random) -> Iterator[tuple[str, Offer]]:
    """Everything that is said of the offers of one provider."""
    place = chance.choice(_START) + chance.choice("aeiou") + chance.choice(_END)
    place += chance.choice(["", "", " North", f" {chance.choice(_START)}{chance.choice(_END)}"])
    country = chance.choice(sorted(LANGUAGES))
    name, host = chance.choice(_KINDS).format(place), f"{place.lower().replace(' ', '-')}.{country.lower()}"
    register = (Identifier(scheme="register", value=f"R{chance.randrange(10**9)}"),)
    names = {True: {LANGUAGES[country]: name}, False: {LANGUAGES[country]: name.upper()}}
    for _ in range(min(400, int(8 * chance.paretovariate(1.15)))):
        first, second, end = _popular(chance, _FIRST), _popular(chance, _SECOND), chance.choice(_FOR)
        special = chance.choice(["", f" ({chance.choice(_START)}{chance.choice(_END)})", f" {chance.choice(_START)}"])
        for mark in sorted(set(chance.choice(_MARKS))):
            titles = {
                "en": f"{first[0]} {second[0]}{end[0]}{special}{mark}",
                "de": f"{first[1]} {second[1]}{end[1]}{special}{mark}",
                "es": f"{second[2].capitalize()} {first[2]}{end[2]}{special}{mark}",
            }
            true = _Truth(chance, titles, country, f"https://{host}/course/{chance.randrange(10**7)}", second[0])
            for source in ("provider", *chance.choices(SOURCES, k=chance.choice([0, 0, 1, 1, 2, 3, 6]))):
                said = Organisation(
                    name=names[chance.random() < 0.9],
                    identifiers=register if chance.random() < 0.5 else (),
                    country=country,
                )
                yield source, true.told(source, said)


def _popular(chance: random.Random, table: list[tuple[str, ...]]) -> tuple[str, ...]:
    return table[int(len(table) * chance.random() ** 1.6)]


class _Truth:
    """One true offer; `told` says it as one record does."""

    def __init__(self, chance: random.Random, titles: dict[str, str], country: str, url: str, subject: str) -> None:
        self.chance, self.titles, self.country, self.url = chance, titles, country, url
        code = f"{100 + sum(map(ord, subject)) % 900:04d}"
        self.subject = (Subject(code=code, uri=f"http://data.europa.eu/snb/isced-f/{code}"),)
        self.code, self.month = f"C{chance.randrange(10**6)}", chance.randrange(1, 13)
        self.ects, self.price = Decimal(chance.randrange(2, 30)) / 2, Decimal(25 * chance.randrange(1, 60))
        self.skills = tuple(f"https://skills.test/{subject}/{chance.randrange(12)}" for _ in range(3))

    def told(self, source: str, provider: Organisation) -> Offer:
        """With chance what is left out, how the title is framed, and in which language."""

        def often(share: float) -> bool:
            return self.chance.random() < share

        own = LANGUAGES[self.country]
        language = own if source == "provider" or often(0.7) else "en"
        told = self.chance.choice(_FRAMES).format(self.titles[language])
        query = "?utm_source=feed" if source == "aggregator" else ""
        return Offer(
            title={language: told},
            description={language: f"{told}. {_PROSE}"},
            provider=provider,
            identifiers=(Identifier(scheme="code", value=self.code),) if often(0.4) else (),
            homepage=(self.url + query,) if often(0.4) else (),
            credits=(Credits(framework="ECTS", points=self.ects),) if often(0.6) else (),
            workload_hours=self.ects * 25 if often(0.3) else None,
            eqf_level=6 if often(0.4) else None,
            isced_f=self.subject if often(0.4) else (),
            skills=tuple(Concept(uri=uri) for uri in self.skills if often(0.6)) if often(0.4) else (),
            languages=(own,) if often(0.6) else (),
            instances=(Instance(start_date=f"2026-{self.month:02d}-05"),) if often(0.6) else (),
            prices=(Price(amount=self.price, currency="EUR"),) if often(0.4) else (),
            country=self.country,
        )
