"""Which column of a flat record is which field, and which one is its key: by names in the feeds' languages, then by
what the values look like. A name alone never decides against its values; a title is never a key.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from microharvest.kit.manifest import connector_folder
from microharvest.map.normalise.credits import credits
from microharvest.map.normalise.level import eqf_level
from microharvest.map.normalise.taken import Taken
from microharvest.map.normalise.workload import workload
from microharvest.onboard.cells import Cells, header_currency
from microharvest.onboard.proposal import Proposal
from microharvest.onboard.tongue import LANGUAGES

__all__ = ["known_name", "names_address", "propose_columns", "spelt"]

NAMES = "lookups/names.csv"
TEXTS = ("description", "entry_requirement", "learning_outcomes", "assessment", "target_group", "grants")
_AROUND = frozenset(("course", "courses", "program", "programme", "training", "kurs", "formation", "cursus", "curso"))
_BESIDE = frozenset(("image", "images", "logo", "video", "thumbnail", "picture", "photo", "icon", "banner", "file")) | (
    frozenset(
        ("license", "licenses", "licence", "licences", "contact", "instructor", "instructors", "author", "person")
    )
)
"""Things beside an offer: their names and addresses are not its own."""
_CAMEL = re.compile(r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ])")
_ALMOST_UNIQUE, _FULL = 0.98, 0.999
_MEASURES = frozenset(("ects", "credits", "hours", "duration", "eqf_level", "nqf_level", "price", "isced_f", "country"))
"""What a few rows may differ in, and never is their key."""
_IMAGES = (".jpg", ".jpeg", ".png", ".gif", ".svg", ".webp")
_ADDED = re.compile(r"\b(?:avg|average|num|number|rating|review|lectures|subscribers|is|has)\b")


@cache
def _names() -> dict[str, list[tuple[str, float]]]:
    """spelt name -> [(field, how surely)]; `id` is the key. Of two names of a field the one listed first wins."""
    found: dict[str, list[tuple[str, float]]] = {}
    place = 0
    with (connector_folder("dialect", "columns") / NAMES).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            place += 1
            worth = (1.0 if row["strength"] == "strong" else 0.6) - place * 1e-6
            found.setdefault(spelt(row["name"]), []).append((row["field"], worth))
    return found


def spelt(name: str) -> str:
    """A name for comparing: `courseTitle`, `course_title` and `Course Title (EN)` are one; accents count."""
    text = unicodedata.normalize("NFC", _CAMEL.sub(" ", name.rpartition(".")[2] or name))
    text = re.sub(r"\([^)]*\)", " ", text)
    return " ".join(re.findall(r"[^\W_]+|@", text.casefold())).replace("@ ", "@")


def known_name(name: str) -> bool:
    """Whether a cell is a column's name in one of the languages we know."""
    return spelt(name) in _names()


def names_address(name: str) -> bool:
    """Whether a column's name says that web addresses stand in it."""
    fields = {field for word in (spelt(name), *spelt(name).split()) for field, _ in _names().get(word, ())}
    return bool(fields & {"homepage", "provider_url"})


