"""Corpora with a known truth that no weight was fitted on: another vocabulary, thirteen languages, other noise.

    python -m tests.bench.heldout FOLDER [--rows 10000] [--seed 1] [PROFILE ...]

Writes FOLDER/<profile>_<thousands of rows>k/{provider,national,aggregator,truth}.csv in the columns that
`tests.bench.matching` and `tests.bench.peers` read. Some 100 providers in 14 countries; an offer has one to three
deliveries, told about three times over the three files; half the offers have siblings that must stay apart: level
(digits, Roman, words, CEFR), part, module, year of edition, whole programme, introduction and advanced, programming
language, school stage, credits alone, focus (where or for whom), and franchise (the same title at another provider).
Noise: slips, lost accents, capitals, abbreviations, turned word order, run words of each language, frames,
credits, codes or the provider's name in the title, two languages in one title, titles cut short; providers in English,
with legal forms, short, all in capitals; fields that are absent or wrong; one code for all siblings, codes that
several providers use, one page for all siblings, the provider's list as address, portals with pages of their own.

What it does not model: descriptions and outcomes; providers that merge, move or share a campus name; joint offers of
two providers; titles that change over the years; the same course taught in two languages (here one offer has one
language of instruction); machine translation; feeds whose columns are shifted or mixed up; subtle paraphrase (a title
is always built of the same terms, in whatever order and language). Every topic is as common as another, where real
catalogues have a long tail. Good figures here do not promise good figures on a real feed; bad ones are bad.

A corpus is a function of profile, rows and seed.
"""

from __future__ import annotations

import csv
import hashlib
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec

from tests.bench import heldout_words as words
from tests.bench import said_words

__all__ = ["HEAD", "PROFILES", "Profile", "generate", "write"]

HEAD = [
    "rid",
    "feed",
    "title",
    "title_lang",
    "provider",
    "provider_id",
    "country",
    "city",
    "code",
    "url",
    "ects",
    "hours",
    "eqf",
    "isced",
    "esco",
    "lang",
    "start",
    "mode",
    "price",
]
TRUTH = ["rid", "offer_id", "delivery_no", "family_id", "family_kind", "t_lang"]
COUNTRIES = {"IE": "en", "DE": "de", "AT": "de", "FR": "fr", "ES": "es", "IT": "it", "NL": "nl", "PL": "pl", "PT": "pt",
             "SE": "sv", "FI": "fi", "GR": "el", "CZ": "cs", "HU": "hu"}  # fmt: skip
KINDS = {"single": 47, "level": 8, "part": 8, "module": 5, "year": 6, "bundle": 5, "intro_adv": 6, "tech": 3,
         "stage": 3, "credits": 4, "focus": 4, "franchise": 5}  # fmt: skip
CEFR = ("A1", "A2", "B1", "B2")
Row = dict[str, str]


class Profile(msgspec.Struct, frozen=True):
    """Shares of records (0 to 1) that something is done to; `keys`: codes, addresses and provider ids that are told."""

    keys: float
    slip: float
    touch: float
    run: float
    frame: float
    english: float
    bilingual: float
    cut: float
    alias: float
    absent: float
    wrong: float
    shared: float


PROFILES = {
    "mild": Profile(keys=0.75, slip=0.03, touch=0.05, run=0.20, frame=0.10, english=0.08, bilingual=0.03, cut=0.0,
                    alias=0.15, absent=0.25, wrong=0.01, shared=0.02),
    "plain": Profile(keys=0.55, slip=0.08, touch=0.12, run=0.30, frame=0.20, english=0.15, bilingual=0.06, cut=0.01,
                     alias=0.30, absent=0.40, wrong=0.03, shared=0.06),
    "rough": Profile(keys=0.35, slip=0.18, touch=0.22, run=0.40, frame=0.30, english=0.22, bilingual=0.10, cut=0.05,
                     alias=0.45, absent=0.50, wrong=0.06, shared=0.12),
    "bare": Profile(keys=0.0, slip=0.08, touch=0.12, run=0.30, frame=0.20, english=0.15, bilingual=0.06, cut=0.01,
                    alias=0.30, absent=0.40, wrong=0.03, shared=0.06),
}  # fmt: skip
"""`bare` is `plain` without any key outside the providers' own files."""


class Provider(msgspec.Struct, frozen=True):
    """`names`: native, native with legal form, English, short, capitals, both, with town."""

    number: int
    country: str
    language: str
    city: tuple[str, str]
    names: tuple[str, ...]
    host: str
    code: int


