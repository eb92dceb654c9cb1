"""A corpus by somebody who had not seen how linking reads titles: nineteen languages, four sources, a known truth.

    python -m tests.bench.blind FOLDER [--rows 6000] [--seed 7] [PROFILE ...]

Writes FOLDER/<profile>_<thousands of rows>k/{provider,national,aggregator,reseller,truth}.csv in the columns that
`tests.bench.matching` reads. Profiles: `mild`, `plain`, `rough`, and `bare` (plain without ids, codes and addresses),
whose siblings share every fact but their mark; `varied` is plain with facts of each sibling's own (added after the
first run).

First run, 6,000 rows, seed 7, F1 (precision, recall); Splink at its best threshold, found with the truth in hand:

    corpus   product            splink oracle      equality
    mild     .802 (.699 .940)   .668 (.773 .589)   .197
    plain    .762 (.703 .833)   .582 (.482 .733)   .054
    rough    .632 (.724 .560)   .531 (.438 .675)   .009
    bare     .646 (.619 .676)   does not train     -
    varied   .912 (.972 .858)   -                  -

By the design's truth (`spec_id`, see below), first run and after one source's list was taken at its word, for which
these figures, not the words, were looked at; what a title's own words say against equal facts costs recall there:

    mild     .847               now .899 (.936 .866)
    plain    .806               now .827 (.941 .737)
    rough    .660               now .647 (.925 .498)
    bare     .686               now .698 (.885 .577)

How it was made: the words (`blind_titles.csv`, `blind_words.toml`) and the noise were typed by one author who had
read real feeds for their style and the columns of the sample corpora, and had not opened the matcher's lexicon, its
reading of titles, its scorecard or the other held-out corpus (the table of figures in `tests.bench.peers` was known).
It was committed before linking ran on it for the first time, and until that first run nobody had tuned anything on it.
Words must not move from here into the matcher's tables: it would judge itself.

About 130 providers in nineteen countries have 26 subjects, some much commoner than others. Each subject has one title
and one rewording per language, which is what a careless colleague would call the same course: abbreviation, compound,
other noun, sometimes no word in common (`reworded` in the truth). English is the second language of every country. An
offer has one to three deliveries; the provider lists each, the others mostly one.

Siblings of one family that must stay apart (`family_kind`): level, steps (beginners and advanced), part, module,
stage of school, edition, tool, focus (for whom), aspect (of a subject), credits alone, mode, teaching language,
bundle and its parts, campus, elsewhere (same title at another provider), franchise (same title and code at another
provider). `spec_id` is a second truth beside `offer_id`: there, offers that differ in mode or campus alone are one,
because the project's own design calls place and mode properties of a delivery. `marked` is 0 where nothing in the
record shows which of the siblings it is (a title cut short or told without its mark, an empty cell): nobody could
tell, and no matcher is to blame.

What it does not model: descriptions, outcomes, joint offers, providers that merge, feeds whose columns are mixed up.
A corpus is a function of profile, rows and seed.
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from tests.bench import said_words
from tests.bench.blind_noise import PROFILES, Profile, slipped, spoilt
from tests.bench.blind_offers import TOOLS, WORDS, Offer, Provider, family_of, providers_of
from tests.bench.heldout import HEAD as COLUMNS

__all__ = ["COLUMNS", "PROFILES", "SOURCES", "corpus_of", "write"]

SOURCES = ("provider", "national", "aggregator", "reseller")
TRUTH = ["rid", "offer_id", "spec_id", "delivery_no", "family_id", "family_kind", "t_lang", "reworded", "marked"]
IN_CELLS = {"credits", "mode", "teaching", "campus", "elsewhere", "franchise"}
ROMAN = ["I", "II", "III"]


def corpus_of(name: str, rows: int, seed: int) -> tuple[dict[str, list[dict[str, str]]], list[dict[str, str]]]:
    """({source: its rows}, the truth) of a profile."""
    chance = random.Random(f"blind {name} {seed}")
    noise = PROFILES[name]
    titles = _titles()
    providers = providers_of(random.Random(f"blind providers {seed}"))
    told: dict[str, list[dict[str, str]]] = {source: [] for source in SOURCES}
    truth: list[dict[str, str]] = []
    offers = 0
    used: set[tuple[str, str]] = set()
    for family in range(10**6):
        for offer in family_of(
            chance, family, providers, used, sorted({topic for topic, _ in titles}), own_facts=noise.own_facts
        ):
            for source, delivery in _tellings(chance, offer):
                row, seen = _told(chance, noise, titles, offer, source, delivery)
                row["rid"] = f"{source[0]}{len(truth)}"
                said = {"rid": row["rid"], "offer_id": str(offers), "spec_id": f"{offer.family}-{offer.spec}"}
                said |= {"delivery_no": str(delivery), "family_id": str(family), "family_kind": offer.kind}
                told[source].append({name: row.get(name, "") for name in COLUMNS})
                truth.append(said | seen)
            offers += 1
        if len(truth) >= rows:
            break
    for listed in told.values():
        chance.shuffle(listed)
    return told, truth


def _titles() -> dict[tuple[str, str], tuple[str, str]]:
    with Path(__file__).with_name("blind_titles.csv").open(encoding="utf-8", newline="") as file:
        return {(row["topic"], row["lang"]): (row["title"], row["variant"]) for row in csv.DictReader(file)}


def _tellings(chance: random.Random, offer: Offer) -> list[tuple[str, int]]:
    """(source, delivery) of each record that tells of an offer."""
    last = len(offer.starts) - 1
    told = [("provider", n) for n in range(last + 1)] if chance.random() < 0.85 else []
    both = offer.kind in {"mode", "campus"}
    if chance.random() < 0.6 or not told or both:
        told.append(("national", chance.randint(0, last)))
    if chance.random() < 0.5:
        told.append(("aggregator", chance.randint(0, last)))
    if chance.random() < 0.3:
        told.append(("reseller", chance.randint(0, last)))
    return told


def _told(
    chance: random.Random,
    noise: Profile,
    titles: dict[tuple[str, str], tuple[str, str]],
    offer: Offer,
    source: str,
    delivery: int,
) -> tuple[dict[str, str], dict[str, str]]:
    """One record, and of the truth what the title decides."""
    words = WORDS[offer.provider.lang]
    foreign = noise.english * {"provider": 0.3, "national": 0.6, "aggregator": 1.6, "reseller": 1.3}[source]
    lang = (
        "en" if chance.random() < foreign or (offer.teaching == "en" and chance.random() < 0.5) else offer.provider.lang
    )
    reworded = chance.random() < noise.reworded * (0.4 if source == "provider" else 1)
    forgotten = chance.random() < noise.forgotten
    cells = _cells(chance, noise, offer, source, delivery)
    title, shown = _title(chance, noise, titles, offer, lang, reworded, forgotten, delivery, source)
    if chance.random() < noise.bilingual and lang != "en":
        title += chance.choice([" | ", " / ", " – "]) + titles[offer.topic, "en"][0]
    title, lost = spoilt(chance, noise, title)
    seen = {
        "t_lang": lang,
        "reworded": str(int(reworded)),
        "marked": str(int(_marked(offer, cells, shown, title if lost else None))),
    }
    row = cells | {"title": title, "title_lang": lang, "feed": source, "country": words["country"]}
    return row, seen


def _marked(offer: Offer, cells: dict[str, str], shown: list[str], cut: str | None) -> bool:
    """Whether the record shows which sibling it is."""
    shown = [mark for mark in shown if cut is None or mark in cut]
    cell = {"credits": "ects", "mode": "mode", "teaching": "lang", "campus": "city"}.get(offer.kind)
    if cell:
        return bool(cells.get(cell) or shown or (offer.kind == "credits" and cells.get("hours")))
    return offer.kind in IN_CELLS or offer.kind == "single" or bool(shown)


def _title(
    chance: random.Random, noise: Profile, titles: dict[tuple[str, str], tuple[str, str]], offer: Offer, lang: str,
    reworded: bool, forgotten: bool, delivery: int, source: str,
) -> tuple[str, list[str]]:  # fmt: skip
    """(a title as somebody typed it, the marks in it)."""
    words = WORDS[lang]
    text = titles[offer.topic, lang][int(reworded)]
    shown: list[str] = []
    for what, which in () if forgotten else offer.marks:
        mark = _mark(chance, noise, words, offer.topic, what, which)
        shown.append(mark)
        if what in {"focus", "stage", "steps"}:
            text = f"{text} {mark}" if chance.random() < 0.7 else f"{text} - {mark}"
        elif what in {"module", "whole", "tool"} and chance.random() < 0.4:
            text = f"{mark}: {text}"
        else:
            text = chance.choice(
                [
                    f"{text} – {mark}",
                    f"{text} {mark}",
                    f"{text}: {mark}",
                    f"{text} ({mark.strip('()')})",
                    f"{text}, {mark}",
                ]
            )
    if offer.kind == "mode" and chance.random() < 0.5:
        shown.append(words[offer.mode])
        text += f" ({words[offer.mode]})"
    if offer.kind == "teaching" and chance.random() < 0.35:
        shown.append(words["taught"].format(l=offer.teaching.upper()))
        text += f" ({shown[-1]})"
    if chance.random() < noise.frame and offer.kind != "mode":  # some frames name a mode
        text = chance.choice(words["frames"]).format(x=text)
    if chance.random() < noise.run and offer.kind != "edition":
        text += chance.choice([" ({})", ", {}", " - {}", " [{}]"]).format(
            _run(chance, words, offer.starts[delivery], delivery)
        )
    if chance.random() < noise.credited:
        text += chance.choice([" ({} ECTS)", ", {} ECTS", " – {} cr"]).format(f"{offer.ects:g}")
        shown += [f"{offer.ects:g}"] if offer.kind == "credits" else []
    if chance.random() < noise.named * (0.5 if source == "provider" else 1.4):
        name = chance.choice([offer.provider.native, offer.provider.short])
        text = chance.choice([f"{text} | {name}", f"{name}: {text}", f"{text} ({name})"])
    return text, shown


def _mark(chance: random.Random, noise: Profile, words: dict[str, Any], topic: str, what: str, which: int) -> str:
    other = chance.random() < noise.style
    if what in {"level", "part", "module"}:
        if what == "part" and other and chance.random() < 0.3:
            return f"{words['part_word']} {words['ordinals'][which]}"
        number = ROMAN[which] if other and chance.random() < 0.5 else str(which + 1)
        forms = words[what]
        return str(forms[chance.randrange(len(forms)) if other else 0].format(n=number))
    if what == "edition":
        return str(words["edition"][int(other)].format(y=2024 + which))
    if what == "whole":
        return str(words["whole"][int(other)])
    if what == "tool":
        return TOOLS[topic][which]
    return str(words["stages" if what == "stage" else what][which])


def _run(chance: random.Random, words: dict[str, Any], start: date, delivery: int) -> str:
    autumn, spring, cohort, starts = words["runs"]
    season = autumn if start.month >= 7 else spring
    typed = start.strftime(chance.choice(["%d.%m.%Y", "%d/%m/%Y", "%Y-%m-%d"]))
    return str(chance.choice([season, season, cohort, starts]).format(y=start.year, n=delivery + 1, d=typed))


def _cells(chance: random.Random, noise: Profile, offer: Offer, source: str, delivery: int) -> dict[str, str]:
    """What a record says beside its title."""
    own = source == "provider"
    start = offer.starts[delivery]
    hours = offer.hours if own or chance.random() < 0.5 else round(offer.hours / 5) * 5
    cells = {
        "provider": _named(chance, noise, offer.provider, source),
        "provider_id": offer.provider.number if source == "national" or chance.random() > noise.no_id else "",
        "city": offer.town[1 if source in {"aggregator", "reseller"} and chance.random() < noise.other_name else 0],
        "code": _code_told(chance, noise, offer, source, delivery),
        "url": _page_told(chance, noise, offer, source),
        "ects": f"{offer.ects:g}" if own or chance.random() < 0.55 else "",
        "hours": str(hours) if not own or chance.random() < 0.4 else "",
        "eqf": offer.facts[0],
        "isced": offer.facts[1],
        "esco": " ".join(offer.facts[2].split(" ")[: chance.randint(2, 4)]) if source != "reseller" else "",
        "lang": offer.teaching,
        "start": start.isoformat(),
        "mode": offer.mode,
        "price": str(offer.price if source != "reseller" else round(offer.price * 1.15)),
    }
    kept = {"credits": {"ects", "hours"}, "mode": {"mode"}, "teaching": {"lang"}, "campus": {"city"}}.get(
        offer.kind, set()
    )
    for name in ("city", "ects", "hours", "eqf", "isced", "esco", "lang", "start", "mode", "price"):
        rate = noise.empty * (0.5 if own else 1.0) * (0.15 if name in kept else 1.0)
        if chance.random() < rate:
            cells[name] = ""
    if noise.keyless:
        cells |= {"provider_id": "", "code": "", "url": ""}
    return cells


def _named(chance: random.Random, noise: Profile, provider: Provider, source: str) -> str:
    name = provider.native
    if (
        chance.random()
        < noise.other_name * {"provider": 0.1, "national": 0.3, "aggregator": 1.2, "reseller": 1.2}[source]
    ):
        name = chance.choice([provider.english, provider.english, provider.short])
    if chance.random() < noise.capitals:
        name = name.upper()
    if chance.random() < noise.slip / 2:
        name = slipped(chance, name)
    return name


def _code_told(chance: random.Random, noise: Profile, offer: Offer, source: str, delivery: int) -> str:
    if source == "provider":
        run = f"-{offer.starts[delivery]:%y}{'AB'[offer.starts[delivery].month < 7]}" if chance.random() < 0.2 else ""
        return "" if chance.random() < noise.empty / 2 else offer.code + run
    lost = noise.own_code if source != "reseller" else 0.9
    if chance.random() < lost:
        made = {"national": f"REG-{chance.randrange(10**6):06}", "aggregator": f"{chance.randrange(10**7)}"}
        return made.get(source, f"SKU{chance.randrange(10**5)}") if chance.random() < 0.6 else ""
    return chance.choice([offer.code, offer.code, offer.code.lower(), offer.code.replace("-", " ")])


def _page_told(chance: random.Random, noise: Profile, offer: Offer, source: str) -> str:
    general = f"https://www.{offer.provider.domain}/{chance.choice(['', 'courses', 'education'])}"
    if source == "provider":
        return general if chance.random() < noise.shared_page / 2 else offer.page
    if chance.random() < (noise.own_url if source != "reseller" else 0.9):
        host = {"national": "register.example", "aggregator": "allcourses.example", "reseller": "seatsforsale.example"}[
            source
        ]
        return f"https://{host}/{offer.provider.lang}/item/{chance.randrange(10**6)}"
    if chance.random() < noise.shared_page:
        return general
    return (
        offer.page.replace("https://www.", "http://") if chance.random() < 0.3 else f"{offer.page}?utm_source={source}"
    )


def write(folder: Path, name: str, rows: int, seed: int) -> Path:
    """One corpus as files."""
    whole = folder / f"{name}_{max(1, rows // 1000)}k"
    whole.mkdir(parents=True, exist_ok=True)
    told, truth = corpus_of(name, rows, seed)
    for stem, listed, columns in [*((source, told[source], COLUMNS) for source in SOURCES), ("truth", truth, TRUTH)]:
        with (whole / f"{stem}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(listed)
    return whole


def main(arguments: Sequence[str]) -> None:
    """Write corpora."""
    options = {"--rows": 6000, "--seed": 7}
    rest = list(arguments)
    for option in options:
        if option in rest:
            at = rest.index(option)
            options[option] = int(rest[at + 1])
            del rest[at : at + 2]
    folder, *names = rest
    for name in names or PROFILES:
        sys.stdout.write(f"{write(Path(folder), name, options['--rows'], options['--seed'])}\n")


if __name__ == "__main__":
    main(said_words(__doc__, {"--rows", "--seed"}))