def propose_columns(columns: Sequence[Cells], proposal: Proposal) -> None:
    """Fill `identity.key` and `columns.*`; what stays unused or doubtful becomes a question."""
    columns = _with_languages(columns)
    claims = sorted(
        ((strength, field, cells) for cells in columns for field, strength in _claims(cells) if field != "id"),
        key=lambda claim: (-claim[0], -claim[2].fill, claim[1]),
    )
    taken: dict[str, str] = {}
    used: set[str] = set()
    doubted: dict[str, str] = {}
    for _, field, cells in claims:
        if field in taken or cells.name in used or not cells.values:
            continue
        value, doubt = _fitted(field, cells)
        if doubt:
            shown = "" if doubt.endswith(")") else f" (such as {cells.example!r})"
            doubted.setdefault(cells.name, f"column {cells.name!r} sounds like {field}, but {doubt}{shown}.")
            continue
        taken[field] = cells.name
        used.add(cells.name)
        proposal.guess(f"columns.{field}", value, f"its name; {_looks(cells)}")
        used |= set(cells.by_language.values())
    _choose_title(columns, taken, proposal)
    for name, doubt in doubted.items():
        if name not in taken.values():
            proposal.ask(doubt)
    price = next((cells for cells in columns if cells.name == taken.get("price")), None)
    if price and "currency" not in taken and not header_currency(price.name) and not price.say_currency:
        proposal.ask(f'in which currency is {price.name!r}? Say it as price = {{ from = …, currency = "EUR" }}.')
    _propose_key(columns, taken.get("title"), proposal)
    rest = [cells.name for cells in columns if cells.values and cells.name not in {*taken.values(), *used}]
    rest = [name for name in rest if name not in proposal.value("identity.key", [])]
    if rest:
        shown = ", ".join(repr(name) for name in rest[:12]) + (f" and {len(rest) - 12} more" if len(rest) > 12 else "")
        proposal.ask(f"columns nobody uses yet: {shown}.")


def _with_languages(columns: Sequence[Cells]) -> list[Cells]:
    """`nimi.fi` and `nimi.sv` become one column `nimi` with its languages; the fullest of them shows the values."""
    groups: dict[str, list[Cells]] = {}
    for cells in columns:
        parent, _, last = cells.name.rpartition(".")
        if parent and last in LANGUAGES:
            groups.setdefault(parent, []).append(cells)
    merged = list(columns)
    for parent, members in groups.items():
        fullest = max(members, key=lambda one: one.filled)
        group = Cells(parent, fullest.values, fullest.rows, fullest.filled)
        group.by_language = {one.name.rpartition(".")[2]: one.name for one in members}
        merged[merged.index(members[0])] = group
        merged = [one for one in merged if one not in members]
    return merged


def _claims(cells: Cells) -> list[tuple[str, float]]:
    """Fields a column's name may mean, with how surely (1 the whole name, less for a part of it)."""
    name = spelt(cells.name)
    known = _names()
    found: dict[str, float] = {}
    for field, worth in known.get(name, ()):
        found[field] = max(found.get(field, 0), worth)
    if "." in cells.name.strip(".") and not cells.by_language:
        parents = [spelt(part) for part in cells.name.split(".")[:-1]]
        if _BESIDE.intersection(word for part in parents for word in part.split()):
            return []
        outer = {field for word in (parents[-1], *parents[-1].split()[-1:]) for field, _ in known.get(word, ())}
        within = {"provider"} & outer if name in {"name", "title", "label"} else set()
        depth = 0.4 * 0.9 ** len(parents)  # what stands deeper is less the record's own
        return [(field, 0.9) for field in within] or [(field, depth * worth) for field, worth in found.items()]
    words = name.split()
    bare = " ".join(word for word in words if word not in _AROUND)
    if not found and not _ADDED.search(name):
        for field, worth in known.get(bare, ()):
            found[field] = 0.8 * worth
    if not found and 1 < len(words) <= 3 and not _ADDED.search(name):
        for part in (" ".join(words[:-1]), " ".join(words[1:])):
            for field, worth in known.get(part, ()):
                if worth > 0.9 and len(part) > 2:
                    found.setdefault(field, 0.4)
    return list(found.items())


def _fitted(field: str, cells: Cells) -> tuple[Any, str]:
    """(the value of the `[columns]` key, "") or (None, why the values speak against it)."""
    if cells.by_language and field in {"title", "alt_title", *TEXTS}:
        return [{"from": name, "lang": tag} for tag, name in cells.by_language.items()], ""
    check = _CHECKS.get(field)
    if check is not None:
        return check(field, cells)
    if cells.are_flags:
        return None, "it says yes and no"
    if field in {"skills", "occupations", "sectors"}:
        for mark in (";", "|", ","):
            if sum(mark in value for value in cells.some) > 0.5 * len(cells.some):
                return {"from": cells.name, "split": mark}, ""
    return cells.name, ""