class Offer(msgspec.Struct, frozen=True):
    """One true offer. `topic` and `tail` by language; `mark`: (kind, which of its siblings, from 0); `local`: how many
    its provider had before it, and before the first of its family there."""

    number: int
    local: tuple[int, int]
    family: int
    kind: str
    provider: Provider
    topic: dict[str, str]
    tail: dict[str, str]
    mark: tuple[str, int]
    values: dict[str, str]
    skills: tuple[str, ...]
    starts: tuple[date, ...]


def write(folder: Path, profile: str, rows: int, seed: int) -> Path:
    """Write one corpus; where it stands."""
    into = folder / f"{profile}_{max(1, rows // 1000)}k"
    into.mkdir(parents=True, exist_ok=True)
    said = list(generate(PROFILES[profile], rows, f"{profile}-{seed}"))
    for name in ("provider", "national", "aggregator"):
        with (into / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, HEAD, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(row for row in said if row["file"] == name)
    with (into / "truth.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, TRUTH, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(said)
    return into


def generate(profile: Profile, rows: int, seed: str) -> Iterator[Row]:
    """All rows, with the columns of both files and `file`, in an order that tells nothing."""
    chance = random.Random(seed)
    providers = _providers(chance, max(6, rows // 95))
    said: list[Row] = []
    offers = 0
    families = 0
    taken: dict[int, set[tuple[str, str]]] = {}
    had: Counter[int] = Counter()
    while len(said) < rows:
        provider = chance.choice(providers)
        family = _family(chance, provider, providers, families, offers, taken, had)
        families += 1
        offers += len(family)
        tellers = {offer.provider.number: _Teller(profile, offer.provider, seed) for offer in family}
        shared = chance.random() < profile.shared
        for offer in family:
            said += tellers[offer.provider.number].told(chance, offer, shared=shared)
    chance.shuffle(said)
    for number, row in enumerate(said[:rows]):
        yield row | {"rid": str(number)}


def _providers(chance: random.Random, count: int) -> list[Provider]:
    every: list[Provider] = []
    for country, language in COUNTRIES.items():
        for native, english, form in words.CITIES[country]:
            for kind, (name, foreign, legal, short) in enumerate(words.PROVIDERS[language]):
                said, other = name.format(c=native, f=form), foreign.format(c=english)
                brief = short.format(c=native, f=form)
                names = (said, f"{said} {legal}".strip(), other, brief, said.upper(), f"{said} / {other}",
                         f"{said}, {native}")  # fmt: skip
                host = f"{_slug(other)[:24].strip('-')}.{country.lower()}"
                code = chance.randrange(4)
                every.append(Provider(1000 + len(every) * 7 + kind, country, language, (native, english), names, host,
                                      code))  # fmt: skip
    return chance.sample(every, min(count, len(every)))


def _family(chance: random.Random, provider: Provider, providers: list[Provider], family: int, first: int,
            taken: dict[int, set[tuple[str, str]]], had: Counter[int]) -> list[Offer]:  # fmt: skip
    """The offers of one family; no provider gives one topic to two families under one name."""
    for _ in range(200):
        kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
        field, tails, topic, many = _subject(chance, kind)
        homes = [provider] * many
        if kind == "franchise":
            near = [one for one in providers if one.language == provider.language and one is not provider]
            homes = [provider, *chance.sample(near, min(len(near), many - 1))]
        names = [(topic["en"], tail["en"]) for tail in tails]
        free = all(name not in taken.setdefault(home.number, set()) for home in homes for name in names)
        if free and len(homes) > (kind != "single"):
            break
        provider = chance.choice(providers) if chance.random() < 0.2 else provider
    else:
        raise ValueError("so many rows cannot be made of these words without two offers of one name")
    for home in homes:
        taken.setdefault(home.number, set()).update(names)
    common = _values(chance, field, provider)
    pool = tuple(_skill(topic["en"], number) for number in range(8))
    made: list[Offer] = []
    for which, home in enumerate(homes):
        values = common if which == 0 else _values(chance, field, home) | _kept(chance, common)
        if kind == "credits":
            points = (2, 4, 6)[which] if chance.random() < 0.5 else (3, 5, 10)[which]
            values = values | {"ects": str(points), "hours": str(points * 25)}
        if kind == "bundle" and which:
            values = values | {"ects": f"{float(common['ects']) * 3:g}", "hours": f"{float(common['hours']) * 3:.0f}"}
        own = chance.sample(pool, 4) if which == 0 or chance.random() < 0.5 else list(made[0].skills)
        year = 2025 + which if kind == "year" else chance.choice([2025, 2025, 2026])
        begin = date(year, chance.choice([1, 2, 3, 9, 9, 10, 10]), chance.randrange(1, 28))
        starts = [begin + timedelta(days=182 * turn if kind != "year" else 40 * turn)
                  for turn in range(chance.choice([1, 1, 2, 3]))]  # fmt: skip
        local = (had[home.number], made[0].local[1] if made and kind != "franchise" else had[home.number])
        had[home.number] += 1
        made.append(Offer(first + which, local, family, kind, home, topic, tails[which % len(tails)], (kind, which),
                          values, tuple(own), tuple(starts)))  # fmt: skip
    return made


NOTHING = dict.fromkeys(words.LANGUAGES, "")


def _subject(chance: random.Random, kind: str) -> tuple[str, list[dict[str, str]], dict[str, str], int]:
    """(field, tail of each sibling, or one for all, topic, how many siblings)."""
    many = chance.choice([2, 2, 3]) if kind != "single" else 1
    field = {"tech": "0613", "stage": "0111"}.get(kind) or chance.choice(sorted(words.FIELDS))
    if kind == "tech":
        tails = [dict.fromkeys(words.LANGUAGES, tool) for tool in chance.sample(words.TECH, many)]
        return field, tails, chance.choice(words.PROGRAMMING), many
    topics, places = words.FIELDS[field]
    topic = chance.choice(topics)
    if kind == "stage":
        return field, chance.sample(words.STAGE, many), topic, many
    if kind == "focus":
        return field, chance.sample([*places, *words.SPECIAL], many), topic, many
    if kind in {"bundle", "intro_adv"}:
        many = 2
    tail = chance.choice([NOTHING, NOTHING, *places, chance.choice(words.SPECIAL)])
    return field, [tail], topic, many


def _values(chance: random.Random, field: str, provider: Provider) -> dict[str, str]:
    points = chance.choice(["1", "2", "2.5", "3", "4", "5", "6", "7.5", "10"])
    return {
        "ects": points,
        "hours": f"{float(points) * {'DE': 30, 'AT': 25, 'NL': 28, 'FI': 27}.get(provider.country, 25):.0f}",
        "eqf": chance.choice(["4", "5", "6", "6", "7"]),
        "isced": field,
        "lang": provider.language if chance.random() < 0.85 else "en",
        "mode": chance.choice(["online", "onsite", "blended"]),
        "price": chance.choice(["0", "120", "180", "240", "290", "450", "600", "890", "1450"]),
    }


def _kept(chance: random.Random, common: dict[str, str]) -> dict[str, str]:
    """What siblings have in common."""
    return {name: common[name] for name in common if chance.random() < 0.75 or name in {"lang", "isced"}}


def _skill(topic: str, number: int) -> str:
    mark = hashlib.sha256(f"{topic}{number}".encode()).hexdigest()
    return f"http://data.europa.eu/esco/skill/{mark[:8]}-{mark[8:12]}-4{mark[13:16]}-a{mark[17:20]}-{mark[20:32]}"


class _Teller:
    """What three files say of the offers of one provider; each file has its habit of naming it."""

    def __init__(self, profile: Profile, provider: Provider, seed: str) -> None:
        self.profile, self.provider = profile, provider
        habit = random.Random(f"{seed}-{provider.number}")
        self.names = {file: self._name(habit) for file in ("national", "aggregator")} | {"provider": provider.names[0]}
        self.registers = habit.random() < 0.4  # the national register gives codes of its own

    def _name(self, chance: random.Random) -> str:
        names = self.provider.names
        return chance.choice(names[1:]) if chance.random() < self.profile.alias else names[0]

    def told(self, chance: random.Random, offer: Offer, *, shared: bool) -> list[Row]:
        """Every row about one offer. `shared`: its siblings have one code and one page."""
        said = [self._row(chance, offer, "provider", turn, shared=shared) for turn in range(len(offer.starts))]
        for file, again in (("national", 0.15), ("aggregator", 0.25)):
            number = (chance.random() < 0.7) * (1 + (chance.random() < again))
            turns = [chance.randrange(len(offer.starts)) for _ in range(number)]
            said += [self._row(chance, offer, file, turn, shared=shared) for turn in turns]
        return said

    def _row(self, chance: random.Random, offer: Offer, file: str, turn: int, *, shared: bool) -> Row:
        profile, home = self.profile, offer.provider
        language = home.language
        if chance.random() < profile.english * (2.5 if file == "aggregator" else 1):
            language = "en"
        title = titled(chance, profile, offer, language, turn)
        name = self.names[file] if chance.random() < 0.85 else self._name(chance)
        keyed = {part: chance.random() < (profile.keys if file != "provider" else 0.9) for part in ("code", "url")}
        row = {
            "file": file,
            "feed": {"provider": f"prov:{home.number}", "national": f"nat:{home.country}"}.get(file, "agg:board"),
            "title": title, "t_lang": language, "title_lang": _language(chance, profile, language),
            "provider": _slipped(chance, name) if chance.random() < profile.slip / 3 else name,
            "provider_id": f"{home.country}.{home.number}" if self._identified(chance, file) else "",
            "country": home.country, "city": home.city[chance.random() < 0.2],
            "code": self._code(offer, file, shared=shared) if keyed["code"] else "",
            "url": self._url(chance, offer, file, shared=shared) if keyed["url"] else "",
            "start": offer.starts[turn].isoformat(), "esco": " ".join(self._skills(chance, offer, file)),
            "offer_id": str(offer.number), "delivery_no": str(turn), "family_id": str(offer.family),
            "family_kind": offer.kind,
        }  # fmt: skip
        for part, value in offer.values.items():
            row[part] = self._value(chance, offer, part, value)
        for part in ("start", "city"):
            row[part] = "" if chance.random() < profile.absent else row[part]
        if offer.kind == "credits" and not row["ects"] and not row["hours"] and chance.random() < 0.8:
            row["ects"] = offer.values["ects"]
        return row

    def _identified(self, chance: random.Random, file: str) -> bool:
        share = {"national": 0.7, "aggregator": 0.1}.get(file, 1.0)
        return chance.random() < (share if self.profile.keys or file == "provider" else 0.0)

    def _value(self, chance: random.Random, offer: Offer, part: str, value: str) -> str:
        if chance.random() < self.profile.absent * (0.4 if part == "lang" else 1):
            return ""
        if chance.random() < self.profile.wrong:
            number = str(chance.choice([1, 2, 3, 5]))
            other = {"price": _times(value, 1.2), "hours": _times(value, 0.8), "eqf": number, "mode": "online"}
            return (other | {"lang": "en", "isced": value[:3] + number}).get(part, value)
        return value

    def _skills(self, chance: random.Random, offer: Offer, file: str) -> list[str]:
        if chance.random() < self.profile.absent or (file == "aggregator" and chance.random() < 0.5):
            return []
        return [skill for skill in offer.skills if chance.random() < 0.8]

    def _code(self, offer: Offer, file: str, *, shared: bool) -> str:
        """Numbers run from 100 in every house, so that two houses often have the same code, and one house never."""
        number = 100 + 3 * offer.local[shared]
        stem = re.sub(r"[^A-Z]", "", _slug(offer.topic["en"]).upper())[:3]
        if file == "national" and self.registers:
            return f"{offer.provider.country}{700000 + (offer.family if shared else offer.number) * 11}"
        return (f"{stem}{number}", f"{number}.{offer.values['isced']}", f"K-{number}", f"{stem}/{number}/a")[
            offer.provider.code
        ]

    def _url(self, chance: random.Random, offer: Offer, file: str, *, shared: bool) -> str:
        host, drawn = offer.provider.host, chance.random()
        page = f"{_slug(offer.topic['en'])[:30]}-{offer.family if shared else offer.number + 20000}"
        if drawn < 0.06:
            return f"https://www.{host}/courses"
        if file == "national" and drawn < 0.5:
            return f"https://register.edu.{offer.provider.country.lower()}/offer/{offer.number * 13 + offer.family}"
        tail = chance.choice(["", "/", "?utm_source=list", "#register", "?lang=en"]) if file != "provider" else ""
        return f"{chance.choice(['https://www.', 'https://', 'http://'])}{host}/study/{page}{tail}"


def titled(chance: random.Random, profile: Profile, offer: Offer, language: str, turn: int) -> str:
    """One of the ways to write an offer's title."""
    said = _named(chance, profile, offer, language)
    if language != "en" and chance.random() < profile.bilingual:
        both = (said, _named(chance, profile, offer, "en"))
        said = chance.choice(["{} / {}", "{} | {}", "{} ({})"]).format(*(both if chance.random() < 0.8 else both[::-1]))
    if chance.random() < profile.frame:
        said = chance.choice(words.FRAMES[language]).format(t=said)
    if offer.kind != "year" and chance.random() < profile.run:
        said = f"{said} {_run(chance, offer.starts[turn], turn, language)}"
    if chance.random() < profile.touch:
        place = {"p": offer.provider.names[0], "city": offer.provider.city[0]}
        code = f"{_slug(offer.topic['en']).upper()[:3]}{100 + 3 * offer.local[0]}"
        said = chance.choice(words.TOUCHES).format(t=said, e=offer.values["ects"], c=code, **place)
    elif chance.random() < profile.touch / 2:
        said = f"{said} {words.MODES[language]}"
    for long, short in words.SHORTENED.items():
        if chance.random() < profile.slip:
            said = re.sub(rf"\b{long}\b", short, said)
    if chance.random() < profile.slip:
        said = _slipped(chance, said)
    if chance.random() < profile.slip / 2:
        said = chance.choice([said.upper(), said.title(), said.lower(), _bare(said), said.replace(" ", "  ", 1)])
    if chance.random() < profile.cut and len(said) > 45:
        said = said[: chance.randrange(32, 45)].rstrip() + "…"
    return said


def _named(chance: random.Random, profile: Profile, offer: Offer, language: str) -> str:
    topic, tail = offer.topic[language], offer.tail[language]
    kind, which = offer.mark
    if "{}" in topic:
        base = topic.format(tail)
    elif not tail:
        base = topic
    elif chance.random() < profile.slip:
        base = chance.choice([f"{tail[0].upper()}{tail[1:]}: {topic}", f"{topic} – {tail}", f"{topic} ({tail})"])
    else:
        base = f"{topic} {tail}"
    if kind == "level" and offer.values["isced"] == "0231":
        return chance.choice(["{} {}", "{} ({})", "{} – {}"]).format(base, CEFR[which])
    if kind not in words.MARKS or (kind == "bundle" and which == 0):
        return base
    forms = words.MARKS[kind][language]
    if kind == "intro_adv":
        return chance.choice(forms[which].split("|")).format(t=base)
    letter = "ΑΒΓ"[which] if language == "el" else "ABC"[which]
    return chance.choice(forms).format(t=base, n=which + 1, r="I" * (which + 1), l=letter, y=2025 + which,
                                       w=words.ORDER[language][kind == "part"].split()[min(which, 2)])  # fmt: skip


def _run(chance: random.Random, start: date, turn: int, language: str) -> str:
    year = start.year
    day = start.strftime(chance.choice(["%d.%m.%Y", "%d/%m/%Y", "%Y-%m-%d"]))
    return chance.choice(words.RUNS[language]).format(
        y=year, y1=year + 1, z=(year + 1) % 100, s=year % 100, k=turn + chance.choice([1, 2, 4]), d=day,
        m=start.strftime("%B"),
    )  # fmt: skip


def _language(chance: random.Random, profile: Profile, language: str) -> str:
    if chance.random() < profile.absent / 2:
        return ""
    return "en" if chance.random() < profile.wrong else language


def _slipped(chance: random.Random, text: str) -> str:
    """One slip of the keyboard within a word, never in a number."""
    places = [
        n for n in range(1, len(text) - 2) if text[n].isalpha() and text[n + 1].isalpha() and text[n - 1].isalpha()
    ]
    if not places:
        return text
    at = chance.choice(places)
    return chance.choice([text[:at] + text[at + 1] + text[at] + text[at + 2 :], text[:at] + text[at + 1 :],
                          text[:at] + text[at] + text[at:]])  # fmt: skip


def _bare(text: str) -> str:
    """Without accents, as old systems write."""
    return "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))


def _times(value: str, factor: float) -> str:
    return f"{float(value) * factor:.0f}" if value.isdigit() else value


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", _bare(text).casefold()).strip("-")


def main(arguments: Sequence[str]) -> None:
    """Write corpora."""
    given: dict[str, Any] = {"--rows": 10_000, "--seed": 1}
    rest = list(arguments)
    for name in given:
        if name in rest:
            at = rest.index(name)
            given[name] = int(rest[at + 1])
            del rest[at : at + 2]
    folder, *profiles = rest
    for profile in profiles or PROFILES:
        print(write(Path(folder), profile, given["--rows"], given["--seed"]))


if __name__ == "__main__":
    main(said_words(__doc__, {"--rows", "--seed"}))