def _fit_address(field: str, cells: Cells) -> tuple[Any, str]:
    if not cells.are_urls:
        return None, f"most of its values are no web addresses (such as {cells.not_a_url!r})"
    if all(value.partition("?")[0].lower().endswith(_IMAGES) for value in cells.some):
        return None, "it leads to images"
    if field == "homepage" and cells.unique < 0.5:
        return None, "it repeats: it may be the provider's"
    return cells.name, ""


def _fit_date(field: str, cells: Cells) -> tuple[Any, str]:
    pattern = cells.date_format
    if pattern is None:
        return None, "its values are no dates"
    if pattern == "?":
        return None, 'day and month cannot be told apart: name the column with format = "%d/%m/%Y" or "%m/%d/%Y"'
    return {"from": cells.name, "format": pattern} if pattern else cells.name, ""


def _fit_number(field: str, cells: Cells) -> tuple[Any, str]:
    numbers = cells.numbers
    limits = {"ects": (0, 400), "credits": (0, 2000), "hours": (0, 20_000), "eqf_level": (1, 8)}[field]
    if numbers is None:  # `3 ECTS` is read, too
        read, hint = _READERS[field]
        unread = [value for value in cells.some if read(value, hint).value is None]
        if len(unread) <= (0.5 if field == "ects" else 0.2) * len(cells.some):  # no other number goes by that name
            return cells.name, ""
        return None, f"too many of its values are read as none (such as {unread[0][:60]!r})"
    if not all(limits[0] <= one <= limits[1] for one in numbers):
        return None, f"its values are not between {limits[0]} and {limits[1]}"
    if field == "credits":
        return None, "it does not say of which kind: name it as ects, or give it a unit"
    return cells.name, ""


def _fit_duration(field: str, cells: Cells) -> tuple[Any, str]:
    if cells.numbers is not None:
        return None, "it does not say of what unit"
    return cells.name, ""


def _fit_price(field: str, cells: Cells) -> tuple[Any, str]:
    if not cells.are_prices or cells.are_flags:
        return None, "most of its values cannot be read as prices"
    currency = header_currency(cells.name)
    return {"from": cells.name, "currency": currency} if currency else cells.name, ""


def _fit_words(field: str, cells: Cells) -> tuple[Any, str]:
    good = cells.are_languages if field == "languages" else cells.are_countries
    return (cells.name, "") if good else (None, f"few of its values name {field}")


def _fit_title(field: str, cells: Cells) -> tuple[Any, str]:
    if cells.numbers is not None or cells.are_urls or cells.are_flags:
        return None, "its values are no names"
    if cells.fill < 0.5:
        return None, "most rows have none"
    if cells.unique < 0.5 and cells.rows >= 20:
        return None, "it repeats too often to name a course"
    return cells.name, ""


def _fit_second_title(field: str, cells: Cells) -> tuple[Any, str]:
    value, doubt = _fit_text(field, cells)
    if not doubt and cells.unique < 0.3 and cells.rows >= 20:
        return None, "it repeats too often to name a course"
    return value, doubt


def _fit_code(field: str, cells: Cells) -> tuple[Any, str]:
    if cells.are_flags or cells.unique < 0.5:
        return None, "it repeats too often to tell a course"
    return cells.name, ""


def _fit_isced(field: str, cells: Cells) -> tuple[Any, str]:
    good = sum(bool(re.search(r"(?<![0-9])0[0-9]{2,3}(?![0-9])", value)) for value in cells.some)
    if good < 0.8 * len(cells.some):
        return None, "its values are no codes of ISCED-F such as 0613"
    return cells.name, ""


def _fit_text(field: str, cells: Cells) -> tuple[Any, str]:
    if cells.numbers is not None or cells.are_flags or cells.are_urls:
        return None, "its values are no text"
    return cells.name, ""


_READERS: dict[str, tuple[Callable[[str, str | None], Taken[Any]], str | None]] = {
    "ects": (credits, "ECTS"), "credits": (credits, None), "hours": (workload, "hour"), "eqf_level": (eqf_level, None),
}  # fmt: skip
"""How the harvest reads the values, and the unit that such a column gives to a bare number."""
_CHECKS = {
    **dict.fromkeys(("homepage", "provider_url", "qa_report"), _fit_address),
    **dict.fromkeys(
        ("start_date", "end_date", "application_deadline", "modified", "qa_valid_from", "qa_valid_to"), _fit_date
    ),
    **dict.fromkeys(("ects", "credits", "hours", "eqf_level"), _fit_number),
    "duration": _fit_duration,
    "price": _fit_price,
    **dict.fromkeys(("languages", "country"), _fit_words),
    "title": _fit_title,
    "alt_title": _fit_second_title,
    "isced_f": _fit_isced,
    **dict.fromkeys(("code", "identifier"), _fit_code),
    **dict.fromkeys((*TEXTS, "provider", "subject", "credential_type", "city", "accessibility", "qa_agent"), _fit_text),
}


def _choose_title(columns: Sequence[Cells], taken: dict[str, str], proposal: Proposal) -> None:
    """A column called `name` that repeats beside a title is the provider's; without a title the most telling text."""
    for cells in columns:
        named = {field for field, _ in _claims(cells)}
        weak = max((worth for field, worth in _claims(cells) if field == "title"), default=1.0) < 0.7
        repeats = (
            weak
            and "." not in cells.name
            and cells.rows >= 20
            and cells.unique < 0.5
            and cells.numbers is None
            and not cells.are_urls
        )
        if "title" in named and taken.get("title") not in {None, cells.name} and repeats and "provider" not in taken:
            taken["provider"] = cells.name
            reason = f"called {cells.name!r} beside the title, and repeats: {len(cells.distinct)} different values"
            proposal.guess("columns.provider", cells.name, reason)
    if "title" in taken:
        return
    texts = [
        cells for cells in columns
        if cells.name not in taken.values() and cells.fill > 0.9 and cells.unique > 0.8 and 8 <= cells.length <= 150
        and cells.numbers is None and not cells.are_urls and cells.date_format is None
        and sum(" " in value for value in cells.some) > 0.5 * len(cells.some)
    ]  # fmt: skip
    if texts:
        taken["title"] = texts[0].name
        proposal.guess("columns.title", texts[0].name, f"no name says so; short texts that differ; {_looks(texts[0])}")
        proposal.ask(f"is {texts[0].name!r} the title? Only its values speak for it.")
    else:
        proposal.ask("which column is the title? None looks like one.")


def _propose_key(columns: Sequence[Cells], title: str | None, proposal: Proposal) -> None:
    """The column whose values are there in every row and differ; never the title, never a date or a text."""
    ranked = []
    for cells in columns:
        if cells.name == title or not cells.values or cells.length > 120 or cells.fill < _FULL or not cells.single:
            continue
        if cells.numbers is not None and any(one != int(one) for one in cells.numbers):
            continue
        if any(" " in value for value in cells.some) or (cells.date_format is not None and cells.numbers is None):
            continue
        claims = _claims(cells)
        named = max((worth for field, worth in claims if field in {"id", "code"}), default=0.0)
        if not named and any(field in _MEASURES for field, _ in claims):
            continue
        ranked.append((cells.unique >= _ALMOST_UNIQUE, named, cells.are_urls, cells.unique, cells))
    ranked.sort(key=lambda one: one[:4], reverse=True)
    if not ranked or not (ranked[0][0] or ranked[0][1]):
        proposal.ask("which column is the key? None is filled in every row and different in each; a title is no key.")
        return
    best: Cells = ranked[0][4]
    repeated = len(best.values) - len(best.distinct)
    reason = f"filled in every row, {len(best.distinct):,} different values in {len(best.values):,} rows"
    proposal.guess("identity.key", [best.name], reason)
    if repeated:
        proposal.ask(f"the key {best.name!r} repeats {repeated:,} ×: of equal keys one row wins; is it the key?")


def _looks(cells: Cells) -> str:
    seen = f"{cells.fill:.0%} filled, such as {cells.example!r}"
    return f"web addresses, {seen}" if cells.are_urls else seen
